package io.headwater.protocol.redis.administration;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.PubSub;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.Traffic;
import io.headwater.protocol.redis.observing.CommandCounts;
import io.headwater.protocol.redis.observing.LatencyHistogram;
import io.headwater.protocol.redis.observing.Statistics;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.view.keyspace.Eviction;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** INFO's sections that count. */
final class InfoStatistics {
  private InfoStatistics() {}

  static Map<String, Object> clients(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    long input = 0;
    long output = 0;
    for (RedisSession session : server.sessions()) {
      input = Math.max(input, session.connection().inputBufferBytes());
      output = Math.max(output, session.connection().pendingBytes());
    }
    fields.put("connected_clients", server.sessions().size());
    fields.put("cluster_connections", 0);
    fields.put("maxclients", server.settings().text("maxclients"));
    fields.put("client_recent_max_input_buffer", input);
    fields.put("client_recent_max_output_buffer", output);
    fields.put("blocked_clients", server.waiting().clients() + server.pause().clients());
    fields.put("tracking_clients", server.tracking().clients());
    fields.put("clients_in_timeout_table", server.waiting().clients());
    return fields;
  }

  static Map<String, Object> stats(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Statistics statistics = server.statistics();
    traffic(fields, server);
    fields.put("rejected_connections", statistics.rejectedConnections);
    Replicas.Counts syncs = server.replicas().counts();
    fields.put("sync_full", syncs.full());
    fields.put("sync_partial_ok", syncs.partial());
    fields.put("sync_partial_err", syncs.refused());
    fields.put("expired_keys", server.keyspace().expiredKeys());
    fields.put("expired_stale_perc", "0.00");
    Info.zeros(fields, "expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds");
    Eviction eviction = server.keyspace().eviction();
    fields.put("evicted_keys", eviction.evictedKeys());
    fields.put("evicted_clients", statistics.evictedClients);
    fields.put("total_eviction_exceeded_time", eviction.exceededNanos() / 1_000_000);
    fields.put("current_eviction_exceeded_time", eviction.currentlyExceededNanos() / 1_000_000);
    fields.put("keyspace_hits", statistics.hits);
    fields.put("keyspace_misses", statistics.misses);
    fields.put("pubsub_channels", server.pubSub().of(PubSub.Kind.CHANNEL).size());
    fields.put("pubsub_patterns", server.pubSub().of(PubSub.Kind.PATTERN).size());
    fields.put("pubsubshard_channels", server.pubSub().of(PubSub.Kind.SHARD).size());
    Info.zeros(
        fields,
        "latest_fork_usec",
        "total_forks",
        "migrate_cached_sockets",
        "slave_expires_tracked_keys",
        "active_defrag_hits",
        "active_defrag_misses",
        "active_defrag_key_hits",
        "active_defrag_key_misses",
        "total_active_defrag_time",
        "current_active_defrag_time");
    fields.put("tracking_total_keys", server.tracking().keys());
    fields.put("tracking_total_items", server.tracking().items());
    fields.put("tracking_total_prefixes", server.tracking().prefixes());
    fields.put("unexpected_error_replies", 0);
    fields.put("total_error_replies", statistics.errors.total());
    fields.put("total_protocol_errors", statistics.protocolErrors);
    fields.put("dump_payload_sanitizations", 0);
    fields.put("total_reads_processed", statistics.reads);
    fields.put("total_writes_processed", statistics.reads);
    Info.zeros(
        fields,
        "io_threaded_reads_processed",
        "io_threaded_writes_processed",
        "reply_buffer_shrinks",
        "reply_buffer_expands");
    return fields;
  }

  private static void traffic(Map<String, Object> fields, RedisServer server) {
    Traffic traffic = server.traffic();
    fields.put("total_connections_received", server.statistics().connections);
    fields.put("total_commands_processed", server.statistics().commands);
    fields.put("instantaneous_ops_per_sec", Math.round(traffic.commands().perSecond()));
    fields.put("total_net_input_bytes", traffic.inputBytes());
    fields.put("total_net_output_bytes", traffic.outputBytes());
    Info.zeros(fields, "total_net_repl_input_bytes", "total_net_repl_output_bytes");
    fields.put("instantaneous_input_kbps", kilobytes(traffic.input().perSecond()));
    fields.put("instantaneous_output_kbps", kilobytes(traffic.output().perSecond()));
    fields.put("instantaneous_input_repl_kbps", kilobytes(0));
    fields.put("instantaneous_output_repl_kbps", kilobytes(0));
  }

  private static String kilobytes(double bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1024);
  }

  /** The process's own time stands in user; the split is known of the loop's thread only. */
  static Map<String, Object> cpu() {
    Map<String, Object> fields = new LinkedHashMap<>();
    long process =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getProcessCpuTime()
            : 0;
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    boolean known = threads.isCurrentThreadCpuTimeSupported();
    long loopUser = known ? threads.getCurrentThreadUserTime() : 0;
    long loopSystem = known ? threads.getCurrentThreadCpuTime() - loopUser : 0;
    fields.put("used_cpu_sys", seconds(loopSystem));
    fields.put("used_cpu_user", seconds(process - loopSystem));
    fields.put("used_cpu_sys_children", seconds(0));
    fields.put("used_cpu_user_children", seconds(0));
    fields.put("used_cpu_sys_main_thread", seconds(loopSystem));
    fields.put("used_cpu_user_main_thread", seconds(loopUser));
    return fields;
  }

  private static String seconds(long nanos) {
    return String.format(Locale.ROOT, "%.6f", Math.max(0, nanos) / 1e9);
  }

  static Map<String, Object> commands(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (Command command : server.table().numbered()) {
      CommandCounts counts = command.counts();
      if (!counts.isEmpty()) {
        double each = counts.calls() == 0 ? 0 : (double) counts.micros() / counts.calls();
        fields.put(
            "cmdstat_" + command.name(),
            String.format(
                Locale.ROOT,
                "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                counts.calls(),
                counts.micros(),
                each,
                counts.rejections(),
                counts.failures()));
      }
    }
    return fields;
  }

  static Map<String, Object> errors(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    server
        .statistics()
        .errors
        .byCode()
        .forEach((code, count) -> fields.put("errorstat_" + code, "count=" + count));
    return fields;
  }

  static Map<String, Object> latencies(RedisServer server) {
    Map<String, Object> fields = new LinkedHashMap<>();
    String text = server.settings().text("latency-tracking-info-percentiles");
    String[] percentiles = text.isBlank() ? new String[0] : text.split(" ", -1);
    for (Command command : server.table().numbered()) {
      LatencyHistogram histogram = command.counts().latencies();
      if (histogram != null && percentiles.length > 0) {
        StringBuilder value = new StringBuilder();
        for (String percentile : percentiles) {
          double micros = histogram.percentileNs(Double.parseDouble(percentile)) / 1000.0;
          value.append(value.isEmpty() ? "p" : ",p").append(percentile);
          value.append(String.format(Locale.ROOT, "=%.3f", micros));
        }
        fields.put("latency_percentiles_usec_" + command.name(), value);
      }
    }
    return fields;
  }
}
