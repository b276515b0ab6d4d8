package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.ADMIN;
import static io.headwater.protocol.redis.Command.LOADING;
import static io.headwater.protocol.redis.Command.NOSCRIPT;
import static io.headwater.protocol.redis.Command.STALE;
import static io.headwater.protocol.redis.Command.command;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Glob;
import io.headwater.protocol.redis.Group;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.Numbers;
import io.headwater.protocol.redis.Settings;
import io.headwater.view.keyspace.Fsync;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** CONFIG: parameters at run time. */
final class ConfigCommands {
  private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;

  private ConfigCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("config", -2, 0, Group.SERVER, "2.0.0", "Reads and changes parameters")
            .sub(config("get", -3, "Returns parameters of patterns", ConfigCommands::get))
            .sub(config("set", -4, "Changes parameters", ConfigCommands::set))
            .sub(
                config(
                    "resetstat",
                    2,
                    "Sets the counters of INFO to zero",
                    call -> {
                      call.server().statistics().reset();
                      call.reply().ok();
                    }))
            .sub(command("config|rewrite", 2, FLAGS, Group.SERVER, "2.8.0", "").container())
            .sub(Help.of("config", Group.SERVER))
            .container());
  }

  private static Command config(String name, int arity, String summary, Command.Handler handler) {
    return command("config|" + name, arity, FLAGS, Group.SERVER, "2.0.0", summary).does(handler);
  }

  private static void get(Call call) {
    Map<String, String> found = new LinkedHashMap<>();
    call.server()
        .settings()
        .values()
        .forEach((name, value) -> {
          for (int i = 2; i < call.count(); i++) {
            if (matches(call.text(i), name)) {
              found.put(name, value);
            }
          }
        });
    call.reply().map(found.size());
    found.forEach((name, value) -> {
      call.reply().bulk(name);
      call.reply().bulk(value);
    });
  }

  private static boolean matches(String pattern, String name) {
    byte[] glob = pattern.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
    byte[] text = name.getBytes(StandardCharsets.ISO_8859_1);
    return Glob.matches(glob, 0, glob.length, text, 0, text.length);
  }

  /** Checks all parameters first: either all change or none. */
  private static void set(Call call) {
    if (call.count() % 2 != 0) {
      throw new CommandError("ERR wrong number of arguments for 'config|set' command");
    }
    Map<String, Runnable> changes = new LinkedHashMap<>();
    for (int i = 2; i < call.count(); i += 2) {
      String name = call.text(i).toLowerCase(Locale.ROOT);
      if (changes.put(name, change(call, name, call.text(i + 1))) != null) {
        throw failed(name, "duplicate parameter");
      }
    }
    changes.values().forEach(Runnable::run);
    call.reply().ok();
  }

  private static Runnable change(Call call, String name, String value) {
    Settings settings = call.server().settings();
    if (!settings.values().containsKey(name)) {
      throw new CommandError(
          "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
    }
    switch (name) {
      case "appendfsync":
        Fsync fsync = fsync(name, value);
        return () -> {
          call.keyspace().setFsync(fsync);
          settings.set(name, value.toLowerCase(Locale.ROOT));
        };
      case "proto-max-bulk-len":
        long bytes = number(name, value, 1 << 20, call.server().options().bulkBytesMax());
        return () -> settings.setBulkBytesMax(bytes);
      case "notify-keyspace-events":
        int flags = Notifications.parse(value);
        if (flags < 0) {
          throw failed(name, "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
        }
        return () -> {
          call.server().notifications().choose(flags);
          settings.set(name, Notifications.text(flags));
        };
      case "hash-max-listpack-entries",
      "hash-max-listpack-value",
      "zset-max-listpack-entries",
      "zset-max-listpack-value",
      "set-max-intset-entries":
        long limit = number(name, value, 0, Integer.MAX_VALUE);
        return () -> settings.set(name, Long.toString(limit));
      default:
        if (value.equals(settings.get(name))) {
          return () -> {};
        }
        throw failed(name, "Headwater does not change it at run time");
    }
  }

  private static Fsync fsync(String name, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "always" -> Fsync.ALWAYS;
      case "everysec" -> Fsync.EVERYSEC;
      case "no" -> Fsync.NO;
      default ->
          throw failed(name, "argument(s) must be one of the following: everysec, always, no");
    };
  }

  private static long number(String name, String value, long low, long high) {
    byte[] text = value.getBytes(StandardCharsets.ISO_8859_1);
    long number = Numbers.parse(text, 0, text.length);
    if (number < low || number > high) {
      throw failed(name, "argument must be between " + low + " and " + high + " inclusive");
    }
    return number;
  }

  private static CommandError failed(String name, String why) {
    return new CommandError(
        "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why);
  }
}
