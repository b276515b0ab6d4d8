package io.headwater.protocol.redis;

/** The error reply of a command that changed nothing. Carries no stack trace. */
public final class CommandError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public static final CommandError SYNTAX = new CommandError("ERR syntax error");
  public static final CommandError WRONG_TYPE =
      new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
  public static final CommandError NOT_INTEGER =
      new CommandError("ERR value is not an integer or out of range");
  public static final CommandError NOT_FLOAT = new CommandError("ERR value is not a valid float");
  public static final CommandError NO_SUCH_KEY = new CommandError("ERR no such key");
  public static final CommandError OUT_OF_RANGE = new CommandError("ERR index out of range");

  private final boolean counted;

  /**
   * @param message the whole line behind the minus, beginning with its code; it ends at a NUL that
   *     a client's argument brought in, as Redis's C strings do
   */
  public CommandError(String message) {
    this(message, false);
  }

  private CommandError(String message, boolean counted) {
    super(withoutLineEnds(untilNul(message)), null, false, false);
    this.counted = counted;
  }

  /** Redis cuts line ends off behind a message, and makes spaces of those within. */
  private static String withoutLineEnds(String message) {
    int end = message.length();
    while (end > 0 && (message.charAt(end - 1) == '\r' || message.charAt(end - 1) == '\n')) {
      end--;
    }
    return message.substring(0, end);
  }

  /** An error of a script's command that ended the script: it is in the statistics already. */
  public static CommandError counted(String message) {
    return new CommandError(message, true);
  }

  boolean isCounted() {
    return counted;
  }

  /** As Redis prints C strings. */
  public static String untilNul(String text) {
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }

  public String line() {
    return String.valueOf(getMessage());
  }
}
