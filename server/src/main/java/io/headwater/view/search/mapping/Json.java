package io.headwater.view.search.mapping;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as trees of {@link Map}, {@link List}, {@link String}, {@link Number}, {@link Boolean} and
 * null, for the few places that need a whole tree. Depth is limited.
 */
public final class Json {
  /** Deeper input is refused by the parser, before any of our recursion gets there. */
  public static final int DEPTH_MAX = 200;

  static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CHARSET_DETECTION) // UTF-8 only
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(400)
                  .maxNameLength(32_766)
                  .build())
          .streamWriteConstraints(
              StreamWriteConstraints.builder().maxNestingDepth(DEPTH_MAX + 1).build())
          .build();

  private Json() {}

  /** Text that is not one JSON object. */
  public static final class MalformedJson extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedJson(String message) {
      super(message, null, false, false);
    }
  }

  public static JsonParser parser(byte[] json) throws IOException {
    return FACTORY.createParser(json);
  }

  public static JsonGenerator generator(ByteArrayOutputStream out) throws IOException {
    return FACTORY.createGenerator(out);
  }

  public static Map<String, @Nullable Object> object(String json) throws MalformedJson {
    return object(json.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads exactly one object. */
  public static Map<String, @Nullable Object> object(byte[] json) throws MalformedJson {
    try (JsonParser in = parser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedJson("expected a JSON object");
      }
      Map<String, @Nullable Object> object = readObject(in);
      if (in.nextToken() != null) {
        throw new MalformedJson("more after the JSON object");
      }
      return object;
    } catch (JsonProcessingException e) {
      throw new MalformedJson(reason(e));
    } catch (IOException e) {
      throw new MalformedJson(String.valueOf(e.getMessage()));
    }
  }

  /** Where and what, without Jackson's quotation of the source. */
  static String reason(JsonProcessingException e) {
    return "["
        + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
        + ":"
        + (e.getLocation() == null ? 0 : e.getLocation().getColumnNr())
        + "] "
        + e.getOriginalMessage();
  }

  private static Map<String, @Nullable Object> readObject(JsonParser in) throws IOException {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      in.nextToken();
      object.put(name, readValue(in));
    }
    return object;
  }

  /** The value at the current token. */
  static @Nullable Object readValue(JsonParser in) throws IOException {
    return switch (in.currentToken()) {
      case START_OBJECT -> readObject(in);
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
          list.add(readValue(in));
        }
        yield list;
      }
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> {
        Number number = in.getNumberValue();
        yield number instanceof BigInteger ? number : (Object) number.longValue();
      }
      case VALUE_NUMBER_FLOAT -> {
        double value = in.getDoubleValue();
        yield Double.isFinite(value) ? (Object) value : in.getDecimalValue();
      }
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> throw new IllegalStateException("token " + in.currentToken());
    };
  }

  public static byte[] bytes(@Nullable Object tree) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = generator(out)) {
      write(json, tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array does no I/O
    }
    return out.toByteArray();
  }

  public static String text(@Nullable Object tree) {
    return new String(bytes(tree), StandardCharsets.UTF_8);
  }

  static void write(JsonGenerator json, @Nullable Object tree) throws IOException {
    switch (tree) {
      case null -> json.writeNull();
      case String text -> json.writeString(text);
      case Boolean value -> json.writeBoolean(value);
      case Long value -> json.writeNumber(value);
      case Integer value -> json.writeNumber(value);
      case Double value -> json.writeNumber(value);
      case Float value -> json.writeNumber(value);
      case BigInteger value -> json.writeNumber(value);
      case BigDecimal value -> json.writeNumber(value);
      case Map<?, ?> map -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          json.writeFieldName((String) entry.getKey());
          write(json, entry.getValue());
        }
        json.writeEndObject();
      }
      case List<?> list -> {
        json.writeStartArray();
        for (Object element : list) {
          write(json, element);
        }
        json.writeEndArray();
      }
      default -> throw new IllegalStateException("not JSON: " + tree.getClass());
    }
  }
}
