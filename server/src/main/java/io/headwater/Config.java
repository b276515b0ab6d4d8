package io.headwater;

import io.headwater.host.NetworkLoop;
import io.headwater.protocol.redis.settings.RedisConf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operator decides, checked at start-up. One record per part; {@link #SETTINGS} is the one
 * table of keys, defaults, units and limits, from which parsing, {@code serve --help} and the
 * documentation follow.
 */
record Config(
    Path data,
    String bind,
    String network,
    String localCongestion,
    long warmUpMs,
    LogPart log,
    RedisPart redis,
    MemcachedPart memcached,
    KafkaPart kafka,
    ElasticPart elastic,
    AdminPart admin,
    CheckpointPart checkpoint) {

  /** How the sockets of Redis and memcached are reached. */
  NetworkLoop.Sockets sockets() {
    return NetworkLoop.Sockets.valueOf(network.toUpperCase(Locale.ROOT));
  }

  /** {@link NetworkLoop#setLocalCongestion}'s. */
  String congestionOfLocals() {
    return localCongestion.equals(SYSTEM) ? "" : localCongestion;
  }

  record LogPart(int segmentBytes, boolean archive, long restoreWindowMs, long reserveBytes) {}

  /**
   * @param bind where the Redis protocol listens, as redis.conf's bind says it; empty as all do
   * @param conf the redis.conf given, if any
   */
  record RedisPart(
      int port,
      String bind,
      String appendfsync,
      int maxClients,
      long maxBulkBytes,
      @Nullable RedisConf conf) {}

  record MemcachedPart(int port, long memoryBytes, int itemBytes, int maxConnections) {}

  record KafkaPart(
      int port, String advertisedHost, boolean autoCreate, int partitions, int maxConnections) {}

  record ElasticPart(int port, int maxContentBytes, boolean productHeader, int indexBufferBytes) {}

  record AdminPart(int port) {}

  record CheckpointPart(long logBytes, long intervalMs) {}

  /** A setting that does not parse, is out of its limits or does not exist: one line. */
  static final class WrongSetting extends Exception {
    private static final long serialVersionUID = 1L;

    WrongSetting(String message) {
      super(message);
    }
  }

  /** How a setting's text is checked. */
  private enum Kind {
    TEXT,
    PORT,
    COUNT,
    BYTES,
    MILLISECONDS,
    BOOLEAN,
    APPENDFSYNC,
    NETWORK
  }

  private record Setting(
      String key, Kind kind, String fallback, long least, long most, String meaning) {}

  private static final String SYSTEM = "system";
  private static final long GIB = 1L << 30;

  private static final List<Setting> SETTINGS =
      List.of(
          new Setting("data", Kind.TEXT, "data", 0, 0, "data folder"),
          new Setting("bind", Kind.TEXT, "127.0.0.1", 0, 0, "address that all protocols listen on"),
          new Setting(
              "network",
              Kind.NETWORK,
              "auto",
              0,
              0,
              "auto, uring, epoll or nio: how the sockets of Redis and memcached clients are"
                  + " served; auto takes the first that the machine allows"),
          new Setting(
              "network.local-cc",
              Kind.TEXT,
              "reno",
              0,
              0,
              "TCP congestion control of Redis and memcached clients on this very machine, if the"
                  + " kernel has it; system: the kernel's default, as all other clients have"),
          new Setting(
              "warm-up",
              Kind.MILLISECONDS,
              "300",
              0,
              60_000,
              "Redis commands are run on a scratch server for so many ms before ports open; 0:"
                  + " not"),
          port("redis.port", 6379),
          new Setting(
              "redis.bind",
              Kind.TEXT,
              "",
              0,
              0,
              "addresses that Redis alone listens on, as in redis.conf; empty: those of bind"),
          new Setting(
              "redis.appendfsync",
              Kind.APPENDFSYNC,
              "always",
              0,
              0,
              "always, everysec or no: when a Redis write is synced"),
          count("redis.maxclients", 10_000, 1, 1_000_000, "Redis connections"),
          bytes("redis.proto-max-bulk-len", 512L << 20, 1024, 512L << 20, "one Redis argument"),
          port("memcached.port", 11211),
          bytes("memcached.memory", 64L << 20, 1L << 20, 1024 * GIB, "all memcached items"),
          bytes("memcached.item", 1L << 20, 1024, 1L << 30, "one memcached item"),
          count("memcached.connections", 1024, 1, 1_000_000, "memcached connections"),
          port("kafka.port", 9092),
          new Setting(
              "kafka.advertised-host",
              Kind.TEXT,
              "",
              0,
              0,
              "host that Kafka clients are told; empty: the one they connected to"),
          new Setting(
              "kafka.auto-create-topics", Kind.BOOLEAN, "true", 0, 0, "create topics on first use"),
          count("kafka.partitions", 1, 1, 10_000, "partitions of a topic created without a number"),
          count("kafka.connections", 10_000, 1, 1_000_000, "Kafka connections"),
          port("elastic.port", 9200),
          bytes("elastic.max-content", 100L << 20, 1024, 1L << 30, "one HTTP request body"),
          bytes(
              "elastic.index-buffer", 64L << 20, 1L << 20, 1L << 30, "documents not yet in files"),
          new Setting(
              "elastic.product-header",
              Kind.BOOLEAN,
              "true",
              0,
              0,
              "answer X-Elastic-Product, which Elasticsearch clients check"),
          port("admin.port", 8080),
          bytes("log.segment", 64L << 20, 1L << 20, GIB, "one journal segment"),
          new Setting("log.archive", Kind.BOOLEAN, "false", 0, 0, "keep cut segments in archive/"),
          new Setting(
              "log.restore-window",
              Kind.MILLISECONDS,
              "3600000",
              0,
              Long.MAX_VALUE,
              "how far back a restore can go, in ms"),
          bytes("log.reserve", 256L << 20, 0, 1024 * GIB, "free disk that only views may use"),
          bytes("checkpoint.log", 256L << 20, 1L << 20, 1024 * GIB, "log between two checkpoints"),
          new Setting(
              "checkpoint.interval",
              Kind.MILLISECONDS,
              "600000",
              1_000,
              Long.MAX_VALUE,
              "longest time between two checkpoints while there are writes, in ms"));

  private static Setting port(String key, int fallback) {
    return new Setting(key, Kind.PORT, "" + fallback, 0, 65_535, "port; 0 turns it off");
  }

  private static Setting count(String key, int fallback, long least, long most, String meaning) {
    return new Setting(key, Kind.COUNT, "" + fallback, least, most, "at most so many " + meaning);
  }

  private static Setting bytes(String key, long fallback, long least, long most, String meaning) {
    return new Setting(
        key, Kind.BYTES, "" + fallback, least, most, "bytes (k, m, g may follow): " + meaning);
  }

  /**
   * Checks the texts and fills in the defaults.
   *
   * @throws WrongSetting naming the key
   */
  static Config of(Map<String, String> texts) throws WrongSetting {
    return of(texts, null);
  }

  /** Like {@link #of(Map)}, with a redis.conf whose parameters that are settings too are there. */
  static Config of(Map<String, String> texts, @Nullable RedisConf conf) throws WrongSetting {
    for (String key : texts.keySet()) {
      setting(key);
    }
    Values v = new Values(texts);
    for (Setting setting : SETTINGS) {
      v.check(setting);
    }
    return new Config(
        Path.of(v.text("data")),
        v.text("bind"),
        v.text("network"),
        v.text("network.local-cc"),
        v.number("warm-up"),
        new LogPart(
            (int) v.number("log.segment"),
            v.flag("log.archive"),
            v.number("log.restore-window"),
            v.number("log.reserve")),
        new RedisPart(
            (int) v.number("redis.port"),
            v.text("redis.bind"),
            v.text("redis.appendfsync"),
            (int) v.number("redis.maxclients"),
            v.number("redis.proto-max-bulk-len"),
            conf),
        new MemcachedPart(
            (int) v.number("memcached.port"),
            v.number("memcached.memory"),
            (int) v.number("memcached.item"),
            (int) v.number("memcached.connections")),
        new KafkaPart(
            (int) v.number("kafka.port"),
            v.text("kafka.advertised-host"),
            v.flag("kafka.auto-create-topics"),
            (int) v.number("kafka.partitions"),
            (int) v.number("kafka.connections")),
        new ElasticPart(
            (int) v.number("elastic.port"),
            (int) v.number("elastic.max-content"),
            v.flag("elastic.product-header"),
            (int) v.number("elastic.index-buffer")),
        new AdminPart((int) v.number("admin.port")),
        new CheckpointPart(v.number("checkpoint.log"), v.number("checkpoint.interval")));
  }

  /**
   * Reads a file of {@code key = value} lines; {@code #} begins a comment.
   *
   * @throws WrongSetting naming file and line
   */
  static Map<String, String> readFile(Path file) throws WrongSetting {
    Map<String, String> texts = new LinkedHashMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new WrongSetting("cannot read the configuration file " + file + ": " + e.getMessage());
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new WrongSetting(file + ":" + (i + 1) + ": expected key = value, got '" + line + "'");
      }
      String key = line.substring(0, equals).strip();
      try {
        setting(key);
      } catch (WrongSetting e) {
        throw new WrongSetting(file + ":" + (i + 1) + ": " + e.getMessage());
      }
      texts.put(key, line.substring(equals + 1).strip());
    }
    return texts;
  }

  /** One line per setting, for {@code serve --help}. */
  static List<String> help() {
    List<String> lines = new ArrayList<>();
    for (Setting s : SETTINGS) {
      lines.add(String.format("  %-26s %s (default %s)", s.key, s.meaning, shown(s.fallback)));
    }
    return lines;
  }

  private static String shown(String fallback) {
    return fallback.isEmpty() ? "empty" : fallback;
  }

  private static Setting setting(String key) throws WrongSetting {
    for (Setting setting : SETTINGS) {
      if (setting.key.equals(key)) {
        return setting;
      }
    }
    throw new WrongSetting("unknown setting '" + key + "'");
  }

  /** Typed access to checked texts. */
  private static final class Values {
    private final Map<String, String> texts;

    Values(Map<String, String> texts) {
      this.texts = texts;
    }

    String text(String key) throws WrongSetting {
      return texts.getOrDefault(key, setting(key).fallback);
    }

    long number(String key) throws WrongSetting {
      return parse(setting(key), text(key));
    }

    boolean flag(String key) throws WrongSetting {
      return text(key).equals("true");
    }

    void check(Setting s) throws WrongSetting {
      String text = text(s.key);
      switch (s.kind) {
        case TEXT -> {}
        case BOOLEAN ->
            require(s, text, text.equals("true") || text.equals("false"), "true or false");
        case APPENDFSYNC ->
            require(
                s,
                text,
                List.of("always", "everysec", "no").contains(text),
                "always, everysec or no");
        case NETWORK ->
            require(
                s,
                text,
                List.of("auto", "uring", "epoll", "nio").contains(text),
                "auto, uring, epoll or nio");
        case PORT, COUNT, BYTES, MILLISECONDS -> {
          long value = parse(s, text);
          require(
              s,
              text,
              value >= s.least && value <= s.most,
              "between " + s.least + " and " + s.most);
        }
      }
    }

    private static void require(Setting s, String text, boolean holds, String expected)
        throws WrongSetting {
      if (!holds) {
        throw new WrongSetting("setting " + s.key + " = '" + text + "' must be " + expected);
      }
    }

    private static long parse(Setting s, String text) throws WrongSetting {
      String digits = text;
      long unit = 1;
      if (s.kind == Kind.BYTES && !text.isEmpty()) {
        unit =
            switch (text.charAt(text.length() - 1)) {
              case 'k', 'K' -> 1L << 10;
              case 'm', 'M' -> 1L << 20;
              case 'g', 'G' -> 1L << 30;
              default -> 1;
            };
        if (unit > 1) {
          digits = text.substring(0, text.length() - 1);
        }
      }
      try {
        return Math.multiplyExact(Long.parseLong(digits), unit);
      } catch (NumberFormatException | ArithmeticException e) {
        throw new WrongSetting("setting " + s.key + " = '" + text + "' is not a whole number");
      }
    }
  }
}
