package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients who sign in, lose permissions and are sent away: the same at a real redis-server and
 * here, reply by reply. A line of a scenario is a client's letter, a colon and what it sends.
 */
class AccessScenariosTest {
  @TempDir Path folder;

  @BeforeAll
  static void needsRedis() {
    Assumptions.assumeTrue(
        RealRedis.program().isPresent(), "no redis-server on the PATH: nothing to compare with");
  }

  /** Both servers with their clients. */
  private final class Stage implements AutoCloseable {
    private final RealRedis redis;
    private final RedisRig rig;
    private final Map<String, RealRedis.Client> real = new HashMap<>();
    private final Map<String, SimulatedConnection> ours = new HashMap<>();

    Stage(String... options) throws Exception {
      redis = RealRedis.start(RealRedis.program().orElseThrow(), folder, options);
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < options.length; i += 2) {
        values.put(options[i].substring(2), options[i + 1]);
      }
      RedisConf conf =
          new RedisConf(folder.resolve("redis.conf"), values, List.of(), Map.of(), List.of());
      rig = new RedisRig(new SimulatedDisk(1), Clock.system(), conf);
    }

    void play(String scenario) throws IOException {
      for (String line : scenario.split("\n", -1)) {
        if (line.isBlank()) {
          continue;
        }
        String client = line.substring(0, 1);
        String[] request = line.substring(3).split(" ", -1);
        assertThat(normal(ours(client, request)))
            .as("%s in%n%s", line, scenario)
            .isEqualTo(normal(real(client, request)));
      }
    }

    private String real(String client, String[] request) throws IOException {
      if (!real.containsKey(client)) {
        real.put(client, redis.connect());
      }
      RealRedis.Client connection = real.get(client);
      try {
        connection.send(RedisRig.request(request));
        return connection.reply();
      } catch (IOException e) {
        return "closed";
      }
    }

    private String ours(String client, String[] request) {
      SimulatedConnection connection = ours.computeIfAbsent(client, _ -> rig.connect());
      if (connection.isClosed()) {
        return "closed";
      }
      String reply = rig.call(connection, request);
      return reply.isEmpty() && connection.isClosed() ? "closed" : reply;
    }

    @Override
    public void close() throws Exception {
      for (RealRedis.Client client : real.values()) {
        client.close();
      }
      redis.close();
      rig.close();
    }
  }

  private static String normal(String reply) {
    return reply
        .replaceAll("age-seconds\r\n(\\$\\d+\r\n|,)[^\r]*\r\n", "age-seconds\r\n")
        .replaceAll("client-info\r\n\\$\\d+\r\n[^\r]*\r\n", "client-info\r\n")
        .replaceAll("\r\nid\r\n:\\d+", "\r\nid")
        .lines()
        .map(line -> line.contains("@all ") ? sorted(line) : line)
        .collect(Collectors.joining("\n"));
  }

  /** A real server names single commands in no order. */
  private static String sorted(String line) {
    return Stream.of(line.split(" ", -1)).sorted().collect(Collectors.joining(" "));
  }

  @Test
  void aPasswordOfTheDefaultUserIsAskedFor() throws Exception {
    try (Stage stage = new Stage()) {
      stage.play(
          """
          a: AUTH x
          a: AUTH default x
          a: AUTH a b c
          a: HELLO 3 AUTH default x
          a: HELLO 2 AUTH foo x
          a: HELLO 2 AUTH foo
          a: CONFIG SET requirepass pw
          a: PING
          a: CONFIG GET requirepass
          a: ACL GETUSER default
          b: PING
          b: NONSENSE
          b: GET
          b: GET x
          b: HELLO
          b: HELLO 3
          b: HELLO 3 AUTH default bad
          b: HELLO 9
          b: MULTI
          b: EXEC
          b: AUTH bad
          b: AUTH pw
          b: PING
          b: ACL WHOAMI
          b: RESET
          b: PING
          b: COMMAND COUNT
          b: AUTH default pw
          b: MULTI
          b: SET a 1
          b: AUTH default bad
          b: EXEC
          b: RESET
          b: HELLO 3 AUTH default pw SETNAME x
          b: CLIENT GETNAME
          a: ACL LOG
          a: ACL LOG RESET
          c: PING
          a: CONFIG SET requirepass %s
          c: PING
          a: ACL GETUSER default
          a: ACL SETUSER default off
          a: PING
          c: PING
          d: PING
          d: AUTH default x
          a: ACL SETUSER default on
          d: PING
          d: QUIT
          """
              .replace("%s", ""));
    }
  }

  @Test
  void whatAUserMayNotDoIsRefusedAndNoted() throws Exception {
    try (Stage stage = new Stage()) {
      stage.play(
          """
          a: ACL SETUSER u on >p ~a* &ch* +@all -acl|save -flushall
          u: AUTH u bad
          u: AUTH nobody p
          u: AUTH u p
          u: ACL WHOAMI
          u: SET b 1
          u: SET a 1
          u: MGET a b
          u: PUBLISH x 1
          u: PUBLISH ch 1
          u: FLUSHALL
          u: FLUSHALL
          u: ACL SAVE
          u: ACL
          u: ACL NONSENSE
          u: MULTI
          u: SET b 1
          u: EXEC
          u: WATCH b
          u: MULTI
          u: SET a 2
          u: GET a
          u: PUBLISH ch x
          a: ACL SETUSER u resetkeys ~c* -get resetchannels &q*
          u: EXEC
          a: ACL LOG 20
          a: ACL LOG 1
          a: CONFIG SET acllog-max-len 2
          u: GET c
          u: GET c
          u: SET a 1
          a: ACL LOG
          a: ACL LOG RESET
          a: ACL LOG
          a: ACL SETUSER u -exec
          u: MULTI
          u: EXEC
          u: EXEC x
          u: DISCARD
          a: HELLO 3
          a: ACL LOG
          a: ACL GETUSER u
          a: ACL GETUSER nobody
          """);
    }
  }

  @Test
  void listenersLeaveWhenTheyMayNotListenAnyMore() throws Exception {
    try (Stage stage = new Stage()) {
      stage.play(
          """
          a: ACL SETUSER u on nopass +@all &a* &b
          u: AUTH u x
          u: SUBSCRIBE x
          u: SUBSCRIBE a1
          u: PSUBSCRIBE a*
          u: PSUBSCRIBE a
          v: AUTH u x
          v: SSUBSCRIBE b
          a: ACL SETUSER u resetchannels &a*
          u: PING
          v: PING
          a: ACL SETUSER u (+get &a*) resetchannels
          u: PING
          a: ACL SETUSER u clearselectors &a1
          u: PING
          a: ACL SETUSER u allchannels
          w: AUTH u x
          w: SUBSCRIBE z
          a: ACL SETUSER u resetchannels allchannels
          w: PING
          a: ACL SETUSER u resetchannels
          w: PING
          a: PUBLISH z x
          """);
    }
  }

  @Test
  void deletedUsersAreSentAway() throws Exception {
    try (Stage stage = new Stage()) {
      stage.play(
          """
          a: ACL SETUSER s on nopass +@all
          s: AUTH s x
          t: AUTH s x
          a: CLIENT KILL USER nobody
          a: ACL DELUSER default
          a: ACL DELUSER default s
          s: PING
          s: ACL DELUSER s nobody
          s: PING
          t: PING
          a: ACL DELUSER s
          a: ACL SETUSER s on nopass +@all
          q: AUTH s x
          q: MULTI
          q: ACL DELUSER s
          q: EXEC
          q: PING
          a: ACL SETUSER s on nopass +@all
          r: AUTH s x
          a: ACL SETUSER s off
          r: PING
          r: ACL WHOAMI
          r: AUTH s x
          a: CLIENT KILL USER s
          r: PING
          a: ACL USERS
          a: ACL LIST
          """);
    }
  }

  @Test
  void oddArgumentsGetTheSameErrors() throws Exception {
    try (Stage stage = new Stage()) {
      stage.play(
          """
          a: ACL GENPASS x
          a: ACL GENPASS 0
          a: ACL GENPASS 4097
          a: ACL GENPASS 1 2
          a: ACL CAT nonsense
          a: ACL CAT scripting x
          a: ACL LOG nonsense
          a: ACL LOG 1 2
          a: ACL SAVE
          a: ACL LOAD
          a: ACL SETUSER
          a: ACL SETUSER u nonsense
          a: ACL GETUSER u
          a: ACL DRYRUN nobody get x
          a: ACL SETUSER n
          a: ACL DRYRUN n get
          a: ACL DRYRUN n nonsense
          a: ACL DRYRUN n get a b
          a: ACL DRYRUN n acl nonsense
          a: ACL DRYRUN n auth x
          a: ACL DRYRUN n config get x
          a: ACL DRYRUN default config
          a: ACL DRYRUN default get a
          a: CONFIG SET acllog-max-len -1
          a: CONFIG SET acl-pubsub-default x
          a: CONFIG SET aclfile x
          a: CONFIG SET protected-mode x
          a: CONFIG SET acl-pubsub-default allchannels
          a: ACL SETUSER m (+get)
          a: ACL SETUSER n reset
          a: ACL LIST
          a: CONFIG SET acl-pubsub-default resetchannels
          a: ACL LIST
          """);
    }
  }

  @Test
  void anAclFileIsReadAndWritten() throws Exception {
    Path file = folder.resolve("users.acl");
    Files.writeString(
        file, "user default on nopass ~* &* +@all\nuser alice on >pw ~a* +@read\n\nuser bob off\n");
    try (Stage stage = new Stage("--aclfile", file.toString())) {
      stage.play(
          """
          a: ACL LIST
          b: AUTH alice pw
          b: GET x
          c: ACL SETUSER carl on >x +@all
          a: ACL SAVE
          a: ACL LOAD
          b: PING
          c: PING
          d: AUTH carl x
          d: ACL LOAD
          d: PING
          """);
      assertThat(Files.readString(file)).contains("user carl on #").doesNotContain(">pw");
      String[] wrong = {
        "user default on nopass ~* &* +@all\nuser x +nonsense +@nonsense\n",
        "usr x\n\nuser\nuser y on y\nuser y off\nuser z (+get\nuser z (+get )\nuser q >a >b  +get\n"
            + "   user r on\n",
        "user y off\nuser y off\n",
        "# a comment\n"
      };
      for (String text : wrong) {
        Files.writeString(file, text);
        stage.play("a: ACL LOAD\na: ACL LIST");
      }
      Files.writeString(file, "user default on >dd ~* &* +@all\nuser z (+get   ~a )\n");
      stage.play(
          """
          a: ACL LOAD
          a: PING
          e: PING
          e: AUTH dd
          e: ACL LIST
          """);
      Files.delete(file);
      stage.play("a: ACL LOAD\na: ACL LIST\na: ACL SAVE");
      assertThat(Files.readString(file)).startsWith("user default on #");
    }
  }
}
