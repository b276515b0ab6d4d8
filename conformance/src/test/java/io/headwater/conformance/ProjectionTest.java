package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.rubyeye.xmemcached.MemcachedClient;
import net.rubyeye.xmemcached.XMemcachedClient;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/** A write through one protocol, seen at once through the others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProjectionTest {
  @AutoClose private RunningServer server;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
  }

  private void project(String name, String json) throws Exception {
    var answer = server.admin("PUT", "/_projections/" + name, json);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private String search(String index, String query) throws Exception {
    var answer = server.elastic("GET", "/" + index + "/_search?q=" + query, "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private List<ConsumerRecord<String, String>> records(String topic) {
    return TopicReader.records(server, topic);
  }

  private Jedis jedis() {
    return new Jedis("127.0.0.1", server.redis);
  }

  @Test
  void aHashIsFoundReadAndConsumedRightAfterItsAcknowledgement() throws Exception {
    project(
        "products",
        """
        {"from": {"keys": "product:*"},
         "to": [{"index": "products"}, {"topic": "product-changes"}, {"memcached": true}]}
        """);
    MemcachedClient memcached =
        new XMemcachedClient(new InetSocketAddress("127.0.0.1", server.memcached));
    try (Jedis redis = jedis()) {
      for (int i = 0; i < 50; i++) {
        String name = "kettle" + i;
        redis.hset("product:1", Map.of("name", name, "color", "red"));

        assertThat(search("products", "name:" + name)).contains("\"product:1\"");
        assertThat(memcached.<String>get("product:1")).contains("\"name\":\"" + name + "\"");
        assertThat(records("product-changes"))
            .hasSize(i + 1)
            .last()
            .satisfies(r -> {
              assertThat(r.key()).isEqualTo("product:1");
              assertThat(r.value()).contains(name);
            });
      }
      redis.del("product:1");

      assertThat(search("products", "color:red")).contains("\"value\":0");
      assertThat(memcached.<String>get("product:1")).isNull();
      assertThat(records("product-changes").getLast().value()).isNull();
    } finally {
      memcached.shutdown();
    }
  }

  @Test
  void eachChangeOfAKeyOfAnyTypeIsARecord() throws Exception {
    project("cdc", "{\"from\": {\"keys\": \"cdc:*\"}, \"to\": [{\"topic\": \"cdc\"}]}");
    try (Jedis redis = jedis()) {
      redis.rpush("cdc:list", "b", "a");
      redis.lpush("cdc:list", "c");
      redis.sadd("cdc:set", "y", "x");
      redis.zadd("cdc:scores", Map.of("two", 2.0, "half", 0.5));
      redis.set("cdc:text", "no \"JSON\"");
      var transaction = redis.multi();
      transaction.xadd("cdc:stream", new StreamEntryID(5, 1), Map.of("n", "1"));
      transaction.xadd("cdc:stream", new StreamEntryID(5, 2), Map.of("n", "2"));
      transaction.exec();
      redis.del("cdc:set", "cdc:stream");
    }

    assertThat(records("cdc").stream().map(r -> r.key() + " " + r.value()))
        .containsExactly(
            "cdc:list [\"b\",\"a\"]",
            "cdc:list [\"c\",\"b\",\"a\"]",
            "cdc:set [\"x\",\"y\"]",
            "cdc:scores [{\"member\":\"half\",\"score\":0.5},{\"member\":\"two\",\"score\":2}]",
            "cdc:text \"no \\\"JSON\\\"\"",
            "cdc:stream {\"id\":\"5-1\",\"fields\":{\"n\":\"1\"}}",
            "cdc:stream {\"id\":\"5-2\",\"fields\":{\"n\":\"2\"}}",
            "cdc:set null",
            "cdc:stream null");
    assertThat(server.admin("GET", "/_projections/cdc", "").body()).contains("\"dead_letters\":0");
  }

  @Test
  void aTopicOfChangesHasWhatEachCommandDid() throws Exception {
    try (Jedis redis = jedis()) {
      redis.rpush("step:list", "a", "b");
      project(
          "steps",
          """
          {"from": {"keys": "step:*"}, "to": [{"topic": "steps", "value": "change"}]}
          """);
      Deadline.await(
          Duration.ofSeconds(60),
          () -> server.admin("GET", "/_projections/steps", "").body().contains("\"filled\":true"));
      redis.lpush("step:list", "c");
      var transaction = redis.multi();
      transaction.hset("step:hash", "f", "1");
      transaction.hdel("step:hash", "f");
      transaction.hincrBy("step:hash", "f", 7);
      transaction.exec();
      redis.eval(
          "redis.call('zadd', KEYS[1], 1.5, 'm') redis.call('pexpireat', KEYS[1], ARGV[1])",
          List.of("step:scores"),
          List.of("1999999999999"));
      redis.set("step:bytes".getBytes(StandardCharsets.US_ASCII), new byte[] {(byte) 0xff});
      redis.del("step:list");
    }

    assertThat(records("steps").stream().map(r -> r.key() + " " + r.value()))
        .containsExactly(
            "step:list {\"snapshot\":true,\"change\":[{\"op\":\"del\"},"
                + "{\"op\":\"rpush\",\"elements\":[\"a\",\"b\"]}]}",
            "step:list {\"change\":[{\"op\":\"lpush\",\"elements\":[\"c\"]}]}",
            "step:hash"
                + " {\"change\":[{\"op\":\"hset\",\"fields\":[{\"field\":\"f\",\"value\":\"1\"}]},"
                + "{\"op\":\"hdel\",\"fields\":[\"f\"]},"
                + "{\"op\":\"hset\",\"fields\":[{\"field\":\"f\",\"value\":\"7\"}]}]}",
            "step:scores"
                + " {\"change\":[{\"op\":\"zadd\",\"members\":[{\"member\":\"m\",\"score\":1.5}]},"
                + "{\"op\":\"expire\",\"expires_at_ms\":1999999999999}]}",
            "step:bytes {\"change\":[{\"op\":\"set\",\"value\":{\"base64\":\"/w==\"}}]}",
            "step:list null");
  }

  @Test
  void whatAProjectionDerivesTakesNoDirectWrites() throws Exception {
    project(
        "guarded",
        """
        {"from": {"keys": "guarded:*"},
         "to": [{"index": "guarded"}, {"topic": "guarded"}, {"memcached": true}]}
        """);

    assertThat(server.elastic("PUT", "/guarded/_doc/1", "{\"a\":1}").statusCode())
        .isBetween(400, 499);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                server.bootstrap(),
                "delivery.timeout.ms",
                "5000",
                "request.timeout.ms",
                "2000"),
            new StringSerializer(),
            new StringSerializer())) {
      var sent = producer.send(new ProducerRecord<>("guarded", "k", "v"));
      assertThat(sent).failsWithin(Duration.ofSeconds(60));
    }
    assertThat(memcachedLine("set guarded:1 0 0 1\r\nx\r\n"))
        .isEqualTo("CLIENT_ERROR key is derived from keys guarded:*");
  }

  private String memcachedLine(String request) throws Exception {
    try (var socket = new java.net.Socket("127.0.0.1", server.memcached)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new java.io.BufferedReader(
              new java.io.InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @Test
  void aTopicBecomesKeysAndDocuments() throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", server.bootstrap()),
            new StringSerializer(),
            new StringSerializer())) {
      // Half exists before the projection does, half is written after it.
      for (int i = 0; i < 500; i++) {
        producer.send(order(i));
      }
      producer.flush();
      project(
          "orders",
          """
          {"from": {"topic": "orders"}, "to": [{"keys": "order:*"}, {"index": "orders"}]}
          """);
      for (int i = 500; i < 1000; i++) {
        producer.send(order(i));
      }
      producer.send(new ProducerRecord<>("orders", "bad", "{\"n\":"));
      producer.flush();
    }
    Deadline.await(
        Duration.ofSeconds(60),
        () -> server.admin("GET", "/_projections/orders", "").body().contains("\"filled\":true"));

    try (Jedis redis = jedis()) {
      assertThat(redis.keys("order:*")).hasSize(1000);
      assertThat(redis.hgetAll("order:7")).containsEntry("n", "7").containsEntry("state", "new");
      assertThat(search("orders", "state:new")).contains("\"value\":1000");
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> redis.set("order:7", "x")))
          .hasMessageContaining("derived");
    }
    assertThat(server.admin("GET", "/_projections/orders", "").body())
        .contains("\"dead_letters\":1");
    assertThat(records("orders-dead-letters").getFirst().value()).contains("malformed JSON");
  }

  private static ProducerRecord<String, String> order(int n) {
    return new ProducerRecord<>("orders", "" + n, "{\"n\":" + n + ",\"state\":\"new\"}");
  }

  @Test
  void whatExistsIsFilledInWhileWritesGoOn() throws Exception {
    try (Jedis redis = jedis()) {
      var before = redis.pipelined();
      for (int i = 0; i < 20_000; i++) {
        before.hset("fill:" + i, Map.of("n", "before"));
      }
      before.sync();
      project("fill", "{\"from\": {\"keys\": \"fill:*\"}, \"to\": [{\"index\": \"fill\"}]}");
      for (int i = 0; i < 2_000; i++) {
        redis.hset("fill:" + i * 10, Map.of("n", "during"));
      }
    }
    Deadline.await(
        Duration.ofSeconds(60),
        () -> server.admin("GET", "/_projections/fill", "").body().contains("\"filled\":true"));

    assertThat(server.elastic("GET", "/fill/_count", "").body()).contains("\"count\":20000");
    assertThat(server.elastic("GET", "/fill/_count?q=n:during", "").body())
        .contains("\"count\":2000");
  }

  @Test
  void aDocumentThatConflictsWithTheMappingIsParkedAndBlocksNothing() throws Exception {
    var created =
        server.elastic(
            "PUT", "/typed", "{\"mappings\":{\"properties\":{\"n\":{\"type\":\"integer\"}}}}");
    assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
    project("typed", "{\"from\": {\"keys\": \"typed:*\"}, \"to\": [{\"index\": \"typed\"}]}");
    try (Jedis redis = jedis()) {
      redis.hset("typed:1", Map.of("n", "1"));
      redis.hset("typed:2", Map.of("n", "not a number"));
      redis.hset("typed:3", Map.of("n", "3"));
      redis.set("typed:4", "{not json");
      redis.hset("typed:3", Map.of("n", "no longer a number"));
    }

    assertThat(server.elastic("GET", "/typed/_count", "").body()).contains("\"count\":1");
    Deadline.await(
        Duration.ofSeconds(60),
        () -> server.admin("GET", "/_projections/typed", "").body().contains("letters\":3"));
  }

  /** Else what is derived would wait in memory for the first who asks. */
  @Test
  void viewsTakeWhatIsDerivedWithoutBeingAsked() throws Exception {
    project(
        "unasked",
        """
        {"from": {"keys": "unasked:*"}, "to": [{"index": "unasked"}, {"topic": "unasked"}]}
        """);
    try (Jedis redis = jedis()) {
      redis.hset("unasked:1", Map.of("name", "one"));
    }
    long end = metric("headwater_log_appended_bytes");
    for (String view : List.of("search", "topics")) {
      Deadline.await(
          Duration.ofSeconds(60),
          () -> metric("headwater_view_applied_bytes{view=\"" + view + "\"}") >= end);
    }
  }

  private long metric(String name) throws Exception {
    String metrics = server.admin("GET", "/metrics", "").body();
    int at = metrics.indexOf("\n" + name + " ") + name.length() + 2;
    return (long) Double.parseDouble(metrics.substring(at, metrics.indexOf('\n', at)));
  }

  @Test
  void loopsAndTakenTargetsAreRefused() throws Exception {
    project("loop-a", "{\"from\": {\"keys\": \"la:*\"}, \"to\": [{\"topic\": \"loop-topic\"}]}");

    assertThat(
            server
                .admin(
                    "PUT",
                    "/_projections/loop-b",
                    "{\"from\": {\"topic\": \"loop-topic\"}, \"to\": [{\"keys\": \"la:*\"}]}")
                .statusCode())
        .isBetween(400, 499);
    assertThat(
            server
                .admin(
                    "PUT",
                    "/_projections/loop-c",
                    "{\"from\": {\"keys\": \"lc:*\"}, \"to\": [{\"topic\": \"loop-topic\"}]}")
                .statusCode())
        .isBetween(400, 499);
  }
}
