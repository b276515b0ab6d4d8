package io.headwater.protocol.memcached;

/** Writes the page about what is supported from the table of commands. */
final class Matrix {
  private static final String HEAD =
      """
      # memcached: what is supported

      Generated from `io.headwater.protocol.memcached.Command`; the build fails when it is out of \
      date. To write it anew:
      `mvn -pl server test -Dtest=MatrixTest -Dheadwater.matrix.write=true`.

      The text and meta protocols of memcached 1.6 over TCP, compared with memcached 1.6.18 byte \
      for byte in the tests. The binary protocol, UDP, SASL and TLS are not supported: a client \
      that begins with one of them gets an error and is disconnected.
      """;

  private static final String TAIL =
      """

      ## Flags of the meta commands
      `mg`: b c E f h k l N O q R s t T u v. `ms`: b c C E F I k M O q T. `md`: b C E I k O q T x. \
      `ma`: b c C D E J k M N O q t T v. `P` and `L` are accepted and ignored. `E` (the cas that \
      the item gets) and `x` of `md` (drop the value, keep the item) come from later versions \
      than 1.6.18.

      ## Differences
      - Keys that a projection with the target `memcached` derives are read from the keyspace by \
      `get`, `gets` and `mg` (flags 0, cas 0, no expiry); every other command on them answers \
      `CLIENT_ERROR key is derived from keys …`.
      - There are no slab classes: `stats slabs` and `stats items` show one class. `stats` leaves \
      out what has no true value here.
      - Items are kept by CLOCK with hit counts instead of HOT, WARM and COLD lists.
      - `flush_all` with a delay empties the cache when the delay has passed.
      - An item whose time has passed shows `t0`, where 1.6.18 shows a number near 2^32.
      - `verbosity` is accepted and has no effect.
      - 64 lines in a row that are no commands end the connection.
      """;

  private Matrix() {}

  static String text() {
    StringBuilder text = new StringBuilder(HEAD);
    for (Command.Group group : Command.Group.values()) {
      text.append("\n## ").append(group.title).append("\n| command | answer |\n| --- | --- |\n");
      for (Command command : Command.values()) {
        if (command.group == group) {
          text.append("| `")
              .append(command.syntax.replace("|", "\\|"))
              .append("` | ")
              .append(answer(command))
              .append(" |\n");
        }
      }
    }
    return text.append(TAIL).toString();
  }

  private static String answer(Command command) {
    return switch (command) {
      case SHUTDOWN -> "`ERROR: shutdown not enabled`";
      case VERBOSITY -> "accepted, no effect";
      default ->
          command.group == Command.Group.REFUSED
              ? "`SERVER_ERROR " + command.text + " is not supported`"
              : "supported";
    };
  }
}
