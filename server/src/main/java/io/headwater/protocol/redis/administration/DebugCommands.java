package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Loop;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Persistence;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.keys.ObjectCommands;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Checkpoints;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * DEBUG: what tests of clients and comparisons with a redis-server need. Only where {@code
 * enable-debug-command} says so; what would harm the process is refused.
 */
final class DebugCommands {
  private static final System.Logger LOGGER = System.getLogger(DebugCommands.class.getName());
  private static final long SLEEP_MS_MAX = 3_600_000;
  private static final int POPULATED_BYTES_MAX = 512 << 20;
  private static final int EVENT_OVERHEAD_BYTES = 1024;

  /**
   * A subcommand.
   *
   * @param count arguments with DEBUG and its own name; negative: at least so many
   */
  private record Sub(int count, String arguments, String summary, Command.Handler handler) {
    boolean takes(int given) {
      return count < 0 ? given >= -count : given == count;
    }
  }

  private static final Map<String, Sub> SUBCOMMANDS = new LinkedHashMap<>();

  static {
    sub("digest", 2, "", "Fingerprint of all databases", DebugCommands::digest);
    sub(
        "digest-value",
        -2,
        "<key> [<key> ...]",
        "Fingerprints of values",
        DebugCommands::digestValue);
    sub(
        "error",
        3,
        "<string>",
        "Answers with this error",
        call -> call.reply().error(call.text(2).replace('\r', ' ').replace('\n', ' ')));
    sub("htstats", 3, "<dbid>", "How full the table of a database is", DebugCommands::tableStats);
    sub("loadaof", 2, "", "Drops all and takes it from the disk again", DebugCommands::loadAof);
    sub("log", 3, "<message>", "Writes a line to the server's log", DebugCommands::log);
    sub("object", -3, "<key>", "How a value is stored", DebugCommands::object);
    sub(
        "populate",
        -3,
        "<count> [<prefix>] [<size>]",
        "Sets string keys where there are none",
        DebugCommands::populate);
    sub("protocol", 3, "<type>", "Answers with a value of a type", DebugCommands::protocol);
    sub(
        "reload",
        -2,
        "[NOSAVE]",
        "Checkpoints, drops all and takes it from the disk again",
        DebugCommands::reload);
    sub(
        "set-active-expire",
        3,
        "<0|1>",
        "Whether keys expire though nobody asks for them",
        call -> {
          call.keyspace().expiration().setActive(!call.text(2).equals("0"));
          call.reply().ok();
        });
    sub("sleep", 3, "<seconds>", "Holds up the server", DebugCommands::sleep);
    sub(
        "structsize",
        2,
        "",
        "Bytes of what a key costs",
        call -> call.reply().bulk("bits:64 slot:8 header:7 longheader:15 expiry:8 handle:12 "));
  }

  private DebugCommands() {}

  private static void sub(
      String name, int count, String arguments, String summary, Command.Handler handler) {
    SUBCOMMANDS.put(name, new Sub(count, arguments, summary, handler));
  }

  static void addTo(CommandTable table) {
    table.add(
        command(
                "debug",
                -2,
                ADMIN | NOSCRIPT | LOADING | STALE,
                Group.SERVER,
                "1.0.0",
                "Serves tests: DEBUG HELP lists what it does")
            .does(DebugCommands::debug));
  }

  private static void debug(Call call) {
    requireEnabled(call);
    String name = call.text(1).toLowerCase(Locale.ROOT);
    if (name.equals("help") && call.count() == 2) {
      help(call.reply());
      return;
    }
    Sub sub = SUBCOMMANDS.get(name);
    if (sub != null && sub.takes(call.count())) {
      sub.handler.run(call);
    } else if (sub == null && RefusedDebug.NAMES.contains(name)) {
      throw new FailureException(
          new Failure.NotSupported("DEBUG " + name.toUpperCase(Locale.ROOT)));
    } else {
      throw new CommandError(
          "ERR unknown subcommand or wrong number of arguments for '"
              + call.text(1).substring(0, Math.min(128, call.text(1).length()))
              + "'. Try DEBUG HELP.");
    }
  }

  /** What redis-server has and Headwater has no use for, or would be harmed by. */
  private static final class RefusedDebug {
    static final java.util.Set<String> NAMES =
        java.util.Set.of(
            "aof-flush-sleep",
            "assert",
            "change-repl-id",
            "client-eviction",
            "clusterlink",
            "config-rewrite-force-all",
            "crash-and-recover",
            "drop-cluster-packet-filter",
            "htstats-key",
            "leak",
            "listpack",
            "mallctl",
            "mallctl-str",
            "oom",
            "panic",
            "pause-cron",
            "quicklist",
            "quicklist-packed-threshold",
            "replicate",
            "replybuffer",
            "restart",
            "sdslen",
            "segfault",
            "set-disable-deny-scripts",
            "set-skip-checksum-validation",
            "stringmatch-test");
  }

  private static void requireEnabled(Call call) {
    String enabled = call.server().settings().text("enable-debug-command");
    boolean local = call.session().connection().remote().getAddress().isLoopbackAddress();
    if (!enabled.equals("yes") && !(enabled.equals("local") && local)) {
      throw new CommandError(
          "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\","
              + " you can run it from a local connection, otherwise you need to set this option in"
              + " the configuration file, and then restart the server.");
    }
  }

  private static void help(Reply reply) {
    reply.array(SUBCOMMANDS.size() * 2 + 3);
    reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    SUBCOMMANDS.forEach((name, sub) -> {
      reply.simple((name.toUpperCase(Locale.ROOT) + " " + sub.arguments).strip());
      reply.simple("    " + sub.summary + ".");
    });
    reply.simple("HELP");
    reply.simple("    Prints this help.");
  }

  private static void digest(Call call) {
    call.reply().simple(Digest.ofAll(call.keyspace()));
  }

  private static void digestValue(Call call) {
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      call.reply().simple(Digest.ofValue(call.keyspace(), call.key(i)));
    }
  }

  private static void tableStats(Call call) {
    long db = call.integer(2);
    if (db < 0 || db >= Keyspace.DATABASES) {
      throw new CommandError("ERR Out of range database");
    }
    long keys = call.keyspace().size((int) db);
    long slots = call.keyspace().memory().tableBytes((int) db) / Long.BYTES;
    call.reply()
        .verbatim(
            String.format(
                Locale.ROOT,
                "[Table]%n slots: %d%n keys: %d (%.2f%%)%n expiring: %d%n",
                slots,
                keys,
                100.0 * keys / slots,
                call.keyspace().expiring((int) db)));
  }

  /**
   * As Redis's, but that what is on disk is always all: without a checkpoint (NOSAVE) the log
   * behind the newest one is replayed.
   */
  private static void reload(Call call) {
    boolean save = true;
    for (int i = 2; i < call.count(); i++) {
      if (call.is(i, "merge") || call.is(i, "noflush")) {
        throw new FailureException(
            new Failure.NotSupported("DEBUG RELOAD " + call.text(i).toUpperCase(Locale.ROOT)));
      } else if (!call.is(i, "nosave")) {
        throw new CommandError(
            "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
      }
      save = false;
    }
    load(call, save);
  }

  private static void loadAof(Call call) {
    load(call, false);
  }

  private static void load(Call call, boolean save) {
    if (call.session().transaction().isOpen()) {
      throw new CommandError("ERR Command not allowed inside a transaction");
    }
    CompletableFuture<Void> loaded = new CompletableFuture<>();
    Checkpoints checkpoints = call.keyspace().checkpoints();
    Loop loop = call.session().connection().loop();
    call.session().answerAfter(loaded);
    call.reply().ok();
    if (!save) {
      loop.execute(() -> checkpoints.reload().thenAccept(loaded::complete));
      return;
    }
    call.server()
        .persistence()
        .save(
            Persistence.Work.SAVE,
            loop,
            saved -> {
              if (saved) {
                checkpoints.reload().thenAccept(loaded::complete);
              } else {
                loaded.completeExceptionally(
                    new CommandError("ERR the checkpoint failed; the log of Headwater says why"));
              }
            });
  }

  private static void log(Call call) {
    String message = call.text(2);
    LOGGER.log(System.Logger.Level.INFO, () -> "DEBUG LOG: " + message);
    call.reply().ok();
  }

  private static void object(Call call) {
    long entry = call.keyspace().peek(call.key(2));
    if (entry == 0) {
      throw CommandError.NO_SUCH_KEY;
    }
    boolean counts = call.keyspace().access().counts();
    call.reply()
        .simple(
            String.format(
                "Value at:0x%x refcount:1 encoding:%s serializedlength:%d lru:%d"
                    + " lru_seconds_idle:%d",
                entry,
                ObjectCommands.encoding(call.keyspace(), entry),
                serializedBytes(call.keyspace(), entry),
                call.keyspace().access().bits(entry),
                counts ? 0 : call.keyspace().access().idleSeconds(entry)));
  }

  /** Bytes of the value alone, in the form that a checkpoint has. */
  private static long serializedBytes(Keyspace keyspace, long entry) {
    return Entry.isLarge(entry) ? keyspace.large(entry).bytes() : Entry.valueLength(entry);
  }

  private static void populate(Call call) {
    CommandError range = new CommandError("ERR value is out of range, must be positive");
    long count = call.integer(2, range);
    long size = call.count() > 4 ? call.integer(4, range) : 0;
    if (count < 0 || size < 0 || size > POPULATED_BYTES_MAX || call.count() > 5) {
      throw range;
    }
    String prefix = call.count() > 3 ? call.text(3) : "key";
    Keyspace keyspace = call.keyspace();
    Key key = new Key();
    for (long i = 0; i < count; i++) {
      byte[] name = (prefix + ":" + i).getBytes(StandardCharsets.ISO_8859_1);
      byte[] value = ("value:" + i).getBytes(StandardCharsets.US_ASCII);
      if (size > 0) {
        value = Arrays.copyOf(value, (int) size);
      }
      long bytes =
          2L * name.length
              + value.length
              + EVENT_OVERHEAD_BYTES
              + keyspace.followedBytes(call.db(), name, 0, name.length);
      Failure failure = keyspace.refusal(bytes);
      if (failure != null) {
        throw new FailureException(failure);
      }
      if (keyspace.findForWrite(key.at(call.db(), name, 0, name.length)) == 0
          && keyspace.refuseWrite(call.db(), name, 0, name.length) == null) {
        keyspace.strings().set(key, value, 0, value.length, Strings.NATURAL, 0);
        keyspace.commandDone();
      }
    }
    call.reply().ok();
  }

  private static void sleep(Call call) {
    double seconds;
    try {
      seconds = Double.parseDouble(call.text(2));
    } catch (NumberFormatException e) {
      seconds = 0;
    }
    try {
      Thread.sleep((long) Math.clamp(seconds * 1000, 0, (double) SLEEP_MS_MAX));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    call.reply().ok();
  }

  private static void protocol(Call call) {
    Reply reply = call.reply();
    switch (call.text(2).toLowerCase(Locale.ROOT)) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.doubleValue(3.141);
      case "bignum" -> bigNumber(reply, "1234567999999999999999999999999999999");
      case "null" -> reply.nil();
      case "array" -> {
        reply.array(3);
        numbers(reply);
      }
      case "set" -> {
        reply.set(3);
        numbers(reply);
      }
      case "map" -> {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
          reply.bool(i == 1);
        }
      }
      case "attrib" -> {
        if (reply.protocol() > 2) {
          reply.out().putAscii("|1\r\n");
          reply.bulk("key-popularity");
          reply.array(2);
          reply.bulk("key:123");
          reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
      }
      case "push" -> {
        if (reply.protocol() < 3) {
          throw new CommandError("ERR RESP2 is not supported by this command");
        }
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
        reply.bulk("Some real reply following the push reply");
      }
      case "true" -> reply.bool(true);
      case "false" -> reply.bool(false);
      case "verbatim" -> reply.verbatim("This is a verbatim\nstring");
      default ->
          throw new CommandError(
              "ERR Wrong protocol type name. Please use one of the following:"
                  + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
    }
  }

  private static void bigNumber(Reply reply, String digits) {
    if (reply.protocol() == 2) {
      reply.bulk(digits);
    } else {
      reply.out().putAscii("(" + digits + "\r\n");
    }
  }

  private static void numbers(Reply reply) {
    for (int i = 0; i < 3; i++) {
      reply.integer(i);
    }
  }
}
