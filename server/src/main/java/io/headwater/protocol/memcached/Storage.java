package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.Cache.Outcome;
import io.headwater.view.cache.ItemChange;
import io.headwater.view.cache.ItemChange.Compare;
import io.headwater.view.cache.ItemChange.Mode;

/** {@code set}, {@code add}, {@code replace}, {@code append}, {@code prepend} and {@code cas}. */
final class Storage {
  private Storage() {}

  static Command.Handler as(Mode mode) {
    return (session, line, out, next, to) -> {
      ItemChange change = session.change.reset(mode);
      return store(session, line, out, next, to, change, line.is(5, "noreply"));
    };
  }

  static int cas(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean quiet = line.is(6, "noreply");
    if (!line.readUnsigned(5, 0)) {
      return refuse(out, Replies.BAD_FORMAT, quiet, next);
    }
    ItemChange change = session.change.reset(Mode.SET).compare(Compare.EQUAL, line.number());
    return store(session, line, out, next, to, change, quiet);
  }

  private static int store(
      MemcachedSession session,
      Line line,
      ByteWriter out,
      int next,
      int to,
      ItemChange change,
      boolean quiet) {
    int keyLength = line.length(1);
    if (keyLength > Cache.KEY_BYTES_MAX || !line.readUnsigned(2, 0)) {
      return refuse(out, Replies.BAD_FORMAT, quiet, next);
    }
    int flags = (int) line.number();
    if (!line.readSigned(3, 0)) {
      return refuse(out, Replies.BAD_FORMAT, quiet, next);
    }
    change.flags(flags).exptime(line.number());
    if (!line.readSigned(4, 0) || line.number() < 0 || line.number() > Integer.MAX_VALUE - 2) {
      return refuse(out, Replies.BAD_FORMAT, quiet, next);
    }
    int length = (int) line.number();
    byte[] buffer = line.buffer();
    int key = line.start(1);
    if (session.refusesWrite(buffer, key, keyLength, out, quiet)) {
      return skipData(session, next, to, length);
    }
    if (session.cache.isTooLarge(keyLength, length, flags)) {
      session.counters.tooLarge++;
      if (change.isSet()) {
        forget(session.cache, buffer, key, keyLength);
      }
      refuse(out, Replies.TOO_LARGE, quiet, next);
      return skipData(session, next, to, length);
    }
    if (to - next < length + 2) {
      return MemcachedSession.INCOMPLETE;
    }
    int end = next + length;
    if (buffer[end] != '\r' || buffer[end + 1] != '\n') {
      return refuse(out, Replies.BAD_DATA, quiet, end + 2);
    }
    Outcome outcome = session.cache.store(buffer, key, keyLength, buffer, next, length, change);
    count(session.counters, change, outcome);
    if (!quiet) {
      out.put(reply(outcome));
    }
    return end + 2;
  }

  /** Goes behind data that is not wanted, now or as it comes. */
  static int skipData(MemcachedSession session, int next, int to, int length) {
    long wanted = length + 2L;
    int here = (int) Math.min(wanted, to - next);
    session.swallow(wanted - here);
    return next + here;
  }

  /** A value that could not be stored must not leave an older one that looks current. */
  static void forget(Cache cache, byte[] buffer, int key, int keyLength) {
    long address = cache.find(buffer, key, keyLength);
    if (address != 0) {
      cache.remove(address);
    }
  }

  static void count(Counters counters, ItemChange change, Outcome outcome) {
    counters.sets++;
    if (change.compares()) {
      switch (outcome) {
        case STORED -> counters.casHits++;
        case EXISTS -> counters.casBadValues++;
        case NOT_FOUND -> counters.casMisses++;
        case NOT_STORED, TOO_LARGE -> {}
      }
    }
  }

  private static int refuse(ByteWriter out, byte[] reply, boolean quiet, int next) {
    if (!quiet) {
      out.put(reply);
    }
    return next;
  }

  private static byte[] reply(Outcome outcome) {
    return switch (outcome) {
      case STORED -> Replies.STORED;
      case NOT_STORED -> Replies.NOT_STORED;
      case EXISTS -> Replies.EXISTS;
      case NOT_FOUND -> Replies.NOT_FOUND;
      case TOO_LARGE -> Replies.TOO_LARGE;
    };
  }
}
