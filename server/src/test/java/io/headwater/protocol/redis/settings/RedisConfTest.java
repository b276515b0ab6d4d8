package io.headwater.protocol.redis.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisConfTest {
  @TempDir Path folder;

  private Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  private RedisConf read(String... lines) throws Exception {
    return RedisConf.read(write("redis.conf", lines));
  }

  @Test
  void knownDirectivesMeanWhatTheyMeanToRedis() throws Exception {
    RedisConf conf =
        read(
            "# a comment",
            "",
            "  MaxMemory 100MB",
            "maxmemory-policy \"allkeys-lru\"",
            "bind 127.0.0.1 -::1",
            "client-output-buffer-limit replica 1mb 1mb 60",
            "client-output-buffer-limit pubsub 1 2 3",
            "rename-command FLUSHALL \"\"",
            "user worker on >secret ~jobs:* +@all",
            "daemonize yes");

    assertThat(conf.values())
        .containsEntry("maxmemory", "104857600")
        .containsEntry("maxmemory-policy", "allkeys-lru")
        .containsEntry("bind", "127.0.0.1 -::1");
    assertThat(conf.renamed()).isEqualTo(Map.of("flushall", ""));
    assertThat(conf.users())
        .containsExactly(List.of("worker", "on", ">secret", "~jobs:*", "+@all"));
    assertThat(conf.notices()).anyMatch(notice -> notice.contains(":10: daemonize is ignored"));
  }

  @Test
  void anIncludedFileIsReadWhereItStandsAndPatternsInOrder() throws Exception {
    write("b.inc", "maxmemory 2");
    write("a.inc", "maxmemory 1", "maxmemory-samples 7");

    RedisConf conf = read("maxmemory 9", "include " + folder + "/*.inc", "maxmemory-samples 8");

    assertThat(conf.values())
        .containsEntry("maxmemory", "2")
        .containsEntry("maxmemory-samples", "8");
  }

  @Test
  void allThatIsWrongIsListedAtOnceWithItsLine() {
    RedisConf.Wrong wrong =
        catchThrowableOfType(
            RedisConf.Wrong.class,
            () ->
                read(
                    "nosuch 1",
                    "maxmemory x",
                    "replicaof 10.0.0.1 6379",
                    "proc-title-template \"open",
                    "maxmemory",
                    "include /nonexistent/file",
                    "loadmodule /m.so"));

    assertThat(wrong.problems()).hasSize(7);
    assertThat(wrong.problems().get(0)).endsWith("redis.conf:1: unknown directive 'nosuch'");
    assertThat(wrong.problems().get(1)).contains(":2: ").contains("memory value");
    assertThat(wrong.problems().get(2)).contains(":3: ").contains("Headwater is no replica");
    assertThat(wrong.problems().get(5)).contains(":6: ").contains("it is not there");
  }

  @Test
  void aFileThatIncludesItselfIsRefused() {
    assertThatThrownBy(() -> read("include " + folder + "/redis.conf"))
        .hasMessageContaining("files deep");
  }

  @Test
  void wordsAreQuotedAsRedisDoes() {
    assertThat(ConfWords.split("a \"b \\x41\\n\\\"\" 'c \\' d' e\"f\""))
        .containsExactly("a", "b A\n\"", "c ' d", "ef");
    assertThat(ConfWords.split("a \"b\"c")).isNull();
    assertThat(ConfWords.split("a 'b")).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsQuotedIsReadBack(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      StringBuilder word = new StringBuilder();
      for (int left = random.nextInt(8); left > 0; left--) {
        word.append((char) random.nextInt(256));
      }
      assertThat(ConfWords.split("x " + ConfWords.quoted(word.toString())))
          .as("seed %d", seed)
          .containsExactly("x", word.toString());
    }
  }

  @Test
  void aRewriteKeepsCommentsAndOrderAndAddsWhatIsNotThere() throws Exception {
    Path file =
        write(
            "redis.conf",
            "# first",
            "maxmemory 1mb",
            "port 6379",
            "# second",
            "maxmemory-policy allkeys-lru",
            "maxmemory 2mb",
            "io-threads 4");
    RedisConf conf = RedisConf.read(file);
    Settings settings = new Settings(conf.values());
    settings.startedWith(conf.file());
    settings.rewritesAs("user", () -> List.of("default on nopass"));
    settings.change(
        List.of(
            new Settings.Change("maxmemory", "3mb"),
            new Settings.Change("appendfsync", "everysec")));

    settings.rewrite();

    assertThat(Files.readAllLines(file))
        .containsExactly(
            "# first",
            "maxmemory 3145728",
            "port 6379",
            "# second",
            "maxmemory-policy allkeys-lru",
            "io-threads 4",
            "# Generated by CONFIG REWRITE",
            "appendfsync everysec",
            "user default on nopass");
    settings.rewrite();
    assertThat(Files.readAllLines(file)).hasSize(9);
    assertThat(RedisConf.read(file).values()).containsEntry("maxmemory", "3145728");
  }

  @Test
  void withoutARedisConfThereIsNothingToRewrite() {
    assertThatThrownBy(() -> new Settings(Map.of()).rewrite())
        .hasMessage("The server is running without a config file");
  }
}
