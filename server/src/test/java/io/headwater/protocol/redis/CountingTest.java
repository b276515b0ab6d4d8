package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** INCR has a short way for most numbers; nobody may see which way it went. */
class CountingTest {
  private static final String NO_INTEGER = "-ERR value is not an integer or out of range\r\n";

  private RedisRig rig = new RedisRig();
  private SimulatedConnection client = rig.connect();

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private String call(String... words) {
    return rig.call(client, words);
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  @Test
  void anyNumberGrowsByOneAndIsThereAfterARestart() throws Exception {
    long seed = 20_261_124;
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Long> wanted = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      long bound = 1L << random.nextInt(1, 63);
      long number = random.nextLong(-bound, bound) / (random.nextInt(3) == 0 ? bound : 1);
      String key = "k".repeat(random.nextInt(i == 0 ? 1 : 20)) + (i == 0 ? "" : "" + i);
      call("SET", key, "" + number);
      assertThat(call("INCR", key))
          .as("seed %d, INCR of %d", seed, number)
          .isEqualTo(":" + (number + 1) + "\r\n");
      wanted.put(key, number + 1);
    }

    assertThat(wanted).containsKey("");
    for (boolean restarted : new boolean[] {false, true}) {
      if (restarted) {
        rig = rig.restart();
        client = rig.connect();
      }
      wanted.forEach((key, number) ->
          assertThat(call("GET", key)).as("seed %d", seed).isEqualTo(bulk("" + number)));
    }
  }

  @Test
  void everyStepFromMinusOneHundredUpIsOne() {
    call("SET", "k", "-100");
    for (int i = -99; i < 12_000; i++) {
      assertThat(call("INCR", "k")).isEqualTo(":" + i + "\r\n");
    }
    assertThat(call("GET", "k")).isEqualTo(bulk("11999"));
    assertThat(call("OBJECT", "ENCODING", "k")).isEqualTo(bulk("int"));
  }

  @Test
  void textThatIsNoNumberIsRefusedAndStays() {
    SplittableRandom random = new SplittableRandom(7);
    for (String text :
        new String[] {"", "a", "01", "00", "-", "-0", "1a", "a1", " 1", "1 ", "+1"}) {
      call("SET", "k", text);
      assertThat(call("INCR", "k")).as("'%s'", text).isEqualTo(NO_INTEGER);
      assertThat(call("GET", "k")).isEqualTo(bulk(text));
    }
    for (int i = 0; i < 2_000; i++) {
      StringBuilder digits = new StringBuilder("" + random.nextInt(1, 10));
      for (int more = random.nextInt(8); more > 0; more--) {
        digits.append(random.nextInt(10));
      }
      char odd = "/:;!\u0000\u007fzZ .".charAt(random.nextInt(10));
      digits.setCharAt(random.nextInt(digits.length()), odd);
      call("SET", "k", digits.toString());
      assertThat(call("INCR", "k")).as("'%s'", digits).isEqualTo(NO_INTEGER);
      assertThat(call("GET", "k")).isEqualTo(bulk(digits.toString()));
    }
  }

  @Test
  void aTimeToLiveAndANumberOfRawTextAreKept() {
    call("SET", "k", "5", "EX", "100");
    assertThat(call("INCR", "k")).isEqualTo(":6\r\n");
    assertThat(call("TTL", "k")).isEqualTo(":100\r\n");
    call("APPEND", "raw", "1");
    call("APPEND", "raw", "2");
    assertThat(call("INCR", "raw")).isEqualTo(":13\r\n");
    assertThat(call("OBJECT", "ENCODING", "raw")).isEqualTo(bulk("int"));
  }
}
