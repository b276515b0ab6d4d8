package io.headwater.log;

import java.util.Optional;

/**
 * What a client keeps to read its own writes elsewhere: the log's epoch and a position. Written
 * {@code 5f3a0c1b9d2e4f60:123456}: sixteen hex digits, a colon, the position in decimal.
 */
public record Token(long epoch, long position) {
  @Override
  public String toString() {
    return String.format("%016x:%d", epoch, position);
  }

  public static Optional<Token> parse(String text) {
    int colon = text.indexOf(':');
    if (colon != 16 || text.length() > 16 + 1 + 19) {
      return Optional.empty();
    }
    try {
      long epoch = Long.parseUnsignedLong(text.substring(0, 16), 16);
      long position = Long.parseLong(text.substring(17));
      return position < 0 ? Optional.empty() : Optional.of(new Token(epoch, position));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
