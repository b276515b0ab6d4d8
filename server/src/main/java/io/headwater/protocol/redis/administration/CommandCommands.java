package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.LOADING;
import static io.headwater.protocol.redis.Command.STALE;
import static io.headwater.protocol.redis.Command.command;

import io.headwater.protocol.redis.Arguments;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Group;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.Reply;
import io.headwater.protocol.redis.keys.KeyCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** COMMAND: the table itself, for clients that look at it. */
final class CommandCommands {
  private static final int FLAGS = LOADING | STALE;

  private CommandCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("command", -1, FLAGS, Group.SERVER, "2.8.13", "Describes all commands")
            .sub(
                sub(
                    "count",
                    2,
                    "2.8.13",
                    "Counts the commands",
                    call -> call.reply().integer(shown(call).size())))
            .sub(sub("info", -2, "2.8.13", "Describes commands", CommandCommands::info))
            .sub(sub("docs", -2, "7.0.0", "Documents commands", CommandCommands::docs))
            .sub(sub("list", -2, "7.0.0", "Lists the commands' names", CommandCommands::list))
            .sub(
                sub(
                    "getkeys",
                    -3,
                    "2.8.13",
                    "Finds the keys in a command's arguments",
                    CommandCommands::getkeys))
            .sub(Help.of("command", Group.SERVER))
            .does(CommandCommands::describeAll));
  }

  private static Command sub(
      String name, int arity, String since, String summary, Command.Handler handler) {
    return command("command|" + name, arity, FLAGS, Group.SERVER, since, summary).does(handler);
  }

  private static List<Command> shown(Call call) {
    return call.server().table().all().stream()
        .filter(command -> command.group() != Group.INTERNAL && command.isSupported())
        .toList();
  }

  private static @Nullable Command named(Call call, int i) {
    String name = call.text(i).toLowerCase(Locale.ROOT);
    int bar = name.indexOf('|');
    Command command = call.server().table().find(bar < 0 ? name : name.substring(0, bar));
    if (command == null || !command.isSupported() || command.group() == Group.INTERNAL) {
      return null;
    }
    if (bar < 0) {
      return command;
    }
    return command.subcommands().stream()
        .filter(sub -> sub.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static void describeAll(Call call) {
    if (call.count() > 1) {
      throw new CommandError("ERR unknown subcommand '" + call.text(1) + "'. Try COMMAND HELP.");
    }
    List<Command> all = shown(call);
    call.reply().array(all.size());
    all.forEach(command -> describe(call.reply(), command));
  }

  private static void info(Call call) {
    if (call.count() == 2) {
      List<Command> all = shown(call);
      call.reply().array(all.size());
      all.forEach(command -> describe(call.reply(), command));
      return;
    }
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      Command command = named(call, i);
      if (command == null) {
        call.reply().nilArray();
      } else {
        describe(call.reply(), command);
      }
    }
  }

  private static void describe(Reply reply, Command command) {
    reply.array(10);
    reply.bulk(command.name());
    reply.integer(command.arity());
    words(reply, command.flagWords());
    reply.integer(command.firstKey());
    reply.integer(command.lastKey());
    reply.integer(command.keyStep());
    words(reply, categories(command));
    reply.array(0); // tips
    keySpecification(reply, command);
    reply.array(command.subcommands().size());
    command.subcommands().forEach(sub -> describe(reply, sub));
  }

  private static void words(Reply reply, List<String> words) {
    reply.set(words.size());
    words.forEach(reply::simple);
  }

  private static List<String> categories(Command command) {
    List<String> categories = new ArrayList<>();
    if (command.has(Command.WRITE)) {
      categories.add("@write");
    }
    if (command.has(Command.READONLY) && command.group() != Group.SCRIPTING) {
      categories.add("@read");
    }
    String group =
        switch (command.group()) {
          case GENERIC -> "keyspace";
          case SORTED_SET -> "sortedset";
          case TRANSACTIONS -> "transaction";
          case SERVER, CLUSTER, SENTINEL, INTERNAL -> "";
          default -> command.group().word;
        };
    if (!group.isEmpty()) {
      categories.add("@" + group);
    }
    if (command.has(Command.ADMIN)) {
      categories.add("@admin");
      categories.add("@dangerous");
    }
    categories.add(command.has(Command.FAST) ? "@fast" : "@slow");
    if (command.has(Command.BLOCKING)) {
      categories.add("@blocking");
    }
    return categories;
  }

  /** One specification that says what first key, last key and step say. */
  private static void keySpecification(Reply reply, Command command) {
    if (command.firstKey() == 0) {
      reply.set(0);
      return;
    }
    reply.set(1);
    reply.map(3);
    reply.bulk("flags");
    words(reply, List.of(command.has(Command.WRITE) ? "RW" : "RO", "access"));
    reply.bulk("begin_search");
    reply.map(2);
    reply.bulk("type");
    reply.bulk("index");
    reply.bulk("spec");
    reply.map(1);
    reply.bulk("index");
    reply.integer(command.firstKey());
    reply.bulk("find_keys");
    reply.map(2);
    reply.bulk("type");
    reply.bulk("range");
    reply.bulk("spec");
    reply.map(3);
    reply.bulk("lastkey");
    reply.integer(
        command.lastKey() < 0 ? command.lastKey() : command.lastKey() - command.firstKey());
    reply.bulk("keystep");
    reply.integer(command.keyStep());
    reply.bulk("limit");
    reply.integer(0);
  }

  private static void docs(Call call) {
    List<Command> wanted = new ArrayList<>();
    if (call.count() == 2) {
      wanted.addAll(shown(call));
    }
    for (int i = 2; i < call.count(); i++) {
      Command command = named(call, i);
      if (command != null) {
        wanted.add(command);
      }
    }
    call.reply().map(wanted.size());
    wanted.forEach(command -> document(call.reply(), command));
  }

  private static void document(Reply reply, Command command) {
    boolean subs = !command.subcommands().isEmpty();
    reply.bulk(command.name());
    reply.map(subs ? 4 : 3);
    reply.bulk("summary");
    reply.bulk(command.summary());
    reply.bulk("since");
    reply.bulk(command.since());
    reply.bulk("group");
    reply.bulk(command.group().word);
    if (subs) {
      reply.bulk("subcommands");
      reply.map(command.subcommands().size());
      command.subcommands().forEach(sub -> document(reply, sub));
    }
  }

  private static void list(Call call) {
    List<String> names = new ArrayList<>();
    for (Command command : shown(call)) {
      names.add(command.name());
      command.subcommands().forEach(sub -> names.add(sub.name()));
    }
    if (call.count() == 5 && call.is(2, "filterby") && call.is(3, "pattern")) {
      names.removeIf(name -> !matches(call, 4, name));
    } else if (call.count() == 5 && call.is(2, "filterby") && call.is(3, "aclcat")) {
      String category = "@" + call.text(4).toLowerCase(Locale.ROOT);
      names.removeIf(name -> !inCategory(call, name, category));
    } else if (call.count() == 5 && call.is(2, "filterby") && call.is(3, "module")) {
      names.clear();
    } else if (call.count() != 2) {
      throw CommandError.SYNTAX;
    }
    call.reply().array(names.size());
    names.forEach(call.reply()::bulk);
  }

  private static boolean matches(Call call, int i, String name) {
    return KeyCommands.matches(call, i, io.headwater.bytes.Bytes.utf8(name));
  }

  private static boolean inCategory(Call call, String name, String category) {
    int bar = name.indexOf('|');
    Command command = call.server().table().find(bar < 0 ? name : name.substring(0, bar));
    return command != null && categories(command).contains(category);
  }

  private static void getkeys(Call call) {
    Command command = call.server().table().find(call.array(), call.start(2), call.length(2));
    if (command == null) {
      throw new CommandError("ERR Invalid command specified");
    }
    Call inner = new Call(call.server(), call.session());
    Arguments arguments = new Arguments();
    for (int i = 2; i < call.count(); i++) {
      arguments.add(call.start(i), call.length(i));
    }
    inner.begin(call.session(), call.array(), arguments);
    command = CommandTable.subcommand(command, inner);
    if (!command.takes(inner.count())) {
      throw new CommandError("ERR Invalid number of arguments specified for command");
    }
    int[] keys = command.keys(inner);
    if (keys.length == 0) {
      throw new CommandError(
          command.hasKeys()
              ? "ERR Invalid arguments specified for command"
              : "ERR The command has no key arguments");
    }
    call.reply().array(keys.length);
    for (int key : keys) {
      call.reply().bulk(inner.array(), inner.start(key), inner.length(key));
    }
  }
}
