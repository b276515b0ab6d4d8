package io.headwater.protocol.elastic.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.headwater.failure.Failure;
import io.headwater.protocol.elastic.error.ElasticError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as a tree that knows where each value stood. Numbers keep their text. */
public sealed interface JsonValue {
  /** Line and column, from 1. */
  record Place(int line, int column) {}

  Place at();

  record Obj(Map<String, JsonValue> fields, Place at) implements JsonValue {}

  record Arr(List<JsonValue> items, Place at) implements JsonValue {}

  record Text(String value, Place at) implements JsonValue {}

  /**
   * @param text as written
   */
  record Num(String text, boolean whole, Place at) implements JsonValue {
    /** A {@link Long} where it fits, otherwise a {@link Double}. */
    public Object number() {
      if (whole) {
        try {
          return Long.valueOf(text);
        } catch (NumberFormatException e) {
          return Double.valueOf(text); // beyond 64 bits
        }
      }
      return Double.valueOf(text);
    }
  }

  record Bool(boolean value, Place at) implements JsonValue {}

  record Null(Place at) implements JsonValue {}

  /** What a client would call this kind of value. */
  default String kind() {
    return switch (this) {
      case Obj _ -> "START_OBJECT";
      case Arr _ -> "START_ARRAY";
      case Text _ -> "VALUE_STRING";
      case Num _ -> "VALUE_NUMBER";
      case Bool _ -> "VALUE_BOOLEAN";
      case Null _ -> "VALUE_NULL";
    };
  }

  /** The value back as JSON. */
  default void write(JsonGenerator out) throws IOException {
    switch (this) {
      case Obj(Map<String, JsonValue> fields, _) -> {
        out.writeStartObject();
        for (Map.Entry<String, JsonValue> field : fields.entrySet()) {
          out.writeFieldName(field.getKey());
          field.getValue().write(out);
        }
        out.writeEndObject();
      }
      case Arr(List<JsonValue> items, _) -> {
        out.writeStartArray();
        for (JsonValue item : items) {
          item.write(out);
        }
        out.writeEndArray();
      }
      case Text(String value, _) -> out.writeString(value);
      case Num(String text, _, _) -> out.writeNumber(text);
      case Bool(boolean value, _) -> out.writeBoolean(value);
      case Null _ -> out.writeNull();
    }
  }

  default String json() {
    return Json.text(this::write);
  }

  /**
   * Parses one whole value; nothing may follow it.
   *
   * @throws io.headwater.protocol.elastic.error.ElasticException naming line and column
   */
  static JsonValue parse(byte[] json, int from, int length) {
    if (length > Json.TREE_BYTES_MAX) {
      throw ElasticError.of(new Failure.TooLarge("JSON of a request", length, Json.TREE_BYTES_MAX))
          .exception();
    }
    return parse(Json.FACTORY, json, from, length);
  }

  /** Parses what this server wrote itself: documents in it may be deeper than a request. */
  static JsonValue parseAnswer(byte[] json, int length) {
    return parse(Json.ANSWERS, json, 0, length);
  }

  private static JsonValue parse(JsonFactory factory, byte[] json, int from, int length) {
    try (JsonParser in = factory.createParser(json, from, length)) {
      if (in.nextToken() == null) {
        throw ElasticError.of(400, "parse_exception", "request body is required").exception();
      }
      JsonValue value = read(in);
      if (in.nextToken() != null) {
        throw ElasticError.of(
                400, "parsing_exception", "unexpected content after the end of the JSON value")
            .with("line", in.currentTokenLocation().getLineNr())
            .with("col", in.currentTokenLocation().getColumnNr())
            .exception();
      }
      return value;
    } catch (JsonProcessingException e) {
      throw malformed(e).exception();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
  }

  /** An object, or null for an empty body. */
  static @Nullable Obj object(byte[] body) {
    boolean blank = true;
    for (byte b : body) {
      blank &= b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }
    if (blank) {
      return null;
    }
    return object(parse(body, 0, body.length));
  }

  static Obj object(JsonValue value) {
    if (value instanceof Obj object) {
      return object;
    }
    throw ElasticError.of(
            400, "parsing_exception", "Expected [START_OBJECT] but found [" + value.kind() + "]")
        .with("line", value.at().line())
        .with("col", value.at().column())
        .exception();
  }

  /** What is wrong with text that is no JSON, or JSON past a limit. */
  static ElasticError malformed(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    String where = at == null ? "" : "[" + at.getLineNr() + ":" + at.getColumnNr() + "] ";
    String type =
        e instanceof StreamConstraintsException
            ? "x_content_parse_exception"
            : "json_parse_exception";
    return ElasticError.of(400, type, where + e.getOriginalMessage());
  }

  private static JsonValue read(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    JsonLocation location = in.currentTokenLocation();
    Place at = new Place(location.getLineNr(), location.getColumnNr());
    return switch (token) {
      case START_OBJECT -> {
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
          String name = in.currentName();
          in.nextToken();
          fields.put(name, read(in));
        }
        yield new Obj(fields, at);
      }
      case START_ARRAY -> {
        List<JsonValue> items = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          items.add(read(in));
        }
        yield new Arr(items, at);
      }
      case VALUE_STRING -> new Text(in.getText(), at);
      case VALUE_NUMBER_INT -> new Num(in.getText(), true, at);
      case VALUE_NUMBER_FLOAT -> new Num(in.getText(), false, at);
      case VALUE_TRUE -> new Bool(true, at);
      case VALUE_FALSE -> new Bool(false, at);
      case VALUE_NULL -> new Null(at);
      case END_OBJECT, END_ARRAY, FIELD_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException(token.toString());
    };
  }
}
