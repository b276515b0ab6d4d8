package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Listens to all keyspace notifications of a real redis-server and of Headwater while the same
 * random commands of all types run: after each command the same events must have come, in the same
 * order. {@code -Dredis.seeds=N} runs more.
 */
@Timeout(300)
class NotificationsDifferentialTest {
  private static final int COMMANDS = 2_000;

  /** These would make the two differ in what is not the test's business, or end the connection. */
  private static final Set<String> LEFT_OUT =
      Set.of("AUTH", "HELLO", "SWAPDB", "spop", "SPOP", "CONFIG", "CLIENT", "COMMAND", "WAIT");

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 6));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyCommandTellsWhatARealServerTells(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    CollectionCommandsGenerator collections =
        new CollectionCommandsGenerator(new Random(seed), false);
    List<String> sent = new ArrayList<>();
    try (RealRedis.Client theirs = REAL.server().connect();
        RealRedis.Client theirListener = REAL.server().connect();
        RedisRig rig = new RedisRig(new SimulatedDisk(seed), Clock.system())) {
      SimulatedConnection ours = rig.connect();
      SimulatedConnection ourListener = rig.connect();
      String flags = seed % 3 == 2 ? "KEg$lshzxe" : "KEAmn";
      both(theirs, rig, ours, "FLUSHALL");
      both(theirs, rig, ours, "CONFIG", "SET", "notify-keyspace-events", flags);
      both(theirListener, rig, ourListener, "PSUBSCRIBE", "__key*__:*");
      for (int i = 0; i < COMMANDS; i++) {
        String[] command =
            random.nextBoolean() ? RedisDifferentialTest.next(random) : collections.next();
        if (LEFT_OUT.contains(command[0])) {
          continue;
        }
        sent.add(String.join(" | ", command));
        both(theirs, rig, ours, command);
        List<String> expected = heard(theirListener);
        ourListener.send(RedisRig.request("PING"));
        rig.loop.runUntilIdle();
        List<String> actual = messages(ourListener.receivedText());
        if (command[0].startsWith("SORT")) { // looks up in the order of a set's hash table
          expected.removeIf(message -> message.contains("keymiss"));
          actual.removeIf(message -> message.contains("keymiss"));
        }
        assertThat(actual)
            .as("seed %d, after %s", seed, sent.subList(Math.max(0, sent.size() - 30), sent.size()))
            .isEqualTo(expected);
      }
    }
  }

  private static void both(
      RealRedis.Client theirs, RedisRig rig, SimulatedConnection ours, String... command)
      throws IOException {
    theirs.send(RedisRig.request(command));
    theirs.reply();
    rig.call(ours, command);
  }

  private static List<String> heard(RealRedis.Client listener) throws IOException {
    listener.send(RedisRig.request("PING"));
    StringBuilder text = new StringBuilder();
    while (text.indexOf("pong") < 0) {
      text.append(listener.reply());
    }
    return messages(text.toString());
  }

  /** Channel and message of each, without the rest. */
  private static List<String> messages(String text) {
    List<String> messages = new ArrayList<>();
    for (String message :
        text.split("\\*4\r\n\\$8\r\npmessage\r\n\\$10\r\n__key\\*__:\\*\r\n", -1)) {
      messages.add(message.replaceAll("\\$\\d+\r\n", "").replace("\r\n", " "));
    }
    int last = messages.size() - 1;
    messages.set(last, messages.get(last).replace("*2 pong  ", ""));
    return messages;
  }
}
