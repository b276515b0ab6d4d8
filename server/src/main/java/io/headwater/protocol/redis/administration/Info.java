package io.headwater.protocol.redis.administration;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Persistence;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.view.keyspace.Keyspace;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * INFO: the sections of Redis 7.0 with all of their fields, as clients and dashboards read them.
 * What does not exist here is 0; {@code headwater_}, {@code heap_} and {@code log_} fields are
 * ours.
 */
final class Info {
  /** In Redis's order, with what INFO shows when it is not asked for more. */
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
          "commandstats",
          "errorstats",
          "latencystats",
          "cluster",
          "keyspace");

  private static final Set<String> ON_DEMAND = Set.of("commandstats", "latencystats");
  private static final String NO_REPLICATION_ID = "0".repeat(40);

  private Info() {}

  static String of(Call call) {
    Set<String> wanted = new LinkedHashSet<>();
    for (int i = 1; i < call.count(); i++) {
      wanted.add(call.text(i).toLowerCase(Locale.ROOT));
    }
    boolean all = wanted.contains("all") || wanted.contains("everything");
    boolean usual = wanted.isEmpty() || wanted.contains("default");
    StringBuilder text = new StringBuilder();
    for (String section : SECTIONS) {
      if (all || wanted.contains(section) || usual && !ON_DEMAND.contains(section)) {
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
      case "clients" -> InfoStatistics.clients(server);
      case "memory" -> InfoMemory.of(call);
      case "persistence" -> persistence(server);
      case "stats" -> InfoStatistics.stats(server);
      case "replication" -> replication(server);
      case "cpu" -> InfoStatistics.cpu();
      case "commandstats" -> InfoStatistics.commands(server);
      case "errorstats" -> InfoStatistics.errors(server);
      case "latencystats" -> InfoStatistics.latencies(server);
      case "cluster" -> Map.of("cluster_enabled", 0);
      case "keyspace" -> keyspace(server);
      default -> Map.of();
    };
  }

  /** Forty hexadecimal digits that stay the same as long as the log does. */
  private static String runId(RedisServer server) {
    return String.format(Locale.ROOT, "%016x", server.log().epoch()).repeat(3).substring(0, 40);
  }

  private static Map<String, Object> server(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("redis_version", RedisServer.REDIS_VERSION);
    fields.put("redis_git_sha1", "00000000");
    fields.put("redis_git_dirty", 0);
    fields.put("redis_build_id", "headwater-" + server.options().version());
    fields.put("redis_mode", "standalone");
    fields.put("server_name", "headwater");
    fields.put("headwater_version", server.options().version());
    fields.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch").replace("amd64", "x86_64")); // as uname has it
    fields.put("arch_bits", 64);
    fields.put("monotonic_clock", "System.nanoTime");
    fields.put("multiplexing_api", "epoll");
    fields.put("atomicvar_api", "java");
    fields.put("gcc_version", "0.0.0");
    fields.put("process_id", ProcessHandle.current().pid());
    fields.put("process_supervised", "no");
    fields.put("run_id", runId(server));
    fields.put("tcp_port", server.settings().text("port"));
    fields.put("server_time_usec", server.clock().wallMs() * 1000);
    fields.put("uptime_in_seconds", server.upSeconds());
    fields.put("uptime_in_days", server.upSeconds() / 86_400);
    fields.put("hz", server.settings().text("hz"));
    fields.put("configured_hz", server.settings().text("hz"));
    fields.put("lru_clock", server.clock().wallMs() / 1000 & 0xffffff);
    fields.put("executable", "headwater");
    fields.put("config_file", "");
    fields.put("io_threads_active", 0);
    return fields;
  }

  private static Map<String, Object> persistence(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    String last = server.persistence().lastFailed() ? "err" : "ok";
    boolean saving = server.persistence().isSaving();
    boolean rewriting = server.persistence().isRunning(Persistence.Work.REWRITE);
    boolean scheduled = server.persistence().isScheduled(Persistence.Work.REWRITE);
    fields.put("loading", 0);
    fields.put("async_loading", 0);
    zeros(fields, "current_cow_peak", "current_cow_size", "current_cow_size_age");
    fields.put("current_fork_perc", "0.00");
    zeros(fields, "current_save_keys_processed", "current_save_keys_total");
    fields.put("rdb_changes_since_last_save", server.persistence().changesSinceSave());
    fields.put("rdb_bgsave_in_progress", saving ? 1 : 0);
    fields.put("rdb_last_save_time", server.persistence().lastSaveSeconds());
    fields.put("rdb_last_bgsave_status", last);
    fields.put("rdb_last_bgsave_time_sec", server.persistence().lastTookSeconds());
    fields.put("rdb_current_bgsave_time_sec", server.persistence().runningSeconds());
    fields.put("rdb_saves", server.persistence().saves());
    zeros(fields, "rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded");
    fields.put("aof_enabled", 1);
    fields.put("aof_rewrite_in_progress", rewriting ? 1 : 0);
    fields.put("aof_rewrite_scheduled", scheduled ? 1 : 0);
    fields.put("aof_last_rewrite_time_sec", server.persistence().lastTookSeconds());
    fields.put("aof_current_rewrite_time_sec", -1);
    fields.put("aof_last_bgrewrite_status", last);
    zeros(fields, "aof_rewrites", "aof_rewrites_consecutive_failures");
    fields.put("aof_last_write_status", "ok");
    zeros(fields, "aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size");
    fields.put("aof_current_size", server.log().appended() - server.log().start());
    fields.put("aof_base_size", 0);
    fields.put("aof_pending_rewrite", 0);
    fields.put("aof_buffer_length", 0);
    fields.put("aof_pending_bio_fsync", 0);
    fields.put("aof_delayed_fsync", 0);
    fields.put("log_appended", server.log().appended());
    fields.put("log_durable", server.log().durable());
    return fields;
  }

  static void zeros(Map<String, Object> fields, String... names) {
    for (String name : names) {
      fields.put(name, 0);
    }
  }

  private static Map<String, Object> replication(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", "master");
    Replicas replicas = server.replicas();
    fields.put("connected_slaves", replicas.shown().size());
    if (replicas.good().isOn()) {
      fields.put("min_slaves_good_slaves", replicas.good().there());
    }
    int number = 0;
    for (Replicas.Shown replica : replicas.shown()) {
      fields.put(
          "slave" + number++,
          String.format(
              Locale.ROOT,
              "ip=%s,port=%d,state=%s,offset=%d,lag=%d",
              replica.address(),
              replica.port(),
              replica.state(),
              replica.acknowledged(),
              replica.lagSeconds()));
    }
    boolean isActive = replicas.backlogBytes() > 0;
    fields.put("master_failover_state", "no-failover");
    fields.put("master_replid", replicas.id());
    fields.put("master_replid2", NO_REPLICATION_ID);
    fields.put("master_repl_offset", replicas.offset());
    fields.put("second_repl_offset", -1);
    fields.put("repl_backlog_active", isActive ? 1 : 0);
    fields.put("repl_backlog_size", server.settings().text("repl-backlog-size"));
    fields.put("repl_backlog_first_byte_offset", isActive ? replicas.backlogStart() + 1 : 0);
    fields.put("repl_backlog_histlen", isActive ? replicas.offset() - replicas.backlogStart() : 0);
    return fields;
  }

  private static Map<String, Object> keyspace(RedisServer server) {
    Keyspace keyspace = server.keyspace();
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      if (keyspace.size(db) > 0) {
        fields.put(
            "db" + db,
            "keys="
                + keyspace.size(db)
                + ",expires="
                + keyspace.expiring(db)
                + ",avg_ttl="
                + keyspace.expiration().averageTtlMs(db, server.random()));
      }
    }
    return fields;
  }
}
