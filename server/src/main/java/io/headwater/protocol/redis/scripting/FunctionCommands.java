package io.headwater.protocol.redis.scripting;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ALLOW_BUSY;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.MAY_REPLICATE;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_MANDATORY_KEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.SKIP_MONITOR;
import static io.headwater.protocol.redis.facts.Flags.STALE;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.rdb.FunctionPayload;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.scripting.FunctionLibrary.Registered;
import io.headwater.protocol.redis.text.Glob;
import io.headwater.view.keyspace.Keyspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** FCALL and FUNCTION. */
final class FunctionCommands {
  private static final int RUNS = NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | MOVABLEKEYS;
  private static final CommandError BAD_COUNT = new CommandError("ERR Bad number of keys provided");

  private @Nullable FunctionRegistry registry;

  private FunctionCommands() {}

  static FunctionCommands addTo(CommandTable table) {
    FunctionCommands commands = new FunctionCommands();
    table.add(
        command("fcall", -3, RUNS | MAY_REPLICATE, Group.SCRIPTING, "7.0.0", "Runs a function")
            .keys(ScriptCommands::keys)
            .does(call -> commands.run(call, false)));
    table.add(
        command(
                "fcall_ro",
                -3,
                RUNS | READONLY,
                Group.SCRIPTING,
                "7.0.0",
                "Runs a function that only reads")
            .keys(ScriptCommands::keys)
            .does(call -> commands.run(call, true)));
    table.add(
        command("function", -2, 0, Group.SCRIPTING, "7.0.0", "Libraries of functions")
            .sub(sub("delete", 3, WRITE | NOSCRIPT, "Deletes a library", commands::delete))
            .sub(
                sub(
                    "dump",
                    2,
                    NOSCRIPT,
                    "Shows all libraries in Redis's own format",
                    commands::dump))
            .sub(sub("flush", -2, WRITE | NOSCRIPT, "Deletes all libraries", commands::flush))
            .sub(Help.of("function", Group.SCRIPTING))
            .sub(
                sub(
                    "kill",
                    2,
                    NOSCRIPT | ALLOW_BUSY,
                    "Ends the function that runs, if it has not written",
                    commands::kill))
            .sub(sub("list", -2, NOSCRIPT, "Lists the libraries", commands::list))
            .sub(sub("load", -3, WRITE | DENYOOM | NOSCRIPT, "Loads a library", commands::load))
            .sub(
                sub(
                    "restore",
                    -3,
                    WRITE | DENYOOM | NOSCRIPT,
                    "Loads libraries that were dumped",
                    commands::restore))
            .sub(
                sub(
                    "stats",
                    2,
                    NOSCRIPT | ALLOW_BUSY,
                    "Tells what runs and what is loaded",
                    commands::stats))
            .container());
    return commands;
  }

  private static Command sub(
      String name, int arity, int flags, String summary, Command.Handler handler) {
    return command("function|" + name, arity, flags, Group.SCRIPTING, "7.0.0", summary)
        .does(handler);
  }

  private FunctionRegistry registry(Call call) {
    FunctionRegistry started = registry;
    if (started == null) {
      started = new FunctionRegistry();
      registry = started;
      started.readStored(call);
    }
    return started;
  }

  /** The libraries, if there ever was one; read from the keyspace at the first time. */
  @Nullable FunctionRegistry registryIfUsed(Call call) {
    return registry == null && call.keyspace().size(Keyspace.LIBRARIES) == 0
        ? null
        : registry(call);
  }

  private void run(Call call, boolean readOnly) {
    FunctionRegistry ready = registry(call);
    Registered function = ready.function(call.text(1));
    if (function == null) {
      throw new CommandError("ERR Function not found");
    }
    int keyCount = ScriptCommands.keyCount(call, BAD_COUNT);
    boolean reads = ScriptCommands.admit(call, function.script(), readOnly);
    Engine engine = ready.engine();
    engine.run(
        new RunningScript(function.script(), call, true, reads),
        ScriptCommands.strings(engine, call, 3, 3 + keyCount),
        ScriptCommands.strings(engine, call, 3 + keyCount, call.count()));
  }

  private void load(Call call) {
    boolean replace = false;
    int i = 2;
    for (; i < call.count() - 1; i++) {
      if (!call.is(i, "replace")) {
        throw new CommandError("ERR Unknown option given: " + call.text(i));
      }
      replace = true;
    }
    if (i >= call.count()) {
      throw new CommandError("ERR Function code is missing");
    }
    call.reply().bulk(registry(call).load(call, call.bytes(i), replace));
  }

  private void delete(Call call) {
    registry(call).delete(call, call.text(2));
    call.reply().ok();
  }

  private void flush(Call call) {
    if (call.count() > 3) {
      throw CommandTable.unknownSubcommandOrArity(call);
    }
    boolean word = call.count() == 3 && (call.is(2, "async") || call.is(2, "sync"));
    if (call.count() > 2 && !word) {
      throw new CommandError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    registry(call).flush(call);
    call.reply().ok();
  }

  private void dump(Call call) {
    byte[] payload =
        FunctionPayload.write(registry(call).libraries().stream().map(l -> l.code).toList());
    call.reply().bulk(payload, 0, payload.length);
  }

  private void restore(Call call) {
    if (call.count() > 4) {
      throw new CommandError(
          "ERR unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION HELP.");
    }
    FunctionRegistry.Policy policy = FunctionRegistry.Policy.APPEND;
    if (call.count() == 4) {
      policy =
          switch (call.text(3).toLowerCase(Locale.ROOT)) {
            case "flush" -> FunctionRegistry.Policy.FLUSH;
            case "append" -> FunctionRegistry.Policy.APPEND;
            case "replace" -> FunctionRegistry.Policy.REPLACE;
            default ->
                throw new CommandError(
                    "ERR Wrong restore policy given, value should be either FLUSH, APPEND or"
                        + " REPLACE.");
          };
    }
    registry(call)
        .restore(call, FunctionPayload.read(call.array(), call.start(2), call.length(2)), policy);
    call.reply().ok();
  }

  private void list(Call call) {
    String pattern = null;
    boolean withCode = false;
    for (int i = 2; i < call.count(); i++) {
      if (!withCode && call.is(i, "withcode")) {
        withCode = true;
      } else if (pattern == null && call.is(i, "libraryname")) {
        if (++i >= call.count()) {
          throw new CommandError("ERR library name argument was not given");
        }
        pattern = call.text(i);
      } else {
        throw new CommandError("ERR Unknown argument " + call.text(i));
      }
    }
    List<FunctionLibrary> shown = new ArrayList<>();
    for (FunctionLibrary library : registry(call).libraries()) {
      if (pattern == null || matches(pattern, library.name)) {
        shown.add(library);
      }
    }
    call.reply().array(shown.size());
    for (FunctionLibrary library : shown) {
      list(call.reply(), library, withCode);
    }
  }

  private static boolean matches(String pattern, String name) {
    byte[] p = pattern.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    byte[] n = name.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    return Glob.matches(p, 0, p.length, n, 0, n.length);
  }

  private static void list(Reply reply, FunctionLibrary library, boolean withCode) {
    reply.map(withCode ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(library.name);
    reply.bulk("engine");
    reply.bulk("LUA");
    reply.bulk("functions");
    reply.array(library.functions.size());
    for (Registered function : library.functions.values()) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(function.script().name());
      reply.bulk("description");
      String description = function.description();
      if (description == null) {
        reply.nil();
      } else {
        byte[] text = description.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        reply.bulk(text, 0, text.length);
      }
      reply.bulk("flags");
      List<String> flags = ScriptFlags.names(function.script().flags());
      reply.set(flags.size());
      flags.forEach(reply::simple);
    }
    if (withCode) {
      reply.bulk("library_code");
      reply.bulk(library.code);
    }
  }

  private void stats(Call call) {
    FunctionRegistry ready = registry(call);
    RunningScript running = ready.engine().running();
    Reply reply = call.reply();
    reply.map(2);
    reply.bulk("running_script");
    if (running == null) {
      reply.nil();
    } else {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(running.script.name());
      reply.bulk("command");
      List<String> words = running.words();
      reply.array(words.size());
      words.forEach(reply::bulk);
      reply.bulk("duration_ms");
      reply.integer(running.durationMs());
    }
    reply.bulk("engines");
    reply.map(1);
    reply.bulk("LUA");
    reply.map(2);
    reply.bulk("libraries_count");
    reply.integer(ready.libraries().size());
    reply.bulk("functions_count");
    reply.integer(ready.functionCount());
  }

  private void kill(Call call) {
    FunctionRegistry started = registry;
    RunningScript running = started == null ? null : started.engine().running();
    if (running == null) {
      throw new CommandError("NOTBUSY No scripts in execution right now.");
    }
    running.kill();
    call.reply().ok();
  }
}
