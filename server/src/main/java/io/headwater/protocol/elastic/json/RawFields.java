package io.headwater.protocol.elastic.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.headwater.protocol.elastic.error.ElasticError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The top fields of an object, each as the bytes that stood there: documents are not rewritten. */
public final class RawFields {
  private RawFields() {}

  public static Map<String, byte[]> read(byte[] json, int from, int length) {
    Map<String, byte[]> fields = new LinkedHashMap<>();
    try (JsonParser in = Json.documents(json, from, length)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw ElasticError.of(400, "parsing_exception", "Expected [START_OBJECT]").exception();
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        in.nextToken();
        int start = (int) in.currentTokenLocation().getByteOffset();
        in.skipChildren();
        in.finishToken();
        int end = (int) in.currentLocation().getByteOffset();
        fields.put(name, Arrays.copyOfRange(json, from + start, from + end));
      }
      if (in.nextToken() != null) {
        throw ElasticError.of(400, "parsing_exception", "unexpected content after the object")
            .exception();
      }
      return fields;
    } catch (JsonProcessingException e) {
      throw JsonValue.malformed(e).exception();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
  }
}
