package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What HELP says: the words are ours, the subcommands and their syntax Redis's. */
@Timeout(300)
class HelpDifferentialTest {
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  /** The lines that begin with a subcommand: not those that explain it. */
  private static List<String> syntax(String reply) {
    return Arrays.stream(reply.split("\r\n"))
        .filter(line -> line.startsWith("+") && !line.startsWith("+ "))
        .map(line -> line.substring(1))
        .toList();
  }

  private static List<String> names(List<String> syntax) {
    return syntax.stream().map(line -> line.split(" ")[0]).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acl",
        "client",
        "command",
        "config",
        "function",
        "latency",
        "memory",
        "module",
        "object",
        "pubsub",
        "script",
        "slowlog",
        "xgroup",
        "xinfo"
      })
  void everySubcommandIsThere(String container) throws Exception {
    try (Duel duel = new Duel(container + " help", REAL.server(), 2)) {
      List<String> expected = syntax(duel.askReal(container, "HELP"));
      List<String> actual = syntax(duel.askOurs(container, "HELP"));

      assertThat(actual.getFirst()).isEqualTo(expected.getFirst());
      assertThat(names(actual)).containsAll(names(expected));
      assertThat(actual.getLast()).isEqualTo(expected.getLast()).isEqualTo("HELP");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          acl;      DELUSER <username> [<username> ...]
          client;   CACHING (YES|NO)
          client;   PAUSE <timeout> [WRITE|ALL]
          command;  GETKEYS <full-command>
          command;  INFO [<command-name> ...]
          function; FLUSH [ASYNC|SYNC]
          latency;  RESET [<event> ...]
          memory;   USAGE <key> [SAMPLES <count>]
          object;   ENCODING <key>
          pubsub;   CHANNELS [<pattern>]
          script;   EXISTS <sha1> [<sha1> ...]
          slowlog;  GET [<count>]
          xgroup;   DESTROY <key> <groupname>
          xinfo;    CONSUMERS <key> <groupname>
          """)
  void theSyntaxStandsBehindTheName(String container, String line) throws Exception {
    try (Duel duel = new Duel(container + " help", REAL.server(), 2)) {
      assertThat(syntax(duel.askOurs(container, "HELP"))).contains(line);
      assertThat(syntax(duel.askReal(container, "HELP"))).contains(line);
    }
  }
}
