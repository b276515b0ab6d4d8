package io.headwater.protocol.redis;

/** The error reply of a command that changed nothing. Carries no stack trace. */
final class CommandError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  static final CommandError SYNTAX = new CommandError("ERR syntax error");
  static final CommandError WRONG_TYPE =
      new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
  static final CommandError NOT_INTEGER =
      new CommandError("ERR value is not an integer or out of range");
  static final CommandError NOT_FLOAT = new CommandError("ERR value is not a valid float");
  static final CommandError NO_SUCH_KEY = new CommandError("ERR no such key");
  static final CommandError OUT_OF_RANGE = new CommandError("ERR index out of range");

  /**
   * @param message the whole line behind the minus, beginning with its code
   */
  CommandError(String message) {
    super(message, null, false, false);
  }

  String line() {
    return String.valueOf(getMessage());
  }
}
