package io.headwater.protocol.redis.keys;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.FloatText;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.Slice;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SORT and SORT_RO: elements of a list, a set or a sorted set in another order. */
public final class SortCommands {
  private static final CommandError NO_NUMBERS =
      new CommandError("ERR One or more scores can't be converted into double");

  private static final byte[] NOTHING = new byte[0];

  private enum Direction {
    UP,
    DOWN
  }

  /** What the words behind the key say. */
  private static final class Options {
    Direction direction = Direction.UP;
    boolean alpha;
    @Nullable SortPattern by;
    boolean unsorted;
    long offset;
    long count = -1;
    final List<SortPattern> gets = new ArrayList<>();
    int target;

    int first(int size) {
      return (int) Math.clamp(offset, 0, size);
    }

    /** How many from {@link #first} on. */
    int wanted(int size) {
      int left = size - first(size);
      return count < 0 ? left : (int) Math.min(count, left);
    }
  }

  /** Elements, and those of their numbers that are answered, in order. */
  private record Window(SortTexts elements, int[] order, int from, int count) {}

  /** Where results go. */
  private interface Output {
    void put(byte[] array, int from, int length);

    void putMissing();
  }

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
        options.by = new SortPattern(call.bytes(++i));
        options.unsorted |= !options.by.hasStar();
      } else if (left >= 1 && call.is(i, "get")) {
        options.gets.add(new SortPattern(call.bytes(++i)));
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return options;
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
    if (type == Entry.ZSET) { // even if it fails later
      call.keyspace().sortedSets().convert(call.key(1), entry);
      entry = call.keyspace().peek(call.key(1));
    }
    Window window = entry == 0 ? new Window(new SortTexts(0), new int[0], 0, 0) : null;
    if (window == null) {
      window = options.unsorted ? unsorted(call, entry, options) : sorted(call, entry, options);
    }
    int results = window.count * Math.max(1, options.gets.size());
    if (options.target == 0) {
      call.reply().array(results);
      output(call, window, options, replies(call.reply()));
    } else {
      ListValue list = call.keyspace().lists().empty();
      output(call, window, options, elements(list));
      store(call, call.key(options.target), list);
    }
  }

  /** The elements that are asked for, as they stand. */
  private static Window unsorted(Call call, long entry, Options options) {
    int size;
    int from;
    int count;
    SortTexts elements = new SortTexts(0);
    boolean down = options.direction == Direction.DOWN && Entry.type(entry) != Entry.SET;
    switch (Entry.type(entry)) {
      case Entry.LIST -> {
        ListValue list = call.keyspace().lists().read(entry);
        size = list.size();
        from = options.first(size);
        count = options.wanted(size);
        list.forRange(down ? size - from - count : from, count, elements::add);
      }
      case Entry.SET -> {
        SetValue set = call.keyspace().sets().read(entry);
        size = set.size();
        from = options.first(size);
        count = options.wanted(size);
        int[] at = {0};
        set.forEach((array, start, length) -> {
          if (at[0] >= from && at[0] < from + count) {
            elements.add(array, start, length);
          }
          at[0]++;
        });
      }
      default -> {
        ZSetValue zset = call.keyspace().sortedSets().read(entry);
        size = zset.size();
        from = options.first(size);
        count = options.wanted(size);
        zset.forRange(
            down ? size - from - count : from,
            count,
            (array, start, length, _) -> elements.add(array, start, length));
      }
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = down ? count - 1 - i : i;
    }
    return new Window(elements, order, 0, count);
  }

  private static Window sorted(Call call, long entry, Options options) {
    SortTexts elements = all(call, entry);
    int n = elements.size();
    SortTexts texts = options.alpha && options.by != null ? new SortTexts(n) : elements;
    SortPattern by = options.by;
    long[] keys = new long[n];
    SortAhead ahead = new SortAhead(call.keyspace(), call.db(), elements);
    for (int i = 0; i < n; i++) {
      byte[] array = elements.array(i);
      int from = elements.from(i);
      int length = elements.length(i);
      if (by != null) {
        if (SortAhead.isDue(i)) {
          ahead.load(by, null, i, n);
        }
        boolean there = by.lookUp(call, array, from, length);
        array = there ? by.found().array() : NOTHING;
        from = there ? by.found().from() : 0;
        length = there ? by.found().length() : 0;
        if (options.alpha && there) {
          texts.add(array, from, length);
        } else if (options.alpha) {
          texts.addMissing();
        }
      }
      keys[i] = options.alpha ? texts.firstBytes(i) : sortable(weight(array, from, length));
    }
    int[] order;
    if (options.direction == Direction.DOWN) {
      for (int i = 0; i < n; i++) {
        keys[i] = ~keys[i];
      }
      order = SortOrder.of(keys, (one, other) -> texts.compare(other, one));
    } else {
      order = SortOrder.of(keys, texts::compare);
    }
    return new Window(elements, order, options.first(n), options.wanted(n));
  }

  private static SortTexts all(Call call, long entry) {
    return switch (Entry.type(entry)) {
      case Entry.LIST -> {
        ListValue list = call.keyspace().lists().read(entry);
        SortTexts elements = new SortTexts(list.size());
        list.forEach(elements::add);
        yield elements;
      }
      case Entry.SET -> {
        SetValue set = call.keyspace().sets().read(entry);
        SortTexts elements = new SortTexts(set.size());
        set.forEach(elements::add);
        yield elements;
      }
      default -> {
        ZSetValue zset = call.keyspace().sortedSets().read(entry);
        SortTexts elements = new SortTexts(zset.size());
        zset.forEach((array, from, length, _) -> elements.add(array, from, length));
        yield elements;
      }
    };
  }

  /** What is missing weighs nothing, and so does an empty C string, as Redis reads them. */
  private static double weight(byte[] array, int from, int length) {
    if (length == 0 || array[from] == 0) {
      return 0;
    }
    int blanks = 0;
    while (blanks < length && array[from + blanks] == ' ') {
      blanks++;
    }
    double weight = FloatText.parse(array, from + blanks, length - blanks);
    if (Double.isNaN(weight)) {
      throw NO_NUMBERS;
    }
    return weight + 0.0; // minus zero equals zero here
  }

  /** A number whose unsigned order is that of the weights. */
  private static long sortable(double weight) {
    long bits = Double.doubleToRawLongBits(weight);
    return bits < 0 ? ~bits : bits | Long.MIN_VALUE;
  }

  private static void output(Call call, Window window, Options options, Output output) {
    SortTexts elements = window.elements;
    SortAhead ahead = new SortAhead(call.keyspace(), call.db(), elements);
    int end = window.from + window.count;
    for (int i = window.from; i < end; i++) {
      if (SortAhead.isDue(i - window.from)) {
        for (SortPattern get : options.gets) {
          ahead.load(get, window.order, i, end);
        }
      }
      int element = window.order[i];
      byte[] array = elements.array(element);
      int from = elements.from(element);
      int length = elements.length(element);
      if (options.gets.isEmpty()) {
        output.put(array, from, length);
      }
      for (SortPattern get : options.gets) {
        if (get.lookUp(call, array, from, length)) {
          Slice found = get.found();
          output.put(found.array(), found.from(), found.length());
        } else {
          output.putMissing();
        }
      }
    }
  }

  private static Output replies(Reply reply) {
    return new Output() {
      @Override
      public void put(byte[] array, int from, int length) {
        reply.bulk(array, from, length);
      }

      @Override
      public void putMissing() {
        reply.nil();
      }
    };
  }

  private static Output elements(ListValue list) {
    return new Output() {
      @Override
      public void put(byte[] array, int from, int length) {
        list.pushLast(array, from, length);
      }

      @Override
      public void putMissing() {
        list.pushLast(NOTHING, 0, 0);
      }
    };
  }

  private static void store(Call call, Key target, ListValue list) {
    int size = list.size();
    boolean wasThere = list.isEmpty() && call.keyspace().peek(target) != 0;
    call.requireRoom(list);
    call.keyspace().lists().replace(target, list);
    call.notifyStored(Notifications.LIST, "sortstore", target, size, wasThere);
    call.reply().integer(size);
  }
}
