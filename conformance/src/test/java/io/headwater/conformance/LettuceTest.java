package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.Consumer;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** Lettuce over RESP3: synchronous, asynchronous and reactive. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class LettuceTest {
  @AutoClose private RunningServer server;

  @AutoClose("shutdown")
  private RedisClient client;

  private StatefulRedisConnection<String, String> connection;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
    client = RedisClient.create(RedisURI.create("127.0.0.1", server.redis));
    connection = client.connect();
  }

  @Test
  void thousandsOfFuturesOnOneConnection() {
    var redis = connection.async();
    List<RedisFuture<?>> futures = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      futures.add(redis.set("l:k" + i, "v" + i));
      futures.add(redis.incr("l:n"));
    }
    assertThat(LettuceFutures.awaitAll(Duration.ofSeconds(60), futures.toArray(RedisFuture[]::new)))
        .isTrue();
    assertThat(connection.sync().get("l:n")).isEqualTo("5000");
  }

  @Test
  void aReactiveFlowGoesThroughAllKeys() {
    var redis = connection.reactive();
    Long sum =
        Flux.range(0, 1_000)
            .flatMap(i -> redis.set("flux:" + i, "" + i).thenReturn(i))
            .flatMap(i -> redis.get("flux:" + i))
            .map(Long::parseLong)
            .reduce(Long::sum)
            .block(Duration.ofSeconds(60));
    assertThat(sum).isEqualTo(499_500);
    List<KeyValue<String, String>> some =
        redis.mget("flux:1", "flux:none").collectList().block(Duration.ofSeconds(60));
    assertThat(some).extracting(KeyValue::hasValue).containsExactly(true, false);
  }

  @Test
  void transactionsAndScripts() {
    var redis = connection.sync();
    redis.multi();
    redis.set("l:t", "1");
    redis.incr("l:t");
    TransactionResult result = redis.exec();
    assertThat(result.<Long>get(1)).isEqualTo(2);
    String digest = redis.scriptLoad("return {KEYS[1], ARGV[1], #ARGV}");
    List<Object> values =
        redis.evalsha(digest, ScriptOutputType.MULTI, new String[] {"k"}, "a", "b");
    assertThat(values).containsExactly("k", "a", 2L);
  }

  @Test
  void aGroupReadsAStream() {
    var redis = connection.sync();
    String first = redis.xadd("l:x", Map.of("a", "1"));
    redis.xgroupCreate(XReadArgs.StreamOffset.from("l:x", "0"), "g");
    List<StreamMessage<String, String>> read =
        redis.xreadgroup(Consumer.from("g", "c"), XReadArgs.StreamOffset.lastConsumed("l:x"));
    assertThat(read).singleElement().satisfies(m -> assertThat(m.getId()).isEqualTo(first));
    assertThat(redis.xpending("l:x", "g").getCount()).isEqualTo(1);
    assertThat(redis.xack("l:x", "g", first)).isEqualTo(1);
  }

  @Test
  void aClientSideCacheIsToldOfChanges() throws Exception {
    Map<String, String> cached = new ConcurrentHashMap<>();
    try (var reader = client.connect();
        CacheFrontend<String, String> frontend =
            ClientSideCaching.enable(
                CacheAccessor.forMap(cached), reader, TrackingArgs.Builder.enabled())) {
      connection.sync().set("l:csc", "one");
      assertThat(frontend.get("l:csc")).isEqualTo("one");
      assertThat(cached).containsKey("l:csc");
      connection.sync().set("l:csc", "two");
      Deadline.await(Duration.ofSeconds(60), () -> !cached.containsKey("l:csc"));
      assertThat(frontend.get("l:csc")).isEqualTo("two");
    }
  }

  @Test
  void messagesReachListeners() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (var listening = client.connectPubSub()) {
      listening.reactive().observeChannels().subscribe(m -> heard.add(m.getMessage()));
      listening.sync().subscribe("l:ch");
      connection.sync().publish("l:ch", "hello");
      assertThat(heard.poll(60, TimeUnit.SECONDS)).isEqualTo("hello");
    }
  }
}
