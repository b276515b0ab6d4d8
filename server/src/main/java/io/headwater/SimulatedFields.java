package io.headwater;

import io.headwater.SimulatedKeyspace.Command;
import io.headwater.SimulatedKeyspace.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Hashes whose fields expire, for {@link SimulatedKeyspace}: a value is shown with the time behind
 * it, as in {@code f1=v7@1000}.
 */
final class SimulatedFields {
  private static final String PREFIX = "e:";
  private static final int FIELDS = 4;

  /** The field that holds a number. */
  private static final String COUNTER = "f3";

  private SimulatedFields() {}

  static Command draw(String key, String name, String value, long at, SplittableRandom random) {
    String field = "f" + random.nextInt(FIELDS);
    boolean counts = field.equals(COUNTER);
    String kept = counts ? value.substring(1) : value;
    String listed = " FIELDS 1 " + field;
    return switch (random.nextInt(9)) {
      case 0 ->
          new Command(
              "HDEL " + name + " " + field,
              state -> SimulatedKeyspace.with(state, key, pairs -> pairs.remove(field)));
      case 1 ->
          new Command(
              "HPERSIST " + name + listed,
              state ->
                  SimulatedKeyspace.with(
                      state,
                      key,
                      pairs -> pairs.computeIfPresent(field, (_, v) -> withoutTime(v))));
      case 2, 3, 4 ->
          new Command(
              "HPEXPIREAT " + name + " " + at + listed,
              state ->
                  SimulatedKeyspace.with(
                      state,
                      key,
                      pairs -> pairs.computeIfPresent(field, (_, v) -> withoutTime(v) + "@" + at)));
      case 5, 6, 7 ->
          new Command(
              "HSET " + name + " " + field + " " + kept,
              state -> SimulatedKeyspace.with(state, key, pairs -> pairs.put(field, kept)));
      default -> increment(key, name, random.nextInt(1, 100));
    };
  }

  /** The time of a field stays when it is counted up. */
  private static Command increment(String key, String name, int by) {
    return new Command(
        "HINCRBY " + name + " " + COUNTER + " " + by,
        state ->
            SimulatedKeyspace.with(
                state,
                key,
                pairs -> {
                  String before = pairs.getOrDefault(COUNTER, "0");
                  String number = withoutTime(before);
                  String time = before.substring(number.length());
                  pairs.put(COUNTER, Long.parseLong(number) + by + time);
                }));
  }

  private static String withoutTime(String value) {
    int at = value.indexOf('@');
    return at < 0 ? value : value.substring(0, at);
  }

  /** Takes away the fields that are past their time, and hashes without any left. */
  static void expire(Map<String, Entry> state, long nowMs) {
    state.replaceAll((key, entry) -> {
      if (!key.startsWith(PREFIX, key.indexOf('/') + 1)) {
        return entry;
      }
      List<String> left = new ArrayList<>(entry.value());
      left.removeIf(pair ->
          pair.indexOf('@') >= 0 && Long.parseLong(pair.substring(pair.indexOf('@') + 1)) <= nowMs);
      return new Entry(List.copyOf(left), entry.expiresAtMs());
    });
    state.values().removeIf(entry -> entry.value().isEmpty());
  }

  /** Asks for the fields' times; of another key for nothing in particular. */
  static String timesCommand(String name) {
    if (!name.startsWith(PREFIX)) {
      return "PING";
    }
    StringBuilder command = new StringBuilder("HPEXPIRETIME " + name + " FIELDS " + FIELDS);
    for (int i = 0; i < FIELDS; i++) {
      command.append(" f").append(i);
    }
    return command.toString();
  }

  /**
   * @param values fields and values
   * @param times the reply to {@link #timesCommand}
   */
  static List<String> shown(List<String> values, String times) {
    String[] lines = times.split("\r\n");
    TreeMap<String, String> pairs = new TreeMap<>();
    for (int i = 0; i < values.size(); i += 2) {
      String field = values.get(i);
      long time = Long.parseLong(lines[1 + Integer.parseInt(field.substring(1))].substring(1));
      pairs.put(field, values.get(i + 1) + (time < 0 ? "" : "@" + time));
    }
    return pairs.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }
}
