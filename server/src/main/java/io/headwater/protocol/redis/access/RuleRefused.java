package io.headwater.protocol.redis.access;

/** A rule that says nothing that can be done; the message is Redis's. Carries no stack trace. */
final class RuleRefused extends Exception {
  private static final long serialVersionUID = 1L;

  static final RuleRefused SYNTAX = new RuleRefused("Syntax error");
  static final RuleRefused UNKNOWN_COMMAND =
      new RuleRefused("Unknown command or category name in ACL");
  static final RuleRefused FIRST_ARGUMENT_OF_SUBCOMMAND =
      new RuleRefused("Allowing first-arg of a subcommand is not supported");
  static final RuleRefused AFTER_ALL_KEYS =
      new RuleRefused(
          "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not"
              + " have any effect. Try 'resetkeys' to start with an empty list of patterns");
  static final RuleRefused AFTER_ALL_CHANNELS =
      new RuleRefused(
          "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does"
              + " not have any effect. Try 'resetchannels' to start with an empty list of"
              + " channels");
  static final RuleRefused NO_SUCH_PASSWORD =
      new RuleRefused("The password you are trying to remove from the user does not exist");
  static final RuleRefused NO_HASH =
      new RuleRefused(
          "The password hash must be exactly 64 characters and contain only lowercase hexadecimal"
              + " characters");

  RuleRefused(String message) {
    super(message, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
