package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.Cache.Arithmetic;

/** Text commands that change without data, and those about the server. */
final class Changes {
  private static final long VERBOSITY_MAX = 0xffff_ffffL;

  private Changes() {}

  static int delete(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean quiet = line.lastIs("noreply") && line.words() > 2;
    int extra = line.words() - 2 - (quiet ? 1 : 0);
    if (extra > 1 || (extra == 1 && !line.is(2, "0"))) {
      return reply(
          out,
          line.length(1) > Cache.KEY_BYTES_MAX ? Replies.BAD_FORMAT : Replies.BAD_DELETE,
          quiet,
          next);
    }
    if (line.length(1) > Cache.KEY_BYTES_MAX) {
      return reply(out, Replies.BAD_FORMAT, quiet, next);
    }
    byte[] buffer = line.buffer();
    int key = line.start(1);
    if (session.refusesWrite(buffer, key, line.length(1), out, quiet)) {
      return next;
    }
    long address = session.cache.find(buffer, key, line.length(1));
    if (address == 0) {
      session.counters.deleteMisses++;
      return reply(out, Replies.NOT_FOUND, quiet, next);
    }
    session.counters.deleteHits++;
    session.cache.remove(address);
    return reply(out, Replies.DELETED, quiet, next);
  }

  static Command.Handler arithmetic(Arithmetic operation) {
    return (session, line, out, next, to) -> arithmetic(session, line, out, next, operation);
  }

  private static int arithmetic(
      MemcachedSession session, Line line, ByteWriter out, int next, Arithmetic operation) {
    boolean quiet = line.is(3, "noreply");
    if (line.length(1) > Cache.KEY_BYTES_MAX) {
      return reply(out, Replies.BAD_FORMAT, quiet, next);
    }
    if (!line.readUnsigned(2, 0)) {
      return reply(out, Replies.BAD_DELTA, quiet, next);
    }
    byte[] buffer = line.buffer();
    int key = line.start(1);
    if (session.refusesWrite(buffer, key, line.length(1), out, quiet)) {
      return next;
    }
    long address = session.cache.find(buffer, key, line.length(1));
    if (address == 0) {
      count(session.counters, operation, false);
      return reply(out, Replies.NOT_FOUND, quiet, next);
    }
    if (!session.cache.isNumeric(address)) {
      return reply(out, Replies.NOT_NUMERIC, quiet, next);
    }
    long number = session.cache.arithmetic(address, operation, line.number(), 0);
    count(session.counters, operation, true);
    if (!quiet) {
      Replies.number(out, number);
      out.put(Replies.CRLF);
    }
    return next;
  }

  static void count(Counters counters, Arithmetic operation, boolean hit) {
    switch (operation) {
      case INCREMENT -> {
        counters.incrementHits += hit ? 1 : 0;
        counters.incrementMisses += hit ? 0 : 1;
      }
      case DECREMENT -> {
        counters.decrementHits += hit ? 1 : 0;
        counters.decrementMisses += hit ? 0 : 1;
      }
    }
  }

  static int touch(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean quiet = line.is(3, "noreply");
    if (line.length(1) > Cache.KEY_BYTES_MAX) {
      return reply(out, Replies.BAD_FORMAT, quiet, next);
    }
    if (!line.readSigned(2, 0)) {
      return reply(out, Replies.BAD_EXPTIME, quiet, next);
    }
    byte[] buffer = line.buffer();
    int key = line.start(1);
    if (session.refusesWrite(buffer, key, line.length(1), out, quiet)) {
      return next;
    }
    session.counters.touches++;
    long address = session.cache.find(buffer, key, line.length(1));
    if (address == 0) {
      session.counters.touchMisses++;
      return reply(out, Replies.NOT_FOUND, quiet, next);
    }
    session.counters.touchHits++;
    session.cache.touch(address, line.number());
    session.cache.hit(address);
    return reply(out, Replies.TOUCHED, quiet, next);
  }

  static int flush(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean quiet = line.lastIs("noreply");
    long delay = 0;
    if (line.words() > (quiet ? 2 : 1)) {
      if (!line.readSigned(1, 0)) {
        return reply(out, Replies.BAD_EXPTIME, quiet, next);
      }
      delay = line.number();
    }
    session.counters.flushes++;
    session.cache.flush(delay);
    return reply(out, Replies.OK, quiet, next);
  }

  /** Accepted, and without effect: the server's log has its own levels. */
  static int verbosity(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    boolean quiet = line.lastIs("noreply");
    boolean valid =
        (quiet && line.words() == 2)
            || (line.readUnsigned(1, 0) && Long.compareUnsigned(line.number(), VERBOSITY_MAX) <= 0);
    return reply(out, valid ? Replies.OK : Replies.BAD_FORMAT, quiet, next);
  }

  static int version(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    out.putAscii("VERSION ").putAscii(session.shared.version).put(Replies.CRLF);
    return next;
  }

  static int quit(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    session.end();
    return next;
  }

  static int shutdown(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    return reply(out, Replies.NO_SHUTDOWN, false, next);
  }

  static int refuse(MemcachedSession session, Line line, ByteWriter out, int next, int to) {
    Replies.notSupported(out, line.text(0));
    return next;
  }

  private static int reply(ByteWriter out, byte[] reply, boolean quiet, int next) {
    if (!quiet) {
      out.put(reply);
    }
    return next;
  }
}
