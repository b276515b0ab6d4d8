package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.settings.Parameters;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CONFIG, MEMORY, OBJECT and DEBUG beside a real redis-server. */
@Timeout(300)
class AdministrationDifferentialTest {
  /** What would take the real server's port or password away. */
  private static final Set<String> NOT_SET =
      Set.of("bind", "port", "requirepass", "tls-port", "ignore-warnings");

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  private RedisRig rig;
  private SimulatedConnection ours;
  private RealRedis.Client theirs;

  @BeforeEach
  void connect() throws Exception {
    rig =
        new RedisRig(
            new SimulatedDisk(1),
            new SimulatedClock(),
            RedisConf.none().with("enable-debug-command yes"));
    ours = rig.connect();
    theirs = REAL.server().connect();
    theirs("FLUSHALL");
  }

  @AfterEach
  void disconnect() throws Exception {
    theirs.close();
    rig.close();
  }

  private String theirs(String... words) throws Exception {
    theirs.send(RedisRig.request(words));
    return theirs.reply();
  }

  private String ours(String... words) {
    return rig.call(ours, words);
  }

  private void same(String... words) throws Exception {
    String expected = theirs(words);
    assertThat(ours(words)).as("%s", List.of(words)).isEqualTo(expected);
  }

  @Test
  void everyParameterOfRedisIsThere() throws Exception {
    String[] lines = theirs("CONFIG", "GET", "*").split("\r\n", -1);
    Set<String> names = new TreeSet<>();
    for (int i = 2; i < lines.length; i += 4) {
      names.add(lines[i]);
    }
    assertThat(names).hasSizeGreaterThan(190);
    assertThat(new TreeSet<>(Parameters.ALL.names())).isEqualTo(names);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zzz",
        "-99999999999",
        "1.5",
        "99999999999999999999",
        "5x",
        "20%",
        "300%",
        "yes no"
      })
  void whatNoParameterTakesIsRefusedInTheSameWords(String value) throws Exception {
    Set<String> different = new TreeSet<>();
    for (String name : Parameters.ALL.names()) {
      if (NOT_SET.contains(name) || value.startsWith("9999") && name.startsWith("maxmemory")) {
        continue; // a limit past 2^63 is one of 2^63 here
      }
      String expected = theirs("CONFIG", "SET", name, value);
      String answer = ours("CONFIG", "SET", name, value);
      if (expected.startsWith("-ERR") && !answer.equals(expected)) {
        different.add(expected + answer);
      }
    }
    assertThat(different).isEmpty();
    theirs("CONFIG", "SET", "maxmemory", "0");
  }

  @Test
  void configAnswersAsThere() throws Exception {
    for (String[] words :
        new String[][] {
          {"CONFIG", "GET", "maxmemory*"},
          {"CONFIG", "GET", "MAXMEMORY"},
          {"CONFIG", "GET", "nosuch"},
          {"CONFIG", "GET", "slave-priority"},
          {"CONFIG", "GET", "save"},
          {"CONFIG"},
          {"CONFIG", "GET"},
          {"CONFIG", "SET"},
          {"CONFIG", "SET", "maxmemory"},
          {"CONFIG", "SET", "maxmemory", "1", "maxmemory"},
          {"CONFIG", "NOSUCH"},
          {"CONFIG", "REWRITE"},
          {"CONFIG", "SET", "maxmemory", "100mb", "maxmemory", "2"},
          {"CONFIG", "SET", "maxmemory", "100mb", "nosuch", "2"},
          {"CONFIG", "SET", "nosuch", "2", "aclfile", "x"},
          {"CONFIG", "SET", "aclfile", "x", "nosuch", "2"},
          {"CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "x"},
          {"CONFIG", "GET", "maxmemory"},
          {"CONFIG", "SET", "maxmemory", "100MB", "maxmemory-policy", "ALLKEYS-LRU"},
          {"CONFIG", "GET", "maxmemory-policy"},
          {"CONFIG", "SET", "maxmemory", "1gb", "maxmemory-clients", "20%"},
          {"CONFIG", "GET", "maxmemory-clients"},
          {"CONFIG", "SET", "maxmemory-clients", "0", "maxmemory", ""},
          {"CONFIG", "SET", "maxmemory-policy", "noeviction"},
          {"CONFIG", "SET", "notify-keyspace-events", "KEA"},
          {"CONFIG", "GET", "notify-keyspace-events"},
          {"CONFIG", "SET", "notify-keyspace-events", ""},
          {"CONFIG", "RESETSTAT"},
        }) {
      if (words.length == 3 && words[2].equals("maxmemory*")) {
        assertThat(ours(words).split("\r\n", -1)).hasSameSizeAs(theirs(words).split("\r\n", -1));
      } else {
        same(words);
      }
    }
  }

  @Test
  void objectMemoryAndDebugAnswerAsThere() throws Exception {
    same("SET", "int", "5");
    same("SET", "large", "123456");
    same("SET", "text", "text");
    for (String[] words :
        new String[][] {
          {"OBJECT"},
          {"OBJECT", "NOSUCH"},
          {"OBJECT", "NOSUCH", "int"},
          {"OBJECT", "FREQ", "int"},
          {"OBJECT", "FREQ", "none"},
          {"OBJECT", "IDLETIME", "none"},
          {"OBJECT", "IDLETIME"},
          {"OBJECT", "REFCOUNT", "int"},
          {"OBJECT", "REFCOUNT", "large"},
          {"OBJECT", "REFCOUNT", "text"},
          {"OBJECT", "REFCOUNT", "none"},
          {"CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"},
          {"SET", "counted", "v"},
          {"OBJECT", "FREQ", "counted"},
          {"OBJECT", "IDLETIME", "counted"},
          {"CONFIG", "SET", "maxmemory-policy", "noeviction"},
          {"TOUCH", "int", "none", "int"},
          {"MEMORY"},
          {"MEMORY", "NOSUCH"},
          {"MEMORY", "USAGE"},
          {"MEMORY", "USAGE", "none"},
          {"MEMORY", "USAGE", "none", "SAMPLES", "5"},
          {"MEMORY", "USAGE", "int", "SAMPLES"},
          {"MEMORY", "USAGE", "int", "SAMPLES", "-1"},
          {"MEMORY", "USAGE", "int", "SAMPLES", "x"},
          {"MEMORY", "USAGE", "int", "X", "1"},
          {"MEMORY", "PURGE"},
          {"DEBUG"},
          {"DEBUG", "NOSUCH"},
          {"DEBUG", "SLEEP"},
          {"DEBUG", "SLEEP", "0"},
          {"DEBUG", "OBJECT", "none"},
          {"DEBUG", "SET-ACTIVE-EXPIRE", "0"},
          {"DEBUG", "SET-ACTIVE-EXPIRE", "1"},
          {"DEBUG", "ERROR", "ERR of mine"},
          {"DEBUG", "ERROR", "a\r\nb"},
          {"DEBUG", "LOG", "x"},
          {"DEBUG", "HTSTATS", "99"},
          {"DEBUG", "POPULATE", "3"},
          {"DEBUG", "POPULATE", "x"},
          {"DEBUG", "POPULATE", "5", "p", "10"},
          {"GET", "p:4"},
          {"GET", "key:2"},
          {"DBSIZE"},
          {"DEBUG", "DIGEST"},
          {"DEBUG", "DIGEST-VALUE", "int", "none"},
        }) {
      same(words);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "3"})
  void everyTypeOfReplyIsWrittenAsThere(String protocol) throws Exception {
    theirs("HELLO", protocol);
    ours("HELLO", protocol);
    for (String type :
        "string integer double bignum null array set map verbatim true false nosuch".split(" ")) {
      same("DEBUG", "PROTOCOL", type);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void afterTheSameCommandsTheFingerprintIsTheSame(long seed) throws Exception {
    CollectionCommandsGenerator collections =
        new CollectionCommandsGenerator(new Random(seed), false);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2_000; i++) {
      String[] words =
          random.nextInt(3) == 0 ? RedisDifferentialTest.next(random) : collections.next();
      if (Set.of("SPOP", "BGSAVE", "SAVE", "CONFIG", "SCRIPT", "DEBUG", "SHUTDOWN", "EXPIRE")
          .contains(words[0].toUpperCase(java.util.Locale.ROOT))) {
        continue;
      }
      theirs(words);
      ours(words);
    }
    theirs("DISCARD");
    ours("DISCARD");
    same("DEBUG", "DIGEST");
  }
}
