package io.headwater.protocol.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever command comes at the end of a transaction's or a script's frame that is full but for a
 * few bytes, it runs or is refused: the server goes on, and its log says what its state is. The
 * keyspace's own assertion sees to it meanwhile that no command records more than it asked for.
 *
 * <p>{@code -Dframes.cases=N -Dframes.seed=N} runs more, and others.
 */
class NearlyFullFrameTest {
  private static final int CASES = Integer.getInteger("frames.cases", 800);
  private static final int CASES_PER_FIXTURE = 100;

  /** Its bytes are on the heap. */
  private static final int CASES_PER_LOG = 1_000;

  private static final int FRAME_BYTES = 256 << 10;
  private static final int FIRST_TRY_BYTES = 1_200;
  private static final Pattern PAST = Pattern.compile("frame of (\\d+) bytes is past the limit");
  private static final String SCRIPT =
      "redis.pcall('SET', 'filler', ARGV[1]) local a, at = {}, 2"
          + " while at <= #ARGV do local n = tonumber(ARGV[at])"
          + " a[#a + 1] = redis.pcall(unpack(ARGV, at + 1, at + n)) at = at + n + 1 end"
          + " local e = '' for i = 1, #a do if type(a[i]) == 'table' and a[i].err"
          + " then e = e .. a[i].err end end return e";

  private SplittableRandom random = new SplittableRandom();
  private final SimulatedClock clock = new SimulatedClock();
  private RedisRig rig = new RedisRig(new SimulatedDisk(1), clock, null, FRAME_BYTES);
  private SimulatedConnection client = rig.connect();
  private GrownCommands commands = new GrownCommands(random, rig.server.table());
  private int filled;
  private int refused;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void takesOrRefusesWhateverComesLast(long number) throws Exception {
    long seed = number + Long.getLong("frames.seed", 0);
    random = new SplittableRandom(seed);
    for (int i = 0; i < CASES; i++) {
      if (i % CASES_PER_FIXTURE == 0) {
        if (i > 0) {
          replayed(seed);
        }
        if (i % CASES_PER_LOG == 0) {
          rig.close();
          rig = new RedisRig(new SimulatedDisk(seed), clock, null, FRAME_BYTES);
          client = rig.connect();
        }
        begin();
      }
      List<String[]> last = new ArrayList<>();
      for (int left = 1 + random.nextInt(3); left > 0; left--) {
        last.add(commands.next());
      }
      try {
        run(last);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", case " + i + ": " + shown(last), e);
      }
    }
    replayed(seed);
    rig.close();
    assertThat(filled).as("frames that were filled").isGreaterThan(CASES / 2);
    assertThat(refused).as("commands that found no room").isGreaterThan(CASES / 20);
  }

  private void begin() {
    commands = new GrownCommands(random, rig.server.table());
    rig.keyspace.expiration().setActive(false);
    for (String[] command : GrownCommands.fixture()) {
      send(command);
    }
    rig.loop.runUntilIdle();
    client.received();
    for (String key : GrownCommands.dumped()) {
      commands.payload(bulk(rig.call(client, "DUMP", key)));
    }
    commands.payload(bulk(rig.call(client, "FUNCTION", "DUMP")));
    clock.advanceMs(5);
  }

  private static String bulk(String reply) {
    int from = reply.indexOf('\n') + 1;
    return reply.substring(from, reply.length() - 2);
  }

  private void send(String... command) {
    client.send(RedisRig.request(command));
  }

  private void run(List<String[]> last) {
    boolean script = random.nextBoolean();
    int filler = FRAME_BYTES - FIRST_TRY_BYTES;
    for (String[] command : script ? List.<String[]>of() : last) {
      filler -= FIRST_TRY_BYTES + RedisRig.request(command).length;
    }
    filler -= random.nextInt(random.nextInt(3) > 0 ? 200 : random.nextBoolean() ? 5_000 : 100_000);
    filler = Math.max(1, filler);
    String reply = script ? script(filler, last) : transaction(filler, last);
    Matcher abort = PAST.matcher(reply);
    if (reply.startsWith("-EXECABORT") && abort.find()) {
      filler = Math.max(1, filler - (Integer.parseInt(abort.group(1)) - FRAME_BYTES)); // just fits
      reply = transaction(filler, last);
    }
    assertThat(rig.call(client, "PING")).as("reply %s", reply).isEqualTo("+PONG\r\n");
    Matcher past = PAST.matcher(reply);
    while (past.find()) {
      refused++;
    }
    filled += rig.call(client, "STRLEN", "filler").equals(":" + filler + "\r\n") ? 1 : 0;
  }

  private String transaction(int filler, List<String[]> last) {
    send("MULTI");
    boolean first = random.nextInt(4) > 0;
    if (first) {
      send("SET", "filler", "x".repeat(filler));
    }
    last.forEach(this::send);
    if (!first) {
      send("SET", "filler", "x".repeat(filler));
    }
    rig.loop.runUntilIdle();
    client.received();
    send("EXEC");
    rig.loop.runUntilIdle();
    String reply = new String(client.received(), ISO_8859_1);
    send("SELECT", "0");
    rig.loop.runUntilIdle();
    client.received();
    return reply;
  }

  private String script(int filler, List<String[]> last) {
    List<String> words = new ArrayList<>(List.of("EVAL", SCRIPT, "0", "x".repeat(filler)));
    for (String[] command : last) {
      words.add("" + command.length);
      words.addAll(Arrays.asList(command));
    }
    return rig.call(client, words.toArray(new String[0]));
  }

  private void replayed(long seed) throws Exception {
    rig.loop.runUntilIdle();
    Map<String, String> live = KeyspaceContents.of(rig.keyspace);
    rig = rig.restart();
    client = rig.connect();
    Map<String, String> replayed = KeyspaceContents.of(rig.keyspace);
    Set<String> keys = new TreeSet<>(live.keySet());
    keys.addAll(replayed.keySet());
    keys.removeIf(key -> Objects.equals(live.get(key), replayed.get(key)));
    assertThat(keys.stream().map(NearlyFullFrameTest::shortened))
        .as("keys that differ after a replay, seed %d", seed)
        .isEmpty();
  }

  private static String shown(List<String[]> commands) {
    StringBuilder text = new StringBuilder();
    for (String[] command : commands) {
      for (String word : command) {
        text.append(shortened(word)).append(' ');
      }
      text.append("; ");
    }
    return text.toString();
  }

  private static String shortened(String word) {
    return word.length() > 60 ? word.substring(0, 40) + "…" + word.length() : word;
  }
}
