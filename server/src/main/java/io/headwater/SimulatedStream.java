package io.headwater;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A stream with its consumer groups as plainly as it can be written down, for {@link
 * SimulatedKeyspace}. IDs are {@code n-1}, or 0-0.
 */
final class SimulatedStream {
  static final int KINDS = 16;

  /** A group, entries, and readers of them. */
  static final List<Integer> OPENING = List.of(3, 14, 14, 6, 14, 6);

  private static final int CLAIMED_MAX = 100;
  private static final int READ_MAX = 3;

  private static final class Group {
    long last;
    final TreeSet<String> consumers = new TreeSet<>();

    /** Whose each is. */
    final TreeMap<Long, String> pending = new TreeMap<>();
  }

  /** What a client sends, and what that makes of a stream. */
  record Change(String command, boolean creates, Consumer<SimulatedStream> effect) {}

  private final TreeMap<Long, String> entries = new TreeMap<>();
  private final TreeMap<String, Group> groups = new TreeMap<>();
  private long last;
  private long deleted;

  /**
   * Draws a change.
   *
   * @param what one of {@link #OPENING}, or any below {@link #KINDS}
   * @param fresh above all IDs of before
   * @param ids some that are there
   */
  static Change draw(int what, String name, long fresh, List<Long> ids, SplittableRandom random) {
    String group = random.nextInt(4) == 0 ? "g1" : "g0";
    String consumer = "c" + random.nextInt(2);
    long a = pick(fresh, ids, random);
    long b = pick(fresh, ids, random);
    return switch (what) {
      case 0 -> {
        int length = random.nextInt(6);
        yield new Change("XTRIM " + name + " MAXLEN " + length, false, s -> s.trim(length));
      }
      case 1 -> {
        yield new Change(
            "XDEL " + name + " " + id(a) + " " + id(b),
            false,
            s -> {
              s.delete(a);
              s.delete(b);
            });
      }
      case 3, 4 -> {
        boolean fromEnd = random.nextBoolean();
        yield new Change(
            "XGROUP CREATE " + name + " " + group + (fromEnd ? " $" : " 0") + " MKSTREAM",
            true,
            s -> s.create(group, fromEnd));
      }
      case 2, 5 -> rare(name, fresh, a, group, consumer, random);
      case 6, 7, 8 -> {
        boolean noAck = random.nextInt(5) == 0;
        yield new Change(
            "XREADGROUP GROUP "
                + group
                + " "
                + consumer
                + (noAck ? " NOACK" : "")
                + " COUNT "
                + READ_MAX
                + " STREAMS "
                + name
                + " >",
            false,
            s -> s.read(group, consumer, noAck));
      }
      case 9, 13 -> {
        yield new Change(
            "XACK " + name + " " + group + " " + id(a) + " " + id(b),
            false,
            s -> s.with(group, g -> g.pending.keySet().removeAll(List.of(a, b))));
      }
      case 10 ->
          new Change(
              "XAUTOCLAIM " + name + " " + group + " " + consumer + " 0 0",
              false,
              s -> s.with(group, g -> s.claim(g, consumer)));
      case 11 ->
          new Change(
              "XADD " + name + " MAXLEN 4 " + id(fresh) + " f v" + fresh,
              true,
              s -> {
                s.add(fresh);
                s.trim(4);
              });
      default ->
          new Change("XADD " + name + " " + id(fresh) + " f v" + fresh, true, s -> s.add(fresh));
    };
  }

  private static long pick(long fresh, List<Long> ids, SplittableRandom random) {
    return ids.isEmpty() || random.nextBoolean()
        ? Math.max(1, fresh - random.nextInt(12))
        : ids.get(random.nextInt(ids.size()));
  }

  private static Change rare(
      String name, long fresh, long a, String group, String consumer, SplittableRandom random) {
    String words = name + " " + group;
    return switch (random.nextInt(9)) {
      case 5, 6 -> {
        yield new Change(
            "XCLAIM " + words + " " + consumer + " 0 " + id(a),
            false,
            s -> s.with(group, g -> s.claim(g, a, consumer)));
      }
      case 7 -> new Change("XSETID " + name + " " + id(fresh), false, s -> s.last = fresh);
      case 0 -> new Change("XGROUP DESTROY " + words, false, s -> s.groups.remove(group));
      case 1 ->
          new Change("XGROUP SETID " + words + " 0", false, s -> s.with(group, g -> g.last = 0));
      case 2 ->
          new Change(
              "XGROUP CREATECONSUMER " + words + " " + consumer,
              false,
              s -> s.with(group, g -> g.consumers.add(consumer)));
      default ->
          new Change(
              "XGROUP DELCONSUMER " + words + " " + consumer,
              false,
              s ->
                  s.with(
                      group,
                      g -> {
                        g.consumers.remove(consumer);
                        g.pending.values().removeIf(consumer::equals);
                      }));
    };
  }

  /** Refusals that change nothing, here as there. */
  static boolean isRefusal(String reply) {
    return reply.startsWith("-BUSYGROUP")
        || reply.startsWith("-NOGROUP")
        || reply.startsWith("-ERR The XGROUP subcommand requires the key to exist");
  }

  private void add(long number) {
    entries.put(number, "v" + number);
    last = number;
  }

  private void trim(int length) {
    while (entries.size() > length) {
      entries.pollFirstEntry();
    }
  }

  private void delete(long number) {
    if (entries.remove(number) != null) {
      deleted = Math.max(deleted, number);
    }
  }

  private void create(String name, boolean fromEnd) {
    if (!groups.containsKey(name)) {
      Group group = new Group();
      group.last = fromEnd ? last : 0;
      groups.put(name, group);
    }
  }

  private void with(String name, Consumer<Group> change) {
    Group group = groups.get(name);
    if (group != null) {
      change.accept(group);
    }
  }

  private void read(String name, String consumer, boolean noAck) {
    with(
        name,
        group -> {
          List<Long> found =
              entries.tailMap(group.last, false).keySet().stream().limit(READ_MAX).toList();
          for (long number : found) {
            group.consumers.add(consumer);
            group.last = number;
            if (!noAck) {
              group.pending.put(number, consumer);
            }
          }
        });
  }

  private void claim(Group group, String consumer) {
    Iterator<Map.Entry<Long, String>> pending = group.pending.entrySet().iterator();
    for (int i = 0; i < CLAIMED_MAX && pending.hasNext(); i++) {
      Map.Entry<Long, String> item = pending.next();
      if (entries.containsKey(item.getKey())) {
        group.consumers.add(consumer);
        item.setValue(consumer);
      } else {
        pending.remove();
      }
    }
  }

  private void claim(Group group, long number, String consumer) {
    if (!group.pending.containsKey(number)) {
      return;
    }
    if (entries.containsKey(number)) {
      group.consumers.add(consumer);
      group.pending.put(number, consumer);
    } else {
      group.pending.remove(number);
    }
  }

  // As lines, for comparison.

  private static String id(long number) {
    return number == 0 ? "0-0" : number + "-1";
  }

  private static long number(String id) {
    return Long.parseLong(id.substring(0, id.indexOf('-')));
  }

  /** Of its entries. */
  List<Long> ids() {
    return List.copyOf(entries.keySet());
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("last " + id(last));
    lines.add("deleted " + id(deleted));
    entries.forEach((number, value) -> lines.add("entry " + id(number) + " " + value));
    groups.forEach((name, group) -> {
      lines.add("group " + name + " " + id(group.last));
      group.pending.forEach((number, owner) -> lines.add("pending " + id(number) + " " + owner));
      group.consumers.forEach(consumer -> lines.add("consumer " + consumer));
    });
    return lines;
  }

  /**
   * @param lines null for a stream that is not there
   */
  static SimulatedStream of(@Nullable List<String> lines) {
    SimulatedStream stream = new SimulatedStream();
    Group group = new Group();
    for (String line : lines == null ? List.<String>of() : lines) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "last" -> stream.last = number(words[1]);
        case "deleted" -> stream.deleted = number(words[1]);
        case "entry" -> stream.entries.put(number(words[1]), words[2]);
        case "group" -> {
          group = new Group();
          group.last = number(words[2]);
          stream.groups.put(words[1], group);
        }
        case "pending" -> group.pending.put(number(words[1]), words[2]);
        default -> group.consumers.add(words[1]);
      }
    }
    return stream;
  }

  static String readCommand(String name) {
    return "XINFO STREAM " + name + " FULL COUNT 0";
  }

  /** The lines that the strings of {@link #readCommand}'s reply show. */
  static List<String> shown(List<String> strings) {
    SimulatedStream stream = new SimulatedStream();
    Iterator<String> words = strings.iterator();
    Group group = new Group();
    String word = words.next();
    while (words.hasNext()) {
      switch (word) {
        case "last-generated-id" -> stream.last = number(words.next());
        case "max-deleted-entry-id" -> stream.deleted = number(words.next());
        case "recorded-first-entry-id" -> words.next();
        case "entries" -> {
          for (word = words.next(); !word.equals("groups"); word = words.next()) {
            words.next(); // the field
            stream.entries.put(number(word), words.next());
          }
          continue;
        }
        case "name" -> {
          String name = words.next();
          word = words.next();
          if (word.equals("last-delivered-id")) {
            group = new Group();
            group.last = number(words.next());
            stream.groups.put(name, group);
          } else {
            group.consumers.add(name);
          }
        }
        case "pel-count" -> {
          words.next();
          boolean ofGroup = group.consumers.isEmpty();
          word = words.hasNext() ? words.next() : "";
          while (word.endsWith("-1")) {
            if (ofGroup) {
              group.pending.put(number(word), words.next());
            }
            word = words.hasNext() ? words.next() : "";
          }
          continue;
        }
        default -> {}
      }
      word = words.hasNext() ? words.next() : "";
    }
    return stream.lines();
  }
}
