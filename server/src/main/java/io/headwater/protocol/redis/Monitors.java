package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.text.Numbers;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The clients of MONITOR, which are shown every command that ran, but for what administrators do. A
 * slow one is closed by the limits of its output.
 */
public final class Monitors {
  private static final byte[] HEX = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private final RedisServer server;
  private final Set<RedisSession> sessions = new LinkedHashSet<>();
  private final ByteWriter line = new ByteWriter();

  /** Wall clock minus the monotonic one, so that times of one run never go backwards. */
  private long anchorMicros;

  Monitors(RedisServer server) {
    this.server = server;
  }

  public boolean isEmpty() {
    return sessions.isEmpty();
  }

  public boolean contains(RedisSession session) {
    return sessions.contains(session);
  }

  public void add(RedisSession session) {
    if (sessions.isEmpty()) {
      anchorMicros = server.clock().wallMs() * 1000 - server.clock().nanos() / 1000;
    }
    sessions.add(session);
  }

  public void remove(RedisSession session) {
    sessions.remove(session);
  }

  /**
   * Shows a command, if it is of those that are shown. A script is shown before what it runs, and
   * so by itself, whatever its flags say.
   *
   * @param from {@code lua} for a script, else the client's address
   */
  public void show(Command command, byte[] array, Arguments places, int db, String from) {
    if (!command.has(Flags.SKIP_MONITOR | Flags.ADMIN)
        || command.has(Flags.ENDS_QUEUE)
        || command.isScript()) {
      show(Redaction.of(command, array, places), db, from);
    }
  }

  private void show(Redaction arguments, int db, String from) {
    try {
      write(arguments, db, from);
      for (RedisSession session : sessions.toArray(new RedisSession[0])) {
        session.push().out().put(line.array(), 0, line.size());
        session.pushed();
      }
    } catch (BufferFull e) {
      sessions.forEach(RedisSession::closeNow); // nobody is shown a part of what is done
    }
    if (line.array().length > 1 << 20) {
      line.clear(0);
    }
  }

  private void write(Redaction arguments, int db, String from) {
    long micros = anchorMicros + server.clock().nanos() / 1000;
    line.clear();
    line.putByte('+');
    Numbers.write(line, micros / 1_000_000);
    line.putByte('.');
    for (long unit = 100_000, rest = micros % 1_000_000; unit > 0; rest %= unit, unit /= 10) {
      line.putByte((int) ('0' + rest / unit));
    }
    line.putAscii(" [").putAscii(Integer.toString(db)).putByte(' ').putAscii(from).putByte(']');
    for (int i = 0; i < arguments.count(); i++) {
      line.putByte(' ');
      quote(arguments.argument(i, Integer.MAX_VALUE));
    }
    line.putByte('\r').putByte('\n');
  }

  private void quote(Bytes bytes) {
    line.putByte('"');
    for (byte b : bytes.array()) {
      switch (b) {
        case '\\', '"' -> line.putByte('\\').putByte(b);
        case '\n' -> line.putByte('\\').putByte('n');
        case '\r' -> line.putByte('\\').putByte('r');
        case '\t' -> line.putByte('\\').putByte('t');
        case 7 -> line.putByte('\\').putByte('a');
        case 8 -> line.putByte('\\').putByte('b');
        default -> {
          if (b >= ' ' && b <= '~') {
            line.putByte(b);
          } else {
            line.putByte('\\').putByte('x').putByte(HEX[b >> 4 & 15]).putByte(HEX[b & 15]);
          }
        }
      }
    }
    line.putByte('"');
  }
}
