package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.settings.Refused;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.protocol.redis.text.Glob;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
                      call.server().resetStatistics();
                      call.reply().ok();
                    }))
            .sub(config("rewrite", 2, "Writes the redis.conf anew", ConfigCommands::rewrite))
            .sub(Help.of("config", Group.SERVER))
            .container());
  }

  private static Command config(String name, int arity, String summary, Command.Handler handler) {
    return command("config|" + name, arity, FLAGS, Group.SERVER, "2.0.0", summary).does(handler);
  }

  private static void get(Call call) {
    Settings settings = call.server().settings();
    Map<String, String> found = new LinkedHashMap<>();
    for (String name : settings.table().names()) {
      for (int i = 2; i < call.count(); i++) {
        if (matches(call.text(i), name)) {
          boolean exact = call.is(i, name); // then the client's own spelling comes back
          found.put(exact ? call.text(i) : name, settings.text(settings.table().get(name).name()));
        }
      }
    }
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

  private static void set(Call call) {
    if (call.count() % 2 != 0) {
      throw CommandError.SYNTAX;
    }
    List<Settings.Change> changes = new ArrayList<>();
    for (int i = 2; i < call.count(); i += 2) {
      String name = call.text(i).toLowerCase(Locale.ROOT);
      changes.add(new Settings.Change(name, call.text(i + 1)));
    }
    try {
      call.server().settings().change(changes);
    } catch (Settings.ChangeRefused e) {
      throw new CommandError(e.line());
    }
    call.server().access().settle(call); // requirepass is a change of a user
    call.reply().ok();
  }

  private static void rewrite(Call call) {
    try {
      call.server().settings().rewrite();
    } catch (Refused e) {
      throw new CommandError("ERR " + e.reason());
    } catch (IOException e) {
      throw new CommandError("ERR Rewriting config file: " + e.getMessage());
    }
    call.reply().ok();
  }
}
