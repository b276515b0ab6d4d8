package io.headwater.lua;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a function returned when that is not exactly one value. */
public final class Results {
  public static final Results NONE = new Results();
  final @Nullable Object[] values;

  private Results(@Nullable Object... values) {
    this.values = values;
  }

  /** Takes the array over. */
  public static Results of(@Nullable Object... values) {
    return values.length == 0 ? NONE : new Results(values);
  }

  /** Nil, and why. */
  public static Results failure(String message) {
    return new Results(null, LuaString.of(message));
  }

  /** The values of any function's result. */
  public static @Nullable Object[] values(@Nullable Object result) {
    return result instanceof Results results ? results.values : new @Nullable Object[] {result};
  }

  /** The first value of any function's result, nil without one. */
  public static @Nullable Object first(@Nullable Object result) {
    if (result instanceof Results results) {
      return results.values.length == 0 ? null : results.values[0];
    }
    return result;
  }

  /** The results with one before them. */
  static Results with(@Nullable Object head, @Nullable Object result) {
    @Nullable Object[] rest = values(result);
    @Nullable Object[] all = new @Nullable Object[rest.length + 1];
    all[0] = head;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return new Results(all);
  }

  @Override
  public String toString() {
    return Arrays.toString(values);
  }
}
