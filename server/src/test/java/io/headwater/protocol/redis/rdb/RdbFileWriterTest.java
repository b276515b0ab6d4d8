package io.headwater.protocol.redis.rdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteWriter;
import io.headwater.protocol.redis.CollectionCommandsGenerator;
import io.headwater.protocol.redis.RedisRig;
import io.headwater.protocol.redis.StreamCommandsGenerator;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.keyspace.Checkpoints;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.SavedKeys;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint as an RDB file holds the same keys. */
class RdbFileWriterTest {
  private static final int COMMANDS = 3_000;

  private RedisRig rig;
  private RedisRig copy;
  private SimulatedConnection client;

  @BeforeEach
  void start() throws Exception {
    rig = rig();
    copy = rig();
    client = rig.connect();
  }

  private static RedisRig rig() throws Exception {
    RedisConf conf = RedisConf.none().with("enable-debug-command yes");
    return new RedisRig(new SimulatedDisk(1), new SimulatedClock(), conf);
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
    copy.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatChangesWhileItIsSavedIsInItAsItWas(long seed) throws Exception {
    Random random = new Random(seed);
    CollectionCommandsGenerator collections = new CollectionCommandsGenerator(random, true);
    StreamCommandsGenerator streams = new StreamCommandsGenerator(random, true);
    makeLargeOnes();
    for (int i = 0; i < COMMANDS; i++) {
      client.send(RedisRig.request(random.nextInt(3) == 0 ? streams.next() : collections.next()));
    }
    rig.loop.runUntilIdle();
    String before = digest(rig);
    List<Checkpoints.Saving> saving = new ArrayList<>();
    Checkpoints.Haste haste =
        seed % 2 == 0 ? Checkpoints.Haste.NONE : Checkpoints.Haste.SOMEBODY_WAITS;
    rig.loop.execute(() -> saving.add(rig.keyspace.checkpoints().beginNow(haste)));
    for (int key = 0; key < 4; key++) {
      client.send(RedisRig.request("HSET", "hash" + key, "new", "value"));
      client.send(RedisRig.request("APPEND", "text" + key, "more"));
      client.send(RedisRig.request("ZADD", "zset" + key, "1", "new"));
    }
    for (int i = 0; i < COMMANDS / 10; i++) {
      client.send(RedisRig.request(random.nextInt(3) == 0 ? streams.next() : collections.next()));
    }
    rig.loop.runUntilIdle();

    load(file(saving.getFirst().done().join(), RdbFileWriter.Contents.ALL));

    assertThat(digest(copy)).as("seed %d", seed).isEqualTo(before).isNotEqualTo(digest(rig));
  }

  @Test
  void theFileOfNothingIsWhole() throws Exception {
    load(file(0, RdbFileWriter.Contents.ALL));
    assertThat(copy.call(copy.connect(), "DBSIZE")).isEqualTo(":0\r\n");
  }

  @Test
  void functionsAreInItAndMayBeAlone() throws Exception {
    run("SET", "key", "value");
    run("FUNCTION", "LOAD", "#!lua name=one\nredis.register_function('f',function() end)");

    load(file(save(), RdbFileWriter.Contents.FUNCTIONS));

    assertThat(copy.call(copy.connect(), "DBSIZE")).isEqualTo(":0\r\n");
    assertThat(copy.call(copy.connect(), "FUNCTION", "LIST")).contains("one");
  }

  @Test
  void nothingMayBeInIt() throws Exception {
    run("SET", "key", "value");
    run("SET", "long", "0123456789".repeat(5_000));
    run("FUNCTION", "LOAD", "#!lua name=one\nredis.register_function('f',function() end)");

    load(file(save(), RdbFileWriter.Contents.NOTHING));

    assertThat(copy.call(copy.connect(), "DBSIZE")).isEqualTo(":0\r\n");
    assertThat(copy.call(copy.connect(), "FUNCTION", "LIST")).isEqualTo("*0\r\n");
  }

  @Test
  void timesOfFieldsAreLeftOutAndThoseOfKeysAreNot() throws Exception {
    run("HSET", "small", "f", "v", "g", "w");
    run("HPEXPIREAT", "small", "9999999999999", "FIELDS", "1", "f");
    for (int i = 0; i < 3_000; i++) {
      client.send(RedisRig.request("HSET", "large", "f" + i, "v"));
    }
    run("HPEXPIREAT", "large", "9999999999999", "FIELDS", "2", "f1", "f2999");
    run("PEXPIREAT", "large", "88888888888888");

    load(file(save(), RdbFileWriter.Contents.ALL));

    SimulatedConnection asking = copy.connect();
    assertThat(copy.call(asking, "HLEN", "small")).isEqualTo(":2\r\n");
    assertThat(copy.call(asking, "HLEN", "large")).isEqualTo(":3000\r\n");
    assertThat(copy.call(asking, "HTTL", "large", "FIELDS", "1", "f1")).contains(":-1");
    assertThat(copy.call(asking, "PEXPIRETIME", "large")).isEqualTo(":88888888888888\r\n");
  }

  private void makeLargeOnes() {
    for (int key = 0; key < 4; key++) {
      for (int i = 0; i < 1_500; i++) {
        client.send(RedisRig.request("HSET", "hash" + key, "field" + i, "value" + i));
        client.send(RedisRig.request("RPUSH", "list" + key, "element" + i));
        client.send(RedisRig.request("SADD", "set" + key, "member" + i));
        client.send(RedisRig.request("ZADD", "zset" + key, i + ".25", "member" + i));
        client.send(RedisRig.request("XADD", "stream" + key, (i + 1) + "-1", "f", "v" + i));
      }
      client.send(RedisRig.request("SET", "text" + key, (key + "0123456789").repeat(9_000)));
      for (int i = 0; i < 400; i++) {
        client.send(RedisRig.request("HSET", "medium" + key, "field" + i, "v".repeat(50)));
      }
    }
    rig.loop.runUntilIdle();
  }

  private void run(String... command) {
    assertThat(rig.call(client, command)).doesNotStartWith("-");
  }

  private long save() {
    var position = rig.keyspace.checkpoint();
    rig.loop.runUntilIdle();
    return position.join();
  }

  private static String digest(RedisRig rig) {
    return rig.call(rig.connect(), "DEBUG", "DIGEST");
  }

  private byte[] file(long position, RdbFileWriter.Contents contents) throws IOException {
    byte[][] twice = new byte[2][];
    try (SavedKeys keys = rig.keyspace.checkpoints().open(position)) {
      for (int i = 0; i < 2; i++) {
        ByteWriter out = new ByteWriter();
        RdbFileWriter.write(
            keys,
            new RdbWriter.Style(-2, true),
            new RdbFileWriter.Facts("7.0.15", 1000, 0, new long[2 * Keyspace.DATABASES]),
            contents,
            out::put);
        twice[i] = out.toByteArray();
      }
    }
    assertThat(twice[1]).isEqualTo(twice[0]);
    return twice[0];
  }

  private void load(byte[] file) throws IOException {
    SimulatedConnection into = copy.connect();
    RdbFile.read(
        new ByteArrayInputStream(file),
        new RdbFile.Contents() {
          @Override
          public void note(String name, String value) {}

          @Override
          public void sizes(int db, long keys, long expiring) {}

          @Override
          public void library(byte[] code) {
            send("FUNCTION", "LOAD", new String(code, StandardCharsets.ISO_8859_1));
          }

          @Override
          public void value(RdbFile.Head head, Payload payload) {
            ByteWriter out = new ByteWriter().putByte(payload.type());
            out.put(payload.array(), payload.from(), payload.length());
            RdbWriter.footer(out, 0);
            String bytes = new String(out.toByteArray(), StandardCharsets.ISO_8859_1);
            send("SELECT", "" + head.db());
            String key = new String(head.key(), StandardCharsets.ISO_8859_1);
            send("RESTORE", key, "" + head.expiresAtMs(), bytes, "ABSTTL");
          }

          @Override
          public void command(RdbFile.Head head, byte[][] arguments) {
            throw new AssertionError("too large for this test");
          }

          @Override
          public void built(RdbFile.Head head) {}

          @Override
          public void refused(RdbFile.@Nullable Head head, String what) {
            throw new AssertionError(what);
          }

          private void send(String... words) {
            assertThat(copy.call(into, words)).as(Arrays.toString(words)).doesNotStartWith("-");
          }
        });
  }
}
