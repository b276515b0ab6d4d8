package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;

/**
 * The arguments of LMPOP, ZMPOP and their waiting forms: {@code numkeys key... WHERE [COUNT n]}.
 *
 * @param keys indexes of the key arguments
 * @param first whether the first of two words says where to pop
 */
record MultiPop(int[] keys, boolean first, long count) {
  private static final CommandError FEW_KEYS =
      new CommandError("ERR numkeys should be greater than 0");
  private static final CommandError FEW = new CommandError("ERR count should be greater than 0");

  static MultiPop of(Call call, int index, String firstWord, String otherWord) {
    long keys = call.integer(index, FEW_KEYS);
    if (keys < 1) {
      throw FEW_KEYS;
    }
    if (keys >= call.count() - index - 1) {
      throw CommandError.SYNTAX;
    }
    int where = index + 1 + (int) keys;
    boolean first = call.is(where, firstWord);
    if (!first && !call.is(where, otherWord)) {
      throw CommandError.SYNTAX;
    }
    long count = -1;
    for (int i = where + 1; i < call.count(); i += 2) {
      if (count >= 0 || i + 1 == call.count() || !call.is(i, "count")) {
        throw CommandError.SYNTAX;
      }
      count = call.integer(i + 1, FEW);
      if (count < 1) {
        throw FEW;
      }
    }
    return new MultiPop(Command.range(call, index + 1, where - 1, 1), first, Math.max(1, count));
  }
}
