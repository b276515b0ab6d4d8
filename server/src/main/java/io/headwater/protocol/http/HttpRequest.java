package io.headwater.protocol.http;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request, whole: body read, decompressed and within its limits.
 *
 * @param path as it came, still encoded, without the query
 * @param segments the path's non-empty segments, decoded
 * @param query decoded parameters in their order; a repeated one keeps its last value, one without
 *     {@code =} is the empty string
 * @param headers by lower-case name; repeated ones are joined with a comma
 * @param body never changed by anyone
 */
public record HttpRequest(
    String method,
    String path,
    List<String> segments,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body) {

  public @Nullable String header(String name) {
    return headers.get(name.toLowerCase(Locale.ROOT));
  }

  /** The media type and its parameters, in lower case without blanks, or null. */
  public @Nullable String contentType() {
    String value = headers.get("content-type");
    return value == null ? null : value.toLowerCase(Locale.ROOT).replace(" ", "");
  }
}
