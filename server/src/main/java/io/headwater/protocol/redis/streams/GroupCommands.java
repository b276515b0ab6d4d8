package io.headwater.protocol.redis.streams;

import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Streams;
import io.headwater.view.keyspace.types.StreamConsumer;
import io.headwater.view.keyspace.types.StreamGroup;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** XGROUP and XACK. */
final class GroupCommands {
  private static final CommandError NO_KEY =
      new CommandError(
          "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want"
              + " to use the MKSTREAM option to create an empty stream automatically.");
  private static final CommandError NOT_A_COUNT =
      new CommandError("ERR value for ENTRIESREAD must be positive or -1");

  private GroupCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        Command.command("xgroup", -2, 0, Group.STREAM, "5.0.0", "Manages consumer groups")
            .sub(
                xgroup("create", -5, DENYOOM, "5.0.0", "Creates a consumer group")
                    .does(GroupCommands::create))
            .sub(
                xgroup("setid", -5, 0, "5.0.0", "Sets the last entry that a group has read")
                    .does(GroupCommands::setId))
            .sub(
                xgroup("destroy", 4, 0, "5.0.0", "Deletes a consumer group")
                    .does(GroupCommands::destroy))
            .sub(
                xgroup("createconsumer", 5, DENYOOM, "6.2.0", "Adds a consumer to a group")
                    .does(GroupCommands::createConsumer))
            .sub(
                xgroup("delconsumer", 5, 0, "5.0.0", "Deletes a consumer of a group")
                    .does(GroupCommands::deleteConsumer))
            .sub(Help.of("xgroup", Group.STREAM))
            .container());
    table.add(
        Command.command(
                "xack", -4, WRITE | FAST, Group.STREAM, "5.0.0", "Says that entries are done")
            .keys(1, 1, 1)
            .does(GroupCommands::xack));
  }

  private static Command.Declaration xgroup(
      String name, int arity, int flags, String since, String summary) {
    return Command.command("xgroup|" + name, arity, WRITE | flags, Group.STREAM, since, summary)
        .keys(2, 2, 1);
  }

  private static CommandError misused(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + CommandError.untilNul(call.text(1))
            + "'. Try XGROUP HELP.");
  }

  /** The options of CREATE and SETID. */
  private record Options(boolean createsStream, long entriesRead) {
    static Options of(Call call, boolean mayCreate) {
      boolean creates = false;
      long read = StreamGroup.UNKNOWN;
      for (int i = 5; i < call.count(); i++) {
        if (mayCreate && call.is(i, "mkstream")) {
          creates = true;
        } else if (call.is(i, "entriesread") && i + 1 < call.count()) {
          read = call.integer(++i);
          if (read < StreamGroup.UNKNOWN) {
            throw NOT_A_COUNT;
          }
        } else {
          throw misused(call);
        }
      }
      return new Options(creates, read);
    }
  }

  /** A position given as argument 4: an ID, or {@code $} for the stream's last. */
  private static StreamId position(Call call, StreamValue stream) {
    return StreamIds.isChar(call, 4, '$') ? stream.last() : StreamIds.strict(call, 4, 0);
  }

  private static void create(Call call) {
    Options options = Options.of(call, true);
    Key key = call.key(2);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0 && !options.createsStream) {
      throw NO_KEY;
    }
    if (call.count() > 8) {
      throw misused(call);
    }
    Streams streams = call.keyspace().streams();
    StreamValue stream = streams.edit(key, entry);
    StreamId position = position(call, stream);
    Bytes name = call.bytes(3);
    if (stream.group(name) != null) {
      throw new CommandError("BUSYGROUP Consumer Group name already exists");
    }
    streams.putGroup(name, position, options.entriesRead);
    call.notify(Notifications.STREAM, "xgroup-create", key);
    call.reply().ok();
  }

  /** The stream of argument 2, opened for changes. */
  private static StreamValue edit(Call call) {
    Key key = call.key(2);
    long entry = call.findForWrite(key, Entry.STREAM);
    if (entry == 0) {
      throw NO_KEY;
    }
    return call.keyspace().streams().edit(key, entry);
  }

  private static StreamGroup group(Call call, StreamValue stream) {
    StreamGroup group = stream.group(call.bytes(3));
    if (group == null) {
      throw noGroup(call, 3, 2);
    }
    return group;
  }

  /** For XGROUP and XINFO. */
  static CommandError noGroup(Call call, int group, int key) {
    return new CommandError(
        "NOGROUP No such consumer group '"
            + CommandError.untilNul(call.text(group))
            + "' for key name '"
            + CommandError.untilNul(call.text(key))
            + "'");
  }

  private static void setId(Call call) {
    Options options = Options.of(call, false);
    StreamValue stream = edit(call);
    StreamGroup group = group(call, stream);
    if (call.count() != 5 && call.count() != 7) {
      throw misused(call);
    }
    StreamId position =
        StreamIds.isChar(call, 4, '$') ? stream.last() : StreamIds.orEdge(call, 4, 0);
    call.keyspace().streams().putGroup(group.name(), position, options.entriesRead);
    call.notify(Notifications.STREAM, "xgroup-setid", call.key(2));
    call.reply().ok();
  }

  private static void destroy(Call call) {
    edit(call);
    boolean there = call.keyspace().streams().destroyGroup(call.bytes(3));
    if (there) {
      call.notify(Notifications.STREAM, "xgroup-destroy", call.key(2));
    }
    call.reply().integer(there ? 1 : 0);
  }

  private static void createConsumer(Call call) {
    StreamGroup group = group(call, edit(call));
    Bytes name = call.bytes(4);
    boolean free = group.consumer(name) == null;
    if (free) {
      create(call, call.key(2), group, name);
    }
    call.reply().integer(free ? 1 : 0);
  }

  /** The consumer of this name, created if need be: it asks for something. */
  static StreamConsumer asking(Call call, Key key, StreamGroup group, Bytes name) {
    StreamConsumer consumer = group.consumer(name);
    if (consumer == null) {
      return create(call, key, group, name);
    }
    consumer.polled(call.keyspace().nowMs());
    return consumer;
  }

  private static StreamConsumer create(Call call, Key key, StreamGroup group, Bytes name) {
    StreamConsumer created =
        call.keyspace().streams().createConsumer(group, name, call.keyspace().nowMs());
    call.notify(Notifications.STREAM, "xgroup-createconsumer", key);
    return created;
  }

  private static void deleteConsumer(Call call) {
    StreamGroup group = group(call, edit(call));
    StreamConsumer consumer = group.consumer(call.bytes(4));
    int pending = 0;
    if (consumer != null) {
      pending = consumer.pending().size();
      call.keyspace().streams().deleteConsumer(group, consumer);
      call.notify(Notifications.STREAM, "xgroup-delconsumer", call.key(2));
    }
    call.reply().integer(pending);
  }

  private static void xack(Call call) {
    Key key = call.key(1);
    long entry = call.findForWrite(key, Entry.STREAM);
    StreamGroup group = entry == 0 ? null : groupOf(call, key, entry);
    if (group == null) {
      call.reply().integer(0);
      return;
    }
    List<StreamId> ids = StreamIds.list(call, 3);
    call.reply().integer(call.keyspace().streams().acknowledge(group, ids));
  }

  private static @Nullable StreamGroup groupOf(Call call, Key key, long entry) {
    return call.keyspace().streams().edit(key, entry).group(call.bytes(2));
  }
}
