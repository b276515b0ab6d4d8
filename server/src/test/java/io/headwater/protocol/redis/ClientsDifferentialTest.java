package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several clients of a real redis-server and of Headwater send the same random commands of the
 * CLIENT family, pub/sub, transactions and keys; after each, everything that any of them received
 * must be the same: replies, messages and invalidations, in the same order on each connection.
 */
@Timeout(300)
class ClientsDifferentialTest {
  private static final int COMMANDS = Integer.getInteger("redis.commands", 1_500);
  private static final String[] KEYS = {"a", "b", "foo:1", "foo:2", "bar:1"};
  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyClientHearsWhatItHearsFromARealServer(long seed) throws Exception {
    Random random = new Random(seed);
    List<String> sent = new ArrayList<>();
    List<ClientPair> pairs = new ArrayList<>();
    try (RedisRig rig = new RedisRig(new SimulatedDisk(seed), Clock.system())) {
      for (int i = 0; i < 4; i++) {
        pairs.add(new ClientPair(rig, REAL.server(), i % 2 == 0));
      }
      pairs.getLast().ask(List.<String[]>of(words("FLUSHALL")));
      for (int i = 0; i < COMMANDS; i++) {
        int who = random.nextInt(pairs.size());
        List<String[]> commands = step(random);
        commands.forEach(command -> sent.add(who + ": " + String.join(" ", command)));
        String[] replies = pairs.get(who).ask(commands);
        compare(seed, sent, who, replies);
        for (int other = 0; other < pairs.size(); other++) {
          if (other != who) {
            compare(seed, sent, other, pairs.get(other).received());
          }
        }
      }
    } finally {
      for (ClientPair pair : pairs) {
        pair.close();
      }
    }
  }

  private static void compare(long seed, List<String> sent, int who, String[] received) {
    assertThat(received[1])
        .as(
            "seed %d, client %d, after %s",
            seed, who, sent.subList(Math.max(0, sent.size() - 25), sent.size()))
        .isEqualTo(received[0]);
  }

  private static List<String[]> step(Random random) {
    if (random.nextInt(10) > 0) {
      return List.<String[]>of(next(random));
    }
    List<String[]> transaction = new ArrayList<>();
    transaction.add(words("MULTI"));
    for (int left = random.nextInt(4); left >= 0; left--) {
      String[] command = next(random);
      if (!command[0].endsWith("PUBLISH")
          && !command[0].equals("EVAL")) { // Redis 7.0 writes a push into EXEC's reply
        transaction.add(command);
      }
    }
    transaction.add(words(random.nextInt(5) == 0 ? "DISCARD" : "EXEC"));
    return transaction;
  }

  private static String[] next(Random random) {
    String key = KEYS[random.nextInt(KEYS.length)];
    String other = KEYS[random.nextInt(KEYS.length)];
    return switch (random.nextInt(22)) {
      case 0, 1, 2 -> words("GET", key);
      case 3 -> words("MGET", key, other, "missing");
      case 4, 5 -> words("SET", key, Integer.toString(random.nextInt(100)));
      case 6 -> words(random.nextBoolean() ? "DEL" : "UNLINK", key, other);
      case 7 -> words("MSET", key, "1", other, "2");
      case 8 -> words("RENAME", key, other);
      case 9 -> random.nextInt(8) == 0 ? words("FLUSHALL") : words("EXPIRE", key, "1000");
      case 10, 11 -> tracking(random);
      case 12 -> words("CLIENT", "CACHING", pick(random, "yes", "no", "maybe"));
      case 13 -> words("CLIENT", pick(random, "TRACKINGINFO", "GETREDIR", "GETNAME"));
      case 14 -> words("PING");
      case 15 -> words("PUBLISH", pick(random, "ch", "ch2", "x"), "m");
      case 16 ->
          random.nextInt(3) == 0 // one pattern: of several, Redis serves them in no order
              ? words(pick(random, "PSUBSCRIBE", "PUNSUBSCRIBE"), "c*")
              : words(pick(random, "SUBSCRIBE", "UNSUBSCRIBE"), pick(random, "ch", "ch2"));
      case 17 -> words(pick(random, "SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH"), "ch", "m");
      case 18 -> words("PUBSUB", pick(random, "CHANNELS", "NUMSUB", "SHARDNUMSUB"), "ch");
      case 19 -> words(pick(random, "LLEN", "HGET", "STRLEN", "BITCOUNT"), key, "f");
      case 20 -> words("EVAL", "return {redis.call('publish', KEYS[1], 'm'), 'sent'}", "1", "ch");
      default ->
          random.nextInt(4) == 0
              ? words("RESET")
              : words("CLIENT", "SETNAME", pick(random, "x", "y z", ""));
    };
  }

  private static String[] tracking(Random random) {
    List<String> words = new ArrayList<>(List.of("CLIENT", "TRACKING"));
    words.add(random.nextInt(3) == 0 ? "off" : "on");
    if (random.nextInt(3) == 0) {
      words.add("BCAST");
      if (random.nextBoolean()) {
        words.add("PREFIX");
        words.add(pick(random, "foo:", "bar:", "f"));
      }
    }
    if (random.nextInt(3) == 0) {
      words.add(pick(random, "OPTIN", "OPTOUT"));
    }
    if (random.nextInt(3) == 0) {
      words.add("NOLOOP");
    }
    return words.toArray(String[]::new);
  }

  private static String pick(Random random, String... from) {
    return from[random.nextInt(from.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}
