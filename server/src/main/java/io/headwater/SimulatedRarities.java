package io.headwater;

import io.headwater.SimulatedKeyspace.Command;
import io.headwater.SimulatedKeyspace.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What clients do less often, for {@link SimulatedKeyspace}: commands that replace whole values,
 * take from one key and give to another, scripts that fail half-way, and libraries of functions.
 */
final class SimulatedRarities {
  /** What the state calls libraries. */
  static final String LIBRARY = "library/";

  private static final int LIBRARIES = 3;

  /** The error of scripts that have already written. */
  private static final String HALF_WAY = "half-way";

  private final String prefix;
  private final int keys;
  private final SplittableRandom random;

  /**
   * @param database whose keys the commands write
   * @param keys how many of each type
   */
  SimulatedRarities(int database, int keys, SplittableRandom random) {
    this.prefix = database + "/";
    this.keys = keys;
    this.random = random;
  }

  /** Refusals that change nothing, here as there. */
  static boolean isRefusal(String reply) {
    return reply.startsWith("-ERR no such key")
        || reply.startsWith("-ERR index out of range")
        || reply.startsWith("-ERR Function not found")
        || reply.startsWith("-ERR Library not found")
        || reply.startsWith("-") && reply.contains(HALF_WAY);
  }

  Command draw(String fresh) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> list(fresh);
      case 2 -> set();
      case 3 -> scores();
      case 4 -> script(fresh);
      default -> random.nextBoolean() ? function(fresh) : string(fresh);
    };
  }

  private String any(String type) {
    return type + ":" + random.nextInt(random.nextBoolean() ? keys : 2);
  }

  private Command list(String fresh) {
    String name = any("l");
    String other = any("l");
    String key = prefix + name;
    String otherKey = prefix + other;
    return switch (random.nextInt(9)) {
      case 0 ->
          new Command(
              "LMOVE " + name + " " + name + " LEFT RIGHT",
              state ->
                  SimulatedKeyspace.change(state, key, list -> list.addLast(list.removeFirst())));
      case 1 ->
          new Command(
              "LMOVE " + name + " " + other + " RIGHT LEFT",
              state -> {
                Entry from = state.get(key);
                if (from != null) {
                  SimulatedKeyspace.change(state, key, List::removeLast);
                  state.putIfAbsent(otherKey, new Entry(List.of(), -1));
                  String moved = from.value().getLast();
                  SimulatedKeyspace.change(state, otherKey, list -> list.addFirst(moved));
                }
              });
      case 2 ->
          new Command(
              "LSET " + name + " -1 " + fresh,
              state ->
                  SimulatedKeyspace.change(state, key, list -> list.set(list.size() - 1, fresh)));
      case 3 ->
          new Command(
              "LINSERT " + name + " BEFORE b " + fresh,
              state ->
                  SimulatedKeyspace.change(
                      state,
                      key,
                      list -> {
                        if (list.contains("b")) {
                          list.add(list.indexOf("b"), fresh);
                        }
                      }));
      case 4 ->
          new Command(
              "LREM " + name + " 1 b",
              state -> SimulatedKeyspace.change(state, key, list -> list.remove("b")));
      case 5 ->
          new Command(
              "LTRIM " + name + " 1 4",
              state ->
                  SimulatedKeyspace.change(
                      state,
                      key,
                      list -> {
                        list.subList(Math.min(5, list.size()), list.size()).clear();
                        list.removeFirst();
                      }));
      case 6 ->
          new Command(
              "SORT " + name + " ALPHA STORE " + other,
              state -> {
                Entry from = state.get(key);
                SimulatedKeyspace.put(
                    state,
                    otherKey,
                    from == null ? List.of() : from.value().stream().sorted().toList(),
                    -1);
              });
      default -> rename();
    };
  }

  private Command rename() {
    String type = List.of("s", "l", "h", "t", "z", "x", "p", "e").get(random.nextInt(8));
    String name = any(type);
    String other = any(type);
    return new Command(
        "RENAME " + name + " " + other,
        state -> {
          Entry entry = state.remove(prefix + name);
          if (entry != null) {
            state.put(prefix + other, entry);
          }
        });
  }

  private static Map<String, String> pairs(TreeMap<String, Entry> state, String key) {
    Map<String, String> pairs = new TreeMap<>();
    SimulatedKeyspace.with(new TreeMap<>(state), key, pairs::putAll);
    return pairs;
  }

  private static void store(TreeMap<String, Entry> state, String key, Map<String, String> pairs) {
    state.remove(key);
    SimulatedKeyspace.with(state, key, stored -> stored.putAll(pairs));
  }

  private Command set() {
    String name = any("t");
    String other = any("t");
    String into = any("t");
    boolean union = random.nextInt(3) > 0;
    if (random.nextInt(3) == 0) {
      String member = "m" + random.nextInt(8);
      return new Command(
          "SMOVE " + name + " " + other + " " + member,
          state -> {
            if (pairs(state, prefix + name).containsKey(member)) {
              SimulatedKeyspace.with(state, prefix + name, pairs -> pairs.remove(member));
              SimulatedKeyspace.with(state, prefix + other, pairs -> pairs.put(member, ""));
            }
          });
    }
    return new Command(
        (union ? "SUNIONSTORE " : "SINTERSTORE ") + into + " " + name + " " + other,
        state -> {
          Map<String, String> result = pairs(state, prefix + name);
          Map<String, String> others = pairs(state, prefix + other);
          if (union) {
            result.putAll(others);
          } else {
            result.keySet().retainAll(others.keySet());
          }
          store(state, prefix + into, result);
        });
  }

  private Command scores() {
    String name = any("z");
    String other = any("z");
    String into = any("z");
    String member = "m" + random.nextInt(8);
    return switch (random.nextInt(4)) {
      case 0 ->
          new Command(
              "ZREMRANGEBYRANK " + name + " 0 1",
              state ->
                  SimulatedKeyspace.with(state, prefix + name, pairs -> removeLowest(pairs, 2)));
      case 1 ->
          new Command(
              "ZPOPMIN " + name,
              state ->
                  SimulatedKeyspace.with(state, prefix + name, pairs -> removeLowest(pairs, 1)));
      case 2 ->
          new Command(
              "GEOSEARCHSTORE g:0 g:1 FROMLONLAT 0 0 BYRADIUS 25000 km",
              state -> store(state, prefix + "g:0", pairs(state, prefix + "g:1")));
      default ->
          new Command(
              "ZUNIONSTORE " + into + " 2 " + name + " " + other,
              state -> {
                Map<String, String> sums = pairs(state, prefix + name);
                pairs(state, prefix + other)
                    .forEach((m, score) ->
                        sums.merge(
                            m, score, (a, b) -> "" + (Integer.parseInt(a) + Integer.parseInt(b))));
                store(state, prefix + into, sums);
              });
    };
  }

  private static void removeLowest(Map<String, String> pairs, int count) {
    List<Map.Entry<String, String>> byScore = new ArrayList<>(pairs.entrySet());
    byScore.sort(
        Comparator.comparing((Map.Entry<String, String> e) -> Long.parseLong(e.getValue()))
            .thenComparing(Map.Entry::getKey));
    byScore.stream().limit(count).forEach(e -> pairs.remove(e.getKey()));
  }

  private Command string(String fresh) {
    String name = any("s");
    int at = random.nextInt(10);
    return new Command(
        "SETRANGE " + name + " " + at + " " + fresh,
        state -> {
          Entry entry = state.get(prefix + name);
          StringBuilder text = new StringBuilder(entry == null ? "" : entry.value().getFirst());
          while (text.length() < at) {
            text.append('\0');
          }
          text.replace(at, Math.min(text.length(), at + fresh.length()), fresh);
          long expiresAtMs = entry == null ? -1 : entry.expiresAtMs();
          state.put(prefix + name, new Entry(List.of(text.toString()), expiresAtMs));
        });
  }

  /** Writes a list, a hash and a set, and then fails or not: what was written stays. */
  private Command script(String fresh) {
    String list = any("l");
    String hash = any("h");
    String set = any("t");
    boolean fails = random.nextBoolean();
    String code =
        "redis.call('RPUSH', KEYS[1], ARGV[1]) redis.call('HSET', KEYS[2], 'f0', ARGV[1]) "
            + (fails ? "error('" + HALF_WAY + "') " : "")
            + "return redis.call('SADD', KEYS[3], 'm0')";
    return new Command(
        "EVAL \"" + code + "\" 3 " + list + " " + hash + " " + set + " " + fresh,
        state -> {
          state.putIfAbsent(prefix + list, new Entry(List.of(), -1));
          SimulatedKeyspace.change(state, prefix + list, values -> values.add(fresh));
          SimulatedKeyspace.with(state, prefix + hash, pairs -> pairs.put("f0", fresh));
          if (!fails) {
            SimulatedKeyspace.with(state, prefix + set, pairs -> pairs.put("m0", ""));
          }
        });
  }

  private Command function(String fresh) {
    int number = random.nextInt(LIBRARIES);
    String library = "lib" + number;
    switch (random.nextInt(4)) {
      case 0 -> {
        return new Command("FUNCTION DELETE " + library, state -> state.remove(LIBRARY + library));
      }
      case 1, 2 -> {
        String name = any("s");
        return new Command(
            "FCALL f" + number + " 1 " + name,
            state -> {
              Entry found = state.get(LIBRARY + library);
              if (found != null) {
                String code = found.value().getFirst();
                int from = code.indexOf(", '") + 3;
                String value = code.substring(from, code.indexOf('\'', from));
                state.put(prefix + name, new Entry(List.of(value), -1));
              }
            });
      }
      default -> {
        String code =
            "redis.register_function('f"
                + number
                + "', function(keys) redis.call('SET', keys[1], '"
                + fresh
                + "') return 1 end)";
        String head = "#!lua name=" + library;
        return new Command(
            "FUNCTION LOAD REPLACE \"" + head + "\\n" + code + "\"",
            state -> state.put(LIBRARY + library, new Entry(List.of(head + "\n" + code), -1)));
      }
    }
  }

  static final String READ_LIBRARIES = "FUNCTION LIST WITHCODE";

  /**
   * @param strings those of the reply to {@link #READ_LIBRARIES}
   */
  static void addLibraries(Map<String, Entry> found, List<String> strings) {
    String library = "";
    for (int i = 0; i + 1 < strings.size(); i++) {
      if (strings.get(i).equals("library_name")) {
        library = LIBRARY + strings.get(i + 1);
      } else if (strings.get(i).equals("library_code")) {
        found.put(library, new Entry(List.of(strings.get(i + 1)), -1));
      }
    }
  }
}
