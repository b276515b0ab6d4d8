package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.Cache.Outcome;
import io.headwater.view.cache.ItemChange;
import io.headwater.view.cache.ItemChange.Compare;
import io.headwater.view.cache.ItemChange.Mode;
import org.jspecify.annotations.Nullable;

/** {@code ms}: stores in five modes. */
final class MetaSet {
  private static final String BAD_MODE = "CLIENT_ERROR invalid mode for ms M token";

  private MetaSet() {}

  static int run(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean readable =
        line.length(1) <= Cache.KEY_BYTES_MAX
            && line.words() > 2
            && line.readSigned(2, 0)
            && line.number() >= 0
            && line.number() <= Integer.MAX_VALUE - 2;
    if (!readable) {
      session.counters.metas++;
      out.put(Replies.BAD_FORMAT);
      return next;
    }
    int length = (int) line.number();
    MetaFlags flags = session.metaFlags;
    String error = flags.read(line, 3, false);
    Mode mode = mode(flags.mode());
    if (error == null && mode == null) {
      error = BAD_MODE;
    }
    if (error != null || mode == null) {
      session.counters.metas++;
      out.putAscii(String.valueOf(error)).put(Replies.CRLF);
      return Storage.skipData(session, next, to, length);
    }
    byte[] key = flags.key();
    if (session.refusesWrite(key, flags.keyFrom(), flags.keyLength(), out, false)) {
      return Storage.skipData(session, next, to, length);
    }
    if (session.cache.isTooLarge(flags.keyLength(), length, flags.clientFlags())) {
      session.counters.tooLarge++;
      if (mode == Mode.SET) {
        Storage.forget(session.cache, key, flags.keyFrom(), flags.keyLength());
      }
      out.put(Replies.TOO_LARGE);
      return Storage.skipData(session, next, to, length);
    }
    if (to - next < length + 2) {
      return MemcachedSession.INCOMPLETE;
    }
    session.counters.metas++;
    int end = next + length;
    if (line.buffer()[end] != '\r' || line.buffer()[end + 1] != '\n') {
      out.put(Replies.BAD_DATA);
      return end + 2;
    }
    store(session, flags, mode, line.buffer(), next, length, out);
    return end + 2;
  }

  private static void store(
      MemcachedSession session,
      MetaFlags flags,
      Mode mode,
      byte[] value,
      int from,
      int length,
      ByteWriter out) {
    ItemChange change = session.change.reset(mode).flags(flags.clientFlags());
    if (flags.has('T')) {
      change.exptime(flags.exptime());
    }
    if (flags.has('C')) {
      change.compare(flags.has('I') ? Compare.EQUAL_OR_STALE : Compare.EQUAL, flags.cas());
    }
    if (flags.has('b')) {
      change.binaryKey();
    }
    if (flags.has('E')) {
      change.newCas(flags.newCas());
    }
    Outcome outcome =
        session.cache.store(
            flags.key(), flags.keyFrom(), flags.keyLength(), value, from, length, change);
    Storage.count(session.counters, change, outcome);
    if (outcome == Outcome.STORED && flags.has('q')) {
      return;
    }
    out.putAscii(code(outcome));
    for (int i = flags.firstWord(); i < flags.words(); i++) {
      switch (flags.letter(i)) {
        case 'c' -> {
          out.putAscii(" c");
          long stored = session.cache.lastStored();
          Replies.number(out, outcome == Outcome.STORED ? session.cache.cas(stored) : 0);
        }
        case 'k' -> flags.writeKey(out, flags.has('b'));
        case 'O' -> flags.writeOpaque(i, out);
        default -> {}
      }
    }
    out.put(Replies.CRLF);
  }

  private static String code(Outcome outcome) {
    return switch (outcome) {
      case STORED -> "HD";
      case NOT_STORED -> "NS";
      case EXISTS -> "EX";
      case NOT_FOUND -> "NF";
      case TOO_LARGE -> "SERVER_ERROR object too large for cache";
    };
  }

  private static @Nullable Mode mode(char letter) {
    return switch (letter) {
      case 0, 'S', 's' -> Mode.SET;
      case 'E', 'e' -> Mode.ADD;
      case 'R', 'r' -> Mode.REPLACE;
      case 'A', 'a' -> Mode.APPEND;
      case 'P', 'p' -> Mode.PREPEND;
      default -> null;
    };
  }
}
