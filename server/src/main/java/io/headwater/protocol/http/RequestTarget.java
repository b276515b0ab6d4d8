package io.headwater.protocol.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Decodes paths and queries (RFC 3986): strictly, since an id may hold any character. */
final class RequestTarget {
  /** A path or query that cannot be decoded; the message is for the client. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  private RequestTarget() {}

  static List<String> segments(String path) throws Malformed {
    List<String> segments = new ArrayList<>();
    int from = 0;
    while (from < path.length()) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      if (end > from) {
        segments.add(decode(path.substring(from, end), '+'));
      }
      from = end + 1;
    }
    return List.copyOf(segments);
  }

  static Map<String, String> query(String query) throws Malformed {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String pair : query.split("&")) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals), ' ');
      parameters.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1), ' '));
    }
    return parameters;
  }

  /**
   * @param plus what a plus sign means: itself in a path, a blank in a query
   */
  private static String decode(String text, char plus) throws Malformed {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    byte[] decoded = new byte[raw.length];
    int length = 0;
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] == '%') {
        int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
        int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw new Malformed("invalid percent-encoding in [" + text + "]");
        }
        decoded[length++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        decoded[length++] = raw[i] == '+' ? (byte) plus : raw[i];
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(decoded, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Malformed("invalid UTF-8 in [" + text + "]");
    }
  }
}
