package io.headwater.projection;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The JSON side of projections: hashes as objects, values checked to be objects, objects as hash
 * fields. Depth is limited to 20, documents to 64 MiB.
 */
final class DerivedJson {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(20)
                  .maxStringLength(64 << 20)
                  .maxDocumentLength(64 << 20)
                  .build())
          .build();

  /** Of one object, where they are made a map of; each takes some 300 bytes of the heap then. */
  private static final int FIELDS_MAX =
      (int) Math.min(1_000_000, Runtime.getRuntime().maxMemory() / 16 / 300);

  private DerivedJson() {}

  /** Why something cannot be derived: becomes the reason in the dead-letter record. */
  static class Underivable extends Exception {
    private static final long serialVersionUID = 1L;

    Underivable(String reason) {
      super(reason, null, false, false);
    }
  }

  /** Writes {@code "field":"value"} pairs as one object, in the order given. */
  static final class ObjectWriter {
    private final ByteWriter out = new ByteWriter();
    private boolean first = true;

    ObjectWriter() {
      out.putByte('{');
    }

    void field(byte[] name, byte[] value) {
      if (!first) {
        out.putByte(',');
      }
      first = false;
      quoted(out, name);
      out.putByte(':');
      quoted(out, value);
    }

    int size() {
      return out.size();
    }

    byte[] finish() {
      out.putByte('}');
      return out.toByteArray();
    }
  }

  /** Fails if the bytes are not UTF-8, which JSON requires. */
  static void requireUtf8(byte[] bytes, String what) throws Underivable {
    if (!isUtf8(bytes)) {
      throw new Underivable(what + " is not valid UTF-8");
    }
  }

  static boolean isUtf8(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
          return true;
        } catch (CharacterCodingException e) {
          return false;
        }
      }
    }
    return true;
  }

  /** Writes UTF-8 bytes as a JSON string (RFC 8259, section 7). */
  static void quoted(ByteWriter out, byte[] utf8) {
    out.putByte('"');
    int from = 0;
    for (int i = 0; i < utf8.length; i++) {
      byte b = utf8[i];
      if (b >= 0 && (b < 0x20 || b == '"' || b == '\\')) {
        out.put(utf8, from, i - from);
        from = i + 1;
        escaped(out, b);
      }
    }
    out.put(utf8, from, utf8.length - from);
    out.putByte('"');
  }

  private static void escaped(ByteWriter out, byte b) {
    switch (b) {
      case '"' -> out.putAscii("\\\"");
      case '\\' -> out.putAscii("\\\\");
      case '\n' -> out.putAscii("\\n");
      case '\r' -> out.putAscii("\\r");
      case '\t' -> out.putAscii("\\t");
      default -> out.putAscii(String.format("\\u%04x", b));
    }
  }

  /** Fails unless the bytes are exactly one JSON object. */
  static void requireObject(byte[] json) throws Underivable {
    try (JsonParser p = JSON.createParser(json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new Underivable("the value is not a JSON object");
      }
      p.skipChildren();
      if (p.nextToken() != null) {
        throw new Underivable("text behind the JSON object");
      }
    } catch (IOException e) {
      throw new Underivable("malformed JSON: " + ProjectionJson.firstLine(e));
    }
  }

  /**
   * An object's fields as field, value, field, value...: strings as they are, numbers and booleans
   * as JSON writes them, objects and arrays as JSON text; null leaves its field out.
   */
  static Map<Bytes, Bytes> fields(byte[] json) throws Underivable {
    Map<Bytes, Bytes> fields = new LinkedHashMap<>();
    try (JsonParser p = JSON.createParser(json)) {
      if (p.nextToken() != JsonToken.START_OBJECT) {
        throw new Underivable("the value is not a JSON object");
      }
      while (p.nextToken() == JsonToken.FIELD_NAME) {
        String name = p.currentName();
        JsonToken token = p.nextToken();
        if (token == JsonToken.VALUE_NULL) {
          continue;
        }
        if (fields.size() == FIELDS_MAX) {
          throw new Underivable("more than " + FIELDS_MAX + " fields");
        }
        boolean nested = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
        fields.put(Bytes.utf8(name), nested ? nested(p) : Bytes.utf8(p.getText()));
      }
      if (p.nextToken() != null) {
        throw new Underivable("text behind the JSON object");
      }
    } catch (IOException e) {
      throw new Underivable("malformed JSON: " + ProjectionJson.firstLine(e));
    }
    return fields;
  }

  private static Bytes nested(JsonParser p) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try (JsonGenerator g = JSON.createGenerator((OutputStream) text)) {
      g.copyCurrentStructure(p);
    }
    return Bytes.wrap(text.toByteArray());
  }

  /** What a dead-letter record says. */
  static byte[] deadLetter(String projection, String target, String reason, byte[] source) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator g = JSON.createGenerator((OutputStream) out)) {
      g.writeStartObject();
      g.writeStringField("projection", projection);
      g.writeStringField("target", target);
      g.writeStringField("reason", reason);
      g.writeBinaryField("value_base64", source);
      g.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
