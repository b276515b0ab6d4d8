package io.headwater.view.keyspace.types;

/**
 * How many bytes a stream's entry takes in a listpack of Redis 7.0. A node ends where Redis's
 * would, so that XTRIM with {@code ~} removes as much as there and XINFO tells as many nodes.
 */
final class ListpackBytes {
  /** The listpack's own seven, the two counts in front of the fields, and the mark behind them. */
  static final int OF_NODE = 7 + 2 + 2 + 2;

  private ListpackBytes() {}

  static int of(byte[] text, int from, int length) {
    return IntegerText.isInteger(text, from, length)
        ? ofInteger(IntegerText.parse(text, from, length))
        : ofText(length);
  }

  static int ofText(int length) {
    int bytes = (length < 64 ? 1 : length < 4096 ? 2 : 5) + length;
    return bytes
        + (bytes < 1 << 7
            ? 1
            : bytes < 1 << 14 ? 2 : bytes < 1 << 21 ? 3 : bytes < 1 << 28 ? 4 : 5);
  }

  static int ofInteger(long value) {
    if (value >= 0 && value < 128) {
      return 2;
    }
    int bits = 64 - Long.numberOfLeadingZeros(value ^ value >> 63);
    if (bits < 13) {
      return 3;
    }
    return 2 + (bits < 16 ? 2 : bits < 24 ? 3 : bits < 32 ? 4 : 8);
  }
}
