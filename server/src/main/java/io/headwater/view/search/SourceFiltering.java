package io.headwater.view.search;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.headwater.view.search.mapping.Json;
import io.headwater.view.search.mapping.Wildcards;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Copies the parts of a document that a filter lets through, token by token. */
final class SourceFiltering {
  private final JsonParser in;
  private final JsonGenerator out;
  private final SourceFilter filter;

  private SourceFiltering(JsonParser in, JsonGenerator out, SourceFilter filter) {
    this.in = in;
    this.out = out;
    this.filter = filter;
  }

  static byte[] apply(byte[] source, SourceFilter filter) {
    if (filter.includes().isEmpty() && filter.excludes().isEmpty()) {
      return source;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(source.length);
    try (JsonParser in = Json.parser(source);
        JsonGenerator out = Json.generator(bytes)) {
      in.nextToken();
      new SourceFiltering(in, out, filter).object("", filter.includes().isEmpty());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it was parsed when it was stored
    }
    return bytes.toByteArray();
  }

  /**
   * @param included an include names this object or one around it
   */
  private void object(String path, boolean included) throws IOException {
    out.writeStartObject();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      String full = path.isEmpty() ? name : path + "." + name;
      JsonToken token = in.nextToken();
      boolean wanted = included || matches(filter.includes(), full);
      boolean container = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
      if (matches(filter.excludes(), full) || (!wanted && (!container || !mayHoldIncluded(full)))) {
        in.skipChildren();
        continue;
      }
      if (wanted && filter.excludes().isEmpty()) {
        out.writeFieldName(name);
        out.copyCurrentStructure(in);
        continue;
      }
      if (token == JsonToken.START_ARRAY && !wanted) {
        out.writeFieldName(name);
        array(full, false);
      } else {
        out.writeFieldName(name);
        value(full, wanted);
      }
    }
    out.writeEndObject();
  }

  private void value(String path, boolean included) throws IOException {
    switch (in.currentToken()) {
      case START_OBJECT -> object(path, included);
      case START_ARRAY -> array(path, included);
      default -> out.copyCurrentEvent(in);
    }
  }

  private void array(String path, boolean included) throws IOException {
    out.writeStartArray();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      if (included || !in.currentToken().isScalarValue()) {
        value(path, included);
      }
    }
    out.writeEndArray();
  }

  private static boolean matches(List<String> patterns, String path) {
    for (int i = 0; i < patterns.size(); i++) {
      if (Wildcards.matches(patterns.get(i), path)) {
        return true;
      }
    }
    return false;
  }

  /** Whether something below a path may be named by an include. */
  private boolean mayHoldIncluded(String path) {
    for (String pattern : filter.includes()) {
      int star = pattern.indexOf('*');
      String fixed = star < 0 ? pattern : pattern.substring(0, star);
      boolean below = fixed.startsWith(path + ".");
      if (below || (star >= 0 && (path + ".").startsWith(fixed))) {
        return true;
      }
    }
    return false;
  }
}
