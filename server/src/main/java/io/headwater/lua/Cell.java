package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** A local variable that a closure shares with the function it stands in. */
final class Cell {
  @Nullable Object value;
  int seen;

  Cell(@Nullable Object value) {
    this.value = value;
  }
}
