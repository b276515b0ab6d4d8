package io.headwater.protocol.redis.settings;

import static io.headwater.protocol.redis.settings.Parameter.acts;
import static io.headwater.protocol.redis.settings.Parameter.hint;
import static io.headwater.protocol.redis.settings.Parameter.idle;
import static io.headwater.protocol.redis.settings.Parameter.start;
import static io.headwater.protocol.redis.settings.Parameters.COUNT;
import static io.headwater.protocol.redis.settings.Parameters.LONG_COUNT;
import static io.headwater.protocol.redis.settings.Parameters.TEXT;
import static io.headwater.protocol.redis.settings.Parameters.YES_NO;
import static io.headwater.protocol.redis.settings.Parameters.bytes;
import static io.headwater.protocol.redis.settings.Parameters.choice;
import static io.headwater.protocol.redis.settings.Parameters.special;
import static io.headwater.protocol.redis.settings.Parameters.unsignedBytes;
import static io.headwater.protocol.redis.settings.Parameters.whole;

import java.util.List;
import java.util.stream.Stream;

/** Memory, how values are stored, expiry, and how they get to the disk. */
final class DataParameters {
  private static final String NO_RDB =
      "there is no RDB file: the log and checkpoints keep the data";
  private static final String NO_AOF = "there is no append-only file: the log keeps the data";
  private static final String NO_DEFRAGMENTATION =
      "memory is kept in runs of one size that serve any size again, and is not moved";
  private static final String FREED_IN_SLICES = "large values are always freed in slices";

  private DataParameters() {}

  static List<Parameter> rows() {
    return Stream.of(memory(), layout(), expiry(), log(), snapshots())
        .flatMap(List::stream)
        .toList();
  }

  private static List<Parameter> memory() {
    return List.of(
        acts(
            "maxmemory",
            unsignedBytes(),
            "0",
            "bytes of data and clients' buffers; 0 is without limit"),
        acts(
            "maxmemory-policy",
            choice(
                "volatile-lru",
                "volatile-lfu",
                "volatile-random",
                "volatile-ttl",
                "allkeys-lru",
                "allkeys-lfu",
                "allkeys-random",
                "noeviction"),
            "noeviction",
            "which key goes when memory is short"),
        acts(
            "maxmemory-samples",
            whole(1, Integer.MAX_VALUE),
            "5",
            "how many keys are compared; at most 64 are"),
        acts(
            "maxmemory-eviction-tenacity",
            whole(0, 100),
            "10",
            "how long a command may evict: 10 is half a millisecond, 100 without limit"),
        acts("lfu-log-factor", COUNT, "10", "how slowly the counters of uses grow"),
        acts("lfu-decay-time", COUNT, "1", "minutes without use that take one off a counter"),
        hint("lazyfree-lazy-eviction", YES_NO, "no", FREED_IN_SLICES),
        hint("lazyfree-lazy-expire", YES_NO, "no", FREED_IN_SLICES),
        hint("lazyfree-lazy-server-del", YES_NO, "no", FREED_IN_SLICES),
        hint("lazyfree-lazy-user-del", YES_NO, "no", FREED_IN_SLICES),
        hint("lazyfree-lazy-user-flush", YES_NO, "no", FREED_IN_SLICES),
        hint("activedefrag", YES_NO, "no", NO_DEFRAGMENTATION),
        hint("active-defrag-cycle-max", whole(1, 99), "25", NO_DEFRAGMENTATION),
        hint("active-defrag-cycle-min", whole(1, 99), "1", NO_DEFRAGMENTATION),
        hint("active-defrag-ignore-bytes", bytes(1), "104857600", NO_DEFRAGMENTATION),
        hint("active-defrag-max-scan-fields", whole(1, Long.MAX_VALUE), "1000", NO_DEFRAGMENTATION),
        hint("active-defrag-threshold-lower", whole(0, 1000), "10", NO_DEFRAGMENTATION),
        hint("active-defrag-threshold-upper", whole(0, 1000), "100", NO_DEFRAGMENTATION),
        hint("jemalloc-bg-thread", YES_NO, "yes", "jemalloc is not used"),
        hint("activerehashing", YES_NO, "yes", "tables grow by segments and are never rehashed"));
  }

  private static List<Parameter> layout() {
    return List.of(
        acts("hash-max-listpack-entries", LONG_COUNT, "512", "up to which a hash is a listpack")
            .also("hash-max-ziplist-entries"),
        acts("hash-max-listpack-value", bytes(0), "64", "up to which a hash is a listpack")
            .also("hash-max-ziplist-value"),
        acts(
                "zset-max-listpack-entries",
                LONG_COUNT,
                "128",
                "up to which a sorted set is a listpack")
            .also("zset-max-ziplist-entries"),
        acts("zset-max-listpack-value", bytes(0), "64", "up to which a sorted set is a listpack")
            .also("zset-max-ziplist-value"),
        acts("set-max-intset-entries", LONG_COUNT, "512", "up to which a set is an intset"),
        acts(
                "list-max-listpack-size",
                whole(Integer.MIN_VALUE, Integer.MAX_VALUE),
                "-2",
                "how large a list's nodes are in DUMP; here they have a size of their own")
            .also("list-max-ziplist-size"),
        hint("list-compress-depth", COUNT, "0", "lists are not compressed"),
        acts(
            "stream-node-max-bytes",
            bytes(0),
            "4096",
            "how much of a stream lies in one node; 0 and more than 64 KiB are 64 KiB"),
        acts(
            "stream-node-max-entries",
            LONG_COUNT,
            "100",
            "how many entries lie in one node; 0 and more than 16384 are 16384"),
        acts(
            "hll-sparse-max-bytes",
            bytes(0),
            "3000",
            "up to which length, header included, a HyperLogLog stays sparse"),
        start("databases", whole(16, 16), "16", "always 16").immutable());
  }

  private static List<Parameter> expiry() {
    return List.of(
        acts(
            "active-expire-effort",
            whole(1, 10),
            "1",
            "how much of the time goes into deleting keys that are past theirs"),
        acts(
            "notify-keyspace-events",
            special("letters of classes", Readers::notifications),
            "",
            "which changes of keys are told to subscribers"));
  }

  private static List<Parameter> log() {
    return List.of(
        acts(
            "appendfsync",
            choice("everysec", "always", "no"),
            "always",
            "when a write is synced: always is before its reply"),
        hint("appendonly", YES_NO, "yes", "the log is always on"),
        hint("appendfilename", TEXT, "appendonly.aof", NO_AOF).immutable(),
        hint("appenddirname", TEXT, "appendonlydir", NO_AOF).immutable(),
        hint("no-appendfsync-on-rewrite", YES_NO, "no", NO_AOF),
        hint("auto-aof-rewrite-min-size", bytes(0), "67108864", NO_AOF),
        hint("auto-aof-rewrite-percentage", COUNT, "100", NO_AOF),
        hint("aof-disable-auto-gc", YES_NO, "no", NO_AOF),
        hint("aof-load-truncated", YES_NO, "yes", NO_AOF),
        hint("aof-rewrite-incremental-fsync", YES_NO, "yes", NO_AOF),
        hint("aof-timestamp-enabled", YES_NO, "no", NO_AOF),
        hint("aof-use-rdb-preamble", YES_NO, "yes", NO_AOF));
  }

  private static List<Parameter> snapshots() {
    return List.of(
        acts(
            "save",
            new Kind.Special("seconds and changes", true, Readers::save),
            "",
            "a checkpoint when so many changes are so many seconds old; without it when"
                + " checkpoint.log or checkpoint.interval say so"),
        start("dir", TEXT, ".", "the data folder").isProtected(),
        hint("dbfilename", TEXT, "dump.rdb", NO_RDB).isProtected(),
        hint("rdb-del-sync-files", YES_NO, "no", NO_RDB),
        hint("rdb-save-incremental-fsync", YES_NO, "yes", NO_RDB),
        hint("rdbchecksum", YES_NO, "yes", NO_RDB).immutable(),
        acts("rdbcompression", YES_NO, "yes", "whether DUMP compresses long strings"),
        hint("stop-writes-on-bgsave-error", YES_NO, "yes", "a failed checkpoint loses nothing"),
        idle(
            "sanitize-dump-payload",
            choice("no", "yes", "clients"),
            "no",
            "payloads are always checked"));
  }
}
