package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;

/** {@code get}, {@code gets}, {@code gat} and {@code gats}. */
final class Retrieval {
  private static final byte[] VALUE = {'V', 'A', 'L', 'U', 'E', ' '};

  /** No expiry that a client can write. */
  private static final long NO_TOUCH = Long.MIN_VALUE;

  private Retrieval() {}

  static int get(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    return read(session, line, out, next, Cas.OMIT);
  }

  static int gets(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    return read(session, line, out, next, Cas.SHOW);
  }

  static int gat(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    return touch(session, line, out, next, Cas.OMIT);
  }

  static int gats(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    return touch(session, line, out, next, Cas.SHOW);
  }

  private enum Cas {
    SHOW,
    OMIT
  }

  private static int read(MemcachedSession session, Line line, ByteWriter out, int next, Cas cas) {
    int before = out.size();
    byte[] buffer = line.buffer();
    for (int key = line.start(1); key < line.end(); ) {
      int end = line.wordEnd(key);
      int length = end - key;
      if (length > Cache.KEY_BYTES_MAX) {
        out.truncate(before);
        out.put(Replies.BAD_FORMAT);
        return next;
      }
      String source = session.source(buffer, key, length);
      if (source != null) {
        readDerived(session, buffer, key, length, out, cas);
      } else {
        readItem(session, buffer, key, length, out, cas, NO_TOUCH);
      }
      key = line.wordFrom(end);
    }
    out.put(Replies.END);
    return next;
  }

  private static int touch(MemcachedSession session, Line line, ByteWriter out, int next, Cas cas) {
    if (!line.readSigned(1, 0)) {
      out.put(Replies.BAD_EXPTIME);
      return next;
    }
    long exptime = line.number();
    int before = out.size();
    byte[] buffer = line.buffer();
    for (int key = line.wordFrom(line.start(1) + line.length(1)); key < line.end(); ) {
      int end = line.wordEnd(key);
      int length = end - key;
      if (length > Cache.KEY_BYTES_MAX) {
        out.truncate(before);
        out.put(Replies.BAD_FORMAT);
        return next;
      }
      String source = session.source(buffer, key, length);
      if (source != null) {
        out.truncate(before);
        Replies.derived(out, source);
        return next;
      }
      session.counters.touches++;
      readItem(session, buffer, key, length, out, cas, exptime);
      key = line.wordFrom(end);
    }
    out.put(Replies.END);
    return next;
  }

  private static void readItem(
      MemcachedSession session,
      byte[] buffer,
      int key,
      int length,
      ByteWriter out,
      Cas cas,
      long exptime) {
    Cache cache = session.cache;
    Counters counters = session.counters;
    counters.gets++;
    long address = cache.find(buffer, key, length);
    if (address == 0) {
      counters.getMisses++;
      counters.touchMisses += exptime == NO_TOUCH ? 0 : 1;
      return;
    }
    counters.getHits++;
    if (exptime != NO_TOUCH) {
      counters.touchHits++;
      cache.touch(address, exptime);
    }
    cache.hit(address);
    out.put(VALUE).put(buffer, key, length).putByte(' ');
    Replies.number(out, cache.flags(address) & 0xffff_ffffL);
    out.putByte(' ');
    Replies.number(out, cache.valueLength(address));
    if (cas == Cas.SHOW) {
      out.putByte(' ');
      Replies.number(out, cache.cas(address));
    }
    out.put(Replies.CRLF);
    cache.writeValue(address, out);
    out.put(Replies.CRLF);
  }

  private static void readDerived(
      MemcachedSession session, byte[] buffer, int key, int length, ByteWriter out, Cas cas) {
    session.counters.gets++;
    byte[] value = session.readDerived(buffer, key, length);
    if (value == null) {
      session.counters.getMisses++;
      return;
    }
    session.counters.getHits++;
    out.put(VALUE).put(buffer, key, length).putAscii(" 0 ");
    Replies.number(out, value.length);
    out.putAscii(cas == Cas.SHOW ? " 0" : "").put(Replies.CRLF).put(value).put(Replies.CRLF);
  }
}
