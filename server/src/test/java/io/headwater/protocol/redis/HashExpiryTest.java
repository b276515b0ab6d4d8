package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields that expire, after the documentation of Redis 7.4 (there is no such server here). */
class HashExpiryTest {
  private final SimulatedClock clock = new SimulatedClock();
  private RedisRig rig = new RedisRig(new SimulatedDisk(1), clock);
  private SimulatedConnection client = rig.connect();

  @BeforeEach
  void begin() {
    call("HSET h a 1 b 2 c 3");
  }

  @AfterEach
  void end() throws Exception {
    rig.close();
  }

  private String call(String command) {
    return rig.call(client, command.split(" ", -1)).replace("\r\n", " ").strip();
  }

  private void pass(long ms) {
    clock.advanceMs(ms);
    rig.loop.runUntilIdle();
  }

  private void restart() throws Exception {
    rig = rig.restart();
    client = rig.connect();
  }

  @Test
  void aHashWithMoreFieldsPastTheirTimeThanGoAtOnceIsCopied() throws Exception {
    for (int i = 0; i < 1_200; i++) {
      rig.call(client, "HSET", "many", "f" + i, "v");
      rig.call(client, "HPEXPIRE", "many", "50", "FIELDS", "1", "f" + i);
    }
    call("HSET many stays 1");
    clock.advanceMs(100);

    assertThat(call("COPY many copy")).isEqualTo(":1");
    assertThat(call("HGETALL copy")).isEqualTo("*2 $5 stays $1 1");
    restart();
    assertThat(call("HGETALL copy")).isEqualTo("*2 $5 stays $1 1");
  }

  @Test
  void aFieldIsGoneWhenItsTimeHasCome() {
    assertThat(call("HPEXPIRE h 100 FIELDS 2 a x")).isEqualTo("*2 :1 :-2");
    assertThat(call("HPTTL h FIELDS 3 a b x")).isEqualTo("*3 :100 :-1 :-2");
    assertThat(call("HTTL h FIELDS 1 a")).isEqualTo("*1 :1");
    assertThat(call("OBJECT ENCODING h")).contains("listpackex");
    clock.advanceMs(100);
    assertThat(call("HGET h a")).isEqualTo("$-1");
    assertThat(call("HLEN h")).isEqualTo(":2");
    assertThat(call("HGETALL h")).isEqualTo("*4 $1 b $1 2 $1 c $1 3");
    assertThat(call("HPTTL h FIELDS 1 a")).isEqualTo("*1 :-2");
  }

  @Test
  void aHashGoesWithItsLastField() {
    call("HPEXPIRE h 50 FIELDS 3 a b c");
    pass(50);
    pass(200);
    assertThat(call("EXISTS h")).isEqualTo(":0");
    assertThat(call("HTTL h FIELDS 1 a")).isEqualTo("*1 :-2");
    assertThat(rig.keyspace.size(0)).isZero();
  }

  @Test
  void fieldsGoThoughNobodyAsks() {
    call("HPEXPIRE h 50 FIELDS 1 a");
    call("COPY h i");
    call("RENAME h j");
    for (int i = 0; i < 3; i++) {
      pass(60);
    }
    rig.keyspace.scan(
        0, 0, 1000, entry -> assertThat(rig.keyspace.hashes().read(entry).size()).isEqualTo(2));
    assertThat(call("HKEYS i")).isEqualTo("*2 $1 b $1 c");
    assertThat(call("HKEYS j")).isEqualTo("*2 $1 b $1 c");
  }

  @Test
  void fieldsThatAreTooManyToGoAtOnceAreHiddenUntilTheyGo() throws Exception {
    List<String> due = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      due.add("f" + i);
    }
    call("HSET big stays 1 " + String.join(" 1 ", due) + " 1");
    call("HPEXPIRE big 100 FIELDS " + due.size() + " " + String.join(" ", due));
    clock.advanceMs(100);
    assertThat(call("HLEN big")).isEqualTo(":1");
    assertThat(call("HGETALL big")).isEqualTo("*2 $5 stays $1 1");
    assertThat(call("HRANDFIELD big")).isEqualTo("$5 stays");
    assertThat(call("HMGET big stays f19999")).isEqualTo("*2 $1 1 $-1");
    assertThat(call("HPTTL big FIELDS 1 f19999")).isEqualTo("*1 :-2");
    assertThat(call("HPERSIST big FIELDS 1 f19999")).isEqualTo("*1 :-2");
    assertThat(call("HDEL big f19998")).isEqualTo(":0");
    assertThat(call("HINCRBY big f19999 5")).isEqualTo(":5");
    assertThat(call("HSET big f19997 5")).isEqualTo(":1");
    assertThat(call("HSETNX big f19996 5")).isEqualTo(":1");
    assertThat(call("HPTTL big FIELDS 2 f19999 f19997")).isEqualTo("*2 :-1 :-1");
    assertThat(call("HLEN big")).isEqualTo(":4");
    restart();
    assertThat(call("HLEN big")).isEqualTo(":4");
    for (int i = 0; i < 20; i++) {
      pass(100);
    }
    assertThat(call("HMGET big stays f1 f19999 f19998")).isEqualTo("*4 $1 1 $-1 $1 5 $-1");
    assertThat(call("HLEN big")).isEqualTo(":4");
    assertThat(call("OBJECT ENCODING big")).contains("hashtable");
  }

  @Test
  void aLargeHashWhoseFieldsAreAllDueGoesAtOnce() throws Exception {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      fields.add("f" + i);
    }
    call("HSET big " + String.join(" 1 ", fields) + " 1");
    call("HPEXPIRE big 100 FIELDS " + fields.size() + " " + String.join(" ", fields));
    clock.advanceMs(100);
    assertThat(call("EXISTS big")).isEqualTo(":0");
    restart();
    assertThat(call("EXISTS big")).isEqualTo(":0");
  }

  @Test
  void conditions() {
    call("HEXPIRE h 100 FIELDS 1 a");
    assertThat(call("HEXPIRE h 200 NX FIELDS 2 a b")).isEqualTo("*2 :0 :1");
    assertThat(call("HEXPIRE h 300 XX FIELDS 2 a c")).isEqualTo("*2 :1 :0");
    assertThat(call("HEXPIRE h 250 GT FIELDS 3 a b c")).isEqualTo("*3 :0 :1 :0");
    assertThat(call("HEXPIRE h 260 LT FIELDS 3 a b c")).isEqualTo("*3 :1 :0 :1");
    assertThat(call("HTTL h FIELDS 3 a b c")).isEqualTo("*3 :260 :250 :260");
  }

  @Test
  void aTimeInThePastDeletes() {
    call("HEXPIRE h 100 FIELDS 1 a");
    assertThat(call("HPEXPIREAT h 1 NX FIELDS 3 a b x")).isEqualTo("*3 :0 :2 :-2");
    assertThat(call("HEXPIRE h 0 FIELDS 2 a c")).isEqualTo("*2 :2 :2");
    assertThat(call("EXISTS h")).isEqualTo(":0");
  }

  @Test
  void whatReplacesAValueTakesItsTimeAway() {
    call("HEXPIRE h 100 FIELDS 3 a b c");
    call("HSET h a 5");
    call("HINCRBY h b 5");
    call("HINCRBYFLOAT h c 5");
    assertThat(call("HTTL h FIELDS 3 a b c")).isEqualTo("*3 :-1 :100 :100");
    assertThat(call("HPERSIST h FIELDS 3 a b x")).isEqualTo("*3 :-1 :1 :-2");
    assertThat(call("HTTL h FIELDS 3 a b c")).isEqualTo("*3 :-1 :-1 :100");
    call("HDEL h c");
    call("HSET h c 1");
    assertThat(call("HTTL h FIELDS 1 c")).isEqualTo("*1 :-1");
  }

  @Test
  void timesAsUnixTimes() {
    long now = clock.wallMs();
    assertThat(call("HPEXPIREAT h " + (now + 1500) + " FIELDS 1 a")).isEqualTo("*1 :1");
    assertThat(call("HPEXPIRETIME h FIELDS 2 a b")).isEqualTo("*2 :" + (now + 1500) + " :-1");
    assertThat(call("HEXPIRETIME h FIELDS 1 a")).isEqualTo("*1 :" + (now + 1500 + 999) / 1000);
    assertThat(call("HEXPIRETIME none FIELDS 2 a b")).isEqualTo("*2 :-2 :-2");
  }

  @Test
  void errors() {
    assertThat(call("HEXPIRE h 10 b 1 a c")).startsWith("-ERR Mandatory argument FIELDS");
    assertThat(call("HEXPIRE h 10 FIELDS 0 a")).startsWith("-ERR Parameter `numFields` should");
    assertThat(call("HEXPIRE h 10 FIELDS 2 a"))
        .startsWith("-ERR The `numfields` parameter must match the number of arguments");
    assertThat(call("HEXPIRE h -1 FIELDS 1 a")).startsWith("-ERR invalid expire time, must be");
    assertThat(call("HEXPIRE h 70368744178 FIELDS 1 a"))
        .startsWith("-ERR invalid expire time in 'hexpire' command");
    assertThat(call("HEXPIRE h x FIELDS 1 a")).startsWith("-ERR value is not an integer");
    assertThat(call("HTTL h FIELDS x a")).startsWith("-ERR Number of fields must be a positive");
    assertThat(call("HTTL h FIELDS 1")).startsWith("-ERR wrong number of arguments");
    call("SET s 1");
    assertThat(call("HTTL s FIELDS 1 a")).startsWith("-WRONGTYPE");
    assertThat(call("HEXPIRE s 1 FIELDS 1 a")).startsWith("-WRONGTYPE");
  }

  @Test
  void notificationsTellOfFields() {
    call("CONFIG SET notify-keyspace-events KEA");
    SimulatedConnection listener = rig.connect();
    rig.call(listener, "PSUBSCRIBE", "__keyevent@0__:*");
    call("HPEXPIRE h 50 FIELDS 3 a b c");
    assertThat(listener.receivedText()).contains("hexpire");
    call("HPERSIST h FIELDS 1 a");
    assertThat(listener.receivedText()).contains("hpersist");
    pass(60);
    pass(200);
    assertThat(listener.receivedText()).contains("hexpired").doesNotContain(":del");
    call("HPEXPIRE h 1 FIELDS 1 a");
    listener.receivedText();
    pass(60);
    pass(200);
    assertThat(listener.receivedText()).contains("hexpired").contains(":del");
  }

  @Test
  void manyFieldsGoInSlices() {
    StringBuilder set = new StringBuilder("HSET big");
    StringBuilder expire = new StringBuilder("HPEXPIRE big 50 FIELDS 20000");
    for (int i = 0; i < 20_000; i++) {
      set.append(" f").append(i).append(" v");
      expire.append(" f").append(i);
    }
    call(set + " stays 1");
    call(expire.toString());
    pass(50);
    for (int i = 0; i < 30; i++) {
      pass(100);
    }
    rig.keyspace.scan(
        0, 0, 1000, entry -> assertThat(rig.keyspace.hashes().read(entry).size()).isIn(1, 3));
    assertThat(call("HGETALL big")).isEqualTo("*2 $5 stays $1 1");
  }

  /** Random commands against a map of fields with times; checkpoints and restarts between. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void fieldsAreThoseOfAModel(long seed) throws Exception {
    Random random = new Random(seed);
    Map<String, Map<String, Long>> model = new HashMap<>();
    int fields = seed % 2 == 0 ? 12 : 600;
    for (int step = 0; step < 3000; step++) {
      String key = "k" + random.nextInt(3);
      Map<String, Long> hash = model.computeIfAbsent(key, _ -> new TreeMap<>());
      long now = clock.wallMs();
      hash.values().removeIf(time -> time <= now);
      List<String> some = new ArrayList<>();
      for (int i = 1 + random.nextInt(random.nextInt(20) == 0 ? fields : 5); i > 0; i--) {
        some.add("f" + random.nextInt(fields));
      }
      String listed = " FIELDS " + some.size() + " " + String.join(" ", some);
      switch (random.nextInt(14)) {
        case 0, 1 -> {
          call("HSET " + key + " " + String.join(" 7 ", some) + " 7");
          some.forEach(field -> hash.put(field, Long.MAX_VALUE));
        }
        case 2 -> {
          call("HDEL " + key + " " + String.join(" ", some));
          hash.keySet().removeAll(some);
        }
        case 3 -> {
          call("HINCRBY " + key + " " + some.getFirst() + " 1");
          hash.putIfAbsent(some.getFirst(), Long.MAX_VALUE);
        }
        case 4, 5, 6 -> {
          long time = now + 1 + random.nextInt(2000);
          call("HPEXPIREAT " + key + " " + time + listed);
          some.forEach(field -> hash.computeIfPresent(field, (_, _) -> time));
        }
        case 7 -> {
          call("HPERSIST " + key + listed);
          some.forEach(field -> hash.computeIfPresent(field, (_, _) -> Long.MAX_VALUE));
        }
        case 8 -> {
          String other = "k" + random.nextInt(3);
          if (!other.equals(key) && !hash.isEmpty()) {
            call((random.nextBoolean() ? "COPY " : "RENAME ") + key + " " + other + " REPLACE");
            call("COPY " + key + " " + other + " REPLACE");
            model.put(other, new TreeMap<>(hash));
          }
        }
        case 9 -> clock.advanceMs(random.nextInt(300));
        case 10 -> pass(random.nextInt(200));
        case 11 -> {
          if (random.nextInt(10) == 0) {
            call("BGSAVE");
          }
        }
        case 12 -> {
          if (random.nextInt(30) == 0) {
            rig.loop.runUntilIdle();
            restart();
          }
        }
        default -> check(key, hash);
      }
    }
    rig.loop.runUntilIdle();
    restart();
    for (Map.Entry<String, Map<String, Long>> entry : model.entrySet()) {
      entry.getValue().values().removeIf(time -> time <= clock.wallMs());
      check(entry.getKey(), entry.getValue());
    }
  }

  private void check(String key, Map<String, Long> hash) {
    hash.values().removeIf(time -> time <= clock.wallMs());
    assertThat(call("HLEN " + key)).isEqualTo(":" + hash.size());
    if (hash.isEmpty()) {
      assertThat(call("EXISTS " + key)).isEqualTo(":0");
      return;
    }
    StringBuilder expected = new StringBuilder("*" + hash.size());
    hash.values().forEach(time -> expected.append(" :").append(time == Long.MAX_VALUE ? -1 : time));
    assertThat(
            call(
                "HPEXPIRETIME "
                    + key
                    + " FIELDS "
                    + hash.size()
                    + " "
                    + String.join(" ", hash.keySet())))
        .isEqualTo(expected.toString());
  }
}
