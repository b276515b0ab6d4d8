package io.headwater.view.topics;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A topic's configuration in Kafka's words: what this server acts on, parsed. {@link #KEYS} also
 * names what is taken and kept but means nothing on one node.
 *
 * @param retentionMs -1 for no limit
 * @param retentionBytes of one partition; -1 for no limit
 */
public record TopicConfig(
    boolean deletes,
    boolean compacts,
    long retentionMs,
    long retentionBytes,
    int segmentBytes,
    long segmentMs,
    int maxMessageBytes,
    boolean logAppendTime,
    long timestampBeforeMaxMs,
    long timestampAfterMaxMs,
    long deleteRetentionMs,
    double minCleanableDirtyRatio,
    long minCompactionLagMs,
    int indexIntervalBytes,
    long fileDeleteDelayMs) {

  private enum Kind {
    POLICY,
    NUMBER,
    RATIO,
    TIMESTAMP_TYPE,
    COMPRESSION,
    BOOLEAN,
    TEXT
  }

  private record Key(Kind kind, String fallback, long least, long most) {}

  private static final long FOREVER = Long.MAX_VALUE;
  private static final Map<String, Key> TABLE = table();

  /** Every key that a topic may set, with its default. */
  public static final Map<String, String> KEYS = keys();

  public static final TopicConfig DEFAULT = of(Map.of());

  private static Map<String, Key> table() {
    Map<String, Key> t = new TreeMap<>();
    t.put("cleanup.policy", new Key(Kind.POLICY, "delete", 0, 0));
    t.put("compression.type", new Key(Kind.COMPRESSION, "producer", 0, 0));
    t.put("delete.retention.ms", number(86_400_000L, 0, FOREVER));
    t.put("file.delete.delay.ms", number(60_000, 0, FOREVER));
    t.put("flush.messages", number(FOREVER, 1, FOREVER));
    t.put("flush.ms", number(FOREVER, 0, FOREVER));
    t.put("follower.replication.throttled.replicas", new Key(Kind.TEXT, "", 0, 0));
    t.put("index.interval.bytes", number(4096, 0, Integer.MAX_VALUE));
    t.put("leader.replication.throttled.replicas", new Key(Kind.TEXT, "", 0, 0));
    t.put("max.compaction.lag.ms", number(FOREVER, 1, FOREVER));
    t.put("max.message.bytes", number(1_048_588, 0, Integer.MAX_VALUE));
    t.put("message.timestamp.after.max.ms", number(3_600_000, 0, FOREVER));
    t.put("message.timestamp.before.max.ms", number(FOREVER, 0, FOREVER));
    t.put("message.timestamp.type", new Key(Kind.TIMESTAMP_TYPE, "CreateTime", 0, 0));
    t.put("min.cleanable.dirty.ratio", new Key(Kind.RATIO, "0.5", 0, 1));
    t.put("min.compaction.lag.ms", number(0, 0, FOREVER));
    t.put("min.insync.replicas", number(1, 1, Integer.MAX_VALUE));
    t.put("preallocate", new Key(Kind.BOOLEAN, "false", 0, 0));
    t.put("retention.bytes", number(-1, -1, FOREVER));
    t.put("retention.ms", number(604_800_000L, -1, FOREVER));
    t.put("segment.bytes", number(1 << 30, 14, Integer.MAX_VALUE));
    t.put("segment.index.bytes", number(10_485_760, 4, Integer.MAX_VALUE));
    t.put("segment.jitter.ms", number(0, 0, FOREVER));
    t.put("segment.ms", number(604_800_000L, 1, FOREVER));
    t.put("unclean.leader.election.enable", new Key(Kind.BOOLEAN, "false", 0, 0));
    return t;
  }

  private static Key number(long fallback, long least, long most) {
    return new Key(Kind.NUMBER, Long.toString(fallback), least, most);
  }

  private static Map<String, String> keys() {
    Map<String, String> keys = new TreeMap<>();
    TABLE.forEach((name, key) -> keys.put(name, key.fallback));
    return Map.copyOf(keys);
  }

  /** What is wrong with an explicit configuration, in one sentence; null if nothing is. */
  public static @Nullable String problem(Map<String, String> config) {
    for (Map.Entry<String, String> entry : config.entrySet()) {
      Key key = TABLE.get(entry.getKey());
      if (key == null) {
        return "Unknown topic config name: " + entry.getKey();
      }
      String problem = problem(key, entry.getValue());
      if (problem != null) {
        return "Invalid value "
            + entry.getValue()
            + " for configuration "
            + entry.getKey()
            + ": "
            + problem;
      }
    }
    return null;
  }

  private static @Nullable String problem(Key key, String value) {
    return switch (key.kind) {
      case POLICY ->
          Set.of("delete", "compact", "delete,compact", "compact,delete").contains(policy(value))
              ? null
              : "String must be one of: compact, delete, or both with a comma";
      case NUMBER -> {
        try {
          long number = Long.parseLong(value.strip());
          yield number >= key.least && number <= key.most
              ? null
              : "Value must be between " + key.least + " and " + key.most;
        } catch (NumberFormatException e) {
          yield "Not a number";
        }
      }
      case RATIO -> {
        try {
          double ratio = Double.parseDouble(value.strip());
          yield ratio >= key.least && ratio <= key.most ? null : "Value must be between 0 and 1";
        } catch (NumberFormatException e) {
          yield "Not a number";
        }
      }
      case TIMESTAMP_TYPE ->
          value.equals("CreateTime") || value.equals("LogAppendTime")
              ? null
              : "String must be one of: CreateTime, LogAppendTime";
      case COMPRESSION ->
          value.equals("producer")
              ? null
              : "String must be: producer (the broker does not compress again)";
      case BOOLEAN ->
          value.equals("true") || value.equals("false")
              ? null
              : "Expected value to be either true or false";
      case TEXT -> null;
    };
  }

  /** Parses an explicit configuration; what is missing or does not parse takes its default. */
  public static TopicConfig of(Map<String, String> config) {
    String policy = policy(value(config, "cleanup.policy"));
    return new TopicConfig(
        policy.contains("delete"),
        policy.contains("compact"),
        number(config, "retention.ms"),
        number(config, "retention.bytes"),
        (int) number(config, "segment.bytes"),
        number(config, "segment.ms"),
        (int) number(config, "max.message.bytes"),
        value(config, "message.timestamp.type").equals("LogAppendTime"),
        number(config, "message.timestamp.before.max.ms"),
        number(config, "message.timestamp.after.max.ms"),
        number(config, "delete.retention.ms"),
        Double.parseDouble(value(config, "min.cleanable.dirty.ratio").strip()),
        number(config, "min.compaction.lag.ms"),
        (int) number(config, "index.interval.bytes"),
        number(config, "file.delete.delay.ms"));
  }

  private static String policy(String value) {
    return value.replace(" ", "");
  }

  private static long number(Map<String, String> config, String name) {
    return Long.parseLong(value(config, name).strip());
  }

  private static String value(Map<String, String> config, String name) {
    Key key = TABLE.get(name);
    if (key == null) {
      throw new IllegalStateException(name);
    }
    String value = config.get(name);
    return value == null || problem(key, value) != null ? key.fallback : value;
  }
}
