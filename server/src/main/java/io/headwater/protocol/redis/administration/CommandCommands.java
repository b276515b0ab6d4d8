package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.KeyReferences;
import io.headwater.protocol.redis.facts.ArgumentTree;
import io.headwater.protocol.redis.facts.Category;
import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.facts.KeySpec;
import io.headwater.protocol.redis.keys.KeyCommands;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
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
            .sub(
                sub(
                    "getkeysandflags",
                    -3,
                    "7.0.0",
                    "Finds the keys in a command's arguments and what happens to them",
                    CommandCommands::getkeysandflags))
            .sub(Help.of("command", Group.SERVER))
            .does(CommandCommands::describeAll));
  }

  private static Command sub(
      String name, int arity, String since, String summary, Command.Handler handler) {
    return command("command|" + name, arity, FLAGS, Group.SERVER, since, summary).does(handler);
  }

  private static List<Command> shown(Call call) {
    return call.server().table().all().stream().filter(CommandCommands::isShown).toList();
  }

  private static boolean isShown(Command command) {
    return command.group() != Group.INTERNAL;
  }

  private static List<Command> shownSubcommands(Command command) {
    return command.subcommands().stream().filter(CommandCommands::isShown).toList();
  }

  private static @Nullable Command named(Call call, int i) {
    Command command = call.server().table().findFull(call.text(i).toLowerCase(Locale.ROOT));
    return command == null || !isShown(command) ? null : command;
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
    CommandFacts facts = command.facts();
    reply.array(10);
    reply.bulk(command.name());
    reply.integer(command.arity());
    words(reply, Flags.words(command.flags()));
    reply.integer(command.firstKey());
    reply.integer(command.lastKey());
    reply.integer(command.keyStep());
    List<String> categories = new ArrayList<>();
    for (Category category : Category.values()) {
      if (facts.isIn(category)) {
        categories.add("@" + category.word);
      }
    }
    words(reply, categories);
    reply.set(facts.tips().size());
    facts.tips().forEach(reply::bulk);
    reply.set(facts.keySpecs().size());
    facts.keySpecs().forEach(spec -> describe(reply, spec));
    List<Command> subcommands = shownSubcommands(command);
    reply.array(subcommands.size());
    subcommands.forEach(sub -> describe(reply, sub));
  }

  private static void words(Reply reply, List<String> words) {
    reply.set(words.size());
    words.forEach(reply::simple);
  }

  private static void describe(Reply reply, KeySpec spec) {
    reply.map(3);
    reply.bulk("flags");
    words(reply, KeySpec.words(spec.flags()));
    reply.bulk("begin_search");
    switch (spec.begin()) {
      case KeySpec.Begin.Index(int index) -> {
        kind(reply, "index", 1);
        number(reply, "index", index);
      }
      case KeySpec.Begin.Keyword(String word, int startFrom) -> {
        kind(reply, "keyword", 2);
        reply.bulk("keyword");
        reply.bulk(word.toUpperCase(Locale.ROOT));
        number(reply, "startfrom", startFrom);
      }
      case KeySpec.Begin.Unknown _ -> kind(reply, "unknown", 0);
    }
    reply.bulk("find_keys");
    switch (spec.find()) {
      case KeySpec.Find.Range(int last, int step, int limit) -> {
        kind(reply, "range", 3);
        number(reply, "lastkey", last);
        number(reply, "keystep", step);
        number(reply, "limit", limit);
      }
      case KeySpec.Find.KeyNum(int numberAt, int firstKey, int step) -> {
        kind(reply, "keynum", 3);
        number(reply, "keynumidx", numberAt);
        number(reply, "firstkey", firstKey);
        number(reply, "keystep", step);
      }
      case KeySpec.Find.Unknown _ -> kind(reply, "unknown", 0);
    }
  }

  private static void kind(Reply reply, String type, int fields) {
    reply.map(2);
    reply.bulk("type");
    reply.bulk(type);
    reply.bulk("spec");
    reply.map(fields);
  }

  private static void number(Reply reply, String name, int value) {
    reply.bulk(name);
    reply.integer(value);
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
    CommandFacts facts = command.facts();
    List<ArgumentTree> arguments = ArgumentTree.parse(facts.arguments());
    List<Command> subcommands = shownSubcommands(command);
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("summary", command.summary());
    texts.put("since", facts.since());
    texts.put("group", facts.group());
    texts.put("complexity", facts.complexity());
    texts.put("deprecated_since", facts.deprecatedSince());
    texts.put("replaced_by", facts.replacedBy());
    texts.values().removeIf(String::isEmpty);
    reply.bulk(command.name());
    reply.map(
        texts.size()
            + (facts.docFlags().isEmpty() ? 0 : 1)
            + (arguments.isEmpty() ? 0 : 1)
            + (subcommands.isEmpty() ? 0 : 1));
    texts.forEach((key, value) -> {
      reply.bulk(key);
      reply.bulk(value);
    });
    if (!facts.docFlags().isEmpty()) {
      reply.bulk("doc_flags");
      words(reply, facts.docFlags());
    }
    if (!arguments.isEmpty()) {
      reply.bulk("arguments");
      ArgumentTree.write(arguments, reply);
    }
    if (!subcommands.isEmpty()) {
      reply.bulk("subcommands");
      reply.map(subcommands.size());
      subcommands.forEach(sub -> document(reply, sub));
    }
  }

  private static void list(Call call) {
    Predicate<Command> wanted;
    if (call.count() == 2) {
      wanted = command -> true;
    } else if (call.count() != 5 || !call.is(2, "filterby")) {
      throw CommandError.SYNTAX;
    } else if (call.is(3, "pattern")) {
      wanted = command -> KeyCommands.matches(call, 4, Bytes.utf8(command.name()));
    } else if (call.is(3, "aclcat")) {
      Category category = Category.of(call.text(4));
      wanted = command -> category != null && command.facts().isIn(category);
    } else if (call.is(3, "module")) {
      wanted = command -> false;
    } else {
      throw CommandError.SYNTAX;
    }
    List<String> names = new ArrayList<>();
    for (Command command : shown(call)) {
      if (wanted.test(command)) {
        names.add(command.name());
      }
      shownSubcommands(command).stream().filter(wanted).map(Command::name).forEach(names::add);
    }
    call.reply().set(names.size());
    names.forEach(call.reply()::bulk);
  }

  private static void getkeys(Call call) {
    Call inner = inner(call);
    KeyReferences keys = find(inner, call.server().table());
    call.reply().array(keys.count());
    for (int i = 0; i < keys.count(); i++) {
      int key = keys.index(i);
      call.reply().bulk(inner.array(), inner.start(key), inner.length(key));
    }
  }

  private static void getkeysandflags(Call call) {
    Call inner = inner(call);
    KeyReferences keys = find(inner, call.server().table());
    call.reply().array(keys.count());
    for (int i = 0; i < keys.count(); i++) {
      int key = keys.index(i);
      call.reply().array(2);
      call.reply().bulk(inner.array(), inner.start(key), inner.length(key));
      words(call.reply(), KeySpec.words(keys.flags(i)));
    }
  }

  private static Call inner(Call call) {
    Call inner = new Call(call.server(), call.session());
    Arguments arguments = new Arguments();
    for (int i = 2; i < call.count(); i++) {
      arguments.add(call.start(i), call.length(i));
    }
    inner.begin(call.session(), call.array(), arguments);
    return inner;
  }

  private static KeyReferences find(Call inner, CommandTable table) {
    Command command = table.find(inner.array(), inner.start(0), inner.length(0));
    if (command != null) {
      command = CommandTable.subcommandOrNull(command, inner);
    }
    if (command == null) {
      throw new CommandError("ERR Invalid command specified");
    }
    if (!command.facts().hasKeys()) {
      throw new CommandError("ERR The command has no key arguments");
    }
    if (!command.takes(inner.count())) {
      throw new CommandError("ERR Invalid number of arguments specified for command");
    }
    KeyReferences keys = new KeyReferences();
    keys.find(command, inner);
    if (keys.count() == 0 && !command.has(Flags.NO_MANDATORY_KEYS)) {
      throw new CommandError("ERR Invalid arguments specified for command");
    }
    return keys;
  }
}
