package io.headwater.protocol.redis.streams;

import static io.headwater.protocol.redis.facts.Flags.BLOCKING;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Waiting;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.Pending;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamCursor;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XREAD and XREADGROUP, which may wait for entries. */
final class StreamReads {
  /** What an event of a delivery takes beside names, at most. */
  private static final int DELIVERY_BYTES = 64;

  private static final CommandError TIMEOUT_NO_NUMBER =
      new CommandError("ERR timeout is not an integer or out of range");
  private static final CommandError TIMEOUT_NEGATIVE = new CommandError("ERR timeout is negative");

  private static final CommandError UNBALANCED =
      new CommandError(
          "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be"
              + " specified.");

  private StreamReads() {}

  static void addTo(CommandTable table) {
    table.add(
        Command.command(
                "xread",
                -4,
                READONLY | BLOCKING | MOVABLEKEYS,
                Group.STREAM,
                "5.0.0",
                "Returns the entries behind given ones, or waits for some")
            .keys(StreamReads::keys)
            .does(StreamReads::xread));
    table.add(
        Command.command(
                "xreadgroup",
                -7,
                WRITE | BLOCKING | MOVABLEKEYS,
                Group.STREAM,
                "5.0.0",
                "Gives a group's consumer entries, or waits for some")
            .keys(StreamReads::keys)
            .does(StreamReads::xreadgroup));
  }

  /** The keys stand in the first half behind STREAMS. */
  private static int[] keys(Call call) {
    for (int i = 1; i < call.count(); i++) {
      if (call.is(i, "streams")) {
        return Command.range(call, i + 1, i + (call.count() - i - 1) / 2, 1);
      } else if (call.is(i, "block") || call.is(i, "count")) {
        i += 1;
      } else if (call.is(i, "group")) {
        i += 2;
      }
    }
    return new int[0];
  }

  /**
   * What one call asks for.
   *
   * @param timeoutMs -1 does not wait, 0 waits without end
   * @param count {@link Long#MAX_VALUE} for all
   * @param group the argument with the group's name, before the consumer's; 0 for XREAD
   * @param first the argument with the first key
   * @param streams how many keys there are, and as many IDs behind them
   */
  private record Request(
      long timeoutMs, long count, int group, boolean noAck, int first, int streams) {
    static Request of(Call call, boolean ofGroup) {
      long timeoutMs = -1;
      long count = Long.MAX_VALUE;
      int group = 0;
      boolean noAck = false;
      for (int i = 1; i < call.count(); i++) {
        int more = call.count() - 1 - i;
        if (more > 0 && call.is(i, "block")) {
          if (call.session().isForScripts()) {
            throw new CommandError(
                "ERR " + call.text(0) + " command is not allowed with BLOCK option from scripts");
          }
          timeoutMs = timeout(call, ++i);
        } else if (more > 0 && call.is(i, "count")) {
          long given = call.integer(++i);
          count = given <= 0 ? Long.MAX_VALUE : given;
        } else if (more > 0 && call.is(i, "streams")) {
          if (more % 2 != 0) {
            throw UNBALANCED;
          }
          if (ofGroup && group == 0) {
            throw new CommandError("ERR Missing GROUP option for XREADGROUP");
          }
          return new Request(timeoutMs, count, group, noAck, i + 1, more / 2);
        } else if (more > 1 && call.is(i, "group")) {
          refuseForPlain("GROUP", ofGroup);
          group = i + 1;
          i += 2;
        } else if (call.is(i, "noack")) {
          refuseForPlain("NOACK", ofGroup);
          noAck = true;
        } else {
          throw CommandError.SYNTAX;
        }
      }
      throw CommandError.SYNTAX;
    }

    private static void refuseForPlain(String option, boolean ofGroup) {
      if (!ofGroup) {
        throw new CommandError(
            "ERR The "
                + option
                + " option is only supported by XREADGROUP. You called XREAD instead.");
      }
    }

    private static long timeout(Call call, int i) {
      long ms = call.integer(i, TIMEOUT_NO_NUMBER);
      if (ms < 0) {
        throw TIMEOUT_NEGATIVE;
      }
      return ms > Long.MAX_VALUE - call.keyspace().nowMs() ? 0 : ms;
    }

    int id(int stream) {
      return first + streams + stream;
    }

    /** Which stream, the first of several, has this key. */
    int streamOf(Call call, Key key) {
      for (int i = 0; i < streams; i++) {
        int at = call.start(first + i);
        int length = call.length(first + i);
        if (Arrays.equals(
            call.array(), at, at + length, key.array(), key.from(), key.from() + key.length())) {
          return i;
        }
      }
      throw new IllegalStateException("served from a key that was not asked for");
    }

    int[] keys() {
      int[] keys = new int[streams];
      for (int i = 0; i < streams; i++) {
        keys[i] = first + i;
      }
      return keys;
    }
  }

  /** Replies for several streams: how many is known only behind the last. */
  private static void head(Reply reply, int streams) {
    if (reply.protocol() == 2) {
      reply.array(streams);
    } else {
      reply.map(streams);
    }
  }

  /** Writes the head in front of what was written since a mark. */
  private static void insertHead(Reply reply, int mark, int streams) {
    ByteWriter out = reply.out();
    int end = out.size();
    head(reply, streams);
    int bytes = out.size() - end;
    byte[] head = Arrays.copyOfRange(out.array(), end, end + bytes);
    System.arraycopy(out.array(), mark, out.array(), mark + bytes, end - mark);
    System.arraycopy(head, 0, out.array(), mark, bytes);
  }

  private static void name(Reply reply, Key key) {
    if (reply.protocol() == 2) {
      reply.array(2);
    }
    reply.bulk(key.array(), key.from(), key.length());
  }

  // XREAD

  private static void xread(Call call) {
    Request request = Request.of(call, false);
    StreamId[] after = new StreamId[request.streams];
    for (int i = 0; i < request.streams; i++) {
      after[i] = position(call, request, i);
    }
    int found = 0;
    for (int i = 0; i < request.streams; i++) {
      if (hasAfter(call, call.key(request.first + i), after[i])) {
        found++;
      }
    }
    if (found > 0) {
      head(call.reply(), found);
      for (int i = 0; i < request.streams; i++) {
        Key key = call.key(request.first + i);
        if (hasAfter(call, key, after[i])) {
          read(call, key, after[i], request.count);
        }
      }
      return;
    }
    Waiting waiting = call.server().waiting();
    if (request.timeoutMs < 0 || !waiting.isAllowed(call)) {
      call.reply().nilArray();
      return;
    }
    waiting.add(
        call,
        request.keys(),
        request.timeoutMs,
        (c, key) -> {
          StreamId from = after[request.streamOf(c, key)];
          boolean there = hasAfter(c, key, from);
          if (there) {
            head(c.reply(), 1);
            read(c, key, from, request.count);
          }
          return there;
        });
  }

  private static StreamId position(Call call, Request request, int i) {
    long entry = call.find(call.key(request.first + i), Entry.STREAM);
    int id = request.id(i);
    if (StreamIds.isChar(call, id, '$')) {
      return entry == 0 ? StreamId.ZERO : call.keyspace().streams().read(entry).last();
    }
    if (StreamIds.isChar(call, id, '>')) {
      throw new CommandError(
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
              + " <consumer> option.");
    }
    return StreamIds.strict(call, id, 0);
  }

  /** Another type than a stream is, for a client that waits, like no key. */
  private static boolean hasAfter(Call call, Key key, StreamId id) {
    StreamValue stream = streamOf(call, key);
    return stream != null && stream.size() > 0 && stream.lastPresent().compareTo(id) > 0;
  }

  private static @Nullable StreamValue streamOf(Call call, Key key) {
    long entry = call.keyspace().peek(key);
    return entry == 0 || Entry.type(entry) != Entry.STREAM
        ? null
        : call.keyspace().streams().read(entry);
  }

  private static void read(Call call, Key key, StreamId after, long limit) {
    StreamValue stream = java.util.Objects.requireNonNull(streamOf(call, key));
    StreamId from = after.next();
    name(call.reply(), key);
    StreamReplies.entries(call.reply(), stream, from, stream.count(from, StreamId.MAX, limit));
  }

  // XREADGROUP

  /** Where a consumer reads on: behind its group's last entry if {@code history} is null. */
  private record Source(Key key, @Nullable StreamId history) {}

  private static void xreadgroup(Call call) {
    Request request = Request.of(call, true);
    List<Source> sources = new ArrayList<>(request.streams);
    for (int i = 0; i < request.streams; i++) {
      sources.add(source(call, request, i));
    }
    requireRoom(call, request, sources);
    // One after the other, because the same stream may come twice.
    int served = 0;
    int mark = call.reply().out().size();
    for (Source source : sources) {
      StreamValue stream = java.util.Objects.requireNonNull(streamOf(call, source.key));
      if (source.history != null || hasNew(stream, group(call, request, stream))) {
        serve(call, request, source);
        served++;
      }
    }
    if (served > 0) {
      insertHead(call.reply(), mark, served);
      return;
    }
    Waiting waiting = call.server().waiting();
    if (request.timeoutMs < 0 || !waiting.isAllowed(call)) {
      call.reply().nilArray();
      return;
    }
    waiting.add(call, request.keys(), request.timeoutMs, new GroupAttempt(request));
  }

  private static Source source(Call call, Request request, int i) {
    Key key = call.keyAt(request.first + i, new Key());
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0 || group(call, request, call.keyspace().streams().read(entry)) == null) {
      throw new CommandError(
          "NOGROUP No such key '"
              + CommandError.untilNul(call.text(request.first + i))
              + "' or consumer group '"
              + CommandError.untilNul(call.text(request.group))
              + "' in XREADGROUP with GROUP option");
    }
    int id = request.id(i);
    if (StreamIds.isChar(call, id, '$')) {
      throw new CommandError(
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history"
              + " of this consumer by specifying a proper ID, or use the > ID to get new messages."
              + " The $ ID would just return an empty result set.");
    }
    if (StreamIds.isChar(call, id, '>')) {
      return new Source(key, null);
    }
    StreamId history = StreamIds.strict(call, id, 0);
    return new Source(key, history.isMax() ? null : history);
  }

  /** For what is recorded: of each stream a consumer, what it gets, and what it gets again. */
  private static void requireRoom(Call call, Request request, List<Source> sources) {
    long names = (long) call.length(request.group) + call.length(request.group + 1);
    long bytes = 0;
    for (Source source : sources) {
      bytes += 2 * (source.key.length() + names + DELIVERY_BYTES);
      if (source.history != null) {
        StreamValue stream = java.util.Objects.requireNonNull(streamOf(call, source.key));
        StreamGroup group = java.util.Objects.requireNonNull(group(call, request, stream));
        long pending = group.pending().size();
        pending += sources.size() > 1 ? stream.size() : 0; // what it gets in the same call
        bytes += Pending.EVENT_BYTES * Math.min(request.count, pending);
      }
    }
    call.requireRoom(bytes);
  }

  private static @Nullable StreamGroup group(Call call, Request request, StreamValue stream) {
    return stream.group(call.bytes(request.group));
  }

  private static boolean hasNew(StreamValue stream, @Nullable StreamGroup group) {
    return group != null && stream.size() > 0 && stream.lastPresent().compareTo(group.last()) > 0;
  }

  private static void serve(Call call, Request request, Source source) {
    long entry = call.findForWrite(source.key, Entry.STREAM);
    StreamValue stream = call.keyspace().streams().edit(source.key, entry);
    StreamGroup group = java.util.Objects.requireNonNull(group(call, request, stream));
    StreamConsumer consumer =
        GroupCommands.asking(call, source.key, group, call.bytes(request.group + 1));
    name(call.reply(), source.key);
    if (source.history == null) {
      deliver(call, request, stream, group, consumer);
    } else {
      repeat(call, request, stream, group, consumer, source.history);
    }
  }

  private static void deliver(
      Call call, Request request, StreamValue stream, StreamGroup group, StreamConsumer consumer) {
    StreamId from = group.last().next();
    long count = stream.count(from, StreamId.MAX, request.count);
    StreamReplies.entries(call.reply(), stream, from, count);
    call.keyspace()
        .streams()
        .deliver(
            group,
            consumer,
            count,
            call.keyspace().nowMs(),
            request.noAck ? StreamValue.Keeping.NOTHING : StreamValue.Keeping.PENDING);
  }

  /** What the consumer got before and has not acknowledged, behind an ID. */
  private static void repeat(
      Call call,
      Request request,
      StreamValue stream,
      StreamGroup group,
      StreamConsumer consumer,
      StreamId behind) {
    List<Pending> pending = new ArrayList<>();
    StreamId from = behind.next();
    while (pending.size() < request.count) {
      Pending next = consumer.pending().atOrAfter(from.ms(), from.seq());
      if (next == null) {
        break;
      }
      pending.add(next);
      from = next.id().next();
      if (from.isZero()) {
        break;
      }
    }
    Reply reply = call.reply();
    reply.array(pending.size());
    CollectionValue.Elements bulk = reply::bulk;
    StreamCursor cursor = stream.cursor();
    long nowMs = call.keyspace().nowMs();
    List<Pending> repeated = new ArrayList<>(pending.size());
    for (Pending item : pending) {
      cursor.seek(item.ms(), item.seq());
      if (cursor.next() && cursor.entry().id().equals(item.id())) {
        StreamReplies.entry(reply, cursor.entry(), bulk);
        repeated.add(new Pending(item.ms(), item.seq(), consumer, nowMs, item.deliveries() + 1));
      } else {
        reply.array(2);
        StreamReplies.id(reply, item.ms(), item.seq());
        reply.nilArray();
      }
    }
    call.keyspace().streams().claim(group, consumer, repeated, nowMs);
  }

  /** A consumer that waits for new entries hears too when there will never be some. */
  private record GroupAttempt(Request request) implements Waiting.Attempt {
    @Override
    public boolean serve(Call call, Key key) {
      StreamValue stream = streamOf(call, key);
      if (stream == null) {
        throw new CommandError("UNBLOCKED the stream key no longer exists");
      }
      StreamGroup group = group(call, request, stream);
      if (group == null) {
        throw new CommandError(
            "NOGROUP the consumer group this client was blocked on no longer exists");
      }
      if (!hasNew(stream, group)) {
        return false;
      }
      Source source = new Source(key, null);
      requireRoom(call, request, List.of(source));
      head(call.reply(), 1);
      StreamReads.serve(call, request, source);
      return true;
    }

    @Override
    public boolean hearsOfAbsence() {
      return true;
    }
  }
}
