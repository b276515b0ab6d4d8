package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random values of all types and encodings go from a real redis-server to Headwater by DUMP and
 * RESTORE, and back under another name: there the two must have the same digest, and where the
 * value alone decides the bytes, both payloads must be the same. {@code -Dredis.seeds=N} runs more.
 */
@Timeout(300)
class DumpDifferentialTest {
  private static final int VALUES = 150;

  @RegisterExtension static final SharedRealRedis REAL = new SharedRealRedis();

  static LongStream seeds() {
    return LongStream.range(0, Long.getLong("redis.seeds", 12));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void valuesAreTheSameHereAndThere(long seed) throws Exception {
    DumpedValues values = new DumpedValues(new Random(seed));
    RedisRig rig = new RedisRig();
    SimulatedConnection ours = rig.connect();
    List<String> differentBytes = new ArrayList<>();
    try (RealRedis.Client theirs = REAL.server().connect()) {
      call(theirs, "FLUSHALL");
      for (int i = 0; i < VALUES; i++) {
        String about = "seed " + seed + ", value " + i;
        for (String[] command : values.next("k")) {
          assertThat(call(theirs, command)).as("%s %s", about, command[0]).doesNotStartWith("-");
        }
        String dumped = bulk(call(theirs, "DUMP", "k"));
        assertThat(rig.call(ours, "RESTORE", "k", "0", dumped, "REPLACE"))
            .as(about)
            .isEqualTo("+OK\r\n");
        String encoding = call(theirs, "OBJECT", "ENCODING", "k");
        assertThat(rig.call(ours, "OBJECT", "ENCODING", "k")).as(about).isEqualTo(encoding);
        String back = bulk(rig.call(ours, "DUMP", "k"));
        assertThat(call(theirs, "RESTORE", "back", "0", back, "REPLACE"))
            .as(about)
            .isEqualTo("+OK\r\n");
        assertThat(call(theirs, "DEBUG", "DIGEST-VALUE", "back"))
            .as(about)
            .isEqualTo(call(theirs, "DEBUG", "DIGEST-VALUE", "k"));
        if (bulk(encoding).equals("stream")) {
          assertThat(withoutLayout(call(theirs, "XINFO", "STREAM", "back", "FULL", "COUNT", "0")))
              .as(about)
              .isEqualTo(withoutLayout(call(theirs, "XINFO", "STREAM", "k", "FULL", "COUNT", "0")));
        }
        if (isDecided(bulk(encoding), values) && !back.equals(dumped)) {
          differentBytes.add(about + ", " + bulk(encoding));
        }
      }
    }
    assertThat(differentBytes).as("payloads that differ").isEmpty();
    rig.close();
  }

  /** Whether neither a secret nor how the value came to be decides an order or where it is cut. */
  private static boolean isDecided(String encoding, DumpedValues values) {
    return !encoding.equals("hashtable") && !values.pushedLeft() && !values.deleted();
  }

  /** How many nodes there are may differ where entries are gone. */
  private static String withoutLayout(String reply) {
    return reply.replaceAll("radix-tree-(keys|nodes)\r\n:\\d+", "");
  }

  private static String call(RealRedis.Client client, String... command) throws Exception {
    client.send(RedisRig.request(command));
    return client.reply();
  }

  private static String bulk(String reply) {
    int line = reply.indexOf("\r\n");
    return reply.substring(line + 2, reply.length() - 2);
  }
}
