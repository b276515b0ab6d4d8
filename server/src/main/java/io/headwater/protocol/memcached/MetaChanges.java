package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.Cache.Arithmetic;
import io.headwater.view.cache.ItemChange.Mode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code md}, {@code ma}, {@code mn} and {@code me}. */
final class MetaChanges {
  private static final String BAD_FLAG = "CLIENT_ERROR invalid or duplicate flag";
  private static final String BAD_MODE = "CLIENT_ERROR invalid mode for ma M token";
  private static final byte[] NO_BYTES = {};

  private MetaChanges() {}

  static int noOp(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    session.counters.metas++;
    out.put(Replies.NO_OP);
    return next;
  }

  static int delete(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    MetaFlags flags = read(session, line, true, out);
    if (flags == null) {
      return next;
    }
    Cache cache = session.cache;
    long address = flags.find(cache);
    if (address == 0) {
      session.counters.deleteMisses++;
      answer("NF", flags, out);
    } else if (flags.has('C') && cache.cas(address) != flags.cas()) {
      answer("EX", flags, out);
    } else {
      session.counters.deleteHits++;
      delete(session, flags, address);
      if (!flags.has('q')) {
        answer("HD", flags, out);
      }
    }
    return next;
  }

  private static void delete(MemcachedSession session, MetaFlags flags, long address) {
    Cache cache = session.cache;
    if (!flags.has('I') && !flags.has('x')) {
      cache.remove(address);
      return;
    }
    long item = address;
    if (flags.has('x')) { // the item stays, without its value
      session.change.reset(Mode.SET).newCas(flags.newCas());
      if (cache.isBinaryKey(address)) {
        session.change.binaryKey();
      }
      long left = cache.secondsToLive(address);
      cache.store(flags.key(), flags.keyFrom(), flags.keyLength(), NO_BYTES, 0, 0, session.change);
      item = cache.lastStored();
      if (left >= 0) {
        cache.touch(item, Math.max(1, left));
      }
    }
    if (flags.has('I')) {
      cache.invalidate(item, flags.newCas());
      if (flags.has('T')) {
        cache.touch(item, flags.exptime());
      }
    }
  }

  static int arithmetic(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    MetaFlags flags = read(session, line, false, out);
    if (flags == null) {
      return next;
    }
    Arithmetic operation =
        switch (flags.mode()) {
          case 0, 'I', 'i', '+' -> Arithmetic.INCREMENT;
          case 'D', 'd', '-' -> Arithmetic.DECREMENT;
          default -> null;
        };
    if (operation == null || flags.mode() == 'i' || flags.mode() == 'd') {
      out.putAscii(BAD_MODE).put(Replies.CRLF);
      return next;
    }
    Cache cache = session.cache;
    long address = flags.find(cache);
    if (address == 0) {
      Changes.count(session.counters, operation, false);
      if (flags.has('N')) {
        number(cache, flags, create(session, flags), flags.initial(), out);
      } else {
        answer("NF", flags, out);
      }
    } else if (cache.valueLength(address) > 0
        && flags.has('C')
        && flags.cas() != 0
        && cache.cas(address) != flags.cas()) {
      answer("EX", flags, out);
    } else if (!cache.isNumeric(address)) {
      out.put(Replies.NOT_NUMERIC);
    } else {
      long number = cache.arithmetic(address, operation, flags.delta(), flags.newCas());
      Changes.count(session.counters, operation, true);
      int before = out.size();
      number(cache, flags, cache.lastStored(), number, out);
      if (flags.has('q')) {
        out.truncate(before);
      }
    }
    return next;
  }

  private static long create(MemcachedSession session, MetaFlags flags) {
    session.change.reset(Mode.ADD).exptime(flags.vivify()).newCas(flags.newCas());
    if (flags.has('b')) {
      session.change.binaryKey();
    }
    byte[] digits = Long.toUnsignedString(flags.initial()).getBytes(StandardCharsets.ISO_8859_1);
    session.cache.store(
        flags.key(), flags.keyFrom(), flags.keyLength(), digits, 0, digits.length, session.change);
    return session.cache.lastStored();
  }

  private static void number(
      Cache cache, MetaFlags flags, long address, long number, ByteWriter out) {
    String digits = Long.toUnsignedString(number);
    if (flags.has('v')) {
      out.putAscii("VA ").putAscii(Integer.toString(digits.length()));
    } else {
      out.putAscii("HD");
    }
    for (int i = flags.firstWord(); i < flags.words(); i++) {
      switch (flags.letter(i)) {
        case 'c' -> {
          out.putAscii(" c");
          Replies.number(out, cache.cas(address));
        }
        case 'T' -> cache.touch(address, flags.exptime());
        case 't' -> MetaGet.writeTimeToLive(cache.secondsToLive(address), out);
        case 'k' -> flags.writeKey(out, flags.has('b'));
        case 'O' -> flags.writeOpaque(i, out);
        default -> {}
      }
    }
    out.put(Replies.CRLF);
    if (flags.has('v')) {
      out.putAscii(digits).put(Replies.CRLF);
    }
  }

  static int debug(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    session.counters.metas++;
    MetaFlags flags = session.metaFlags;
    boolean readable = line.words() > 1 && line.length(1) <= Cache.KEY_BYTES_MAX;
    if (readable) {
      String error = flags.read(line, 2, false);
      readable = error == null || !(flags.has('b') && error.equals(MetaFlags.BAD_KEY));
    }
    if (!readable) {
      out.put(Replies.BAD_FORMAT);
      return next;
    }
    if (session.source(flags.key(), flags.keyFrom(), flags.keyLength()) != null) {
      Replies.notSupported(out, "me of a derived key");
      return next;
    }
    Cache cache = session.cache;
    long address = flags.find(cache);
    if (address == 0) {
      out.put(Replies.NOTHING_FOUND);
      return next;
    }
    out.putAscii("ME ");
    flags.writeBareKey(out, cache.isBinaryKey(address));
    // memcached counts down from minus the time to live
    out.putAscii(" exp=").putAscii(Long.toString(-Math.abs(cache.secondsToLive(address))));
    out.putAscii(" la=");
    Replies.number(out, cache.secondsSinceAccess(address));
    out.putAscii(" cas=");
    Replies.number(out, cache.cas(address));
    out.putAscii(" fetch=").putAscii(cache.isFetched(address) ? "yes" : "no");
    out.putAscii(" cls=1 size=");
    Replies.number(out, cache.size(address));
    out.put(Replies.CRLF);
    return next;
  }

  /** Reads key and flags of {@code md} and {@code ma}; null if the error was answered. */
  private static @Nullable MetaFlags read(
      MemcachedSession session, Line line, boolean removes, ByteWriter out) {
    session.counters.metas++;
    if (line.length(1) > Cache.KEY_BYTES_MAX) {
      out.put(Replies.BAD_FORMAT);
      return null;
    }
    MetaFlags flags = session.metaFlags;
    String error = flags.read(line, 2, removes);
    if (error != null) {
      out.putAscii(error.equals(MetaFlags.OPAQUE_TOO_LONG) ? error : BAD_FLAG).put(Replies.CRLF);
      return null;
    }
    byte[] key = flags.key();
    if (session.refusesWrite(key, flags.keyFrom(), flags.keyLength(), out, false)) {
      return null;
    }
    return flags;
  }

  private static void answer(String code, MetaFlags flags, ByteWriter out) {
    out.putAscii(code);
    flags.writeEchoes(out);
    out.put(Replies.CRLF);
  }
}
