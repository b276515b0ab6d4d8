package io.headwater.protocol.memcached;

/**
 * A request line cut at its spaces, in place. Only the space separates, as in memcached: a tab or a
 * control character is part of a word. Reused for every line of a session.
 */
final class Line {
  /** Words that are looked at; a line of keys may have more, see {@link #wordFrom}. */
  static final int WORDS_MAX = 64;

  private static final long TENTH = Long.divideUnsigned(-1L, 10);

  private byte[] buffer = new byte[0];
  private int end;
  private final int[] starts = new int[WORDS_MAX];
  private final int[] ends = new int[WORDS_MAX];
  private int count;
  private long number;

  /**
   * @param from where the line begins
   * @param to where it ends, without CR and LF
   */
  void cut(byte[] array, int from, int to) {
    buffer = array;
    end = to;
    count = 0;
    int at = from;
    while (count < WORDS_MAX) {
      while (at < to && array[at] == ' ') {
        at++;
      }
      if (at == to) {
        return;
      }
      starts[count] = at;
      while (at < to && array[at] != ' ') {
        at++;
      }
      ends[count++] = at;
    }
  }

  byte[] buffer() {
    return buffer;
  }

  /** Words, the command's name included; at most {@link #WORDS_MAX}. */
  int words() {
    return count;
  }

  int start(int word) {
    return starts[word];
  }

  int length(int word) {
    return ends[word] - starts[word];
  }

  byte first(int word) {
    return buffer[starts[word]];
  }

  int end() {
    return end;
  }

  /** Where the next word at or after an index begins; {@link #end} if there is none. */
  int wordFrom(int index) {
    int at = index;
    while (at < end && buffer[at] == ' ') {
      at++;
    }
    return at;
  }

  /** Where the word that begins at an index ends. */
  int wordEnd(int index) {
    int at = index;
    while (at < end && buffer[at] != ' ') {
      at++;
    }
    return at;
  }

  boolean is(int word, String text) {
    if (word >= count || length(word) != text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (buffer[starts[word] + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  boolean lastIs(String text) {
    return count > 0 && is(count - 1, text);
  }

  String text(int word) {
    return new String(
        buffer, starts[word], length(word), java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** The number read last. */
  long number() {
    return number;
  }

  /** Reads an unsigned 64-bit number, {@code skip} bytes into a word, to the word's end. */
  boolean readUnsigned(int word, int skip) {
    int at = starts[word] + skip;
    int to = ends[word];
    if (at < to && buffer[at] == '+') {
      at++;
    }
    if (at == to) {
      return false;
    }
    long value = 0;
    for (; at < to; at++) {
      int digit = buffer[at] - '0';
      int tenth = Long.compareUnsigned(value, TENTH);
      if (digit < 0 || digit > 9 || tenth > 0 || (tenth == 0 && digit > 5)) {
        return false;
      }
      value = value * 10 + digit;
    }
    number = value;
    return true;
  }

  /** Reads a signed 64-bit number, {@code skip} bytes into a word, to the word's end. */
  boolean readSigned(int word, int skip) {
    boolean negative = length(word) > skip && buffer[starts[word] + skip] == '-';
    int digits = skip + (negative ? 1 : 0);
    if (negative && length(word) > digits && buffer[starts[word] + digits] == '+') {
      return false;
    }
    if (!readUnsigned(word, digits) || number < 0) {
      return false;
    }
    number = negative ? -number : number;
    return true;
  }
}
