package io.headwater;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The command line: one table, from which dispatch and {@code --help} both follow. */
public final class Main {
  private static final int OK = 0;
  private static final int WRONG_USAGE = 2;

  private static final List<Command> COMMANDS =
      List.of(
          new Command("--help", "print this", (_, out, _) -> help(out)),
          new Command("--version", "print the version", (_, out, _) -> version(out)));

  private Main() {}

  /** Runs one command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    int status = run(args, System.out, System.err);
    if (status != OK) {
      System.exit(status);
    }
  }

  /** Returns the exit status: 0 when all went well, 2 when the command line is wrong. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 0) {
      help(err);
      return WRONG_USAGE;
    }
    Optional<Command> command = COMMANDS.stream().filter(c -> c.name.equals(args[0])).findFirst();
    if (command.isEmpty()) {
      err.println("headwater: unknown command '" + args[0] + "'; headwater --help lists them");
      return WRONG_USAGE;
    }
    return command.get().action.run(Arrays.asList(args).subList(1, args.length), out, err);
  }

  private static int help(PrintStream out) {
    out.println("usage: headwater COMMAND [ARGUMENT...]");
    out.println();
    for (Command command : COMMANDS) {
      out.printf("  %-12s %s%n", command.name, command.summary);
    }
    return OK;
  }

  private static int version(PrintStream out) {
    // The jar's manifest has it; classes run from a folder have none.
    String version = Main.class.getPackage().getImplementationVersion();
    out.println("headwater " + (version == null ? "(not packaged)" : version));
    return OK;
  }

  /** One line of {@code --help}; the action gets the arguments behind the command's name. */
  private record Command(String name, String summary, Action action) {}

  /** Does the work of one command and returns the exit status. */
  private interface Action {
    int run(List<String> arguments, PrintStream out, PrintStream err);
  }
}
