package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.ItemChange;
import io.headwater.view.cache.ReadThrough;
import org.jspecify.annotations.Nullable;

/**
 * One client: finds the lines in what it sends and has {@link Command} answer them. Data of refused
 * values is swallowed as it comes, so that what follows it is understood.
 */
final class MemcachedSession implements Session {
  /** What {@link Command.Handler} returns when the request's data has not all come. */
  static final int INCOMPLETE = -1;

  /** An unfinished line longer than this is no command; only lists of keys may be longer. */
  private static final int LINE_BYTES_MAX = 2048;

  private static final int KEYS_LINE_BYTES_MAX = 1 << 20;

  /** Lines in a row that are no commands: whoever sends them does not speak this protocol. */
  private static final int ERRORS_MAX = 64;

  private static final int BINARY_MAGIC = 0x80;
  private static final int TLS_HANDSHAKE = 0x16;

  final MemcachedSessions shared;
  final Connection connection;
  final Cache cache;
  final Counters counters;
  final ItemChange change = new ItemChange();
  final MetaFlags metaFlags = new MetaFlags();
  private final ReadThrough readThrough;
  private final Line line = new Line();
  private boolean begun;
  private boolean ended;
  private boolean readDerived;
  private int errors;

  /** Bytes of data that nobody wants, still to come. */
  private long swallow;

  /** Bytes of an unfinished line that were searched for its end. */
  private int searched;

  MemcachedSession(MemcachedSessions shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
    this.cache = shared.cache;
    this.counters = shared.counters;
    this.readThrough = shared.readThrough;
  }

  @Override
  public int receive(byte[] buffer, int from, int to) {
    cache.refreshTime();
    ByteWriter out = connection.out();
    int before = out.size();
    int at = from;
    while (at < to && !ended && !connection.congested()) {
      int next = step(buffer, at, to, out);
      if (next == INCOMPLETE) {
        break;
      }
      at = next;
    }
    if (readDerived) {
      readDerived = false;
      shared.mustHold(connection);
    }
    counters.bytesRead += at - from;
    counters.bytesWritten += out.size() - before;
    return ended ? to - from : at - from;
  }

  @Override
  public void closed() {
    counters.connections--;
  }

  private int step(byte[] buffer, int from, int to, ByteWriter out) {
    if (swallow > 0) {
      int skipped = (int) Math.min(swallow, to - from);
      swallow -= skipped;
      return from + skipped;
    }
    if (!begun) {
      begun = true;
      if (refuseOtherProtocol(buffer[from] & 0xff, from + 1 < to ? buffer[from + 1] : 0, out)) {
        return to;
      }
    }
    int newline = find(buffer, from + searched, to);
    if (newline < 0) {
      return unfinished(buffer, from, to, out);
    }
    int end = newline > from && buffer[newline - 1] == '\r' ? newline - 1 : newline;
    line.cut(buffer, from, end);
    Command command = line.words() == 0 ? null : Command.of(line);
    if (command == null) {
      searched = 0;
      unknown(out);
      return newline + 1;
    }
    errors = 0;
    int next = newline + 1;
    if (line.words() < command.wordsMin || line.words() > command.wordsMax) {
      out.put(Replies.ERROR);
    } else {
      next = command.handler.run(this, line, out, newline + 1, to);
    }
    searched = next == INCOMPLETE ? newline - from : 0;
    return next;
  }

  private static int find(byte[] buffer, int from, int to) {
    for (int i = from; i < to; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private int unfinished(byte[] buffer, int from, int to, ByteWriter out) {
    int length = to - from;
    if (length > LINE_BYTES_MAX) {
      boolean keys = buffer[from] == 'g' && buffer[from + 1] == 'e' && buffer[from + 2] == 't';
      keys |= buffer[from] == 'g' && buffer[from + 1] == 'a' && buffer[from + 2] == 't';
      if (!keys || length > KEYS_LINE_BYTES_MAX) {
        end(out, Replies.LINE_TOO_LONG);
        return to;
      }
    }
    searched = length;
    return INCOMPLETE;
  }

  private boolean refuseOtherProtocol(int first, int second, ByteWriter out) {
    if (first == BINARY_MAGIC) {
      byte[] reason = Replies.line("The binary protocol is not supported");
      int length = reason.length - Replies.CRLF.length;
      int at = out.ensure(24);
      java.util.Arrays.fill(out.array(), at, at + 24, (byte) 0);
      out.array()[at] = (byte) 0x81; // a response
      out.array()[at + 1] = (byte) second; // to this operation
      out.array()[at + 7] = (byte) 0x83; // "not supported"
      out.array()[at + 11] = (byte) length;
      out.advance(24);
      out.put(reason, 0, length);
      end();
      return true;
    }
    if (first == TLS_HANDSHAKE) {
      end(out, Replies.NOT_TLS);
      return true;
    }
    return false;
  }

  private void unknown(ByteWriter out) {
    if (line.words() >= 3 && line.text(line.words() - 1).startsWith("HTTP/")) {
      end(out, Replies.NOT_HTTP);
      return;
    }
    out.put(Replies.ERROR);
    if (++errors >= ERRORS_MAX) {
      end(out, Replies.TOO_MANY_ERRORS);
    }
  }

  private void end(ByteWriter out, byte[] reply) {
    out.put(reply);
    end();
  }

  // ---- for the commands

  /** Closes when the replies so far have been sent. */
  void end() {
    ended = true;
    connection.closeAfterFlush();
  }

  /** Drops the data of a request that was answered already. */
  void swallow(long bytes) {
    swallow = bytes;
  }

  /** What a key is derived from, or null if it is the cache's. */
  @Nullable String source(byte[] key, int from, int length) {
    return readThrough.idle() ? null : readThrough.source(key, from, length);
  }

  /** The value of a derived key as the keyspace has it; the reply waits until that is durable. */
  byte @Nullable [] readDerived(byte[] key, int from, int length) {
    readDerived = true;
    counters.derivedReads++;
    return readThrough.read(key, from, length);
  }

  /** Refuses a direct write to a derived key; whether it did. */
  boolean refusesWrite(byte[] key, int from, int length, ByteWriter out, boolean quiet) {
    String source = source(key, from, length);
    if (source != null && !quiet) {
      Replies.derived(out, source);
    }
    return source != null;
  }
}
