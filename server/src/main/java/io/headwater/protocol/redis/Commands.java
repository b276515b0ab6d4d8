package io.headwater.protocol.redis;

/** Puts the table together, and finds what a call names in it. */
final class Commands {
  private static final int SHOWN_BYTES_MAX = 128;

  private Commands() {}

  static CommandTable all() {
    CommandTable table = new CommandTable();
    ConnectionCommands.addTo(table);
    StringCommands.addTo(table);
    BitCommands.addTo(table);
    KeyCommands.addTo(table);
    HashCommands.addTo(table);
    ListCommands.addTo(table);
    ListPops.addTo(table);
    SetCommands.addTo(table);
    SetAlgebra.addTo(table);
    SortedSetCommands.addTo(table);
    SortedSetRanges.addTo(table);
    SortedSetPops.addTo(table);
    SortedSetAlgebra.addTo(table);
    SortCommands.addTo(table);
    TransactionCommands.addTo(table);
    PubSubCommands.addTo(table);
    ServerCommands.addTo(table);
    UnsupportedCommands.addTo(table);
    return table;
  }

  /** The command itself, or the subcommand that argument 1 names. */
  static Command subcommand(Command command, Call call) {
    if (command.subcommands().isEmpty() || call.count() < 2) {
      return command;
    }
    for (Command sub : command.subcommands()) {
      if (call.is(1, sub.shortName())) {
        return sub;
      }
    }
    if (command.handler() != null) {
      return command;
    }
    throw new CommandError(
        "ERR unknown subcommand '"
            + shown(call.text(1))
            + "'. Try "
            + command.name().toUpperCase(java.util.Locale.ROOT)
            + " HELP.");
  }

  static CommandError unknown(Call call) {
    StringBuilder arguments = new StringBuilder();
    for (int i = 1; i < call.count() && arguments.length() < SHOWN_BYTES_MAX; i++) {
      String text = untilNul(call.text(i));
      int room = SHOWN_BYTES_MAX - arguments.length();
      arguments.append('\'').append(text, 0, Math.min(room, text.length())).append("' ");
    }
    return new CommandError(
        "ERR unknown command '"
            + shown(call.text(0))
            + "', with args beginning with: "
            + arguments);
  }

  /** As Redis, which prints C strings. */
  private static String untilNul(String text) {
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }

  private static String shown(String whole) {
    String text = untilNul(whole);
    return text.length() <= SHOWN_BYTES_MAX ? text : text.substring(0, SHOWN_BYTES_MAX);
  }
}
