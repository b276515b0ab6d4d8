package io.headwater.protocol.elastic.json;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an object field by field and refuses in {@link #done} what nobody asked for: an option is
 * honoured, named as not supported, or unknown; none is silently dropped.
 */
public final class Fields {
  private final String owner;
  private final JsonValue.Obj object;
  private final Set<String> taken = new HashSet<>();

  /**
   * @param owner what the object describes, such as {@code match}
   */
  public Fields(String owner, JsonValue value) {
    this.owner = owner;
    if (!(value instanceof JsonValue.Obj obj)) {
      throw wrong(
          value, "[" + owner + "] malformed, expected an object but found [" + value.kind() + "]");
    }
    this.object = obj;
  }

  public JsonValue.Place at() {
    return object.at();
  }

  public String owner() {
    return owner;
  }

  /** The field's value, or null where it is missing or {@code null}. */
  public @Nullable JsonValue take(String name) {
    taken.add(name);
    JsonValue value = object.fields().get(name);
    return value instanceof JsonValue.Null ? null : value;
  }

  public JsonValue require(String name) {
    JsonValue value = take(name);
    if (value == null) {
      throw wrong(object, "[" + owner + "] requires [" + name + "]");
    }
    return value;
  }

  public @Nullable String text(String name) {
    JsonValue value = take(name);
    return value == null ? null : text(name, value);
  }

  public String text(String name, String fallback) {
    String value = text(name);
    return value == null ? fallback : value;
  }

  public String requireText(String name) {
    return text(name, require(name));
  }

  /** Numbers and booleans count as their text, as everywhere in Elasticsearch. */
  private String text(String name, JsonValue value) {
    return switch (value) {
      case JsonValue.Text(String text, _) -> text;
      case JsonValue.Num n -> n.text();
      case JsonValue.Bool b -> String.valueOf(b.value());
      case JsonValue.Obj _, JsonValue.Arr _, JsonValue.Null _ -> throw wrongKind(name, value);
    };
  }

  /** A string, number or boolean. */
  public @Nullable Object scalar(String name) {
    JsonValue value = take(name);
    return value == null ? null : scalar(name, value);
  }

  public Object requireScalar(String name) {
    return scalar(name, require(name));
  }

  private Object scalar(String name, JsonValue value) {
    return switch (value) {
      case JsonValue.Text(String text, _) -> text;
      case JsonValue.Num n -> n.number();
      case JsonValue.Bool b -> b.value();
      case JsonValue.Obj _, JsonValue.Arr _, JsonValue.Null _ -> throw wrongKind(name, value);
    };
  }

  public boolean flag(String name, boolean fallback) {
    JsonValue value = take(name);
    return switch (value) {
      case null -> fallback;
      case JsonValue.Bool b -> b.value();
      case JsonValue.Text(String text, _) when text.equals("true") -> true;
      case JsonValue.Text(String text, _) when text.equals("false") -> false;
      default -> throw wrongKind(name, value);
    };
  }

  public long number(String name, long fallback, long least, long most) {
    JsonValue value = take(name);
    if (value == null) {
      return fallback;
    }
    Object number = numberOf(name, value);
    long whole = number instanceof Long l ? l : ((Double) number).longValue();
    if (number instanceof Double d && d != whole) {
      throw wrong(value, "[" + owner + "] [" + name + "] must be a whole number, found " + d);
    }
    if (whole < least || whole > most) {
      throw ElasticError.illegalArgument(
              "["
                  + name
                  + "] parameter of ["
                  + owner
                  + "] must be between "
                  + least
                  + " and "
                  + most
                  + ", found "
                  + whole)
          .exception();
    }
    return whole;
  }

  public int count(String name, int fallback, int least, int most) {
    return (int) number(name, fallback, least, most);
  }

  public @Nullable Double decimal(String name) {
    JsonValue value = take(name);
    return value == null ? null : ((Number) numberOf(name, value)).doubleValue();
  }

  public double decimal(String name, double fallback) {
    Double value = decimal(name);
    return value == null ? fallback : value;
  }

  private Object numberOf(String name, JsonValue value) {
    switch (value) {
      case JsonValue.Num n -> {
        return n.number();
      }
      case JsonValue.Text(String text, _) -> {
        try {
          return text.matches("[+-]?\\d+") ? (Object) Long.valueOf(text) : Double.valueOf(text);
        } catch (NumberFormatException e) {
          throw wrong(value, "[" + owner + "] [" + name + "] is not a number: [" + text + "]");
        }
      }
      default -> throw wrongKind(name, value);
    }
  }

  /** One of these words, in lower case. */
  public String word(String name, String fallback, String... words) {
    JsonValue value = take(name);
    if (value == null) {
      return fallback;
    }
    String word = text(name, value).toLowerCase(Locale.ROOT);
    if (!List.of(words).contains(word)) {
      throw ElasticError.illegalArgument(
              "["
                  + owner
                  + "] ["
                  + name
                  + "] must be one of "
                  + List.of(words)
                  + ", found ["
                  + word
                  + "]")
          .exception();
    }
    return word;
  }

  /** An array, or one value standing for an array of one; empty where missing. */
  public List<JsonValue> list(String name) {
    JsonValue value = take(name);
    return switch (value) {
      case null -> List.of();
      case JsonValue.Arr(List<JsonValue> items, _) -> items;
      default -> List.of(value);
    };
  }

  public List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonValue item : list(name)) {
      texts.add(text(name, item));
    }
    return texts;
  }

  public List<Object> scalars(String name, JsonValue values) {
    if (!(values instanceof JsonValue.Arr(List<JsonValue> items, _))) {
      throw wrongKind(name, values);
    }
    List<Object> scalars = new ArrayList<>(items.size());
    for (JsonValue item : items) {
      scalars.add(scalar(name, item));
    }
    return scalars;
  }

  /** Options that change only how fast the answer comes, or nothing at all on one shard. */
  public void hints(String... names) {
    taken.addAll(List.of(names));
  }

  /** Options that Elasticsearch knows and this server does not. */
  public void unsupported(String... names) {
    for (String name : names) {
      JsonValue value = object.fields().get(name);
      if (value != null && !(value instanceof JsonValue.Null)) {
        throw ElasticError.notSupported("[" + owner + "] option [" + name + "]").exception();
      }
      taken.add(name);
    }
  }

  /** Names that were not taken yet, in their order. */
  public List<String> rest() {
    return object.fields().keySet().stream().filter(name -> !taken.contains(name)).toList();
  }

  /** Refuses what is left. */
  public void done() {
    for (String name : rest()) {
      JsonValue value = object.fields().get(name);
      assert value != null;
      JsonValue.Place at = value.at();
      throw ElasticError.of(
              400,
              "x_content_parse_exception",
              "["
                  + at.line()
                  + ":"
                  + at.column()
                  + "] ["
                  + owner
                  + "] unknown field ["
                  + name
                  + "]")
          .exception();
    }
  }

  private ElasticException wrongKind(String name, JsonValue value) {
    return wrong(
        value, "[" + owner + "] [" + name + "] does not support a value of type " + value.kind());
  }

  /** A parsing error at a value's place. */
  public static ElasticException wrong(JsonValue value, String reason) {
    return ElasticError.of(400, "parsing_exception", reason)
        .with("line", value.at().line())
        .with("col", value.at().column())
        .exception();
  }
}
