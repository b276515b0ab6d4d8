package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reply as lists, maps, strings and numbers, so that replies can be compared: a set is a sorted
 * list.
 */
final class RespTree {
  private final String text;
  private int at;

  private RespTree(String text) {
    this.text = text;
  }

  static @Nullable Object of(String reply) {
    RespTree tree = new RespTree(reply);
    Object value = tree.next();
    if (tree.at != reply.length()) {
      throw new IllegalArgumentException("more than one reply: " + reply);
    }
    return value;
  }

  private String line() {
    int end = text.indexOf("\r\n", at);
    String line = text.substring(at, end);
    at = end + 2;
    return line;
  }

  private @Nullable Object next() {
    String line = line();
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '+', ',', '#':
        return rest;
      case '-':
        return "-" + rest;
      case ':':
        return Long.valueOf(rest);
      case '_':
        return null;
      case '$', '=':
        int length = Integer.parseInt(rest);
        if (length < 0) {
          return null;
        }
        at += length + 2;
        return text.substring(at - length - 2, at - 2);
      case '*', '>':
        int count = Integer.parseInt(rest);
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          list.add(next());
        }
        return list;
      case '~':
        List<@Nullable Object> set = new ArrayList<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          set.add(next());
        }
        set.sort(Comparator.comparing(String::valueOf));
        return set;
      case '%':
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          map.put(String.valueOf(next()), next());
        }
        return map;
      default:
        throw new IllegalArgumentException("no RESP: " + line);
    }
  }
}
