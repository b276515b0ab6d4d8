package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.Command.DENYOOM;
import static io.headwater.protocol.redis.Command.MOVABLEKEYS;
import static io.headwater.protocol.redis.Command.READONLY;
import static io.headwater.protocol.redis.Command.WRITE;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.FloatText;
import io.headwater.protocol.redis.Group;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.Slice;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SORT and SORT_RO: elements of a list, a set or a sorted set in another order. */
public final class SortCommands {
  private static final CommandError NO_NUMBERS =
      new CommandError("ERR One or more scores can't be converted into double");

  private enum Direction {
    UP,
    DOWN
  }

  /** What the words behind the key say. */
  private static final class Options {
    Direction direction = Direction.UP;
    boolean alpha;
    @Nullable Bytes by;
    boolean unsorted;
    long offset;
    long count = -1;
    final List<Bytes> gets = new ArrayList<>();
    int target;
  }

  /** An element with what it is sorted by. */
  private record Weighed(Bytes element, double weight, @Nullable Bytes text) {}

  private SortCommands() {}

  public static void addTo(CommandTable table) {
    table.add(
        Command.command(
                "sort",
                -2,
                WRITE | DENYOOM | MOVABLEKEYS,
                Group.GENERIC,
                "1.0.0",
                "Sorts elements, perhaps by other keys")
            .keys(1, 1, 1)
            .keys(SortCommands::keys)
            .writes(SortCommands::target)
            .does(call -> sort(call, true)));
    table.add(
        Command.command(
                "sort_ro",
                -2,
                READONLY | MOVABLEKEYS,
                Group.GENERIC,
                "7.0.0",
                "Sorts elements, perhaps by other keys, and stores nothing")
            .keys(1, 1, 1)
            .does(call -> sort(call, false)));
  }

  private static int[] keys(Call call) {
    int[] target = target(call);
    return target.length == 0 ? new int[] {1} : new int[] {1, target[0]};
  }

  /** The key behind the last STORE. */
  private static int[] target(Call call) {
    int[] found = new int[0];
    for (int i = 2; i + 1 < call.count(); i++) {
      if (call.is(i, "store")) {
        found = new int[] {i + 1};
      } else if (call.is(i, "by") || call.is(i, "get")) {
        i++;
      } else if (call.is(i, "limit")) {
        i += 2;
      }
    }
    return found;
  }

  private static Options options(Call call, boolean mayStore) {
    Options options = new Options();
    for (int i = 2; i < call.count(); i++) {
      int left = call.count() - i - 1;
      if (call.is(i, "asc")) {
        options.direction = Direction.UP;
      } else if (call.is(i, "desc")) {
        options.direction = Direction.DOWN;
      } else if (call.is(i, "alpha")) {
        options.alpha = true;
      } else if (left >= 2 && call.is(i, "limit")) {
        options.offset = call.integer(i + 1);
        options.count = call.integer(i + 2);
        i += 2;
      } else if (left >= 1 && mayStore && call.is(i, "store")) {
        options.target = ++i;
      } else if (left >= 1 && call.is(i, "by")) {
        options.by = call.bytes(++i);
        options.unsorted |= star(options.by) < 0;
      } else if (left >= 1 && call.is(i, "get")) {
        options.gets.add(call.bytes(++i));
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return options;
  }

  private static int star(Bytes pattern) {
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.at(i) == '*') {
        return i;
      }
    }
    return -1;
  }

  private static void sort(Call call, boolean mayStore) {
    Options options = options(call, mayStore);
    long entry = call.find(call.key(1));
    int type = entry == 0 ? Entry.LIST : Entry.type(entry);
    if (type != Entry.LIST && type != Entry.SET && type != Entry.ZSET) {
      throw CommandError.WRONG_TYPE;
    }
    if (options.unsorted && type == Entry.SET && options.target != 0) {
      options.unsorted = false; // what is stored must not depend on a hash table's order
      options.alpha = true;
      options.by = null;
    }
    List<Bytes> elements = entry == 0 ? new ArrayList<>() : elements(call, entry, type);
    if (type == Entry.ZSET) {
      call.keyspace().sortedSets().convert(call.key(1), entry);
    }
    if (!options.unsorted) {
      elements = sorted(call, elements, options);
    } else if (type != Entry.SET && options.direction == Direction.DOWN) {
      Collections.reverse(elements);
    }
    List<Bytes> window = window(elements, options);
    List<@Nullable Bytes> output = output(call, window, options);
    if (options.target == 0) {
      call.reply().array(output.size());
      output.forEach(value -> reply(call.reply(), value));
    } else {
      store(call, options, output);
    }
  }

  private static List<Bytes> elements(Call call, long entry, int type) {
    List<Bytes> elements = new ArrayList<>();
    switch (type) {
      case Entry.LIST ->
          call.keyspace()
              .lists()
              .read(entry)
              .forEach((array, from, length) -> elements.add(Bytes.copyOf(array, from, length)));
      case Entry.SET ->
          call.keyspace()
              .sets()
              .read(entry)
              .forEach((array, from, length) -> elements.add(Bytes.copyOf(array, from, length)));
      default ->
          call.keyspace()
              .sortedSets()
              .read(entry)
              .forEach((array, from, length, _) -> elements.add(Bytes.copyOf(array, from, length)));
    }
    return elements;
  }

  private static List<Bytes> sorted(Call call, List<Bytes> elements, Options options) {
    List<Weighed> weighed = new ArrayList<>(elements.size());
    for (Bytes element : elements) {
      Bytes text = options.by == null ? element : lookUp(call, options.by, element);
      weighed.add(new Weighed(element, options.alpha ? 0 : weight(text), text));
    }
    Comparator<Weighed> order =
        options.alpha
            ? Comparator.comparing(Weighed::text, Comparator.nullsFirst(Comparator.naturalOrder()))
            : Comparator.comparingDouble(Weighed::weight).thenComparing(Weighed::element);
    weighed.sort(options.direction == Direction.DOWN ? order.reversed() : order);
    List<Bytes> result = new ArrayList<>(weighed.size());
    weighed.forEach(w -> result.add(w.element));
    return result;
  }

  /** What is missing weighs nothing, and so does an empty C string, as Redis reads them. */
  private static double weight(@Nullable Bytes text) {
    if (text == null || text.length() == 0 || text.array()[0] == 0) {
      return 0;
    }
    int blanks = 0;
    while (blanks < text.length() && text.array()[blanks] == ' ') {
      blanks++;
    }
    double weight = FloatText.parse(text.array(), blanks, text.length() - blanks);
    if (Double.isNaN(weight)) {
      throw NO_NUMBERS;
    }
    return weight + 0.0; // minus zero equals zero here
  }

  /**
   * The string, or the hash's field, that a pattern names for an element: the element takes the
   * place of the first star; {@code ->} behind it names a field.
   */
  private static @Nullable Bytes lookUp(Call call, Bytes pattern, Bytes element) {
    if (pattern.length() == 1 && pattern.at(0) == '#') {
      return element;
    }
    int star = star(pattern);
    if (star < 0) {
      return null;
    }
    String text = new String(pattern.array(), StandardCharsets.ISO_8859_1);
    int arrow = text.indexOf("->", star + 1);
    boolean field = arrow >= 0 && arrow + 2 < text.length();
    String tail = text.substring(star + 1, field ? arrow : text.length());
    String name =
        text.substring(0, star) + new String(element.array(), StandardCharsets.ISO_8859_1) + tail;
    Key key = new Key().at(call.db(), Bytes.wrap(name.getBytes(StandardCharsets.ISO_8859_1)));
    long entry = call.find(key);
    if (entry == 0) {
      return null;
    }
    if (!field) {
      return Entry.type(entry) == Entry.STRING
          ? Bytes.wrap(Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry)))
          : null;
    }
    if (Entry.type(entry) != Entry.HASH) {
      return null;
    }
    byte[] fieldName = text.substring(arrow + 2).getBytes(StandardCharsets.ISO_8859_1);
    Slice out = new Slice();
    boolean there = call.keyspace().hashes().read(entry).get(fieldName, 0, fieldName.length, out);
    return there ? out.toBytes() : null;
  }

  private static List<Bytes> window(List<Bytes> elements, Options options) {
    int from = (int) Math.clamp(options.offset, 0, elements.size());
    long end =
        options.count < 0 ? elements.size() : from + Math.min(options.count, elements.size());
    return elements.subList(from, (int) Math.min(end, elements.size()));
  }

  private static List<@Nullable Bytes> output(Call call, List<Bytes> elements, Options options) {
    if (options.gets.isEmpty()) {
      return new ArrayList<>(elements);
    }
    List<@Nullable Bytes> output = new ArrayList<>();
    for (Bytes element : elements) {
      for (Bytes get : options.gets) {
        output.add(lookUp(call, get, element));
      }
    }
    return output;
  }

  private static void reply(Reply reply, @Nullable Bytes value) {
    if (value == null) {
      reply.nil();
    } else {
      reply.bulk(value);
    }
  }

  private static void store(Call call, Options options, List<@Nullable Bytes> output) {
    ListValue list = call.keyspace().lists().empty();
    for (Bytes value : output) {
      byte[] element = value == null ? new byte[0] : value.array();
      list.pushLast(element, 0, element.length);
    }
    Key target = call.key(options.target);
    boolean wasThere = output.isEmpty() && call.keyspace().peek(target) != 0;
    call.keyspace().lists().replace(target, list);
    call.notifyStored(Notifications.LIST, "sortstore", target, output.size(), wasThere);
    call.reply().integer(output.size());
  }
}
