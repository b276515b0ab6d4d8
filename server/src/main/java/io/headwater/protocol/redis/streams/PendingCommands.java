package io.headwater.protocol.redis.streams;

import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.types.Pending;
import io.headwater.view.keyspace.types.PendingList;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** XPENDING, XCLAIM and XAUTOCLAIM: entries that were delivered and not acknowledged. */
final class PendingCommands {
  private static final long AUTOCLAIM_COUNT = 100;
  private static final int LOOKED_AT_PER_CLAIM = 10;
  private static final CommandError COUNT = new CommandError("ERR COUNT must be > 0");

  private PendingCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        Command.command(
                "xpending",
                -3,
                READONLY,
                Group.STREAM,
                "5.0.0",
                "Returns a group's pending entries")
            .keys(1, 1, 1)
            .does(PendingCommands::xpending));
    table.add(
        Command.command(
                "xclaim",
                -6,
                WRITE | FAST,
                Group.STREAM,
                "5.0.0",
                "Gives pending entries to another consumer")
            .keys(1, 1, 1)
            .does(PendingCommands::xclaim));
    table.add(
        Command.command(
                "xautoclaim",
                -6,
                WRITE | FAST,
                Group.STREAM,
                "6.2.0",
                "Gives entries that are pending for long to another consumer")
            .keys(1, 1, 1)
            .does(PendingCommands::xautoclaim));
  }

  /** The group of argument 2 in a stream, which may be missing. */
  private static StreamGroup group(Call call, @Nullable StreamValue stream) {
    StreamGroup group = stream == null ? null : stream.group(call.bytes(2));
    if (group == null) {
      throw new CommandError(
          "NOGROUP No such key '"
              + CommandError.untilNul(call.text(1))
              + "' or consumer group '"
              + CommandError.untilNul(call.text(2))
              + "'");
    }
    return group;
  }

  // XPENDING

  private record Range(long minIdleMs, StreamId from, StreamId to, long count, int consumer) {
    static Range of(Call call) {
      boolean idle = call.is(3, "idle");
      long minIdleMs = idle ? call.integer(4) : 0;
      if (idle && call.count() < 8) {
        throw CommandError.SYNTAX;
      }
      int first = idle ? 5 : 3;
      long count = Math.max(0, call.integer(first + 2));
      return new Range(
          minIdleMs,
          StreamIds.rangeStart(call, first),
          StreamIds.rangeEnd(call, first + 1),
          count,
          first + 3 < call.count() ? first + 3 : 0);
    }
  }

  private static void xpending(Call call) {
    int count = call.count();
    if (count != 3 && (count < 6 || count > 9)) {
      throw CommandError.SYNTAX;
    }
    Range range = count == 3 ? null : Range.of(call);
    long entry = call.find(call.key(1), Entry.STREAM);
    StreamGroup group = group(call, entry == 0 ? null : call.keyspace().streams().read(entry));
    if (range == null) {
      summary(call.reply(), group);
    } else {
      details(call, group, range);
    }
  }

  private static void summary(Reply reply, StreamGroup group) {
    Pending first = group.pending().first();
    Pending last = group.pending().last();
    reply.array(4);
    reply.integer(group.pending().size());
    if (first == null || last == null) {
      reply.nil();
      reply.nil();
      reply.nilArray();
      return;
    }
    StreamReplies.id(reply, first.ms(), first.seq());
    StreamReplies.id(reply, last.ms(), last.seq());
    List<StreamConsumer> busy =
        group.consumers().stream().filter(c -> !c.pending().isEmpty()).toList();
    reply.array(busy.size());
    for (StreamConsumer consumer : busy) {
      reply.array(2);
      reply.bulk(consumer.name());
      reply.bulkInteger(consumer.pending().size());
    }
  }

  private static void details(Call call, StreamGroup group, Range range) {
    PendingList list = group.pending();
    if (range.consumer > 0) {
      StreamConsumer consumer = group.consumer(call.bytes(range.consumer));
      if (consumer == null) {
        call.reply().array(0);
        return;
      }
      list = consumer.pending();
    }
    long nowMs = call.keyspace().nowMs();
    List<Pending> found = new ArrayList<>();
    StreamId from = range.from;
    while (found.size() < range.count) {
      Pending next = list.atOrAfter(from.ms(), from.seq());
      if (next == null || next.id().compareTo(range.to) > 0) {
        break;
      }
      if (range.minIdleMs == 0 || nowMs - next.deliveredMs() >= range.minIdleMs) {
        found.add(next);
      }
      from = next.id().next();
      if (from.isZero()) {
        break;
      }
    }
    Reply reply = call.reply();
    reply.array(found.size());
    for (Pending item : found) {
      reply.array(4);
      StreamReplies.id(reply, item.ms(), item.seq());
      reply.bulk(item.consumer().name());
      reply.integer(Math.max(0, nowMs - item.deliveredMs()));
      reply.integer(item.deliveries());
    }
  }

  // XCLAIM

  /** The options behind the IDs. */
  private static final class ClaimOptions {
    boolean force;
    boolean justId;
    long retryCount = -1;
    long deliveredMs = -1;
    StreamId lastId = StreamId.ZERO;

    ClaimOptions(Call call, int first) {
      long nowMs = call.keyspace().nowMs();
      for (int i = first; i < call.count(); i++) {
        boolean valued = i + 1 < call.count();
        if (call.is(i, "force")) {
          force = true;
        } else if (call.is(i, "justid")) {
          justId = true;
        } else if (valued && call.is(i, "idle")) {
          deliveredMs = nowMs - number(call, ++i, "IDLE");
        } else if (valued && call.is(i, "time")) {
          deliveredMs = number(call, ++i, "TIME");
        } else if (valued && call.is(i, "retrycount")) {
          retryCount = number(call, ++i, "RETRYCOUNT");
        } else if (valued && call.is(i, "lastid")) {
          lastId = StreamIds.strict(call, ++i, 0);
        } else {
          throw new CommandError(
              "ERR Unrecognized XCLAIM option '" + CommandError.untilNul(call.text(i)) + "'");
        }
      }
      if (deliveredMs < 0 || deliveredMs > nowMs) {
        deliveredMs = nowMs;
      }
    }

    private static long number(Call call, int i, String option) {
      return call.integer(
          i, new CommandError("ERR Invalid " + option + " option argument for XCLAIM"));
    }
  }

  private static void xclaim(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    StreamValue stream = entry == 0 ? null : call.keyspace().streams().edit(key, entry);
    StreamGroup group = group(call, stream);
    long minIdleMs =
        Math.max(
            0, call.integer(4, new CommandError("ERR Invalid min-idle-time argument for XCLAIM")));
    List<StreamId> ids = new ArrayList<>();
    int behind = 5;
    for (; behind < call.count(); behind++) {
      StreamId id = StreamIds.orNull(call, behind);
      if (id == null) {
        break;
      }
      ids.add(id);
    }
    ClaimOptions options = new ClaimOptions(call, behind);
    requireRoom(call, ids.size());
    if (options.lastId.compareTo(group.last()) > 0) {
      call.keyspace().streams().putGroup(group.name(), options.lastId, group.entriesRead());
    }
    Claims claims = new Claims(call, key, java.util.Objects.requireNonNull(stream), group);
    for (StreamId id : ids) {
      Pending old = claims.current(id);
      if (!claims.isThere(id)) {
        if (old != null) {
          claims.drop(id);
        }
      } else if (old == null ? options.force : claims.isIdle(old, minIdleMs)) {
        // One that is forced in counts as delivered once before.
        long before = old == null ? 1 : old.deliveries();
        long deliveries =
            options.retryCount >= 0 ? options.retryCount : options.justId ? before : before + 1;
        claims.take(id, options.deliveredMs, deliveries);
      }
    }
    claims.record();
    claims.reply(options.justId);
  }

  /** For what becomes of so many entries: events that move the group, create, drop and claim. */
  private static void requireRoom(Call call, long entries) {
    long names = (long) call.length(1) + call.length(2) + call.length(3);
    call.requireRoom(4 * names + Pending.EVENT_BYTES * entries);
  }

  /** What one call claims, and what turns out to be gone from the stream. */
  private static final class Claims {
    private final Call call;
    private final Key key;
    private final StreamValue stream;
    private final StreamGroup group;
    private final long nowMs;

    /** Argument 3, created with the first entry that it gets. */
    private @Nullable StreamConsumer consumer;

    private final Map<StreamId, Pending> taken = new LinkedHashMap<>();

    /** In the order of the reply, where an ID may come twice. */
    private final List<StreamId> takenIds = new ArrayList<>();

    private final List<StreamId> gone = new ArrayList<>();

    Claims(Call call, Key key, StreamValue stream, StreamGroup group) {
      this.call = call;
      this.key = key;
      this.stream = stream;
      this.group = group;
      this.nowMs = call.keyspace().nowMs();
    }

    @Nullable Pending current(StreamId id) {
      Pending mine = taken.get(id);
      return mine != null ? mine : group.pending().get(id.ms(), id.seq());
    }

    boolean isThere(StreamId id) {
      return stream.contains(id.ms(), id.seq());
    }

    boolean isIdle(Pending pending, long minIdleMs) {
      return minIdleMs == 0 || nowMs - pending.deliveredMs() >= minIdleMs;
    }

    void take(StreamId id, long deliveredMs, long deliveries) {
      StreamConsumer owner = consumer;
      if (owner == null) {
        owner = GroupCommands.asking(call, key, group, call.bytes(3));
        consumer = owner;
      }
      taken.put(id, new Pending(id.ms(), id.seq(), owner, deliveredMs, deliveries));
      takenIds.add(id);
    }

    void drop(StreamId id) {
      gone.add(id);
    }

    void record() {
      call.keyspace().streams().acknowledge(group, gone);
      if (consumer != null) {
        call.keyspace().streams().claim(group, consumer, List.copyOf(taken.values()), nowMs);
      }
    }

    void reply(boolean justIds) {
      Reply reply = call.reply();
      reply.array(takenIds.size());
      for (StreamId id : takenIds) {
        if (justIds) {
          StreamReplies.id(reply, id);
        } else {
          StreamReplies.entry(reply, stream, id);
        }
      }
    }

    void replyGone() {
      call.reply().array(gone.size());
      gone.forEach(id -> StreamReplies.id(call.reply(), id));
    }
  }

  private static void xautoclaim(Call call) {
    long minIdleMs =
        Math.max(
            0,
            call.integer(4, new CommandError("ERR Invalid min-idle-time argument for XAUTOCLAIM")));
    StreamId from = StreamIds.rangeStart(call, 5);
    long count = AUTOCLAIM_COUNT;
    boolean justId = false;
    for (int i = 6; i < call.count(); i++) {
      if (call.is(i, "count") && i + 1 < call.count()) {
        count = call.integer(++i, COUNT);
        if (count < 1 || count > Long.MAX_VALUE / 16) {
          throw COUNT;
        }
      } else if (call.is(i, "justid")) {
        justId = true;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    StreamValue stream = entry == 0 ? null : call.keyspace().streams().edit(key, entry);
    StreamGroup group = group(call, stream);
    Claims claims = new Claims(call, key, java.util.Objects.requireNonNull(stream), group);
    long attempts = count * LOOKED_AT_PER_CLAIM;
    requireRoom(call, Math.min(count, group.pending().size()));
    Pending next = group.pending().atOrAfter(from.ms(), from.seq());
    for (; next != null && attempts > 0 && count > 0; attempts--) {
      StreamId id = next.id();
      if (!claims.isThere(id)) {
        claims.drop(id);
        count--;
      } else if (claims.isIdle(next, minIdleMs)) {
        claims.take(
            id, call.keyspace().nowMs(), justId ? next.deliveries() : next.deliveries() + 1);
        count--;
      }
      StreamId after = id.next();
      next = after.isZero() ? null : group.pending().atOrAfter(after.ms(), after.seq());
    }
    claims.record();
    call.reply().array(3);
    StreamReplies.id(call.reply(), next == null ? StreamId.ZERO : next.id());
    claims.reply(justId);
    claims.replyGone();
  }
}
