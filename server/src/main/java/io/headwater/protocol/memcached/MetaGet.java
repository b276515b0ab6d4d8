package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.ItemChange.Mode;

/** {@code mg}: reads, touches, and hands out leases on missing, stale and soon expiring items. */
final class MetaGet {
  private static final byte[] NO_BYTES = {};

  private MetaGet() {}

  static int run(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    session.counters.metas++;
    if (line.length(1) > Cache.KEY_BYTES_MAX) {
      out.put(Replies.BAD_FORMAT);
      return next;
    }
    MetaFlags flags = session.metaFlags;
    String error = flags.read(line, 2, false);
    if (error != null) {
      out.putAscii(error).put(Replies.CRLF);
      return next;
    }
    String source = session.source(flags.key(), flags.keyFrom(), flags.keyLength());
    if (source != null) {
      readDerived(session, flags, source, out);
      return next;
    }
    Counters counters = session.counters;
    counters.gets++;
    if (flags.has('T')) {
      counters.touches++;
    }
    long address = flags.find(session.cache);
    if (address != 0) {
      counters.getHits++;
      counters.touchHits += flags.has('T') ? 1 : 0;
      answer(session.cache, flags, address, false, out);
    } else {
      counters.getMisses++;
      counters.touchMisses += flags.has('T') ? 1 : 0;
      if (flags.has('N')) {
        answer(session.cache, flags, vivify(session, flags), true, out);
      } else {
        miss(flags, out);
      }
    }
    return next;
  }

  private static void miss(MetaFlags flags, ByteWriter out) {
    if (!flags.has('q')) {
      out.putAscii("EN");
      flags.writeEchoes(out);
      out.put(Replies.CRLF);
    }
  }

  private static long vivify(MemcachedSession session, MetaFlags flags) {
    session.change.reset(Mode.SET).exptime(flags.vivify()).newCas(flags.newCas());
    if (flags.has('b')) {
      session.change.binaryKey();
    }
    session.cache.store(
        flags.key(), flags.keyFrom(), flags.keyLength(), NO_BYTES, 0, 0, session.change);
    return session.cache.lastStored();
  }

  private static void answer(
      Cache cache, MetaFlags flags, long address, boolean vivified, ByteWriter out) {
    boolean winSent = cache.isWinSent(address);
    boolean stale = cache.isStale(address);
    begin(out, flags, cache.valueLength(address));
    boolean recaches = false;
    for (int i = flags.firstWord(); i < flags.words(); i++) {
      if (flags.letter(i) == 'R') { // looks at the expiry as a T before it left it
        long left = cache.secondsToLive(address);
        recaches = left >= 0 && left < flags.recache();
      } else {
        writeFlag(cache, flags, i, address, out);
      }
    }
    if (winSent) {
      out.putAscii(" Z");
    }
    if (stale) {
      out.putAscii(" X");
    }
    if (!winSent && (vivified || stale || recaches)) {
      out.putAscii(" W");
      cache.sendWin(address);
    }
    out.put(Replies.CRLF);
    if (flags.has('v')) {
      cache.writeValue(address, out);
      out.put(Replies.CRLF);
    }
    if (!flags.has('u')) {
      cache.hit(address);
    }
  }

  private static void begin(ByteWriter out, MetaFlags flags, int valueLength) {
    if (flags.has('v')) {
      out.putAscii("VA ");
      Replies.number(out, valueLength);
    } else {
      out.putAscii("HD");
    }
  }

  private static void writeFlag(
      Cache cache, MetaFlags flags, int word, long address, ByteWriter out) {
    switch (flags.letter(word)) {
      case 'T' -> cache.touch(address, flags.exptime());
      case 'f' -> {
        out.putAscii(" f");
        Replies.number(out, cache.flags(address) & 0xffff_ffffL);
      }
      case 'c' -> {
        out.putAscii(" c");
        Replies.number(out, cache.cas(address));
      }
      case 's' -> {
        out.putAscii(" s");
        Replies.number(out, cache.valueLength(address));
      }
      case 't' -> writeTimeToLive(cache.secondsToLive(address), out);
      case 'h' -> out.putAscii(cache.isFetched(address) ? " h1" : " h0");
      case 'l' -> {
        out.putAscii(" l");
        Replies.number(out, cache.secondsSinceAccess(address));
      }
      case 'k' -> flags.writeKey(out, cache.isBinaryKey(address));
      case 'O' -> flags.writeOpaque(word, out);
      default -> {}
    }
  }

  static void writeTimeToLive(long seconds, ByteWriter out) {
    out.putAscii(seconds < 0 ? " t-" : " t");
    Replies.number(out, Math.abs(seconds));
  }

  /** A derived key has a value and no other state: never stale, never expiring, flags and cas 0. */
  private static void readDerived(
      MemcachedSession session, MetaFlags flags, String source, ByteWriter out) {
    if (flags.has('N') || flags.has('R') || flags.has('T') || flags.has('E')) {
      Replies.derived(out, source);
      return;
    }
    session.counters.gets++;
    byte[] value = session.readDerived(flags.key(), flags.keyFrom(), flags.keyLength());
    if (value == null) {
      session.counters.getMisses++;
      miss(flags, out);
      return;
    }
    session.counters.getHits++;
    begin(out, flags, value.length);
    for (int i = flags.firstWord(); i < flags.words(); i++) {
      switch (flags.letter(i)) {
        case 'f', 'c', 'h', 'l' -> out.putByte(' ').putByte(flags.letter(i)).putByte('0');
        case 't' -> writeTimeToLive(-1, out);
        case 's' -> {
          out.putAscii(" s");
          Replies.number(out, value.length);
        }
        case 'k' -> flags.writeKey(out, flags.has('b'));
        case 'O' -> flags.writeOpaque(i, out);
        default -> {}
      }
    }
    out.put(Replies.CRLF);
    if (flags.has('v')) {
      out.put(value).put(Replies.CRLF);
    }
  }
}
