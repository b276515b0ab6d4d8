package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.facts.Category;
import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random rules for users, and commands tried by those users, at a real redis-server and here.
 * {@code -Daccess.steps=N} sets how many steps each seed takes.
 */
class AccessDifferentialTest {
  private static final int STEPS = Integer.getInteger("access.steps", 3_000);
  @TempDir static Path folder;

  private static final String[] USERS = {"u", "v", "w"};
  private static final String[] KEYS = {"a", "ab", "b", "key:1", "", "x"};
  private static final String[] CHANNELS = {"c", "cd", "news.1", "*", "c*"};

  private static final String[] RULES = {
    "on",
    "on",
    "on",
    "off",
    "nopass",
    ">pw",
    ">other",
    "<pw",
    "<nosuch",
    "resetpass",
    "reset",
    "resetkeys",
    "resetchannels",
    "allkeys",
    "allchannels",
    "allcommands",
    "nocommands",
    "~*",
    "~a",
    "~a*",
    "~key:*",
    "%R~b",
    "%W~b",
    "%RW~x*",
    "%~a",
    "%X~a",
    "%R",
    "%",
    "~",
    "~a b",
    "&*",
    "&c",
    "&c*",
    "&news.*",
    "&",
    "&a b",
    "+@all",
    "-@all",
    "+@read",
    "-@read",
    "+@write",
    "-@write",
    "+@hash",
    "-@hash",
    "+@string",
    "-@dangerous",
    "+@keyspace",
    "-@slow",
    "+@fast",
    "+@nonsense",
    "-@",
    "+get",
    "-get",
    "+set",
    "-set",
    "+mget",
    "+config",
    "-config",
    "+config|get",
    "-config|get",
    "+config|nonsense",
    "+config|",
    "+select|0",
    "+select|1",
    "-select|0",
    "+select",
    "+get|x",
    "+GET|X",
    "+client|id",
    "+client|id|x",
    "-client",
    "+acl|whoami",
    "+nonsense",
    "-",
    "+",
    "",
    "(+get ~a)",
    "(+@all ~key:* &c)",
    "(-@all)",
    "(",
    ")",
    "()",
    "( +set ~b )",
    "(on)",
    "(+nonsense)",
    "(%R~a +@read)",
    "(+publish",
    "&c)",
    "clearselectors",
    "sanitize-payload",
    "skip-sanitize-payload",
    "ON",
    "AllKeys",
    "nonsense",
    "#abc",
    "!abc",
    "#30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4",
    "!30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4",
    "+@pubsub",
    "+eval",
    "+multi",
    "+exec",
    "+@transaction",
    "+@connection",
    "-ping",
    "+sort",
    "+object|freq",
    "-object|help",
    "+xreadgroup",
    "+zunionstore",
    "+bitfield",
    "+@scripting",
    "+@admin"
  };

  @BeforeAll
  static void needsRedis() {
    Assumptions.assumeTrue(
        RealRedis.program().isPresent(), "no redis-server on the PATH: nothing to compare with");
  }

  /** One client at both servers. */
  private static final class Pair implements AutoCloseable {
    final RedisRig rig;
    final RealRedis.Client real;
    final SimulatedConnection ours;

    Pair(RedisRig rig, RealRedis redis) throws IOException {
      this.rig = rig;
      real = redis.connect();
      ours = rig.connect();
    }

    String real(String... request) throws IOException {
      try {
        real.send(RedisRig.request(request));
        return real.reply();
      } catch (IOException e) {
        return "closed";
      }
    }

    String ours(String... request) {
      if (ours.isClosed()) {
        return "closed";
      }
      String reply = rig.call(ours, request);
      return reply.isEmpty() && ours.isClosed() ? "closed" : reply;
    }

    @Override
    public void close() throws IOException {
      real.close();
      if (!ours.isClosed()) {
        ours.reset();
        rig.loop.runUntilIdle();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void rulesPermitWhatTheyPermitAtARealServer(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> sent = new ArrayList<>();
    try (RealRedis redis = RealRedis.start(RealRedis.program().orElseThrow(), folder);
        RedisRig rig = new RedisRig(new SimulatedDisk(seed), Clock.system());
        Pair admin = new Pair(rig, redis)) {
      Pair user = new Pair(rig, redis);
      for (int i = 0; i < STEPS; i++) {
        boolean byUser = random.nextInt(3) == 0;
        String[] request = byUser ? byUser(random) : byAdmin(random);
        Pair pair = byUser ? user : admin;
        sent.add((byUser ? "user: " : "") + String.join(" | ", request));
        String ours = normal(request, pair.ours(request));
        String real = normal(request, pair.real(request));
        assertThat(ours)
            .as("seed %d, step %d, after %s", seed, i, sent.subList(Math.max(0, i - 60), i + 1))
            .isEqualTo(real);
        if (real.equals("closed") || random.nextInt(40) == 0) {
          user.close();
          user = new Pair(rig, redis);
          sent.add("user: reconnected");
          sent.remove(0);
        }
      }
      user.close();
    }
  }

  private static String pick(SplittableRandom random, String... from) {
    return from[random.nextInt(from.length)];
  }

  private static String[] byAdmin(SplittableRandom random) {
    String user = pick(random, USERS);
    List<String> request = new ArrayList<>(List.of("ACL"));
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> {
        request.addAll(List.of("SETUSER", user));
        for (int left = random.nextInt(5); left >= 0; left--) {
          request.add(pick(random, RULES));
        }
      }
      case 4 -> request.addAll(List.of("GETUSER", user));
      case 5, 6, 7 -> {
        request.addAll(List.of("DRYRUN", random.nextInt(20) == 0 ? "nobody" : user));
        request.addAll(List.of(tried(random)));
      }
      case 8 ->
          request.addAll(
              switch (random.nextInt(12)) {
                case 0 -> List.of("DELUSER", user, "nobody");
                case 1 -> List.of("USERS");
                case 2 -> List.of("LOG", "RESET");
                case 3 -> List.of("CAT", "nonsense");
                case 4 -> List.of("NONSENSE");
                default -> List.of("LOG", pick(random, "3", "0", "-1", "x"));
              });
      default -> request.add("LIST");
    }
    return request.toArray(new String[0]);
  }

  private static String[] byUser(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> new String[] {"AUTH", pick(random, USERS), pick(random, "pw", "pw", "bad")};
      case 1 -> new String[] {"ACL", "WHOAMI"};
      case 2 -> new String[] {pick(random, "MULTI", "EXEC", "EXEC")};
      case 3 -> new String[] {"HELLO", "2", "AUTH", pick(random, USERS), "pw"};
      default -> tried(random);
    };
  }

  private static String[] tried(SplittableRandom random) {
    String key = pick(random, KEYS);
    String other = pick(random, KEYS);
    String channel = pick(random, CHANNELS);
    return switch (random.nextInt(20)) {
      case 0 -> new String[] {"GET", key};
      case 1 -> new String[] {"SET", key, "1"};
      case 2 -> new String[] {"SET", key, "1", "GET"};
      case 3 -> new String[] {"MGET", key, other};
      case 4 -> new String[] {"PUBLISH", channel, "m"};
      case 5 -> new String[] {"SPUBLISH", channel, "m"};
      case 6 -> new String[] {"UNSUBSCRIBE", "never"};
      case 7 -> new String[] {"SELECT", pick(random, "0", "1")};
      case 8 -> new String[] {"CONFIG", "GET", "appendfsync-nonsense"};
      case 9 -> new String[] {"ZUNIONSTORE", key, "1", other};
      case 10 -> new String[] {"SORT", key, "STORE", other};
      case 11 -> new String[] {"EXISTS", key};
      case 12 -> new String[] {"OBJECT", pick(random, "FREQ", "NONSENSE"), key};
      case 13 -> new String[] {"GETDEL", key};
      case 14 -> new String[] {"BITFIELD", key, pick(random, "GET", "SET"), "u8", "0", "1"};
      case 15 -> new String[] {"PING"};
      case 16 -> new String[] {"COPY", key, other};
      case 17 -> new String[] {"NONSENSE", key};
      case 18 -> new String[] {"GET"};
      default -> new String[] {"RENAME", key, other};
    };
  }

  /**
   * What may differ: the order of single commands, commands that only we have, times and clients in
   * the log.
   */
  private static String normal(String[] request, String reply) {
    if (request[0].equals("ACL") && request[1].equals("LOG")) {
      return reply.replaceAll("(age-seconds|client-info)\r\n\\$\\d+\r\n[^\r]*\r\n", "$1\r\n");
    }
    if (request[0].equals("ACL") && (request[1].equals("GETUSER") || request[1].equals("LIST"))) {
      return Arrays.stream(reply.split("\r\n", -1))
          .filter(line -> !line.startsWith("$"))
          .map(AccessDifferentialTest::normalRules)
          .collect(Collectors.joining("\n"));
    }
    return reply.replaceAll("\r\nid\r\n:\\d+", "id"); // HELLO
  }

  /** Single commands in order of their names, behind what stands before them. */
  private static String normalRules(String line) {
    StringBuilder normal = new StringBuilder();
    Set<String> singles = new TreeSet<>();
    for (String word : line.split(" ", -1)) {
      boolean closes = word.endsWith(")") && word.matches("[+-][a-z].*");
      String rule = closes ? word.substring(0, word.length() - 1) : word;
      if (rule.matches("[+-][a-z].*")) {
        CommandFacts facts = CommandFacts.of(rule.substring(1).replaceAll("\\|.*", ""));
        if (facts != null && !rule.endsWith("client|setinfo")) {
          singles.add(rule);
        }
      } else {
        singles.forEach(single -> normal.append(' ').append(single));
        singles.clear();
        normal.append(' ').append(rule);
      }
      if (closes) {
        singles.forEach(single -> normal.append(' ').append(single));
        singles.clear();
        normal.append(')');
      }
    }
    singles.forEach(single -> normal.append(' ').append(single));
    return normal.toString();
  }

  @Test
  void categoriesHoldTheCommandsOfARealServer() throws Exception {
    try (RealRedis redis = RealRedis.start(RealRedis.program().orElseThrow(), folder);
        RedisRig rig = new RedisRig();
        Pair admin = new Pair(rig, redis)) {
      assertThat(admin.ours("ACL", "CAT")).isEqualTo(admin.real("ACL", "CAT"));
      for (Category category : Category.values()) {
        Set<String> ours = names(admin.ours("ACL", "CAT", category.word));
        ours.removeIf(name -> CommandFacts.of(name) == null);
        assertThat(ours)
            .as(category.word)
            .isEqualTo(names(admin.real("ACL", "CAT", category.word)));
      }
    }
  }

  private static Set<String> names(String reply) {
    return ((List<?>) RespTree.of(reply))
        .stream().map(String::valueOf).collect(Collectors.toCollection(TreeSet::new));
  }
}
