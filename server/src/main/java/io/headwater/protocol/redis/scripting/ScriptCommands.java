package io.headwater.protocol.redis.scripting;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ALLOW_BUSY;
import static io.headwater.protocol.redis.facts.Flags.MAY_REPLICATE;
import static io.headwater.protocol.redis.facts.Flags.MOVABLEKEYS;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_MANDATORY_KEYS;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.SKIP_MONITOR;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.lua.LuaClosure;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaTable;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.ScriptUsage;
import io.headwater.protocol.redis.facts.Group;
import java.util.Arrays;
import java.util.Locale;

/** EVAL and its like, and SCRIPT. */
public final class ScriptCommands {
  private static final int RUNS = NOSCRIPT | STALE | SKIP_MONITOR | NO_MANDATORY_KEYS | MOVABLEKEYS;
  private static final int RUNS_WRITES = RUNS | MAY_REPLICATE;
  private static final CommandError NO_SCRIPT =
      new CommandError("NOSCRIPT No matching script. Please use EVAL.");
  private static final String NO_DEBUGGER = "ERR SCRIPT DEBUG is not supported by Headwater";

  private final ScriptCache cache = new ScriptCache();
  private final Digest digest = new Digest();
  private @org.jspecify.annotations.Nullable Engine engine;

  private ScriptCommands() {}

  public static void addTo(CommandTable table) {
    ScriptCommands commands = new ScriptCommands();
    commands.addEval(table, "eval", RUNS_WRITES, "2.6.0", "Runs a script", false, false);
    commands.addEval(
        table, "evalsha", RUNS_WRITES, "2.6.0", "Runs a script that is known", true, false);
    commands.addEval(
        table, "eval_ro", RUNS | READONLY, "7.0.0", "Runs a script that only reads", false, true);
    commands.addEval(
        table,
        "evalsha_ro",
        RUNS | READONLY,
        "7.0.0",
        "Runs a script that is known and only reads",
        true,
        true);
    table.add(
        command("script", -2, 0, Group.SCRIPTING, "2.6.0", "Scripts that are known")
            .sub(
                sub(
                    "debug",
                    3,
                    NOSCRIPT,
                    "3.2.0",
                    "Refuses YES and SYNC, and the scripts behind them: there is no debugger",
                    ScriptCommands::debug))
            .sub(
                sub(
                    "exists",
                    -3,
                    NOSCRIPT,
                    "2.6.0",
                    "Tells which scripts are known",
                    commands::exists))
            .sub(sub("flush", -2, NOSCRIPT, "2.6.0", "Forgets all scripts", commands::flush))
            .sub(Help.of("script", Group.SCRIPTING))
            .sub(
                sub(
                    "kill",
                    2,
                    NOSCRIPT | ALLOW_BUSY,
                    "2.6.0",
                    "Ends the script that runs, if it has not written",
                    commands::kill))
            .sub(sub("load", 3, NOSCRIPT | STALE, "2.6.0", "Makes a script known", commands::load))
            .container());
    FunctionCommands functions = FunctionCommands.addTo(table);
    table.tellsOfScripts(call -> commands.figures(call, functions));
  }

  private ScriptUsage.Figures figures(Call call, FunctionCommands functions) {
    Engine started = engine;
    FunctionRegistry registry = functions.registryIfUsed(call);
    return new ScriptUsage.Figures(
        started == null ? 0 : started.heldBytes(),
        cache.bytes(),
        cache.count(),
        registry == null ? 0 : registry.engine().heldBytes(),
        registry == null ? 0 : registry.codeBytes(),
        registry == null ? 0 : registry.functionCount(),
        registry == null ? 0 : registry.libraries().size());
  }

  private static Command sub(
      String name, int arity, int flags, String since, String summary, Command.Handler handler) {
    return command("script|" + name, arity, flags, Group.SCRIPTING, since, summary).does(handler);
  }

  private void addEval(
      CommandTable table,
      String name,
      int flags,
      String since,
      String summary,
      boolean known,
      boolean readOnly) {
    table.add(
        command(name, -3, flags, Group.SCRIPTING, since, summary)
            .keys(ScriptCommands::keys)
            .does(call -> eval(call, known, readOnly)));
  }

  /** Indexes of the keys behind their number. */
  static int[] keys(Call call) {
    long count = call.integer(2);
    if (count < 0 || count > call.count() - 3) {
      return new int[0];
    }
    return Command.range(call, 3, 2 + (int) count, 1);
  }

  private Engine engine() {
    Engine started = engine;
    if (started == null) {
      started = new Engine();
      engine = started;
    }
    return started;
  }

  static int keyCount(Call call, CommandError notInteger) {
    long count = call.integer(2, notInteger);
    if (count > call.count() - 3) {
      throw new CommandError("ERR Number of keys can't be greater than number of args");
    }
    if (count < 0) {
      throw new CommandError("ERR Number of keys can't be negative");
    }
    return (int) count;
  }

  private void eval(Call call, boolean known, boolean readOnly) {
    if (known && call.length(1) != Digest.DIGITS) {
      throw NO_SCRIPT;
    }
    if (call.session().wantsDebugger()) {
      refuseToDebug(call);
      return;
    }
    int keyCount = keyCount(call, CommandError.NOT_INTEGER);
    Script script = known ? known(call) : script(call, 1);
    Engine ready = engine();
    LuaTable globals = ready.lua().globals();
    globals.put("KEYS", strings(ready, call, 3, 3 + keyCount));
    globals.put("ARGV", strings(ready, call, 3 + keyCount, call.count()));
    boolean reads = admit(call, script, readOnly);
    ready.run(new RunningScript(script, call, false, reads));
  }

  static LuaTable strings(Engine engine, Call call, int from, int to) {
    LuaTable table = LuaTable.ofElements(engine.lua().heap(), to - from);
    for (int i = from; i < to; i++) {
      byte[] bytes =
          Arrays.copyOfRange(call.array(), call.start(i), call.start(i) + call.length(i));
      table.put(i - from + 1, engine.lua().heap().string(bytes));
    }
    return table;
  }

  /** Whether it may only read; refuses what its first line says cannot run here. */
  static boolean admit(Call call, Script script, boolean readOnly) {
    if (!script.has(ScriptFlags.COMPATIBLE) && !script.has(ScriptFlags.NO_WRITES)) {
      if (call.server().memory().isFull() && !script.has(ScriptFlags.ALLOW_OOM)) {
        throw new CommandError("OOM command not allowed when used memory > 'maxmemory'.");
      }
      if (readOnly) {
        throw new CommandError("ERR Can not execute a script with write flag using *_ro command.");
      }
      call.server().replicas().good().refuse();
    }
    return readOnly || script.has(ScriptFlags.NO_WRITES);
  }

  private Script known(Call call) {
    Script before = cache.newest();
    if (before != null && call.is(1, before.name())) {
      return before;
    }
    Script script = call.length(1) == 40 ? cache.find(call.text(1).toLowerCase(Locale.ROOT)) : null;
    if (script == null) {
      throw NO_SCRIPT;
    }
    return script;
  }

  private Script script(Call call, int argument) {
    Script before = cache.newest();
    int from = call.start(argument);
    if (before != null
        && Arrays.equals(
            call.array(),
            from,
            from + call.length(argument),
            before.source(),
            0,
            before.source().length)) {
      return before;
    }
    byte[] source = call.bytes(argument).array();
    String name = digest.of(source);
    Script script = cache.find(name);
    if (script == null) {
      int flags = ScriptFlags.ofScript(source);
      LuaClosure function;
      try {
        function = engine().compile(ScriptFlags.body(source), "@user_script");
      } catch (LuaError e) {
        throw new CommandError("ERR Error compiling script (new function): " + e.getMessage());
      }
      script = new Script(name, function, flags, source, source.length * 12L + 1024);
      cache.add(script);
    }
    return script;
  }

  private void load(Call call) {
    call.reply().bulk(script(call, 2).name());
  }

  private void exists(Call call) {
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      call.reply().integer(cache.contains(call.text(i).toLowerCase(Locale.ROOT)) ? 1 : 0);
    }
  }

  private void flush(Call call) {
    boolean word = call.count() == 3 && (call.is(2, "async") || call.is(2, "sync"));
    if (call.count() > 2 && !word) {
      throw new CommandError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    cache.clear();
    engine = null;
    call.reply().ok();
  }

  /**
   * The debugger's promise of YES is that no write stays, and {@code redis-cli --ldb} does not look
   * at SCRIPT DEBUG's reply: so the script must not run. Answered as the debugger of 7.0.15 does
   * where a session ends before it began: the line that ends it, the error, and no connection more.
   */
  private static void refuseToDebug(Call call) {
    call.reply().array(1);
    call.reply().simple("<endsession>");
    call.reply().error(NO_DEBUGGER);
    call.session().closeAfterReply();
  }

  private static void debug(Call call) {
    if (call.is(2, "no")) {
      call.session().setWantsDebugger(false);
      call.reply().ok();
      return;
    }
    if (!call.is(2, "yes") && !call.is(2, "sync")) {
      throw new CommandError("ERR Use SCRIPT DEBUG YES/SYNC/NO");
    }
    call.session().setWantsDebugger(true);
    throw new CommandError(NO_DEBUGGER);
  }

  private void kill(Call call) {
    Engine started = engine;
    RunningScript running = started == null ? null : started.running();
    if (running == null) {
      throw new CommandError("NOTBUSY No scripts in execution right now.");
    }
    running.kill();
    call.reply().ok();
  }
}
