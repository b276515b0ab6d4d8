package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import java.util.concurrent.TimeUnit;

/** {@code stats}: memcached's names, only where there is a true value for them. */
final class Statistics {
  private Statistics() {}

  static int run(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    if (line.words() == 1) {
      general(session, out);
      return next;
    }
    switch (line.text(1)) {
      case "reset" -> {
        session.counters.reset();
        out.put(Replies.RESET);
      }
      case "settings" -> settings(session, out);
      case "items" -> items(session, out);
      case "slabs" -> slabs(session, out);
      case "sizes" -> {
        session.cache.sizes(
            (sizeUpTo, count) -> Replies.stat(out, Integer.toString(sizeUpTo), count));
        out.put(Replies.END);
      }
      case "detail", "cachedump", "conns", "sizes_enable", "sizes_disable", "extstore" ->
          Replies.notSupported(out, "stats " + line.text(1));
      default -> out.put(Replies.ERROR);
    }
    return next;
  }

  private static void general(MemcachedSession session, ByteWriter out) {
    MemcachedSessions shared = session.shared;
    Counters counters = session.counters;
    Cache.Stats cache = session.cache.stats();
    Replies.stat(out, "pid", ProcessHandle.current().pid());
    long uptimeNs = shared.clock.nanos() - shared.startedNs;
    Replies.stat(out, "uptime", TimeUnit.NANOSECONDS.toSeconds(uptimeNs));
    Replies.stat(out, "time", session.cache.unixSeconds());
    Replies.stat(out, "version", shared.version);
    Replies.stat(out, "pointer_size", 64);
    Replies.stat(out, "max_connections", shared.limits.connections());
    Replies.stat(out, "curr_connections", counters.connections);
    Replies.stat(out, "total_connections", counters.connectionsTotal);
    Replies.stat(out, "cmd_get", counters.gets);
    Replies.stat(out, "cmd_set", counters.sets);
    Replies.stat(out, "cmd_flush", counters.flushes);
    Replies.stat(out, "cmd_touch", counters.touches);
    Replies.stat(out, "cmd_meta", counters.metas);
    Replies.stat(out, "get_hits", counters.getHits);
    Replies.stat(out, "get_misses", counters.getMisses);
    Replies.stat(out, "get_derived", counters.derivedReads);
    Replies.stat(out, "delete_misses", counters.deleteMisses);
    Replies.stat(out, "delete_hits", counters.deleteHits);
    Replies.stat(out, "incr_misses", counters.incrementMisses);
    Replies.stat(out, "incr_hits", counters.incrementHits);
    Replies.stat(out, "decr_misses", counters.decrementMisses);
    Replies.stat(out, "decr_hits", counters.decrementHits);
    Replies.stat(out, "cas_misses", counters.casMisses);
    Replies.stat(out, "cas_hits", counters.casHits);
    Replies.stat(out, "cas_badval", counters.casBadValues);
    Replies.stat(out, "touch_hits", counters.touchHits);
    Replies.stat(out, "touch_misses", counters.touchMisses);
    Replies.stat(out, "store_too_large", counters.tooLarge);
    Replies.stat(out, "bytes_read", counters.bytesRead);
    Replies.stat(out, "bytes_written", counters.bytesWritten);
    Replies.stat(out, "limit_maxbytes", cache.memoryBytes());
    Replies.stat(out, "threads", 1);
    Replies.stat(out, "hash_bytes", cache.indexBytes());
    Replies.stat(out, "bytes", cache.bytes());
    Replies.stat(out, "curr_items", cache.items());
    Replies.stat(out, "total_items", cache.itemsTotal());
    Replies.stat(out, "expired_unfetched", cache.expiredUnfetched());
    Replies.stat(out, "evicted_unfetched", cache.evictedUnfetched());
    Replies.stat(out, "evictions", cache.evictions());
    Replies.stat(out, "reclaimed", cache.reclaimed());
    out.put(Replies.END);
  }

  private static void settings(MemcachedSession session, ByteWriter out) {
    MemcachedSessions shared = session.shared;
    Replies.stat(out, "maxbytes", session.cache.limits().memoryBytes());
    Replies.stat(out, "maxconns", shared.limits.connections());
    Replies.stat(out, "tcpport", session.connection.local().getPort());
    Replies.stat(out, "udpport", 0);
    Replies.stat(out, "inter", session.connection.local().getHostString());
    Replies.stat(out, "evictions", "on");
    Replies.stat(out, "shutdown_command", "no");
    Replies.stat(out, "num_threads", 1);
    Replies.stat(out, "cas_enabled", "yes");
    Replies.stat(out, "binding_protocol", "ascii");
    Replies.stat(out, "auth_enabled_sasl", "no");
    Replies.stat(out, "auth_enabled_ascii", "no");
    Replies.stat(out, "item_size_max", session.cache.limits().itemBytes());
    Replies.stat(out, "maxconns_fast", "yes");
    Replies.stat(out, "flush_enabled", "yes");
    Replies.stat(out, "dump_enabled", "no");
    out.put(Replies.END);
  }

  /** One class holds items of all sizes: there are no slab classes here. */
  private static void items(MemcachedSession session, ByteWriter out) {
    Cache.Stats cache = session.cache.stats();
    if (cache.items() > 0) {
      Replies.stat(out, "items:1:number", cache.items());
      Replies.stat(out, "items:1:mem_requested", cache.bytes());
      Replies.stat(out, "items:1:evicted", cache.evictions());
      Replies.stat(out, "items:1:reclaimed", cache.reclaimed());
      Replies.stat(out, "items:1:expired_unfetched", cache.expiredUnfetched());
      Replies.stat(out, "items:1:evicted_unfetched", cache.evictedUnfetched());
    }
    out.put(Replies.END);
  }

  private static void slabs(MemcachedSession session, ByteWriter out) {
    Cache.Stats cache = session.cache.stats();
    Counters counters = session.counters;
    if (cache.segments() > 0) {
      Replies.stat(out, "1:total_pages", cache.segments());
      Replies.stat(out, "1:used_chunks", cache.items());
      Replies.stat(out, "1:mem_requested", cache.bytes());
      Replies.stat(out, "1:get_hits", counters.getHits);
      Replies.stat(out, "1:cmd_set", counters.sets);
      Replies.stat(out, "1:delete_hits", counters.deleteHits);
      Replies.stat(out, "1:incr_hits", counters.incrementHits);
      Replies.stat(out, "1:decr_hits", counters.decrementHits);
      Replies.stat(out, "1:cas_hits", counters.casHits);
      Replies.stat(out, "1:cas_badval", counters.casBadValues);
      Replies.stat(out, "1:touch_hits", counters.touchHits);
    }
    Replies.stat(out, "active_slabs", cache.segments() > 0 ? 1 : 0);
    Replies.stat(out, "total_malloced", cache.segmentBytes());
    out.put(Replies.END);
  }
}
