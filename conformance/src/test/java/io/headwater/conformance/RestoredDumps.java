package io.headwater.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Says what payloads of DUMP hold, whatever kind of value it is: a real redis-server of its own
 * restores them. Payloads of equal values may differ, because a hash table has no order.
 */
final class RestoredDumps implements AutoCloseable {
  private static final String KEY = "restored";

  private final RedisProcess redis;
  private final RespClient client;

  private RestoredDumps(RedisProcess redis, RespClient client) {
    this.redis = redis;
    this.client = client;
  }

  static RestoredDumps start(Path folder) throws Exception {
    RedisProcess redis = RedisProcess.start(folder);
    return new RestoredDumps(redis, new RespClient(redis.port()));
  }

  /**
   * @param reply to DUMP, or to anything else
   * @return the value and its type; the reply itself if it is no payload
   */
  String contents(String reply) throws IOException {
    if (!reply.startsWith("$") || reply.startsWith("$-1")) {
      return reply;
    }
    String payload = (String) new RespText(reply).value();
    String restored = client.call("RESTORE", KEY, "0", payload, "REPLACE");
    if (!restored.equals("+OK\r\n")) {
      return "RESTORE of " + payload.length() + " bytes: " + restored;
    }
    String type = client.call("TYPE", KEY);
    return type + value(type.strip());
  }

  private Object value(String type) throws IOException {
    return switch (type) {
      case "+string" -> client.call("GET", KEY);
      case "+list" -> client.call("LRANGE", KEY, "0", "-1");
      case "+set" -> new TreeSet<>(list("SMEMBERS", KEY));
      case "+hash" -> fields(list("HGETALL", KEY));
      case "+zset" -> client.call("ZRANGE", KEY, "0", "-1", "WITHSCORES");
      case "+stream" ->
          streamWithoutTimes(client.call("XINFO", "STREAM", KEY, "FULL", "COUNT", "0"));
      default -> throw new IOException("a value of type " + type);
    };
  }

  @SuppressWarnings("unchecked")
  private List<Object> list(String... command) throws IOException {
    return (List<Object>) new RespText(client.call(command)).value();
  }

  private static TreeMap<Object, Object> fields(List<Object> flat) {
    TreeMap<Object, Object> fields = new TreeMap<>();
    for (int i = 0; i < flat.size(); i += 2) {
      fields.put(flat.get(i), flat.get(i + 1));
    }
    return fields;
  }

  /** XINFO STREAM without what depends on the clock, and on where nodes of the stream end. */
  static String streamWithoutTimes(String reply) {
    return reply
        .replaceAll("radix-tree-(keys|nodes)\r\n:[0-9]+", "radix-tree")
        .replaceAll("(\r\n|^):1[0-9]{12}(?=\r\n)", "$1:time");
  }

  @Override
  public void close() throws Exception {
    client.close();
    redis.close();
  }
}
