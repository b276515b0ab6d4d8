package io.headwater.protocol.redis.administration;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.PubSub;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.Statistics;
import io.headwater.view.keyspace.Keyspace;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** INFO: the sections and fields that clients and dashboards read, with what they mean here. */
final class Info {
  private static final List<String> SECTIONS =
      List.of(
          "server",
          "clients",
          "memory",
          "persistence",
          "stats",
          "replication",
          "cpu",
          "modules",
          "errorstats",
          "cluster",
          "keyspace");

  private Info() {}

  static String of(Call call) {
    Set<String> wanted = new LinkedHashSet<>();
    for (int i = 1; i < call.count(); i++) {
      String name = call.text(i).toLowerCase(Locale.ROOT);
      if (name.equals("all") || name.equals("default") || name.equals("everything")) {
        wanted.addAll(SECTIONS);
      } else {
        wanted.add(name);
      }
    }
    StringBuilder text = new StringBuilder();
    for (String section : SECTIONS) {
      if (wanted.isEmpty() || wanted.contains(section)) {
        if (!text.isEmpty()) {
          text.append("\r\n");
        }
        text.append("# ").append(title(section)).append("\r\n");
        fields(call, section)
            .forEach((name, value) -> text.append(name).append(':').append(value).append("\r\n"));
      }
    }
    return text.toString();
  }

  private static String title(String section) {
    return section.equals("cpu")
        ? "CPU"
        : Character.toUpperCase(section.charAt(0)) + section.substring(1);
  }

  private static Map<String, Object> fields(Call call, String section) {
    RedisServer server = call.server();
    return switch (section) {
      case "server" -> server(server);
      case "clients" -> clients(server);
      case "memory" -> memory(server);
      case "persistence" -> persistence(server);
      case "stats" -> stats(server);
      case "replication" -> replication(server);
      case "cpu" -> cpu();
      case "cluster" -> Map.of("cluster_enabled", 0);
      case "keyspace" -> keyspace(server.keyspace());
      default -> Map.of();
    };
  }

  private static Map<String, Object> server(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("redis_version", RedisServer.REDIS_VERSION);
    fields.put("redis_mode", "standalone");
    fields.put("server_name", "headwater");
    fields.put("headwater_version", server.options().version());
    fields.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    fields.put("arch_bits", 64);
    fields.put("process_id", ProcessHandle.current().pid());
    fields.put("run_id", String.format("%016x", server.log().epoch()).repeat(3).substring(0, 40));
    fields.put("tcp_port", server.options().port());
    fields.put("server_time_usec", server.clock().wallMs() * 1000);
    fields.put("uptime_in_seconds", server.upSeconds());
    fields.put("uptime_in_days", server.upSeconds() / 86_400);
    fields.put("hz", 10);
    fields.put("executable", "headwater");
    fields.put("config_file", "");
    return fields;
  }

  private static Map<String, Object> clients(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("connected_clients", server.sessions().size());
    fields.put("maxclients", server.options().clientsMax());
    fields.put("blocked_clients", server.waiting().clients());
    fields.put("tracking_clients", 0);
    return fields;
  }

  private static Map<String, Object> memory(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    long used = server.keyspace().usedBytes();
    Runtime runtime = Runtime.getRuntime();
    long reserved = server.keyspace().reservedBytes();
    fields.put("used_memory", used);
    fields.put("used_memory_human", human(used));
    fields.put("used_memory_rss", reserved + runtime.totalMemory());
    fields.put("used_memory_rss_human", human(reserved + runtime.totalMemory()));
    fields.put("used_memory_peak", used);
    fields.put("used_memory_peak_human", human(used));
    fields.put("used_memory_dataset", used);
    fields.put("allocator_allocated", used);
    fields.put("allocator_resident", reserved);
    fields.put("heap_used", runtime.totalMemory() - runtime.freeMemory());
    fields.put("maxmemory", 0);
    fields.put("maxmemory_human", "0B");
    fields.put("maxmemory_policy", "noeviction");
    fields.put("mem_fragmentation_ratio", String.format("%.2f", reserved / Math.max(1.0, used)));
    fields.put("mem_allocator", "headwater");
    return fields;
  }

  private static String human(long bytes) {
    String[] units = {"B", "K", "M", "G", "T"};
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + "B" : String.format("%.2f%s", value, units[unit]);
  }

  private static Map<String, Object> persistence(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    String last = server.persistence().lastFailed() ? "err" : "ok";
    fields.put("loading", 0);
    fields.put("async_loading", 0);
    fields.put("rdb_changes_since_last_save", 0);
    fields.put("rdb_bgsave_in_progress", server.persistence().isRunning() ? 1 : 0);
    fields.put("rdb_last_save_time", server.persistence().lastSaveSeconds());
    fields.put("rdb_last_bgsave_status", last);
    fields.put("aof_enabled", 1);
    fields.put("aof_rewrite_in_progress", 0);
    fields.put("aof_last_bgrewrite_status", last);
    fields.put("aof_last_write_status", "ok");
    fields.put("log_appended", server.log().appended());
    fields.put("log_durable", server.log().durable());
    return fields;
  }

  private static Map<String, Object> stats(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Statistics statistics = server.statistics();
    fields.put("total_connections_received", statistics.connections);
    fields.put("total_commands_processed", statistics.commands);
    fields.put("rejected_connections", statistics.rejectedConnections);
    fields.put("expired_keys", server.keyspace().expiredKeys());
    fields.put("evicted_keys", server.keyspace().eviction().evictedKeys());
    fields.put("keyspace_hits", statistics.hits);
    fields.put("keyspace_misses", statistics.misses);
    fields.put("pubsub_channels", server.pubSub().of(PubSub.Kind.CHANNEL).size());
    fields.put("pubsub_patterns", server.pubSub().of(PubSub.Kind.PATTERN).size());
    fields.put("pubsubshard_channels", server.pubSub().of(PubSub.Kind.SHARD).size());
    fields.put("latest_fork_usec", 0);
    fields.put("total_forks", 0);
    fields.put("total_error_replies", statistics.errors.total());
    fields.put("total_protocol_errors", statistics.protocolErrors);
    return fields;
  }

  private static Map<String, Object> replication(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", "master");
    fields.put("connected_slaves", 0);
    fields.put("master_failover_state", "no-failover");
    fields.put("master_repl_offset", server.log().appended());
    fields.put("repl_backlog_active", 0);
    return fields;
  }

  private static Map<String, Object> cpu() {
    Map<String, Object> fields = new LinkedHashMap<>();
    long nanos =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean os
            ? os.getProcessCpuTime()
            : 0;
    fields.put("used_cpu_sys", "0.000000");
    fields.put("used_cpu_user", String.format("%.6f", nanos / 1e9));
    return fields;
  }

  private static Map<String, Object> keyspace(Keyspace keyspace) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      if (keyspace.size(db) > 0) {
        fields.put(
            "db" + db,
            "keys=" + keyspace.size(db) + ",expires=" + keyspace.expiring(db) + ",avg_ttl=0");
      }
    }
    return fields;
  }
}
