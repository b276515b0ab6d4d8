package io.headwater.protocol.redis;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.facts.ArgumentTree;
import io.headwater.protocol.redis.facts.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The HELP subcommand that every container has, written from the table. */
public final class Help {
  private Help() {}

  public static Command of(String container, Group group) {
    return command(container + "|help", 2, LOADING | STALE, group, "5.0.0", "Shows the subcommands")
        .does(call -> reply(call, container));
  }

  private static void reply(Call call, String container) {
    Command command = java.util.Objects.requireNonNull(call.server().table().find(container));
    List<String> lines = new ArrayList<>();
    lines.add(
        container.toUpperCase(Locale.ROOT)
            + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    if (command.handler() != null) {
      lines.add("(no subcommand)");
      lines.add("    " + command.summary() + ".");
    }
    for (Command sub : command.subcommands()) {
      if (!sub.shortName().equals("help")) {
        lines.add((sub.shortName().toUpperCase(Locale.ROOT) + " " + arguments(sub)).strip());
        lines.add("    " + sub.summary() + ".");
      }
    }
    lines.add("HELP");
    lines.add("    Prints this help.");
    call.reply().array(lines.size());
    lines.forEach(call.reply()::simple);
  }

  /** {@code COMMAND GETKEYS} takes any command, of which the facts say nothing. */
  private static String arguments(Command command) {
    return command.name().startsWith("command|getkeys")
        ? "<full-command>"
        : ArgumentTree.line(ArgumentTree.parse(command.facts().arguments()));
  }
}
