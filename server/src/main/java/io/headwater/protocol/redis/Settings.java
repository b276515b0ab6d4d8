package io.headwater.protocol.redis;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What CONFIG GET and CONFIG SET show and change. Names and words are those of redis.conf; a
 * parameter that has no meaning here is not there, but for a few that clients insist on reading.
 */
public final class Settings {
  private final Map<String, String> values = new LinkedHashMap<>();
  private long bulkBytesMax;

  public Settings(RedisServer.Options options) {
    bulkBytesMax = options.bulkBytesMax();
    values.put("appendfsync", options.appendfsync());
    values.put("appendonly", "yes");
    values.put("bind", options.bind());
    values.put("databases", "16");
    values.put("dir", options.folder());
    values.put("hash-max-listpack-entries", "128");
    values.put("hash-max-listpack-value", "64");
    values.put("list-compress-depth", "0");
    values.put("list-max-listpack-size", "-2");
    values.put("maxclients", Integer.toString(options.clientsMax()));
    values.put("maxmemory", "0");
    values.put("maxmemory-policy", "noeviction");
    values.put("notify-keyspace-events", "");
    values.put("port", Integer.toString(options.port()));
    values.put("proto-max-bulk-len", Long.toString(bulkBytesMax));
    values.put("requirepass", "");
    values.put("save", "");
    values.put("set-max-intset-entries", "512");
    values.put("timeout", "0");
    values.put("zset-max-listpack-entries", "128");
    values.put("zset-max-listpack-value", "64");
  }

  public Map<String, String> values() {
    return values;
  }

  /** The longest argument. */
  public long bulkBytesMax() {
    return bulkBytesMax;
  }

  public void setBulkBytesMax(long bytes) {
    bulkBytesMax = bytes;
    values.put("proto-max-bulk-len", Long.toString(bytes));
  }

  public void set(String name, String value) {
    values.put(name, value);
  }

  public String get(String name) {
    return java.util.Objects.requireNonNull(values.get(name));
  }
}
