package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.XMemcachedClient;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Transaction;

/** The clients that people have, each doing what people do with it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsTest {
  @AutoClose private RunningServer server;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
  }

  @Test
  void jedisUsesEveryType() {
    try (Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      redis.set("jedis:s", "1");
      assertThat(redis.incrBy("jedis:s", 41)).isEqualTo(42);
      redis.hset("jedis:h", Map.of("a", "1", "b", "2"));
      assertThat(redis.hgetAll("jedis:h")).containsEntry("a", "1").hasSize(2);
      redis.rpush("jedis:l", "x", "y", "z");
      assertThat(redis.lrange("jedis:l", 0, -1)).containsExactly("x", "y", "z");
      redis.sadd("jedis:set", "m", "n");
      assertThat(redis.smembers("jedis:set")).containsExactlyInAnyOrder("m", "n");
      redis.zadd("jedis:z", Map.of("one", 1.0, "two", 2.5));
      assertThat(redis.zrangeByScore("jedis:z", "2", "+inf")).containsExactly("two");
      redis.pexpire("jedis:s", 60_000);
      assertThat(redis.ttl("jedis:s")).isBetween(50L, 60L);
      Transaction multi = redis.multi();
      multi.incr("jedis:s");
      multi.lpop("jedis:l");
      assertThat(multi.exec()).containsExactly(43L, "x");
      assertThat(redis.scan("0").getResult()).isNotNull();
    }
  }

  @Test
  void jedisSubscribes() throws Exception {
    List<String> heard = new ArrayList<>();
    CountDownLatch subscribed = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    try (Jedis listener = new Jedis("127.0.0.1", server.redis);
        Jedis redis = new Jedis("127.0.0.1", server.redis)) {
      Thread.ofVirtual()
          .start(() ->
              listener.subscribe(
                  new JedisPubSub() {
                    @Override
                    public void onSubscribe(String channel, int count) {
                      subscribed.countDown();
                    }

                    @Override
                    public void onMessage(String channel, String message) {
                      heard.add(message);
                      unsubscribe();
                      done.countDown();
                    }
                  },
                  "news"));
      assertThat(subscribed.await(60, TimeUnit.SECONDS)).isTrue();
      redis.publish("news", "hello");
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(heard).containsExactly("hello");
  }

  @Test
  void lettuceSpeaksResp3() {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.redis));
    try (var connection = client.connect()) {
      var redis = connection.sync();
      redis.hset("lettuce:h", "f", "v");
      assertThat(redis.hgetall("lettuce:h")).containsExactlyEntriesOf(Map.of("f", "v"));
      redis.zadd("lettuce:z", 1.5, "m");
      assertThat(redis.zscore("lettuce:z", "m")).isEqualTo(1.5);
      List<String> values = new ArrayList<>();
      connection.reactive().lpush("lettuce:l", "a", "b").block(Duration.ofSeconds(60));
      values.addAll(redis.lrange("lettuce:l", 0, -1));
      assertThat(values).containsExactly("b", "a");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void xmemcachedStoresAndCounts() throws Exception {
    XMemcachedClient client =
        new XMemcachedClient(new InetSocketAddress("127.0.0.1", server.memcached));
    try {
      assertThat(client.set("x:k", 0, "value")).isTrue();
      assertThat(client.<String>get("x:k")).isEqualTo("value");
      assertThat(client.add("x:k", 0, "other")).isFalse();
      assertThat(client.incr("x:n", 5, 10)).isEqualTo(10);
      assertThat(client.incr("x:n", 5)).isEqualTo(15);
      long cas = client.gets("x:k").getCas();
      assertThat(client.cas("x:k", 0, "changed", cas)).isTrue();
      assertThat(client.cas("x:k", 0, "late", cas)).isFalse();
      assertThat(client.delete("x:k")).isTrue();
      assertThat(client.<String>get("x:k")).isNull();
    } finally {
      client.shutdown();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aConsumerGroupTakesUpWhereItWas(String protocol) throws Exception {
    String topic = "group-" + protocol;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrap()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, 3, (short) 1)))
          .all()
          .get(60, TimeUnit.SECONDS);
      assertThat(admin.listTopics().names().get(60, TimeUnit.SECONDS)).contains(topic);
    }
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", server.bootstrap(), "compression.type", "lz4"),
            new StringSerializer(),
            new StringSerializer())) {
      for (int i = 0; i < 3_000; i++) {
        producer.send(new ProducerRecord<>(topic, "k" + i, "v" + i));
      }
    }
    assertThat(consume(topic, protocol, 3_000)).hasSize(3_000).doesNotHaveDuplicates();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", server.bootstrap()),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, "late", "late")).get(60, TimeUnit.SECONDS);
    }
    assertThat(consume(topic, protocol, 1)).containsExactly("late");
  }

  private List<String> consume(String topic, String protocol, int count) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                server.bootstrap(),
                "group.id",
                "group-of-" + topic,
                "group.protocol",
                protocol,
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                "false"),
            new StringDeserializer(),
            new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
      while (values.size() < count && System.nanoTime() < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(r -> values.add(r.value()));
      }
      consumer.commitSync();
    }
    return values;
  }

  /** A document as clients map it. */
  record Product(String name, double price, boolean inStock) {}

  @Test
  void elasticsearchJavaIndexesAndSearches() throws Exception {
    try (ElasticsearchClient client =
        ElasticsearchClient.of(c -> c.host("http://127.0.0.1:" + server.elastic))) {
      assertThat(client.info().version().number()).isNotEmpty();
      client.indices().create(i -> i.index("es-products"));
      client.bulk(b -> {
        for (int i = 0; i < 200; i++) {
          Product product = new Product("kettle number " + i, i * 1.5, i % 2 == 0);
          String id = "" + i;
          b.operations(o -> o.index(x -> x.index("es-products").id(id).document(product)));
        }
        return b;
      });
      var found =
          client.search(
              s ->
                  s.index("es-products")
                      .query(q ->
                          q.bool(b ->
                              b.must(m -> m.match(x -> x.field("name").query("kettle")))
                                  .filter(f -> f.term(t -> t.field("inStock").value(true)))))
                      .aggregations("price", a -> a.avg(x -> x.field("price")))
                      .size(5),
              Product.class);
      assertThat(found.hits().total().value()).isEqualTo(100);
      assertThat(found.hits().hits()).hasSize(5);
      assertThat(found.aggregations().get("price").avg().value()).isEqualTo(148.5);
      var got = client.get(g -> g.index("es-products").id("7"), Product.class);
      assertThat(got.source().name()).isEqualTo("kettle number 7");
      long seqNo = got.seqNo();
      client.index(i ->
          i.index("es-products")
              .id("7")
              .ifSeqNo(seqNo)
              .ifPrimaryTerm(1L)
              .document(new Product("changed", 1, true)));
      assertThat(
              org.assertj.core.api.Assertions.catchThrowableOfType(
                      ElasticsearchException.class,
                      () ->
                          client.index(i ->
                              i.index("es-products")
                                  .id("7")
                                  .ifSeqNo(seqNo)
                                  .ifPrimaryTerm(1L)
                                  .document(new Product("late", 1, true))))
                  .status())
          .isEqualTo(409);
    }
  }

  @Test
  void redisCliAndKcatWork() throws Exception {
    Assumptions.assumeTrue(Programs.present("redis-cli"), "redis-cli is not installed");
    Assumptions.assumeTrue(Programs.present("kcat"), "kcat is not installed");
    assertThat(Programs.run("", "redis-cli", "-p", "" + server.redis, "SET", "cli", "yes"))
        .isEqualTo("OK\n");
    assertThat(Programs.run("", "redis-cli", "-p", "" + server.redis, "GET", "cli"))
        .isEqualTo("yes\n");
    Programs.run("a:1\nb:2\n", "kcat", "-b", server.bootstrap(), "-t", "cat", "-P", "-K", ":");
    assertThat(
            Programs.run(
                "", "kcat", "-b", server.bootstrap(), "-t", "cat", "-C", "-e", "-q", "-K", "="))
        .contains("a=1")
        .contains("b=2");
    assertThat(Programs.run("", "kcat", "-b", server.bootstrap(), "-L")).contains("\"cat\"");
  }

  /** Programs of the machine. */
  private static final class Programs {
    static boolean present(String program) throws Exception {
      return new ProcessBuilder("sh", "-c", "command -v " + program).start().waitFor() == 0;
    }

    static String run(String input, String... line) throws Exception {
      Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
      return output;
    }
  }
}
