package io.headwater.protocol.redis.settings;

import static io.headwater.protocol.redis.settings.Parameter.acts;
import static io.headwater.protocol.redis.settings.Parameter.hint;
import static io.headwater.protocol.redis.settings.Parameter.idle;
import static io.headwater.protocol.redis.settings.Parameter.start;
import static io.headwater.protocol.redis.settings.Parameters.COUNT;
import static io.headwater.protocol.redis.settings.Parameters.LONG_COUNT;
import static io.headwater.protocol.redis.settings.Parameters.PORT;
import static io.headwater.protocol.redis.settings.Parameters.TEXT;
import static io.headwater.protocol.redis.settings.Parameters.YES_NO;
import static io.headwater.protocol.redis.settings.Parameters.bytes;
import static io.headwater.protocol.redis.settings.Parameters.choice;
import static io.headwater.protocol.redis.settings.Parameters.special;
import static io.headwater.protocol.redis.settings.Parameters.unsignedBytes;
import static io.headwater.protocol.redis.settings.Parameters.whole;

import java.util.List;
import java.util.stream.Stream;

/**
 * Replication and cluster. Headwater has replicas and is none, and has no cluster: what would
 * promise the one or the other is refused.
 */
final class ReplicationParameters {
  private static final String NO_MASTER = "Headwater is no replica";
  private static final String NO_FILE = "a checkpoint is sent as it is read, at once";
  private static final String NO_CLUSTER = "there is no cluster";

  private ReplicationParameters() {}

  static List<Parameter> rows() {
    return Stream.of(replication(), cluster()).flatMap(List::stream).toList();
  }

  private static List<Parameter> replication() {
    return List.of(
        idle("replicaof", TEXT, "", NO_MASTER).immutable().also("slaveof"),
        idle("masterauth", TEXT, "", NO_MASTER),
        idle("masteruser", TEXT, "", NO_MASTER),
        acts("min-replicas-to-write", COUNT, "0", "").also("min-slaves-to-write"),
        acts("min-replicas-max-lag", COUNT, "10", "seconds").also("min-slaves-max-lag"),
        idle("replica-announce-ip", TEXT, "", NO_MASTER).also("slave-announce-ip"),
        idle("replica-announce-port", PORT, "0", NO_MASTER).also("slave-announce-port"),
        hint("replica-announced", YES_NO, "yes", NO_MASTER),
        hint("replica-ignore-disk-write-errors", YES_NO, "no", NO_MASTER),
        hint("replica-ignore-maxmemory", YES_NO, "yes", NO_MASTER).also("slave-ignore-maxmemory"),
        hint("replica-lazy-flush", YES_NO, "no", NO_MASTER).also("slave-lazy-flush"),
        hint("replica-priority", COUNT, "100", NO_MASTER).also("slave-priority"),
        hint("replica-read-only", YES_NO, "yes", NO_MASTER).also("slave-read-only"),
        hint("replica-serve-stale-data", YES_NO, "yes", NO_MASTER).also("slave-serve-stale-data"),
        acts(
            "repl-backlog-size",
            bytes(1),
            "1048576",
            "at least 1 MiB, from the next stream on: the first replica begins one"),
        acts("repl-backlog-ttl", LONG_COUNT, "3600", "seconds"),
        hint("repl-disable-tcp-nodelay", YES_NO, "no", "what is there is sent at once"),
        hint(
            "repl-diskless-load",
            choice("disabled", "on-empty-db", "swapdb"),
            "disabled",
            NO_MASTER),
        hint("repl-diskless-sync", YES_NO, "yes", NO_FILE),
        hint("repl-diskless-sync-delay", COUNT, "5", NO_FILE),
        hint("repl-diskless-sync-max-replicas", COUNT, "0", NO_FILE),
        acts("repl-ping-replica-period", whole(1, Integer.MAX_VALUE), "10", "seconds")
            .also("repl-ping-slave-period"),
        acts("repl-timeout", whole(1, Integer.MAX_VALUE), "60", "seconds"),
        hint(
            "propagation-error-behavior",
            choice("ignore", "panic", "panic-on-replicas"),
            "ignore",
            NO_MASTER));
  }

  private static List<Parameter> cluster() {
    return List.of(
        start("cluster-enabled", choice("no"), "no", NO_CLUSTER).immutable(),
        hint("cluster-allow-pubsubshard-when-down", YES_NO, "yes", NO_CLUSTER),
        hint("cluster-allow-reads-when-down", YES_NO, "no", NO_CLUSTER),
        hint("cluster-allow-replica-migration", YES_NO, "yes", NO_CLUSTER),
        hint("cluster-announce-bus-port", PORT, "0", NO_CLUSTER),
        hint("cluster-announce-hostname", special("name", Readers::hostname), "", NO_CLUSTER),
        hint("cluster-announce-ip", TEXT, "", NO_CLUSTER),
        hint("cluster-announce-port", PORT, "0", NO_CLUSTER),
        hint("cluster-announce-tls-port", PORT, "0", NO_CLUSTER),
        hint("cluster-config-file", TEXT, "nodes.conf", NO_CLUSTER).immutable(),
        hint("cluster-link-sendbuf-limit", unsignedBytes(), "0", NO_CLUSTER),
        hint("cluster-migration-barrier", COUNT, "1", NO_CLUSTER),
        hint("cluster-node-timeout", LONG_COUNT, "15000", NO_CLUSTER),
        hint("cluster-port", PORT, "0", NO_CLUSTER).immutable(),
        hint(
            "cluster-preferred-endpoint-type",
            choice("ip", "hostname", "unknown-endpoint"),
            "ip",
            NO_CLUSTER),
        hint("cluster-replica-no-failover", YES_NO, "no", NO_CLUSTER)
            .also("cluster-slave-no-failover"),
        hint("cluster-replica-validity-factor", COUNT, "10", NO_CLUSTER)
            .also("cluster-slave-validity-factor"),
        hint("cluster-require-full-coverage", YES_NO, "yes", NO_CLUSTER));
  }
}
