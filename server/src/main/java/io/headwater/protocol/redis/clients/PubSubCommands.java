package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.MAY_REPLICATE;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.PUBSUB;
import static io.headwater.protocol.redis.facts.Flags.STALE;
import static io.headwater.protocol.redis.facts.Flags.WHILE_SUBSCRIBED;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.PubSub;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.KeyCommands;
import io.headwater.protocol.redis.resp.Reply;
import java.util.List;
import java.util.Set;

/** Messages to whoever listens. */
public final class PubSubCommands {
  private static final int LISTEN = PUBSUB | NOSCRIPT | LOADING | STALE | WHILE_SUBSCRIBED;
  private static final int SEND = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE;
  private static final int LOOK = PUBSUB | LOADING | STALE;

  private PubSubCommands() {}

  public static void addTo(CommandTable table) {
    addListening(table, "subscribe", -2, "2.0.0", PubSub.Kind.CHANNEL, "Listens to channels");
    addListening(table, "psubscribe", -2, "2.0.0", PubSub.Kind.PATTERN, "Listens to patterns");
    addListening(table, "ssubscribe", -2, "7.0.0", PubSub.Kind.SHARD, "Listens to shard channels");
    addLeaving(table, "unsubscribe", "2.0.0", PubSub.Kind.CHANNEL, "Leaves channels");
    addLeaving(table, "punsubscribe", "2.0.0", PubSub.Kind.PATTERN, "Leaves patterns");
    addLeaving(table, "sunsubscribe", "7.0.0", PubSub.Kind.SHARD, "Leaves shard channels");
    table.add(
        command("publish", 3, SEND, Group.PUBSUB, "2.0.0", "Sends a message to a channel")
            .does(PubSubCommands::publish));
    table.add(
        command("spublish", 3, SEND, Group.PUBSUB, "7.0.0", "Sends a message to a shard channel")
            .does(PubSubCommands::publishToShard));
    table.add(
        command("pubsub", -2, 0, Group.PUBSUB, "2.8.0", "Looks at who listens")
            .sub(
                look(
                    "channels",
                    -2,
                    "2.8.0",
                    "Lists the channels",
                    c -> channels(c, PubSub.Kind.CHANNEL)))
            .sub(
                look(
                    "numsub",
                    -2,
                    "2.8.0",
                    "Counts channels' listeners",
                    c -> counts(c, PubSub.Kind.CHANNEL)))
            .sub(
                look(
                    "numpat",
                    2,
                    "2.8.0",
                    "Counts the patterns",
                    c -> c.reply().integer(c.server().pubSub().of(PubSub.Kind.PATTERN).size())))
            .sub(
                look(
                    "shardchannels",
                    -2,
                    "7.0.0",
                    "Lists the shard channels",
                    c -> channels(c, PubSub.Kind.SHARD)))
            .sub(
                look(
                    "shardnumsub",
                    -2,
                    "7.0.0",
                    "Counts shard channels' listeners",
                    c -> counts(c, PubSub.Kind.SHARD)))
            .sub(Help.of("pubsub", Group.PUBSUB))
            .container());
  }

  private static void publish(Call call) {
    Bytes channel = call.bytes(1);
    Bytes message = call.bytes(2);
    call.reply().integer(call.server().pubSub().publish(channel, message));
    call.server().replicas().published("PUBLISH", channel, message);
  }

  private static void publishToShard(Call call) {
    Bytes channel = call.bytes(1);
    Bytes message = call.bytes(2);
    call.reply().integer(call.server().pubSub().publishToShard(channel, message));
    call.server().replicas().published("SPUBLISH", channel, message);
  }

  private static void addListening(
      CommandTable table, String name, int arity, String since, PubSub.Kind kind, String summary) {
    table.add(
        command(name, arity, LISTEN, Group.PUBSUB, since, summary)
            .does(call -> subscribe(call, kind)));
  }

  private static void addLeaving(
      CommandTable table, String name, String since, PubSub.Kind kind, String summary) {
    table.add(
        command(name, -1, LISTEN, Group.PUBSUB, since, summary)
            .does(call -> unsubscribe(call, kind)));
  }

  private static Command look(
      String name, int arity, String since, String summary, Command.Handler handler) {
    return command("pubsub|" + name, arity, LOOK, Group.PUBSUB, since, summary).does(handler);
  }

  private static void subscribe(Call call, PubSub.Kind kind) {
    if (kind == PubSub.Kind.SHARD && call.session().transaction().isOpen()) {
      throw new CommandError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    }
    for (int i = 1; i < call.count(); i++) {
      Bytes name = call.bytes(i);
      call.server().pubSub().subscribe(call.session(), kind, name);
      notice(call, kind.joined, name, kind);
    }
  }

  private static void unsubscribe(Call call, PubSub.Kind kind) {
    Set<Bytes> own = PubSub.own(call.session(), kind);
    List<Bytes> names;
    if (call.count() > 1) {
      names = java.util.stream.IntStream.range(1, call.count()).mapToObj(call::bytes).toList();
    } else {
      names = List.copyOf(own);
    }
    for (Bytes name : names) {
      call.server().pubSub().unsubscribe(call.session(), kind, name);
      notice(call, kind.left, name, kind);
    }
    if (names.isEmpty()) {
      notice(call, kind.left, null, kind);
    }
  }

  private static void notice(
      Call call, String word, @org.jspecify.annotations.Nullable Bytes name, PubSub.Kind kind) {
    // Not a reply in Redis's eyes: CLIENT REPLY does not mute it.
    boolean muted = call.session().replies() != RedisSession.Replies.ON;
    Reply reply = muted ? call.session().push() : call.reply();
    reply.push(3);
    reply.bulk(word);
    if (name == null) {
      reply.nil();
    } else {
      reply.bulk(name);
    }
    RedisSession session = call.session();
    reply.integer(
        kind == PubSub.Kind.SHARD
            ? session.shardChannels().size()
            : session.channels().size() + session.patterns().size());
  }

  private static void channels(Call call, PubSub.Kind kind) {
    if (call.count() > 3) {
      throw CommandTable.unknownSubcommandOrArity(call);
    }
    List<Bytes> names =
        call.server().pubSub().of(kind).keySet().stream()
            .filter(name -> call.count() == 2 || KeyCommands.matches(call, 2, name))
            .toList();
    call.reply().array(names.size());
    names.forEach(call.reply()::bulk);
  }

  private static void counts(Call call, PubSub.Kind kind) {
    call.reply().array((call.count() - 2) * 2);
    for (int i = 2; i < call.count(); i++) {
      Bytes name = call.bytes(i);
      call.reply().bulk(name);
      call.reply().integer(call.server().pubSub().of(kind).getOrDefault(name, Set.of()).size());
    }
  }
}
