package io.headwater.protocol.redis.access;

import org.jspecify.annotations.Nullable;

/**
 * What of a call is not permitted.
 *
 * @param argument the index of the key or channel
 */
record Denial(Reason reason, int argument) {
  /** In the order in which Redis prefers to name one of several. */
  enum Reason {
    COMMAND(
        "command",
        "no permission to execute the command or subcommand",
        "The user executing the script can't run this command or subcommand"),
    KEY(
        "key",
        "no permission to touch the specified keys",
        "The user executing the script can't access at least one of the keys mentioned in the"
            + " command arguments"),
    AUTH("auth", "", ""),
    CHANNEL(
        "channel",
        "no permission to access one of the channels used as arguments",
        "The user executing the script can't publish to the channel mentioned in the command");

    /** In ACL LOG. */
    final String word;

    final String atExec;
    final String inScript;

    Reason(String word, String atExec, String inScript) {
      this.word = word;
      this.atExec = atExec;
      this.inScript = inScript;
    }
  }

  static final Denial COMMAND = new Denial(Reason.COMMAND, 0);
  static final Denial AUTH = new Denial(Reason.AUTH, 0);

  /** The one that Redis names: of two equal ones that about the later argument. */
  static Denial graver(@Nullable Denial one, Denial other) {
    if (one == null) {
      return other;
    }
    int order = one.reason.compareTo(other.reason);
    return order > 0 || order == 0 && one.argument >= other.argument ? one : other;
  }
}
