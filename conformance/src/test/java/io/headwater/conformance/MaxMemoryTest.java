package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Under every policy {@code used_memory} keeps to {@code maxmemory} while values of all kinds are
 * written far past it; what was evicted is as gone after a kill as what was deleted; and who may
 * not write is told so as by a real redis-server.
 */
class MaxMemoryTest {
  private static final long LIMIT_BYTES = 4L << 20;

  /** Of each kind of value. */
  private static final long WRITTEN_BYTES = 5L << 20;

  /**
   * What commands take before it is made room for: a value of 50 KB, and the buffers of a batch,
   * which are counted ten times a second.
   */
  private static final long SLACK_BYTES = 1L << 20;

  private static final int BATCH_BYTES = 100_000;
  private static final String BIG = "b".repeat(50_000);
  private static final String SMALL = "s".repeat(100);

  @TempDir static Path folder;
  @AutoClose private static RunningServer server;
  @AutoClose private RespClient client;
  private int written;
  private long sentBytes;

  @BeforeAll
  static void start() throws Exception {
    Path settings = folder.resolve("redis.conf");
    Files.writeString(settings, "appendfsync everysec\nenable-debug-command yes\n");
    server = RunningServer.start(folder.resolve("data"), "--redis-conf", settings.toString());
  }

  @BeforeEach
  void begin() throws IOException {
    client = new RespClient(server.redis);
    set("maxmemory", "0");
    set("maxmemory-policy", "noeviction");
    set("appendfsync", "everysec");
    client.call("FLUSHALL");
    client.call("CONFIG", "RESETSTAT");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
        "noeviction"
      })
  void memoryKeepsToTheLimitAndEvictedKeysStayAway(String policy) throws Exception {
    boolean expiring = policy.startsWith("volatile");
    for (String kept : List.of("kept:1", "kept:2")) {
      client.call("SET", kept, BIG);
    }
    set("maxmemory-policy", policy);
    set("maxmemory", "" + LIMIT_BYTES);
    int refused = 0;
    for (Kind kind : Kind.values()) {
      for (sentBytes = 0; sentBytes < WRITTEN_BYTES; ) {
        refused += write(kind, expiring);
        assertThat(field("memory", "used_memory"))
            .as("%s, %s, after %d bytes", policy, kind, sentBytes)
            .isLessThan(LIMIT_BYTES + SLACK_BYTES);
      }
    }
    if (policy.equals("noeviction")) {
      assertThat(refused).isPositive();
      assertThat(field("stats", "evicted_keys")).isZero();
      assertThat(client.call("STRLEN", "kept:1")).isEqualTo(":50000\r\n");
    } else {
      assertThat(refused).isZero();
      assertThat(field("stats", "evicted_keys")).isGreaterThan(100);
    }
    if (expiring) {
      assertThat(client.call("EXISTS", "kept:1", "kept:2")).isEqualTo(":2\r\n");
    }
    if (policy.endsWith("-lru")) { // an eviction is logged alike whoever chose the key
      assertSameAfterKill();
    }
  }

  private void assertSameAfterKill() throws Exception {
    set("maxmemory", "0"); // nothing goes any more
    set("appendfsync", "always");
    client.call("SET", "last", "one");
    String digest = client.call("DEBUG", "DIGEST");
    String size = client.call("DBSIZE");

    server.kill();
    server.restart();

    try (RespClient again = new RespClient(server.redis)) {
      assertThat(again.call("DBSIZE")).isEqualTo(size);
      assertThat(again.call("DEBUG", "DIGEST")).isEqualTo(digest);
    }
  }

  /** What is written: most collections are packed, every tenth is large. */
  private enum Kind {
    STRING("SET"),
    BIG_STRING("SET"),
    HASH("HSET"),
    LIST("RPUSH"),
    SET("SADD"),
    SORTED_SET("ZADD"),
    STREAM("XADD");

    private final String command;

    Kind(String command) {
      this.command = command;
    }

    List<String> write(String key, int i) {
      List<String> words = new ArrayList<>(List.of(command, key));
      switch (this) {
        case STRING -> words.add(SMALL);
        case BIG_STRING -> words.add(BIG);
        case STREAM -> words.addAll(List.of("*", "field", SMALL));
        default -> {
          for (int n = 0; n < (i % 10 == 0 ? 200 : 10); n++) {
            addElement(words, n);
          }
        }
      }
      return words;
    }

    private void addElement(List<String> words, int n) {
      if (this == HASH || this == SORTED_SET) {
        words.add("" + n);
      }
      words.add(this == SORTED_SET ? "member:" + n : SMALL + n);
    }
  }

  /** Writes a batch; returns how many were refused for memory. */
  private int write(Kind kind, boolean expiring) throws IOException {
    long enough = sentBytes + BATCH_BYTES;
    int sent = 0;
    for (; sentBytes < enough; sent++) {
      int number = kind == Kind.STREAM ? written / 20 : written; // many entries to one stream
      String key = kind + ":" + number;
      List<String> command = kind.write(key, written++);
      client.send(command);
      if (expiring) {
        client.send(List.of("EXPIRE", key, "" + (1000 + written % 100)));
      }
      sentBytes += command.stream().mapToInt(String::length).sum();
    }
    client.flush();
    int refused = 0;
    for (int i = 0; i < sent; i++) {
      String reply = client.reply();
      if (reply.startsWith("-")) {
        assertThat(reply).startsWith("-OOM command not allowed");
        refused++;
      }
      if (expiring) {
        client.reply();
      }
    }
    return refused;
  }

  private void set(String parameter, String value) throws IOException {
    assertThat(client.call("CONFIG", "SET", parameter, value)).isEqualTo("+OK\r\n");
  }

  private long field(String section, String name) throws IOException {
    Matcher found =
        Pattern.compile("^" + name + ":(\\d+)", Pattern.MULTILINE)
            .matcher(client.call("INFO", section));
    assertThat(found.find()).as(name).isTrue();
    return Long.parseLong(found.group(1));
  }

  @Test
  void whoMayNotWriteIsToldAsByARealServer() throws Exception {
    String write = "return redis.call('SET', 'key', 'other')";
    String read = "return redis.call('GET', 'key')";
    try (RedisProcess redis = RedisProcess.start(folder.resolve("redis"));
        RespClient theirs = new RespClient(redis.port())) {
      List<List<String>> commands =
          List.of(
              List.of("SET", "key", "value"),
              List.of("RPUSH", "list", "a", "b"),
              List.of(
                  "FUNCTION",
                  "LOAD",
                  "#!lua name=l\nredis.register_function('f', function() " + write + " end)"),
              List.of(
                  "FUNCTION",
                  "LOAD",
                  "#!lua name=r\nredis.register_function{function_name='g', callback=function() "
                      + read
                      + " end, flags={'no-writes'}}"),
              List.of("CONFIG", "SET", "maxmemory", "1"),
              List.of("SET", "key", "other"),
              List.of("GET", "key"),
              List.of("INCR", "number"),
              List.of("LPOP", "list"),
              List.of("LPUSH", "list", "c"),
              List.of("EXPIRE", "key", "1000"),
              List.of("EVAL", write, "0"),
              List.of("EVAL", read, "0"),
              List.of("EVAL", "return redis.pcall('SET', 'key', 'other')", "0"),
              List.of("EVAL", "redis.call('DEL', 'list') " + write, "0"),
              List.of("EVAL", "#!lua\n" + write, "0"),
              List.of("EVAL", "#!lua\n" + read, "0"),
              List.of("EVAL", "#!lua flags=no-writes\n" + read, "0"),
              List.of("EVAL", "#!lua flags=allow-oom\n" + write, "0"),
              List.of("EVAL_RO", read, "0"),
              List.of("FCALL", "f", "0"),
              List.of("FCALL", "g", "0"),
              List.of("FCALL_RO", "g", "0"),
              List.of(
                  "FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('x', function() end)"),
              List.of("SCRIPT", "LOAD", "return 1"),
              List.of("MULTI"),
              List.of("GET", "key"),
              List.of("SET", "key", "other"),
              List.of("EXEC"),
              List.of("MULTI"),
              List.of("GET", "key"),
              List.of("DEL", "list"),
              List.of("EXEC"),
              List.of("MULTI"),
              List.of("EVAL", write, "0"),
              List.of("EXEC"),
              List.of("PUBLISH", "channel", "message"),
              List.of("XADD", "stream", "1-1", "f", "v"),
              List.of("RESTORE", "copy", "0", "payload"),
              List.of("COPY", "key", "copy"),
              List.of("DEL", "key"),
              List.of("SET", "key", "other"),
              List.of("CONFIG", "SET", "maxmemory", "0"),
              List.of("SET", "key", "other"),
              List.of("GET", "key"));
      for (List<String> command : commands) {
        assertThat(client.call(command)).as("%s", command).isEqualTo(theirs.call(command));
      }
    }
  }
}
