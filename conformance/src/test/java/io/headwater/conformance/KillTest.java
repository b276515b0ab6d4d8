package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.exceptions.JedisException;

/** SIGKILL under the load of real clients: everything acknowledged is there after it. */
class KillTest {
  private static final int KILLS = 20;
  private static final int LOAD_MS = 400;

  /** What was acknowledged, by protocol. */
  private final Map<String, String> hashes = new ConcurrentHashMap<>();

  private final Set<String> records = ConcurrentHashMap.newKeySet();
  private final Set<String> documents = ConcurrentHashMap.newKeySet();

  @Test
  void acknowledgedWritesSurviveTwentyKills(@TempDir Path data) throws Exception {
    try (RunningServer server = RunningServer.start(data)) {
      var created =
          server.admin(
              "PUT",
              "/_projections/kill",
              "{\"from\": {\"keys\": \"kill:*\"}, \"to\": [{\"index\": \"kill\"}, {\"topic\":"
                  + " \"kill-changes\"}]}");
      assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
      for (int round = 0; round < KILLS; round++) {
        load(server, round);
        server.restart();
        if (round % 5 == 4) {
          check(server);
        }
      }
      assertThat(hashes).isNotEmpty();
      assertThat(records).isNotEmpty();
      assertThat(documents).isNotEmpty();
    }
  }

  /** As with Redis: what waits for no sync is in the log's file, and only the machine loses it. */
  @ParameterizedTest
  @ValueSource(strings = {"everysec", "no"})
  void whatIsNotSyncedOutlivesTheProcess(String fsync, @TempDir Path data) throws Exception {
    try (RunningServer server = RunningServer.start(data, "--set", "redis.appendfsync=" + fsync)) {
      for (int round = 1; round <= 3; round++) {
        try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
          try (Pipeline pipeline = redis.pipelined()) {
            for (int i = 0; i < 10_000; i++) {
              pipeline.rpush("elements", "element");
            }
          }
          redis.eval("for i = 1, 1000 do redis.call('INCR', 'counter') end");
          redis.set("last", "round " + round);
        }
        server.kill();
        server.restart();
        try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
          assertThat(redis.get("last")).isEqualTo("round " + round);
          assertThat(redis.get("counter")).isEqualTo("" + 1_000 * round);
          assertThat(redis.llen("elements")).isEqualTo(10_000L * round);
        }
      }
    }
  }

  private void load(RunningServer server, int round) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> clients = new ArrayList<>();
    for (int c = 0; c < 3; c++) {
      int client = c;
      clients.add(Thread.ofPlatform().start(() -> writeHashes(server, round, client, stop)));
    }
    clients.add(Thread.ofPlatform().start(() -> produce(server, round, stop)));
    clients.add(Thread.ofPlatform().start(() -> index(server, round, stop)));
    TimeUnit.MILLISECONDS.sleep(LOAD_MS + ThreadLocalRandom.current().nextInt(200));
    server.kill();
    stop.set(true);
    for (Thread client : clients) {
      client.join();
    }
  }

  private void writeHashes(RunningServer server, int round, int client, AtomicBoolean stop) {
    try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      for (int i = 0; !stop.get(); i++) {
        String key = "kill:" + client + ":" + i % 100;
        String value = round + "-" + i;
        redis.hset(key, Map.of("value", value));
        hashes.put(key, value);
      }
    } catch (JedisException e) {
      return; // the kill
    }
  }

  private void produce(RunningServer server, int round, AtomicBoolean stop) {
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", server.bootstrap(),
                "delivery.timeout.ms", "1000",
                "request.timeout.ms", "900",
                "max.block.ms", "1000",
                "linger.ms", "0"),
            new StringSerializer(),
            new StringSerializer());
    try {
      for (int i = 0; !stop.get(); i++) {
        String value = round + "-" + i;
        Future<?> sent =
            producer.send(
                new ProducerRecord<>("kill-records", 0, null, value),
                (_, failure) -> {
                  if (failure == null) {
                    records.add(value);
                  }
                });
        if (i % 50 == 0) {
          sent.get(5, TimeUnit.SECONDS); // flush() never ends if the kill came before its first ID
        }
      }
    } catch (RuntimeException | ExecutionException | TimeoutException | InterruptedException e) {
      return; // the kill
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  private void index(RunningServer server, int round, AtomicBoolean stop) {
    try {
      for (int i = 0; !stop.get(); i++) {
        String id = round + "-" + i;
        var answer = server.elastic("PUT", "/kill-docs/_doc/" + id, "{\"n\":" + i + "}");
        if (answer.statusCode() == 201) {
          documents.add(id);
        }
      }
    } catch (Exception e) {
      return; // the kill
    }
  }

  private void check(RunningServer server) throws Exception {
    try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      for (Map.Entry<String, String> hash : hashes.entrySet()) {
        String key = hash.getKey();
        String value = redis.hget(key, "value");
        assertNotOlder(key, value, hash.getValue());
        // The three views of one frame agree with each other whatever the kill cut off.
        assertThat(server.elastic("GET", "/kill/_source/" + key, "").body())
            .isEqualTo("{\"value\":\"" + value + "\"}");
      }
    }
    Set<String> lost = new HashSet<>(records); // AssertJ's containsAll takes quadratic time
    TopicReader.records(server, "kill-records").forEach(record -> lost.remove(record.value()));
    assertThat(lost).isEmpty();
    for (String id : documents) {
      assertThat(server.elastic("HEAD", "/kill-docs/_doc/" + id, "").statusCode()).isEqualTo(200);
    }
  }

  /** A write that was sent but not acknowledged may have taken effect: never an older one. */
  private static void assertNotOlder(String key, String found, String acknowledged) {
    assertThat(found).as(key).isNotNull();
    String[] f = found.split("-");
    String[] a = acknowledged.split("-");
    long foundAt = Long.parseLong(f[0]) * 1_000_000 + Long.parseLong(f[1]);
    long acknowledgedAt = Long.parseLong(a[0]) * 1_000_000 + Long.parseLong(a[1]);
    assertThat(foundAt).as(key).isGreaterThanOrEqualTo(acknowledgedAt);
  }
}
