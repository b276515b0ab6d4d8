package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.junit.jupiter.api.Assumptions;

/**
 * The same commands to a real redis-server and to Headwater: every reply must be the same bytes,
 * but for the order where a command promises none.
 */
final class Duel implements AutoCloseable {
  private final String name;
  private final int protocol;
  private final RealRedis.Client theirs;
  private RedisRig rig = new RedisRig();
  private SimulatedConnection ours;

  /** {@code name} goes into each complaint; a seed belongs there. */
  Duel(String name, RealRedis real, int protocol) throws IOException {
    this.name = name;
    this.protocol = protocol;
    theirs = real.connect();
    theirs.send(RedisRig.request("FLUSHALL"));
    theirs.reply();
    theirs.send(RedisRig.request("HELLO", Integer.toString(protocol)));
    theirs.reply();
    ours = connect();
  }

  /** A real server, or the test is skipped. */
  static RealRedis start(Path folder) throws Exception {
    Assumptions.assumeTrue(
        RealRedis.program().isPresent(), "no redis-server on the PATH: nothing to compare with");
    return RealRedis.start(RealRedis.program().orElseThrow(), folder);
  }

  private SimulatedConnection connect() {
    SimulatedConnection connection = rig.connect();
    rig.call(connection, "HELLO", Integer.toString(protocol));
    return connection;
  }

  /** Ours is closed and opened again: it has what its log says. */
  void restart() throws IOException {
    rig = rig.restart();
    ours = connect();
  }

  RedisRig rig() {
    return rig;
  }

  /** Sends all commands, then compares the replies one by one. */
  void compare(List<String[]> commands) throws IOException {
    compare(commands, String::equals);
  }

  void compare(List<String[]> commands, BiPredicate<String, String> same) throws IOException {
    compareEach(commands, _ -> same);
  }

  /**
   * @param same when two replies to a command count as the same
   */
  void compareEach(List<String[]> commands, Function<String[], BiPredicate<String, String>> same)
      throws IOException {
    for (String[] command : commands) {
      theirs.send(RedisRig.request(command));
      ours.send(RedisRig.request(command));
    }
    rig.loop.runUntilIdle();
    CutReplies replies = new CutReplies(ours.receivedText());
    for (int i = 0; i < commands.size(); i++) {
      String expected = theirs.reply();
      String actual = replies.next();
      if (!same.apply(commands.get(i)).test(actual, expected)) {
        assertThat(actual)
            .as("%s, after %s", name, history(commands.subList(0, i + 1)))
            .isEqualTo(expected);
      }
    }
  }

  private static String history(List<String[]> commands) {
    StringBuilder text = new StringBuilder();
    for (String[] command : commands.subList(Math.max(0, commands.size() - 30), commands.size())) {
      text.append('\n').append(String.join(" ", command));
    }
    return text.toString();
  }

  /** One command of words between spaces, compared at once. */
  void compare(String command) throws IOException {
    compare(List.<String[]>of(command.split(" ", -1)));
  }

  /** What the real server answers. */
  String askReal(String... command) throws IOException {
    theirs.send(RedisRig.request(command));
    return theirs.reply();
  }

  String askOurs(String... command) {
    return rig.call(ours, command);
  }

  /** Whether two replies have the same lines in any order. */
  static boolean sameLines(String a, String b) {
    return Arrays.equals(lines(a), lines(b));
  }

  private static String[] lines(String reply) {
    String[] lines = reply.split("\r\n", -1);
    Arrays.sort(lines);
    return lines;
  }

  static boolean isCommand(String[] command, String... names) {
    return Arrays.asList(names).contains(command[0].toUpperCase(Locale.ROOT));
  }

  @Override
  public void close() throws IOException {
    theirs.close();
    rig.close();
  }
}
