package io.headwater.protocol.redis.streams;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Streams;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XADD and the other commands on a stream's entries. */
final class StreamCommands {
  private static final CommandError TOO_SMALL =
      new CommandError(
          "ERR The ID specified in XADD is equal or smaller than the target stream top item");
  private static final CommandError EXHAUSTED =
      new CommandError(
          "ERR The stream has exhausted the last possible ID, unable to add more items");
  private static final long FROM_RANGE_ALL = -1;

  private StreamCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        stream("xadd", -5, WRITE | DENYOOM | FAST, "5.0.0", "Adds an entry to a stream")
            .does(StreamCommands::xadd));
    table.add(
        stream("xlen", 2, READONLY | FAST, "5.0.0", "Counts the entries of a stream")
            .does(StreamCommands::xlen));
    table.add(
        stream("xrange", -4, READONLY, "5.0.0", "Returns entries of a range of IDs")
            .does(call -> range(call, 2, 3, false)));
    table.add(
        stream("xrevrange", -4, READONLY, "5.0.0", "Returns entries of a range of IDs backwards")
            .does(call -> range(call, 3, 2, true)));
    table.add(
        stream("xdel", -3, WRITE | FAST, "5.0.0", "Deletes entries of a stream")
            .does(StreamCommands::xdel));
    table.add(
        stream("xtrim", -4, WRITE, "5.0.0", "Deletes a stream's first entries")
            .does(StreamCommands::xtrim));
    table.add(
        stream("xsetid", -3, WRITE | DENYOOM | FAST, "5.0.0", "Sets a stream's last ID")
            .does(StreamCommands::xsetid));
  }

  private static Command.Declaration stream(
      String name, int arity, int flags, String since, String summary) {
    return Command.command(name, arity, flags, Group.STREAM, since, summary).keys(1, 1, 1);
  }

  private static void xadd(Call call) {
    Trim trim = null;
    boolean create = true;
    int id = 2;
    if (!StreamIds.isChar(call, 2, '*')) {
      trim = new Trim();
      for (; id < call.count() && !StreamIds.isChar(call, id, '*'); id++) {
        int last = trim.read(call, id);
        if (last >= 0) {
          id = last;
        } else if (call.is(id, "nomkstream")) {
          create = false;
        } else {
          checkId(call, id);
          break;
        }
      }
      trim.check(call);
    }
    int fields = call.count() - id - 1;
    if (fields < 2 || fields % 2 != 0) {
      throw new CommandError("ERR wrong number of arguments for 'xadd' command");
    }
    boolean free = StreamIds.isChar(call, id, '*') || StreamIds.hasFreeSeq(call, id);
    if (!free && StreamIds.strict(call, id, 0).isZero()) {
      throw new CommandError("ERR The ID specified in XADD must be greater than 0-0");
    }
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0 && !create) {
      call.reply().nil();
      return;
    }
    add(call, key, entry, id, trim);
  }

  private static void checkId(Call call, int i) {
    if (StreamIds.hasFreeSeq(call, i)) {
      StreamIds.ms(call, i);
    } else {
      StreamIds.strict(call, i, 0);
    }
  }

  private static void add(Call call, Key key, long entry, int id, @Nullable Trim trim) {
    Streams streams = call.keyspace().streams();
    StreamValue stream = streams.edit(key, entry);
    long lastMs = stream.lastMs();
    long lastSeq = stream.lastSeq();
    if (lastMs == -1 && lastSeq == -1) {
      throw EXHAUSTED;
    }
    long ms;
    long seq;
    if (StreamIds.isChar(call, id, '*')) {
      ms = call.keyspace().nowMs();
      seq = 0;
      if (Long.compareUnsigned(ms, lastMs) <= 0) {
        seq = lastSeq + 1;
        ms = seq == 0 ? lastMs + 1 : lastMs;
      }
    } else if (StreamIds.hasFreeSeq(call, id)) {
      ms = StreamIds.ms(call, id);
      boolean full = ms == lastMs && lastSeq == -1;
      if (full || Long.compareUnsigned(ms, lastMs) < 0) {
        throw TOO_SMALL;
      }
      seq = ms == lastMs ? lastSeq + 1 : 0;
    } else {
      StreamId given = StreamIds.strict(call, id, 0);
      ms = given.ms();
      seq = given.seq();
      if (StreamId.compare(ms, seq, lastMs, lastSeq) <= 0) {
        throw TOO_SMALL;
      }
    }
    ByteWriter body = streams.body();
    body.putVarint((call.count() - id - 1) / 2);
    byte[] array = call.array();
    for (int i = id + 1; i < call.count(); i++) {
      body.putSized(array, call.start(i), call.length(i));
    }
    if (trim != null && trim.isGiven()) {
      call.requireRoom(key.length()); // for another event
    }
    streams.add(ms, seq);
    call.notify(Notifications.STREAM, "xadd", key);
    if (trim != null && trim.isGiven()) {
      trim(call, key, stream, trim);
    }
    StreamReplies.id(call.reply(), ms, seq);
  }

  private static long trim(Call call, Key key, StreamValue stream, Trim trim) {
    long count = trim.count(stream);
    if (count > 0) {
      call.keyspace().streams().trim(count);
      call.notify(Notifications.STREAM, "xtrim", key);
    }
    return count;
  }

  private static void xlen(Call call) {
    long entry = call.find(call.key(1), Entry.STREAM);
    call.reply().integer(entry == 0 ? 0 : call.keyspace().streams().read(entry).size());
  }

  private static void range(Call call, int low, int high, boolean backwards) {
    StreamId from = StreamIds.rangeStart(call, low);
    StreamId to = StreamIds.rangeEnd(call, high);
    long count = FROM_RANGE_ALL;
    for (int i = 4; i < call.count(); i++) {
      if (!call.is(i, "count") || i + 1 == call.count()) {
        throw CommandError.SYNTAX;
      }
      count = Math.max(0, call.integer(++i));
    }
    long entry = call.find(call.key(1), Entry.STREAM);
    if (entry == 0) {
      call.reply().array(0);
      return;
    }
    if (count == 0) {
      call.reply().nilArray();
      return;
    }
    StreamValue stream = call.keyspace().streams().read(entry);
    long found = stream.count(from, to, count == FROM_RANGE_ALL ? Long.MAX_VALUE : count);
    if (backwards) {
      StreamReplies.entriesBack(call.reply(), stream, to, found);
    } else {
      StreamReplies.entries(call.reply(), stream, from, found);
    }
  }

  private static void xdel(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    List<StreamId> ids = StreamIds.list(call, 2);
    Streams streams = call.keyspace().streams();
    streams.edit(key, entry);
    int deleted = streams.delete(ids);
    if (deleted > 0) {
      call.notify(Notifications.STREAM, "xdel", key);
    }
    call.reply().integer(deleted);
  }

  private static void xtrim(Call call) {
    Trim trim = new Trim();
    for (int i = 2; i < call.count(); i++) {
      i = trim.read(call, i);
      if (i < 0) {
        throw CommandError.SYNTAX;
      }
    }
    trim.check(call);
    if (!trim.isGiven()) {
      throw new CommandError("ERR syntax error, XTRIM must be called with a trimming strategy");
    }
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0) {
      call.reply().integer(0);
      return;
    }
    StreamValue stream = call.keyspace().streams().edit(key, entry);
    call.reply().integer(trim(call, key, stream, trim));
  }

  private static void xsetid(Call call) {
    StreamId id = StreamIds.strict(call, 2, 0);
    StreamId maxDeleted = StreamId.ZERO;
    long added = -1;
    for (int i = 3; i < call.count(); i += 2) {
      boolean valued = i + 1 < call.count();
      if (valued && call.is(i, "entriesadded")) {
        added = call.integer(i + 1);
        if (added < 0) {
          throw new CommandError("ERR entries_added must be positive");
        }
      } else if (valued && call.is(i, "maxdeletedid")) {
        maxDeleted = StreamIds.strict(call, i + 1, 0);
        if (id.compareTo(maxDeleted) < 0) {
          throw new CommandError(
              "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
        }
      } else {
        throw CommandError.SYNTAX;
      }
    }
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    StreamValue stream = call.keyspace().streams().edit(key, entry);
    if (stream.size() > 0) {
      if (id.compareTo(stream.lastPresent()) < 0) {
        throw new CommandError(
            "ERR The ID specified in XSETID is smaller than the target stream top item");
      }
      if (added != -1 && stream.size() > added) {
        throw new CommandError(
            "ERR The entries_added specified in XSETID is smaller than the target stream length");
      }
    }
    call.keyspace()
        .streams()
        .setIds(
            id,
            added == -1 ? stream.entriesAdded() : added,
            maxDeleted.isZero() ? stream.maxDeleted() : maxDeleted);
    call.notify(Notifications.STREAM, "xsetid", key);
    call.reply().ok();
  }
}
