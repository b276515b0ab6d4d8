package io.headwater.lua;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A string of bytes. Never changes; two are equal when their bytes are. */
public final class LuaString implements Comparable<LuaString> {
  public static final LuaString EMPTY = new LuaString(new byte[0]);

  private final byte[] bytes;
  private int hash;
  private boolean hashed;

  /** The heap's walk that saw it last. */
  int seen;

  /** Takes the array over. */
  public LuaString(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Each character's low eight bits. */
  public static LuaString of(String latin1) {
    return new LuaString(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  public static LuaString copyOf(byte[] array, int from, int length) {
    return new LuaString(Arrays.copyOfRange(array, from, from + length));
  }

  /** Not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  /**
   * That of PUC Lua 5.1, which skips bytes of long strings: the order in which {@code pairs} visits
   * a table follows from it.
   */
  @Override
  public int hashCode() {
    if (!hashed) {
      int h = bytes.length;
      int step = (bytes.length >> 5) + 1;
      for (int i = bytes.length; i >= step; i -= step) {
        h ^= (h << 5) + (h >>> 2) + (bytes[i - 1] & 0xff);
      }
      hash = h;
      hashed = true;
    }
    return hash;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || other instanceof LuaString string && sameAs(string);
  }

  boolean sameAs(LuaString other) {
    return bytes.length == other.bytes.length
        && hashCode() == other.hashCode()
        && Arrays.equals(bytes, other.bytes);
  }

  /** By unsigned bytes, as strcoll in the C locale. */
  @Override
  public int compareTo(LuaString other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  /** Latin-1. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
