package io.headwater.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headwater.bytes.ByteWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One response, whole.
 *
 * @param array holds the body from 0 to {@code length}; given away by whoever made it
 */
public record HttpResponse(int status, Map<String, String> headers, byte[] array, int length) {
  private static final byte[] NOTHING = {};

  public static HttpResponse empty(int status) {
    return new HttpResponse(status, Map.of(), NOTHING, 0);
  }

  public static HttpResponse of(int status, String contentType, ByteWriter body) {
    return new HttpResponse(status, Map.of("Content-Type", contentType), body.array(), body.size());
  }

  public static HttpResponse of(int status, String contentType, String body) {
    byte[] bytes = body.getBytes(UTF_8);
    return new HttpResponse(status, Map.of("Content-Type", contentType), bytes, bytes.length);
  }

  /** The same with one more header; a header of that name is replaced. */
  public HttpResponse with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new HttpResponse(status, more, array, length);
  }

  /** The body as text, for tests and logs. */
  public String text() {
    return new String(array, 0, length, UTF_8);
  }
}
