package io.headwater;

import io.headwater.view.catalog.Projection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Topics that have each change of a simulated node's keys: of lists, sets, sorted sets and streams
 * as what they hold then, and of all types as the change alone.
 */
final class SimulatedChanges {
  /** Letters that the names of the keys begin with, as {@link SimulatedKeyspace} has them. */
  static final List<String> TYPES = List.of("l", "t", "z", "x");

  /** Of all types that the simulation knows but those that other projections follow. */
  static final List<String> FOLLOWED_TYPES =
      List.of("l", "t", "z", "x", "s", "n", "h", "b", "p", "g", "e");

  private SimulatedChanges() {}

  static String following(String type) {
    return "steps-" + type;
  }

  /** What is created and deleted again and again, so that it is filled with keys that exist. */
  static String again(String type) {
    return "again-" + type;
  }

  /** Whether it has hashes whose fields expire: who looks at one deletes what is due by then. */
  static boolean growsByReading(String topic) {
    return topic.equals(following("e")) || topic.equals(again("e"));
  }

  static String drawType(SplittableRandom random) {
    return FOLLOWED_TYPES.get(random.nextInt(FOLLOWED_TYPES.size()));
  }

  static String followingJson(String type, String topic) {
    return "{\"from\":{\"keys\":\"%s:*\"},\"to\":[{\"topic\":\"%s\",\"value\":\"change\"}]}"
        .formatted(type, topic);
  }

  static String projection(String type) {
    return "changes-" + type;
  }

  static String json(String type) {
    return "{\"from\":{\"keys\":\"%s:*\"},\"to\":[{\"topic\":\"%s\"}]}"
        .formatted(type, projection(type));
  }

  /**
   * A key's last record says what the key holds, or its records since it began anew have all of a
   * stream's entries; nothing is refused.
   */
  static void check(SimulatedNode node, SimulatedKeyspace keyspace, String when)
      throws IOException {
    for (String type : FOLLOWED_TYPES) {
      checkFollower(node, keyspace, type, following(type), when);
      checkFollower(node, keyspace, type, again(type), when);
    }
    for (String type : TYPES) {
      Projection projection = node.node.catalog.state().projection(projection(type));
      if (projection == null || !projection.filled()) {
        continue;
      }
      Map<String, List<String>> held = keyspace.held(type + ":");
      // What is past its time is deleted by a command that would write, or a little later.
      String nothing =
          switch (type) {
            case "l" -> "LREM %s 1 -";
            case "t" -> "SREM %s -";
            case "x" -> "XDEL %s 0-1";
            default -> "ZREM %s -";
          };
      StringBuilder request = new StringBuilder("SELECT 0\r\n");
      held.keySet().forEach(key -> request.append(nothing.formatted(key)).append("\r\n"));
      node.redis(request.toString());
      List<Map.Entry<@Nullable String, @Nullable String>> records =
          SimulatedModel.records(node, projection(type), when);
      if (type.equals("x")) {
        checkStreams(held, records, when);
      } else {
        checkLast(type, held, records, when);
      }
      if (!SimulatedModel.records(node, projection(type) + "-dead-letters", when).isEmpty()) {
        throw new AssertionError(when + ": dead letters of " + projection(type));
      }
    }
  }

  /** Who has followed all changes of keys from the beginning holds what they hold. */
  private static void checkFollower(
      SimulatedNode node, SimulatedKeyspace keyspace, String type, String topic, String when)
      throws IOException {
    Projection projection = node.node.catalog.state().projection(topic);
    if (projection == null || !projection.filled()) {
      return;
    }
    ChangeFollower follower = new ChangeFollower();
    for (Map.Entry<@Nullable String, @Nullable String> record :
        SimulatedModel.records(node, topic, when)) {
      follower.follow(Objects.requireNonNull(record.getKey()), record.getValue());
    }
    Map<String, SimulatedKeyspace.Entry> known = new HashMap<>();
    for (String key : follower.keys()) {
      List<String> value = follower.held(key);
      known.put(
          "0/" + key,
          new SimulatedKeyspace.Entry(
              type.equals("p") ? SimulatedStrings.shownSketch(value.getFirst()) : value,
              follower.expiresAtMs(key)));
    }
    SimulatedKeyspace.expire(known, node.wallMs());
    Map<String, SimulatedKeyspace.Entry> held = keyspace.entries("0/" + type + ":");
    if (type.equals("x")) {
      held.replaceAll((_, e) -> new SimulatedKeyspace.Entry(entries(e.value()), e.expiresAtMs()));
    }
    if (!known.equals(held)) {
      throw new AssertionError(
          when + ": who followed " + topic + " knows " + known + ", the keys hold " + held);
    }
    if (!SimulatedModel.records(node, topic + "-dead-letters", when).isEmpty()) {
      throw new AssertionError(when + ": dead letters of " + topic);
    }
  }

  private static List<String> entries(List<String> lines) {
    List<String> entries = new ArrayList<>(List.of("stream"));
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      if (words[0].equals("entry")) {
        entries.add(words[1] + " f=" + words[words.length - 1]);
      }
    }
    return entries;
  }

  private static void checkLast(
      String type,
      Map<String, List<String>> held,
      List<Map.Entry<@Nullable String, @Nullable String>> records,
      String when) {
    Map<String, @Nullable String> last = new HashMap<>();
    for (Map.Entry<@Nullable String, @Nullable String> record : records) {
      last.put(Objects.requireNonNull(record.getKey()), record.getValue());
    }
    held.forEach((key, value) -> {
      String expected = value.isEmpty() ? null : json(type, value);
      String found = last.get(key);
      if (!Objects.equals(found, expected)) {
        throw new AssertionError(
            when + ": the last change of " + key + " is " + found + ", it holds " + expected);
      }
    });
  }

  private static void checkStreams(
      Map<String, List<String>> held,
      List<Map.Entry<@Nullable String, @Nullable String>> records,
      String when) {
    Map<String, Set<String>> sinceTombstone = new HashMap<>();
    for (Map.Entry<@Nullable String, @Nullable String> record : records) {
      Set<String> entries =
          sinceTombstone.computeIfAbsent(
              Objects.requireNonNull(record.getKey()), _ -> new HashSet<>());
      String entry = record.getValue();
      if (entry == null) {
        entries.clear();
      } else {
        entries.add(entry);
      }
    }
    held.forEach((key, lines) -> {
      Set<String> told = sinceTombstone.getOrDefault(key, Set.of());
      for (String line : lines) {
        String[] words = line.split(" ", -1);
        String entry =
            "{\"id\":\"%s\",\"fields\":{\"f\":\"%s\"}}"
                .formatted(words[1], words[words.length - 1]);
        if (words[0].equals("entry") && !told.contains(entry)) {
          throw new AssertionError(
              when + ": " + key + " holds " + entry + ", which is not among " + told);
        }
      }
      if (lines.isEmpty() && !told.isEmpty()) {
        throw new AssertionError(when + ": " + key + " is gone, its topic has " + told);
      }
    });
  }

  private static String json(String type, List<String> value) {
    List<String> elements =
        switch (type) {
          case "z" ->
              value.stream()
                  .sorted(java.util.Comparator.comparingInt(SimulatedChanges::score))
                  .map(pair ->
                      "{\"member\":\"%s\",\"score\":%d}".formatted(member(pair), score(pair)))
                  .toList();
          case "t" -> value.stream().map(pair -> '"' + member(pair) + '"').toList();
          default -> value.stream().map(element -> '"' + element + '"').toList();
        };
    return "[" + String.join(",", elements) + "]";
  }

  private static String member(String pair) {
    return pair.substring(0, pair.indexOf('='));
  }

  private static int score(String pair) {
    return Integer.parseInt(pair.substring(pair.indexOf('=') + 1));
  }
}
