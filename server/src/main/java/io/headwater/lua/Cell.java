package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** A local variable that a closure shares with the function it stands in. */
final class Cell {
  static final long BYTES = 32;

  /** {@link LuaNumbers#UNBOXED} if it is a number. */
  @Nullable Object value;

  double number;

  /** The heap's walk that saw it last. */
  int seen;

  Cell(@Nullable Object value, double number) {
    this.value = value;
    this.number = number;
  }
}
