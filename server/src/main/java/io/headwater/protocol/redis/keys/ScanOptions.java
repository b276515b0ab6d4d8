package io.headwater.protocol.redis.keys;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.Glob;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * MATCH and COUNT of HSCAN, SSCAN and ZSCAN.
 *
 * @param match null for everything
 */
public record ScanOptions(@Nullable Bytes match, long count) {
  private static final CommandError BAD_CURSOR = new CommandError("ERR invalid cursor");
  private static final long DEFAULT_COUNT = 10;

  /** A cursor as a client wrote it: any unsigned 64-bit number, or nothing, as Redis takes it. */
  public static long cursor(Call call, int i) {
    String text = CommandError.untilNul(call.text(i));
    boolean minus = text.startsWith("-");
    String digits = minus || text.startsWith("+") ? text.substring(1) : text;
    try {
      long value = text.isEmpty() ? 0 : Long.parseUnsignedLong(digits);
      return minus ? -value : value;
    } catch (NumberFormatException e) {
      throw BAD_CURSOR;
    }
  }

  public static ScanOptions of(Call call, int first) {
    Bytes match = null;
    long count = DEFAULT_COUNT;
    for (int i = first; i < call.count(); i += 2) {
      boolean valued = i + 1 < call.count();
      if (valued && call.is(i, "match")) {
        match = call.length(i + 1) == 1 && call.is(i + 1, "*") ? null : call.bytes(i + 1);
      } else if (valued && call.is(i, "count")) {
        count = call.integer(i + 1);
        if (count < 1) {
          throw CommandError.SYNTAX;
        }
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return new ScanOptions(match, count);
  }

  public boolean takes(byte[] array, int from, int length) {
    return match == null || Glob.matches(match.array(), 0, match.length(), array, from, length);
  }

  /** Walks on in a collection. */
  public interface Step<V> {
    /** Puts elements into {@code seen} and returns the next cursor, 0 at the end. */
    long from(V value, long cursor, ScanOptions options, Collected seen);
  }

  /**
   * HSCAN and its like: argument 1 is the key, 2 the cursor, then come the options, which nobody
   * reads where the key is missing.
   *
   * @param protocol in which the elements are written
   */
  public static <V> void walk(
      Call call, int protocol, Function<Call, @Nullable V> find, Step<V> step) {
    long cursor = cursor(call, 2);
    V value = find.apply(call);
    Collected seen = new Collected(protocol);
    long next = value == null ? 0 : step.from(value, cursor, of(call, 3), seen);
    reply(call.reply(), next, seen);
  }

  /** The reply: the next cursor and what was seen. */
  public static void reply(Reply reply, long cursor, Collected seen) {
    reply.array(2);
    reply.bulk(Long.toUnsignedString(cursor));
    reply.array(seen.count());
    seen.writeTo(reply);
  }

  /** Elements that go into a reply whose head needs their number first. */
  public static final class Collected {
    private final io.headwater.bytes.ByteWriter items = new io.headwater.bytes.ByteWriter();
    private final Reply into;
    private int count;

    public Collected(int protocol) {
      into = new Reply(items);
      into.setProtocol(protocol);
    }

    /** Write one element after the other here. */
    public Reply next() {
      count++;
      return into;
    }

    public int count() {
      return count;
    }

    public void writeTo(Reply reply) {
      reply.out().put(items.array(), 0, items.size());
    }
  }
}
