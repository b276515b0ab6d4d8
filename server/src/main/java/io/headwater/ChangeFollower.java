package io.headwater;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headwater.view.keyspace.types.StreamId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of a topic that takes changes, as docs/formats/changes.md tells it to be and as plain
 * as it can be: knows what each key holds from the steps alone. Strings are bytes as Latin-1. The
 * simulation compares it with the keyspace; others may take it as the example.
 */
final class ChangeFollower {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a key holds: exactly one of these has something in it, or {@link #isString} holds. */
  private static final class Held {
    boolean isString;
    StringBuilder text = new StringBuilder();
    final TreeMap<String, String> fields = new TreeMap<>();
    final Map<String, Long> fieldExpiries = new HashMap<>();
    final List<String> list = new ArrayList<>();
    final TreeSet<String> set = new TreeSet<>();
    final Map<String, Double> scores = new HashMap<>();
    final TreeMap<StreamId, String> entries = new TreeMap<>();
    boolean isStream;
    long expiresAtMs = -1;

    boolean isGone() {
      return !isString
          && !isStream
          && fields.isEmpty()
          && list.isEmpty()
          && set.isEmpty()
          && scores.isEmpty();
    }
  }

  private final Map<String, Held> keys = new TreeMap<>();

  /** Takes the next record; a null value is a tombstone. */
  void follow(String key, @Nullable String value) {
    if (value == null) {
      keys.remove(key);
      return;
    }
    try {
      for (JsonNode step : JSON.readTree(value).get("change")) {
        follow(key, step);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(value, e);
    }
  }

  private void follow(String key, JsonNode step) {
    String op = step.get("op").asText();
    if (op.equals("del") || op.equals("set")) {
      keys.remove(key);
    }
    if (op.equals("del")) {
      return;
    }
    Held held = keys.computeIfAbsent(key, _ -> new Held());
    switch (op.charAt(0)) {
      case 'h' -> hash(held, op, step);
      case 'x' -> stream(held, op, step);
      case 'z' -> scores(held, op, step);
      case 'l', 'r' -> list(held, op, step);
      default -> {
        switch (op) {
          case "expire" -> held.expiresAtMs = time(step);
          case "sadd" -> held.set.addAll(texts(step.get("members")));
          case "srem" -> texts(step.get("members")).forEach(held.set::remove);
          default -> string(held, op, step);
        }
      }
    }
    if (held.isGone()) {
      keys.remove(key);
    }
  }

  private static void string(Held held, String op, JsonNode step) {
    held.isString = true;
    String value = text(step.get("value"));
    StringBuilder text = held.text;
    switch (op) {
      case "set" -> {
        text.append(value);
        held.expiresAtMs = time(step);
      }
      case "append" -> text.append(value);
      case "setrange", "splice" -> {
        int offset = step.get("offset").asInt();
        int removed = op.equals("splice") ? step.get("removed").asInt() : value.length();
        while (text.length() < offset) {
          text.append('\0');
        }
        text.replace(offset, Math.min(text.length(), offset + removed), value);
      }
      default -> throw new AssertionError("unknown step " + step);
    }
  }

  private static void hash(Held held, String op, JsonNode step) {
    for (JsonNode item : step.get("fields")) {
      String field = text(op.equals("hdel") ? item : item.get("field"));
      switch (op) {
        case "hset" -> {
          held.fields.put(field, text(item.get("value")));
          if (!step.path("keepttl").asBoolean()) {
            held.fieldExpiries.remove(field);
          }
        }
        case "hdel" -> {
          held.fields.remove(field);
          held.fieldExpiries.remove(field);
        }
        case "hexpire" -> held.fieldExpiries.put(field, time(item));
        default -> throw new AssertionError("unknown step " + step);
      }
    }
  }

  private static void list(Held held, String op, JsonNode step) {
    List<String> list = held.list;
    switch (op) {
      case "lpush" -> texts(step.get("elements")).forEach(list::addFirst);
      case "rpush" -> list.addAll(texts(step.get("elements")));
      case "lpop" -> list.subList(0, step.get("count").asInt()).clear();
      case "rpop" -> list.subList(list.size() - step.get("count").asInt(), list.size()).clear();
      case "lmove" -> {
        boolean fromLeft = step.get("from").asText().equals("left");
        String moved = fromLeft ? list.removeFirst() : list.removeLast();
        list.add(step.get("to").asText().equals("left") ? 0 : list.size(), moved);
      }
      case "lset" -> list.set(step.get("index").asInt(), text(step.get("element")));
      case "linsert" -> list.add(step.get("index").asInt(), text(step.get("element")));
      case "lrem" -> remove(list, step.get("count").asLong(), text(step.get("element")));
      case "ltrim" -> {
        int start = step.get("start").asInt();
        List<String> kept = List.copyOf(list.subList(start, start + step.get("count").asInt()));
        list.clear();
        list.addAll(kept);
      }
      default -> throw new AssertionError("unknown step " + step);
    }
  }

  /** As LREM counts: from the left, or (below 0) from the right; 0 is all. */
  private static void remove(List<String> list, long count, String element) {
    if (count < 0) {
      Collections.reverse(list);
    }
    long left = count == 0 ? Long.MAX_VALUE : Math.abs(count);
    while (left > 0 && list.remove(element)) {
      left--;
    }
    if (count < 0) {
      Collections.reverse(list);
    }
  }

  private static void scores(Held held, String op, JsonNode step) {
    switch (op) {
      case "zadd" ->
          step.get("members")
              .forEach(item -> held.scores.put(text(item.get("member")), score(item.get("score"))));
      case "zrem" -> texts(step.get("members")).forEach(held.scores::remove);
      case "zremrangebyrank" -> {
        int start = step.get("start").asInt();
        List<String> ranked =
            held.scores.keySet().stream()
                .sorted(
                    Comparator.comparing((String member) -> held.scores.getOrDefault(member, 0d))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        ranked.subList(start, start + step.get("count").asInt()).forEach(held.scores::remove);
      }
      default -> throw new AssertionError("unknown step " + step);
    }
  }

  private static double score(JsonNode score) {
    return switch (score.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> score.asDouble();
    };
  }

  private static void stream(Held held, String op, JsonNode step) {
    held.isStream = true;
    switch (op) {
      case "xcreate" -> {}
      case "xadd" -> {
        StringBuilder pairs = new StringBuilder();
        for (JsonNode field : step.get("fields")) {
          pairs.append(pairs.isEmpty() ? "" : " ");
          pairs.append(text(field.get("field"))).append('=').append(text(field.get("value")));
        }
        held.entries.put(id(step.get("id").asText()), pairs.toString());
      }
      case "xdel" -> step.get("ids").forEach(id -> held.entries.remove(id(id.asText())));
      case "xtrim" -> {
        if (step.get("minid").isNull()) {
          held.entries.clear();
        } else {
          held.entries.headMap(id(step.get("minid").asText())).clear();
        }
      }
      default -> throw new AssertionError("unknown step " + step);
    }
  }

  private static StreamId id(String text) {
    int dash = text.indexOf('-');
    return new StreamId(
        Long.parseUnsignedLong(text.substring(0, dash)),
        Long.parseUnsignedLong(text.substring(dash + 1)));
  }

  private static long time(JsonNode step) {
    return step.path("expires_at_ms").asLong(-1); // also of null
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(text(item)));
    return texts;
  }

  private static String text(JsonNode node) {
    byte[] bytes =
        node.isObject()
            ? Base64.getDecoder().decode(node.get("base64").asText())
            : node.asText().getBytes(StandardCharsets.UTF_8);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  // What is known.

  /** The keys that there are. */
  List<String> keys() {
    return List.copyOf(keys.keySet());
  }

  /** When a key expires; -1 for never, or if it is not there. */
  long expiresAtMs(String key) {
    Held held = keys.get(key);
    return held == null ? -1 : held.expiresAtMs;
  }

  /**
   * A string; elements in order; {@code member=} sorted; {@code field=value}, with {@code @} and
   * its time behind a field that expires; {@code member=score}; {@code stream}, then {@code id
   * field=value ...}.
   */
  List<String> held(String key) {
    Held held = keys.get(key);
    if (held == null) {
      return List.of();
    }
    if (held.isString) {
      return List.of(held.text.toString());
    }
    List<String> shown = new ArrayList<>(held.list);
    if (held.isStream) {
      shown.add("stream");
    }
    held.set.forEach(member -> shown.add(member + "="));
    held.fields.forEach((field, value) -> {
      long expiresAtMs = held.fieldExpiries.getOrDefault(field, -1L);
      shown.add(field + "=" + value + (expiresAtMs < 0 ? "" : "@" + expiresAtMs));
    });
    new TreeMap<>(held.scores)
        .forEach((member, score) ->
            shown.add(member + "=" + (score == Math.rint(score) ? "" + score.longValue() : score)));
    held.entries.forEach((id, fields) -> shown.add(id + " " + fields));
    return shown;
  }
}
