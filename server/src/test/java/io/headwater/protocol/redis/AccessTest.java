package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.User;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  private static final String OK = "+OK\r\n";

  private static RedisRig rig(SimulatedDisk disk, Map<String, String> values, String... users) {
    List<List<String>> lines = new ArrayList<>();
    for (String user : users) {
      lines.add(List.of(user.split(" ")));
    }
    RedisConf conf = new RedisConf(Path.of("redis.conf"), values, lines, Map.of(), List.of());
    return new RedisRig(disk, new SimulatedClock(), conf);
  }

  private static String list(RedisRig rig) {
    SimulatedConnection admin = rig.connect();
    return rig.call(admin, "ACL", "LIST");
  }

  @Test
  void usersAreThereAfterARestart() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection admin = rig.connect();
    rig.call(
        admin,
        "ACL",
        "SETUSER",
        "caf\u00e9",
        "on",
        ">pw",
        "~k\u00ff*",
        "%R~r*",
        "&c",
        "+@read",
        "-get",
        "+select|0",
        "(+set ~b)",
        "skip-sanitize-payload");
    rig.call(admin, "ACL", "SETUSER", "gone", "on");
    assertThat(rig.call(admin, "ACL", "DELUSER", "gone")).isEqualTo(":1\r\n");
    String before = list(rig);

    rig = rig.restart();

    assertThat(list(rig)).isEqualTo(before).contains("caf\u00e9").doesNotContain("gone");
    rig = checkpointed(rig);
    assertThat(list(rig)).isEqualTo(before);
    rig.close();
  }

  private static RedisRig checkpointed(RedisRig rig) throws IOException {
    rig.catalog.checkpoint();
    rig.loop.runUntilIdle();
    return rig.restart();
  }

  @Test
  void thePasswordOfTheDefaultUserIsAskedForAfterARestart() throws IOException {
    RedisRig rig = new RedisRig();
    assertThat(rig.call(rig.connect(), "CONFIG", "SET", "requirepass", "pw")).isEqualTo(OK);
    rig = rig.restart();
    SimulatedConnection client = rig.connect();
    assertThat(rig.call(client, "PING")).startsWith("-NOAUTH");
    assertThat(rig.call(client, "AUTH", "pw")).isEqualTo(OK);
    rig.close();
  }

  @Test
  void theReplyWaitsUntilTheChangeIsInTheCatalog() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection admin = rig.connect();
    admin.send(RedisRig.request("ACL", "SETUSER", "u", "on"));
    admin.send(RedisRig.request("PING"));
    while (admin.received().length == 0) {
      assertThat(rig.loop.runOnce()).isTrue();
    }
    assertThat(rig.catalog.state().users()).containsKey("u");
    rig.close();
  }

  @Test
  void aTransactionAnswersWhenItsChangesOfUsersAreDurable() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection admin = rig.connect();
    rig.call(admin, "MULTI");
    rig.call(admin, "SET", "a", "1");
    rig.call(admin, "ACL", "SETUSER", "u", "on", "nopass", "+@all");
    rig.call(admin, "ACL", "SETUSER", "u", "~x");
    assertThat(rig.call(admin, "EXEC")).isEqualTo("*3\r\n" + OK + OK + OK);
    assertThat(rig.call(admin, "PING")).isEqualTo("+PONG\r\n");
    rig = rig.restart();
    assertThat(list(rig)).contains("user u on nopass ~x resetchannels +@all");
    rig.close();
  }

  @Test
  void aChangeOfTheCatalogActsAtOnce() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();
    User user = new User("u", true, true, List.of(), Map.of("redis", "~a &* +@all"));
    change(rig, new CatalogEvent.UserPut(user));
    assertThat(rig.call(client, "AUTH", "u", "x")).isEqualTo(OK);
    assertThat(rig.call(client, "GET", "b")).startsWith("-NOPERM");
    change(rig, new CatalogEvent.UserPut(new User("u", true, true, List.of(), Map.of())));
    assertThat(rig.call(client, "GET", "a")).startsWith("-NOPERM");
    change(rig, new CatalogEvent.UserDeleted("u"));
    assertThat(client.isClosed()).isTrue();
    rig.close();
  }

  private static void change(RedisRig rig, CatalogEvent event) {
    rig.catalog.change(_ -> Catalog.Decision.accept(event));
    rig.loop.runUntilIdle();
  }

  @Test
  void rulesThatAreNotUnderstoodPermitNothing() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();
    User user = new User("u", true, true, List.of(), Map.of("redis", "~* +@all -@later"));
    change(rig, new CatalogEvent.UserPut(user));
    assertThat(rig.call(client, "AUTH", "u", "x")).startsWith("-WRONGPASS");
    assertThat(list(rig)).contains("user u off nopass resetchannels -@all");
    rig.close();
  }

  @Test
  void usersOfTheConfigurationAreWhatTheirLinesSay() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(1);
    RedisRig rig = rig(disk, Map.of(), "alice on >pw ~a* +@read", "default on >secret ~* &* +@all");
    SimulatedConnection client = rig.connect();
    assertThat(rig.call(client, "GET", "a")).startsWith("-NOAUTH");
    assertThat(rig.call(client, "AUTH", "alice", "pw")).isEqualTo(OK);
    assertThat(rig.call(client, "GET", "a")).isEqualTo("$-1\r\n");
    rig.close();
    assertThatThrownBy(() -> rig(new SimulatedDisk(2), Map.of(), "bob +nonsense"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("+nonsense");
    assertThatThrownBy(() -> rig(new SimulatedDisk(3), Map.of("aclfile", "nowhere.acl"), "bob on"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aQuotedPasswordOfAUserLineMayHaveSpaces() throws Exception {
    RedisConf conf =
        RedisConf.none().with("user alice on \">my  pass\" '~a*' +@all").with("requirepass", "a b");
    RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock(), conf);
    SimulatedConnection client = rig.connect();
    assertThat(rig.call(client, "AUTH", "alice", "my pass")).startsWith("-WRONGPASS");
    assertThat(rig.call(client, "AUTH", "alice", "my  pass")).isEqualTo(OK);
    assertThat(rig.call(client, "GET", "a")).isEqualTo("$-1\r\n");
    assertThat(rig.call(client, "AUTH", "a b")).isEqualTo(OK);
    rig.close();
  }

  @Test
  void configRewriteWritesTheUsersThatAreThere(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("redis.conf");
    Files.writeString(file, "maxclients 100\nuser alice on >pw ~a* +@read\n");
    RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock(), RedisConf.read(file));
    SimulatedConnection admin = rig.connect();
    rig.call(admin, "ACL", "SETUSER", "alice", "off", "resetpass");
    rig.call(admin, "ACL", "SETUSER", "bob", "on", "nopass", "+@all");
    assertThat(rig.call(admin, "CONFIG", "REWRITE")).isEqualTo(OK);
    assertThat(Files.readString(file))
        .contains("\nuser alice off ~a* resetchannels -@all +@read\n")
        .contains("\nuser bob on nopass resetchannels +@all\n")
        .contains("\nuser default on nopass ~* &* +@all\n");
    rig.close();
  }

  @Test
  void withoutAPasswordOthersThanThisMachineAreTurnedAway() throws IOException {
    RedisRig rig = new RedisRig();
    InetAddress other = InetAddress.getByAddress(new byte[] {10, 0, 0, 7});
    SimulatedConnection stranger = rig.loop.connect(rig.server, other);
    stranger.send(RedisRig.request("PING"));
    rig.loop.runUntilIdle();
    assertThat(stranger.receivedText())
        .startsWith("-DENIED Redis is running in protected mode")
        .doesNotContain("PONG");
    assertThat(stranger.isClosed()).isTrue();

    rig.call(rig.connect(), "CONFIG", "SET", "protected-mode", "no");
    SimulatedConnection guest = rig.loop.connect(rig.server, other);
    assertThat(rig.call(guest, "PING")).isEqualTo("+PONG\r\n");

    rig.call(guest, "CONFIG", "SET", "protected-mode", "yes", "requirepass", "pw");
    SimulatedConnection known = rig.loop.connect(rig.server, other);
    assertThat(rig.call(known, "AUTH", "pw")).isEqualTo(OK);
    rig.close();
  }

  @Test
  void whoHasNotSignedInMaySendShortRequestsOnly() throws IOException {
    RedisRig rig = new RedisRig();
    rig.call(rig.connect(), "CONFIG", "SET", "requirepass", "pw");
    String tooMany = "-ERR Protocol error: unauthenticated multibulk length\r\n";
    String tooLong = "-ERR Protocol error: unauthenticated bulk length\r\n";
    assertThat(rig.connect().exchange("*11\r\n$3\r\nGET\r\n")).isEqualTo(tooMany);
    assertThat(rig.connect().exchange("*2\r\n$16385\r\n")).isEqualTo(tooLong);
    assertThat(rig.connect().exchange("*10\r\n$16384\r\n")).isEmpty();
    assertThat(rig.connect().exchange("*1\r\n$4\r\nPING\r\n*11\r\n"))
        .isEqualTo("-NOAUTH Authentication required.\r\n" + tooMany);
    String auth = "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n";
    String set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$20000\r\n" + "x".repeat(20_000) + "\r\n";
    assertThat(rig.connect().exchange(auth + set)).isEqualTo(OK + OK);
    rig.close();
  }

  @Test
  void clientListNamesTheUser() throws IOException {
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();
    rig.call(client, "ACL", "SETUSER", "u", "on", "nopass", "+@all");
    rig.call(client, "AUTH", "u", "x");
    assertThat(rig.call(client, "CLIENT", "LIST")).contains(" user=u ");
    assertThat(rig.call(client, "CLIENT", "KILL", "USER", "u", "SKIPME", "no")).isEqualTo(":1\r\n");
    assertThat(client.isClosed()).isTrue();
    rig.close();
  }

  @Test
  void randomRulesMeanTheSameAfterTheyWereWrittenDown() throws IOException {
    String[] rules = {
      "+@all",
      "-@all",
      "+@read",
      "-@write",
      "+get",
      "-get",
      "+config",
      "-config|set",
      "+select|0",
      "~a*",
      "%R~b",
      "%W~b",
      "&c",
      "on",
      "off",
      ">pw",
      "nopass",
      "(+get ~x)",
      "(%R~y &z +@hash)",
      "clearselectors",
      "reset",
      "sanitize-payload",
      "allkeys",
      "allchannels",
      "+hexpire",
      "-headwater",
      "resetkeys",
      "resetchannels"
    };
    for (long seed = 1; seed <= 5; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RedisRig rig = new RedisRig();
      SimulatedConnection admin = rig.connect();
      for (int i = 0; i < 150; i++) {
        rig.call(
            admin, "ACL", "SETUSER", "u" + random.nextInt(8), rules[random.nextInt(rules.length)]);
      }
      String before = list(rig);
      rig = rig.restart();
      assertThat(list(rig)).as("seed %d", seed).isEqualTo(before);
      rig.close();
    }
  }
}
