package io.headwater.protocol.redis.streams;

import static io.headwater.protocol.redis.facts.Flags.READONLY;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.types.Pending;
import io.headwater.view.keyspace.types.PendingList;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.ArrayList;
import java.util.List;

/** XINFO. */
final class StreamInformation {
  private static final long FULL_COUNT = 10;

  private StreamInformation() {}

  static void addTo(CommandTable table) {
    table.add(
        Command.command("xinfo", -2, 0, Group.STREAM, "5.0.0", "Tells about streams")
            .sub(xinfo("stream", -3, "Tells about a stream", StreamInformation::stream))
            .sub(xinfo("groups", 3, "Tells about a stream's groups", StreamInformation::groups))
            .sub(
                xinfo(
                    "consumers",
                    4,
                    "Tells about a group's consumers",
                    StreamInformation::consumers))
            .sub(Help.of("xinfo", Group.STREAM))
            .container());
  }

  private static Command xinfo(String name, int arity, String summary, Command.Handler handler) {
    return Command.command("xinfo|" + name, arity, READONLY, Group.STREAM, "5.0.0", summary)
        .keys(2, 2, 1)
        .does(handler);
  }

  private static StreamValue read(Call call) {
    long entry = call.find(call.key(2), Entry.STREAM);
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    return call.keyspace().streams().read(entry);
  }

  private static CommandError misused(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + CommandError.untilNul(call.text(1))
            + "'. Try XINFO HELP.");
  }

  private static void stream(Call call) {
    StreamValue stream = read(call);
    int options = call.count() - 3;
    if (options == 0) {
      brief(call.reply(), stream);
      return;
    }
    boolean counted = options == 3;
    if (!counted && options != 1 || !call.is(3, "full") || counted && !call.is(4, "count")) {
      throw misused(call);
    }
    long count = counted ? call.integer(5) : FULL_COUNT;
    full(call.reply(), stream, count < 0 ? FULL_COUNT : count == 0 ? Long.MAX_VALUE : count);
  }

  private static void common(Reply reply, StreamValue stream) {
    integer(reply, "length", stream.size());
    integer(reply, "radix-tree-keys", stream.nodes());
    integer(reply, "radix-tree-nodes", RadixTree.nodes(stream));
    id(reply, "last-generated-id", stream.last());
    id(reply, "max-deleted-entry-id", stream.maxDeleted());
    integer(reply, "entries-added", stream.entriesAdded());
    id(reply, "recorded-first-entry-id", stream.first());
  }

  private static void brief(Reply reply, StreamValue stream) {
    reply.map(10);
    common(reply, stream);
    integer(reply, "groups", stream.groupCount());
    StreamReplies.word(reply, "first-entry");
    entryOrNil(reply, stream, stream.first());
    StreamReplies.word(reply, "last-entry");
    entryOrNil(reply, stream, stream.lastPresent());
  }

  private static void entryOrNil(Reply reply, StreamValue stream, StreamId id) {
    if (!StreamReplies.entry(reply, stream, id)) {
      reply.nil();
    }
  }

  private static void full(Reply reply, StreamValue stream, long limit) {
    reply.map(9);
    common(reply, stream);
    StreamReplies.word(reply, "entries");
    long count = stream.count(StreamId.ZERO, StreamId.MAX, limit);
    StreamReplies.entries(reply, stream, StreamId.ZERO, count);
    StreamReplies.word(reply, "groups");
    reply.array(stream.groupCount());
    for (StreamGroup group : stream.groups()) {
      reply.map(7);
      StreamReplies.word(reply, "name");
      reply.bulk(group.name());
      id(reply, "last-delivered-id", group.last());
      orNil(reply, "entries-read", group.entriesRead(), StreamGroup.UNKNOWN);
      orNil(reply, "lag", stream.lag(group), StreamValue.UNKNOWN_LAG);
      integer(reply, "pel-count", group.pending().size());
      StreamReplies.word(reply, "pending");
      List<Pending> pending = first(group.pending(), limit);
      reply.array(pending.size());
      for (Pending item : pending) {
        reply.array(4);
        StreamReplies.id(reply, item.ms(), item.seq());
        reply.bulk(item.consumer().name());
        reply.integer(item.deliveredMs());
        reply.integer(item.deliveries());
      }
      StreamReplies.word(reply, "consumers");
      reply.array(group.consumers().size());
      group.consumers().forEach(consumer -> full(reply, consumer, limit));
    }
  }

  private static void full(Reply reply, StreamConsumer consumer, long limit) {
    reply.map(4);
    StreamReplies.word(reply, "name");
    reply.bulk(consumer.name());
    integer(reply, "seen-time", consumer.lastSeenMs());
    integer(reply, "pel-count", consumer.pending().size());
    StreamReplies.word(reply, "pending");
    List<Pending> pending = first(consumer.pending(), limit);
    reply.array(pending.size());
    for (Pending item : pending) {
      reply.array(3);
      StreamReplies.id(reply, item.ms(), item.seq());
      reply.integer(item.deliveredMs());
      reply.integer(item.deliveries());
    }
  }

  private static List<Pending> first(PendingList list, long limit) {
    List<Pending> first = new ArrayList<>();
    Pending next = list.first();
    while (next != null && first.size() < limit) {
      first.add(next);
      StreamId after = next.id().next();
      next = after.isZero() ? null : list.atOrAfter(after.ms(), after.seq());
    }
    return first;
  }

  private static void groups(Call call) {
    StreamValue stream = read(call);
    Reply reply = call.reply();
    reply.array(stream.groupCount());
    for (StreamGroup group : stream.groups()) {
      reply.map(6);
      StreamReplies.word(reply, "name");
      reply.bulk(group.name());
      integer(reply, "consumers", group.consumers().size());
      integer(reply, "pending", group.pending().size());
      id(reply, "last-delivered-id", group.last());
      orNil(reply, "entries-read", group.entriesRead(), StreamGroup.UNKNOWN);
      orNil(reply, "lag", stream.lag(group), StreamValue.UNKNOWN_LAG);
    }
  }

  private static void consumers(Call call) {
    StreamGroup group = read(call).group(call.bytes(3));
    if (group == null) {
      throw GroupCommands.noGroup(call, 3, 2);
    }
    Reply reply = call.reply();
    reply.array(group.consumers().size());
    long nowMs = call.keyspace().nowMs();
    for (StreamConsumer consumer : group.consumers()) {
      reply.map(3);
      StreamReplies.word(reply, "name");
      reply.bulk(consumer.name());
      integer(reply, "pending", consumer.pending().size());
      integer(reply, "idle", Math.max(0, nowMs - consumer.lastSeenMs()));
    }
  }

  private static void integer(Reply reply, String word, long value) {
    StreamReplies.word(reply, word);
    reply.integer(value);
  }

  private static void id(Reply reply, String word, StreamId id) {
    StreamReplies.word(reply, word);
    StreamReplies.id(reply, id);
  }

  private static void orNil(Reply reply, String word, long value, long unknown) {
    StreamReplies.word(reply, word);
    if (value == unknown) {
      reply.nil();
    } else {
      reply.integer(value);
    }
  }
}
