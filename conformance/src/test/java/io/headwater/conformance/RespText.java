package io.headwater.conformance;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads a whole RESP2 reply: strings, integers as text, and lists of them; nil is an empty text.
 */
final class RespText {
  private final String text;
  private int at;

  RespText(String text) {
    this.text = text;
  }

  Object value() {
    char type = text.charAt(at);
    String line = text.substring(at + 1, text.indexOf("\r\n", at));
    at += line.length() + 3;
    if (type == '$') {
      int length = Integer.parseInt(line);
      if (length < 0) {
        return "";
      }
      String body = text.substring(at, at + length);
      at += length + 2;
      return body;
    }
    if (type != '*') {
      return line;
    }
    List<Object> items = new ArrayList<>();
    for (int left = Integer.parseInt(line); left > 0; left--) {
      items.add(value());
    }
    return items;
  }
}
