package io.headwater.protocol.redis.collections;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.text.Numbers;

/** Key arguments that follow their number, such as {@code ZUNION numkeys key...}. */
final class KeyCounts {
  private KeyCounts() {}

  /** The number stands at {@code index}; the keys behind it. */
  static Command.KeyFinder at(int index) {
    return call -> keys(call, index, 0);
  }

  /** Like {@link #at}, with one more key in front at argument 1. */
  static Command.KeyFinder behindTarget(int index) {
    return call -> keys(call, index, 1);
  }

  private static int[] keys(Call call, int index, int targets) {
    long count = 0;
    if (index < call.count()
        && Numbers.isInteger(call.array(), call.start(index), call.length(index))) {
      count = Numbers.parse(call.array(), call.start(index), call.length(index));
    }
    int usable = (int) Math.clamp(count, 0, Math.max(0, call.count() - index - 1));
    int[] keys = new int[targets + usable];
    if (targets > 0) {
      keys[0] = 1;
    }
    for (int i = 0; i < usable; i++) {
      keys[targets + i] = index + 1 + i;
    }
    return keys;
  }
}
