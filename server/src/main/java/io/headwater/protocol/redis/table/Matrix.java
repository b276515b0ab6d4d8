package io.headwater.protocol.redis.table;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import java.util.Locale;

/** Writes the table of all commands, for people. */
final class Matrix {
  private Matrix() {}

  static String of(CommandTable table) {
    StringBuilder out = new StringBuilder();
    out.append("# Redis commands\n\n");
    out.append(
        "Every command of Redis 7.0 and its subcommands, those of later versions that are here,");
    out.append(
        " and ours.\nGenerated from the command table by `RedisMatrixTest`; do not edit.\n\n");
    for (Group group : Group.values()) {
      if (group == Group.INTERNAL) {
        continue;
      }
      appendGroup(out, table, group);
    }
    return out.toString();
  }

  private static void appendGroup(StringBuilder out, CommandTable table, Group group) {
    StringBuilder rows = new StringBuilder();
    for (Command command : table.all()) {
      if (command.group() == group) {
        appendRow(rows, command);
        command.subcommands().forEach(sub -> appendRow(rows, sub));
      }
    }
    if (!rows.isEmpty()) {
      out.append("## ").append(group.word).append("\n\n");
      out.append("| command | since | what it does |\n| --- | --- | --- |\n");
      out.append(rows).append('\n');
    }
  }

  private static void appendRow(StringBuilder out, Command command) {
    out.append("| ")
        .append(command.name().toUpperCase(Locale.ROOT).replace('|', ' '))
        .append(" | ")
        .append(command.since())
        .append(" | ")
        .append(command.summary())
        .append(" |\n");
  }
}
