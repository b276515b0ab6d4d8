package io.headwater.protocol.redis.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteWriter;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.protocol.redis.CollectionCommandsGenerator;
import io.headwater.protocol.redis.RedisRig;
import io.headwater.protocol.redis.StreamCommandsGenerator;
import io.headwater.protocol.redis.settings.RedisConf;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a log says as commands makes another server hold the same keys. */
class EventCommandsTest {
  private static final int COMMANDS = 4_000;

  private RedisRig source;
  private RedisRig target;
  private SimulatedConnection client;
  private SimulatedConnection stream;

  @BeforeEach
  void start() throws Exception {
    source = rig();
    target = rig();
    client = source.connect();
    stream = target.connect();
  }

  private static RedisRig rig() throws Exception {
    RedisConf conf = RedisConf.none().with("enable-debug-command yes");
    return new RedisRig(new SimulatedDisk(1), new SimulatedClock(), conf);
  }

  @AfterEach
  void stop() throws Exception {
    source.close();
    target.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomCommandsComeOutTheSame(long seed) throws Exception {
    Random random = new Random(seed);
    CollectionCommandsGenerator collections = new CollectionCommandsGenerator(random, seed > 2);
    StreamCommandsGenerator streams = new StreamCommandsGenerator(random, seed > 2);
    for (int i = 0; i < COMMANDS; i++) {
      client.send(RedisRig.request(random.nextInt(3) == 0 ? streams.next() : collections.next()));
      if (random.nextInt(20) == 0) {
        source.loop.runUntilIdle();
      }
    }
    source.loop.runUntilIdle();

    assertThat(follow()).doesNotContain("-ERR").doesNotContain("-WRONGTYPE");

    assertThat(digest(target)).as("seed %d", seed).isEqualTo(digest(source));
  }

  @Test
  void whatNoCommandSaysGoesAsAScript() throws Exception {
    run("RPUSH", "list", "a", "c", "c");
    run("LINSERT", "list", "BEFORE", "c", "b");
    run("LINSERT", "list", "AFTER", "c", "d");
    run("XADD", "stream", "1-1", "f", "v");
    run("XADD", "stream", "2-1", "f", "v");
    run("XADD", "stream", "3-1", "f", "v");
    run("XTRIM", "stream", "MAXLEN", "=", "2");
    run("XGROUP", "CREATE", "stream", "group", "0");
    run("XGROUP", "SETID", "stream", "group", "2-1");
    run("XREADGROUP", "GROUP", "group", "one", "STREAMS", "stream", ">");
    run("PFADD", "sketch", "a", "b", "c", "d", "e", "f", "g", "h");
    run("PFADD", "sketch", "i", "j", "k");

    assertThat(follow()).doesNotContain("-ERR");

    assertThat(digest(target)).isEqualTo(digest(source));
    assertThat(pending(target)).isEqualTo(pending(source)).contains("3-1").contains("one");
  }

  @Test
  void whatBelongsToAllOrToManyDatabasesDoesSo() throws Exception {
    run("SET", "gone", "1");
    run("FLUSHALL");
    run("SET", "a", "1", "PXAT", "9999999999999");
    run("SELECT", "3");
    run("SET", "b", "2");
    run("COPY", "b", "b2", "DB", "4");
    run("MOVE", "b", "5");
    run("SWAPDB", "4", "6");
    run("SELECT", "7");
    run("SET", "c", "3");
    run("FLUSHDB");
    run("FUNCTION", "LOAD", "#!lua name=one\nredis.register_function('f',function() end)");
    run("FUNCTION", "LOAD", "#!lua name=two\nredis.register_function('g',function() end)");
    run("FUNCTION", "DELETE", "one");

    assertThat(follow()).doesNotContain("-ERR");

    assertThat(digest(target)).isEqualTo(digest(source));
    String libraries = target.call(target.connect(), "FUNCTION", "LIST");
    assertThat(libraries).contains("two").doesNotContain("one");
  }

  @Test
  void aTransactionStaysOne() throws Exception {
    run("MULTI");
    run("SET", "a", "1");
    run("INCR", "a");
    run("EXEC");

    assertThat(said())
        .isEqualTo(
            "*1 $5 MULTI *2 $6 SELECT $1 0 *3 $3 SET $1 a $1 1 *3 $3 SET $1 a $1 2 *1 $4 EXEC ");
  }

  @Test
  void timesOfFieldsAreLeftOut() throws Exception {
    run("HSET", "h", "f", "v");
    run("HPEXPIREAT", "h", "9999999999999", "FIELDS", "1", "f");

    assertThat(said())
        .isEqualTo("*1 $5 MULTI *2 $6 SELECT $1 0 *4 $4 HSET $1 h $1 f $1 v *1 $4 EXEC ");
  }

  private void run(String... command) {
    assertThat(source.call(client, command)).doesNotStartWith("-");
  }

  private static String digest(RedisRig rig) {
    SimulatedConnection asking = rig.connect();
    String digest = rig.call(asking, "DEBUG", "DIGEST");
    assertThat(digest).startsWith("+");
    return digest;
  }

  private static String pending(RedisRig rig) {
    String all = rig.call(rig.connect(), "XPENDING", "stream", "group");
    return all + rig.call(rig.connect(), "XINFO", "GROUPS", "stream");
  }

  /** Gives the target the commands; returns what it said to them. */
  private String follow() throws Exception {
    stream.send(stream().toByteArray());
    target.loop.runUntilIdle();
    return stream.receivedText();
  }

  private String said() throws Exception {
    ByteWriter out = stream();
    return new String(out.array(), 0, out.size(), StandardCharsets.ISO_8859_1).replace("\r\n", " ");
  }

  private ByteWriter stream() throws Exception {
    ByteWriter out = new ByteWriter();
    EventCommands commands =
        new EventCommands(out::put, "mark".getBytes(StandardCharsets.US_ASCII));
    source.log.write();
    try (LogCursor cursor = source.log.read(source.log.start())) {
      while (cursor.next()) {
        commands.begin();
        for (LoggedPart part : cursor.parts()) {
          if (part.stream() == Log.KEYSPACE_STREAM) {
            commands.part(part.payload());
          }
        }
        commands.end();
      }
    }
    return out;
  }
}
