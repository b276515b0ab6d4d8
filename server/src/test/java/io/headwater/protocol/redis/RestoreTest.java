package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.rdb.Payloads;
import io.headwater.simulation.SimulatedConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RESTORE: old forms, options, errors and hostile payloads. */
class RestoreTest {
  @TempDir Path folder;

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void oldFormsOptionsAndErrorsAreThoseOfARealServer(int protocol) throws Exception {
    List<String[]> commands = new ArrayList<>();
    for (byte[] payload : Payloads.old().values()) {
      String text = latin1(payload);
      commands.add(new String[] {"RESTORE", "k", "0", text, "REPLACE"});
      commands.add(new String[] {"OBJECT", "ENCODING", "k"});
      commands.add(new String[] {"TYPE", "k"});
      commands.add(new String[] {"LRANGE", "k", "0", "-1"});
      commands.add(new String[] {"ZRANGE", "k", "0", "-1", "WITHSCORES"});
      commands.add(new String[] {"SORT", "k", "ALPHA"});
      commands.add(new String[] {"HGETALL", "k"});
      commands.add(new String[] {"GET", "k"});
      commands.add(new String[] {"XRANGE", "k", "-", "+"});
      commands.add(new String[] {"XPENDING", "k", "group"});
      commands.add(new String[] {"XINFO", "GROUPS", "k"});
    }
    String good = latin1(Payloads.old().get("string"));
    for (String[] tail :
        new String[][] {
          {"0", good},
          {"0", good},
          {"0", "x"},
          {"x", good, "REPLACE"},
          {"-1", good, "REPLACE"},
          {"0", good, "REPLACE", "ABSTTL"},
          {"0", good, "IDLETIME"},
          {"0", good, "REPLACE", "IDLETIME", "-1"},
          {"0", good, "REPLACE", "IDLETIME", "x"},
          {"0", good, "REPLACE", "IDLETIME", "1", "FREQ", "1"},
          {"0", good, "REPLACE", "FREQ", "256"},
          {"0", good, "REPLACE", "FREQ", "255"},
          {"0", good, "REPLACE", "IDLETIME", "100"},
          {"0", good, "OTHER"},
          {"0", ""},
          {"0", "", "REPLACE"},
          {"0", good.substring(1), "REPLACE"},
          {"0", latin1(Payloads.payload(8, w -> w.putByte(0))), "REPLACE"},
          {"0", latin1(Payloads.payload(2, w -> w.putByte(0))), "REPLACE"},
          {"0", latin1(Payloads.payload(2, w -> w.putByte(200))), "REPLACE"},
          {"1000000", good, "REPLACE"},
          {"1", good, "ABSTTL", "REPLACE"},
          {"1", good, "ABSTTL"},
          {"9223372036854775807", good, "REPLACE"},
          {"4000000000000", good, "REPLACE", "absttl"},
        }) {
      String[] command = new String[tail.length + 2];
      command[0] = "RESTORE";
      command[1] = "t";
      System.arraycopy(tail, 0, command, 2, tail.length);
      commands.add(command);
      commands.add(new String[] {"EXISTS", "t"});
      commands.add(new String[] {"PEXPIRETIME", tail[0].startsWith("4") ? "t" : "none"});
      commands.add(new String[] {"PERSIST", "t"});
    }
    commands.add(new String[] {"RESTORE", "t"});
    commands.add(new String[] {"DUMP", "none"});
    commands.add(new String[] {"DUMP"});
    commands.add(new String[] {"RESTORE-ASKING", "t", "0", good, "REPLACE"});
    try (RealRedis real = Duel.start(folder);
        Duel duel = new Duel("restore", real, protocol)) {
      duel.compare(commands, Duel::sameLines);
      duel.restart();
      duel.compare(List.<String[]>of(new String[] {"DUMP", "t"}, new String[] {"GET", "k"}));
    }
  }

  @Test
  void recentFormsAreRead() throws Exception {
    try (RedisRig rig = new RedisRig()) {
      SimulatedConnection client = rig.connect();
      for (Map.Entry<String, byte[]> one : Payloads.recent().entrySet()) {
        assertThat(rig.call(client, "RESTORE", "k", "0", latin1(one.getValue()), "REPLACE"))
            .as(one.getKey())
            .isEqualTo("+OK\r\n");
      }
      for (String name : List.of("hash with expiries", "listpack hash with expiries")) {
        String payload = latin1(Payloads.recent().get(name));
        rig.call(client, "RESTORE", "h", "0", payload, "REPLACE");
        assertThat(rig.call(client, "HPEXPIRETIME", "h", "FIELDS", "2", "f", "g"))
            .isEqualTo("*2\r\n:4000000000000\r\n:-1\r\n");
        String dumped = rig.call(client, "DUMP", "h");
        assertThat(dumped).contains("f");
        String again = dumped.substring(dumped.indexOf('\n') + 1, dumped.length() - 2);
        assertThat(rig.call(client, "RESTORE", "i", "0", again, "REPLACE")).isEqualTo("+OK\r\n");
        assertThat(rig.call(client, "DUMP", "i")).isEqualTo(dumped);
        assertThat(rig.call(client, "HPEXPIRETIME", "i", "FIELDS", "1", "f"))
            .isEqualTo("*1\r\n:4000000000000\r\n");
      }
      assertThat(rig.call(client, "DUMP", "h"))
          .contains(latin1(Payloads.recent().get("listpack hash with expiries")));
      byte[] module = Payloads.payload(7, w -> w.putByte(0));
      assertThat(rig.call(client, "RESTORE", "m", "0", latin1(module)))
          .isEqualTo("-ERR RESTORE of a module's value is not supported by Headwater\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void hostilePayloadsHurtNobody(long seed) throws Exception {
    Random random = new Random(seed);
    List<byte[]> all = new ArrayList<>(Payloads.old().values());
    all.addAll(Payloads.recent().values());
    RedisRig rig = new RedisRig();
    SimulatedConnection client = rig.connect();
    for (int i = 0; i < 2_000; i++) {
      byte[] mutant = all.get(random.nextInt(all.size())).clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        mutant[random.nextInt(mutant.length - 8)] = (byte) random.nextInt(256);
      }
      String reply =
          rig.call(
              client, "RESTORE", "k" + i % 50, "0", latin1(Payloads.signed(mutant)), "REPLACE");
      assertThat(reply).as("seed %d, %d", seed, i).matches("(\\+OK|-ERR [^\r]*)\r\n");
    }
    StringBuilder before = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      before.append(rig.call(client, "DUMP", "k" + i));
    }
    rig = rig.restart();
    client = rig.connect();
    StringBuilder after = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      after.append(rig.call(client, "DUMP", "k" + i));
    }
    assertThat(after.toString()).isEqualTo(before.toString());
    rig.close();
  }
}
