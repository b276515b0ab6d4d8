package io.headwater.lua;

import org.jspecify.annotations.Nullable;

/** An error in a script, which {@code pcall} catches. Its value is usually a string. */
public final class LuaError extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient @Nullable Object value;

  public LuaError(@Nullable Object value) {
    super(null, null, false, false);
    this.value = value;
  }

  public LuaError(String message) {
    this(LuaString.of(message));
  }

  public @Nullable Object value() {
    return value;
  }

  @Override
  public String getMessage() {
    return String.valueOf(value);
  }
}
