package io.headwater.protocol.redis.streams;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import org.jspecify.annotations.Nullable;

/** MAXLEN, MINID and LIMIT of XADD and XTRIM, being read from the arguments of one call. */
final class Trim {
  private static final CommandError BOTH =
      new CommandError(
          "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  private static final long LIMIT_MAX = 1_000_000;
  private static final long LIMIT_WITHOUT_NODES = 10_000;

  private boolean given;
  private boolean wholeNodes;
  private long length;
  private @Nullable StreamId minId;
  private boolean limitGiven;
  private long limit;

  boolean isGiven() {
    return given;
  }

  /**
   * Reads the option at {@code i}.
   *
   * @return the index of its last argument, or -1 if it is none of these
   */
  int read(Call call, int i) {
    int more = call.count() - 1 - i;
    boolean byLength = call.is(i, "maxlen");
    if (more > 0 && (byLength || call.is(i, "minid"))) {
      if (given) {
        throw BOTH;
      }
      given = true;
      wholeNodes = more >= 2 && StreamIds.isChar(call, i + 1, '~');
      int at = wholeNodes || more >= 2 && StreamIds.isChar(call, i + 1, '=') ? i + 2 : i + 1;
      if (byLength) {
        length = call.integer(at);
        if (length < 0) {
          throw new CommandError("ERR The MAXLEN argument must be >= 0.");
        }
      } else {
        minId = StreamIds.strict(call, at, 0);
      }
      return at;
    }
    if (more > 0 && call.is(i, "limit")) {
      limit = call.integer(i + 1);
      if (limit < 0) {
        throw new CommandError("ERR The LIMIT argument must be >= 0.");
      }
      limitGiven = true;
      return i + 1;
    }
    return -1;
  }

  /** All options are read. */
  void check(Call call) {
    if (limit > 0 && !given) {
      throw new CommandError(
          "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
    }
    if (limitGiven && !wholeNodes) {
      throw new CommandError("ERR syntax error, LIMIT cannot be used without the special ~ option");
    }
    if (!limitGiven && wholeNodes) {
      long nodes = 100L * call.keyspace().streams().limits().nodeEntries();
      limit = nodes <= 0 ? LIMIT_WITHOUT_NODES : Math.min(nodes, LIMIT_MAX);
    }
  }

  /** How many of the first entries go. */
  long count(StreamValue stream) {
    StreamId id = minId;
    if (id == null) {
      return wholeNodes ? stream.nodesOverLength(length, limit) : stream.overLength(length);
    }
    return wholeNodes ? stream.nodesBelow(id, limit) : stream.below(id);
  }
}
