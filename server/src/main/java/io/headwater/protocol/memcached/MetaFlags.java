package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The key and the flags of one meta command: single letters, some with a token behind them, in any
 * order, each at most once. Reused for every meta command of a session.
 */
final class MetaFlags {
  static final String INVALID = "CLIENT_ERROR invalid flag";
  static final String DUPLICATE = "CLIENT_ERROR duplicate flag";
  static final String BAD_TOKEN = "CLIENT_ERROR bad token in command line format";
  static final String BAD_FORMAT = "CLIENT_ERROR bad command line format";
  static final String BAD_KEY = "CLIENT_ERROR error decoding key";
  static final String OPAQUE_TOO_LONG = "CLIENT_ERROR opaque token too long";
  static final String MODE_LENGTH = "CLIENT_ERROR incorrect length for M token";

  private static final String WITHOUT_TOKEN = "bcfhIklPLqstuvO";

  /** With its letter. */
  private static final int OPAQUE_BYTES_MAX = 32;

  private Line line = new Line();
  private int first;
  private long seen;
  private byte[] key = new byte[0];
  private int keyFrom;
  private int keyLength;

  private long exptime;
  private long vivify;
  private long recache;
  private long cas;
  private long newCas;
  private int clientFlags;
  private long delta;
  private long initial;
  private char mode;

  /**
   * Reads the key and the flags of a line.
   *
   * @param firstFlag the word with the first flag
   * @param removes whether {@code x} is a flag of this command
   * @return null, or the error to answer
   */
  @Nullable String read(Line commandLine, int firstFlag, boolean removes) {
    line = commandLine;
    first = firstFlag;
    seen = 0;
    delta = 1;
    initial = 0;
    mode = 0;
    clientFlags = 0;
    newCas = 0;
    for (int i = firstFlag; i < line.words(); i++) {
      int letter = line.first(i);
      if (letter < 'A' || letter > 'z') {
        return INVALID;
      }
      long bit = 1L << (letter - 'A');
      if ((seen & bit) != 0) {
        return DUPLICATE;
      }
      seen |= bit;
      String error = readFlag(i, (char) letter, removes);
      if (error != null) {
        return error;
      }
    }
    return readKey();
  }

  private @Nullable String readFlag(int word, char letter, boolean removes) {
    switch (letter) {
      case 'N', 'R', 'T' -> {
        if (!line.readSigned(word, 1) || line.number() > Integer.MAX_VALUE * 4L) {
          return BAD_TOKEN;
        }
        switch (letter) {
          case 'N' -> vivify = line.number();
          case 'R' -> recache = line.number();
          default -> exptime = line.number();
        }
      }
      case 'C', 'E', 'D', 'J' -> {
        if (!line.readUnsigned(word, 1)) {
          return BAD_TOKEN;
        }
        switch (letter) {
          case 'C' -> cas = line.number();
          case 'E' -> newCas = line.number();
          case 'D' -> delta = line.number();
          default -> initial = line.number();
        }
      }
      case 'F' -> {
        if (!line.readUnsigned(word, 1)) {
          return BAD_FORMAT;
        }
        clientFlags = (int) line.number();
      }
      case 'M' -> {
        if (line.length(word) != 2) {
          return MODE_LENGTH;
        }
        mode = (char) line.buffer()[line.start(word) + 1];
      }
      case 'O' -> {
        if (line.length(word) > OPAQUE_BYTES_MAX) {
          return OPAQUE_TOO_LONG;
        }
      }
      case 'x' -> {
        return removes ? null : INVALID;
      }
      default -> {
        return WITHOUT_TOKEN.indexOf(letter) >= 0 ? null : INVALID;
      }
    }
    return null;
  }

  private @Nullable String readKey() {
    key = line.buffer();
    keyFrom = line.start(1);
    keyLength = line.length(1);
    if (has('b')) {
      try {
        byte[] coded = Arrays.copyOfRange(key, keyFrom, keyFrom + keyLength);
        if (keyLength % 4 != 0) {
          return BAD_KEY;
        }
        key = Base64.getDecoder().decode(coded);
      } catch (IllegalArgumentException e) {
        return BAD_KEY;
      }
      keyFrom = 0;
      keyLength = key.length;
      if (keyLength == 0) {
        return BAD_KEY;
      }
    }
    return null;
  }

  boolean has(char letter) {
    return (seen & (1L << (letter - 'A'))) != 0;
  }

  byte[] key() {
    return key;
  }

  int keyFrom() {
    return keyFrom;
  }

  int keyLength() {
    return keyLength;
  }

  long exptime() {
    return exptime;
  }

  long vivify() {
    return vivify;
  }

  long recache() {
    return recache;
  }

  long cas() {
    return cas;
  }

  /** The cas that the client wants the item to get; 0 for the next. */
  long newCas() {
    return newCas;
  }

  int clientFlags() {
    return clientFlags;
  }

  long delta() {
    return delta;
  }

  long initial() {
    return initial;
  }

  /** The letter behind {@code M}; 0 if there is none. */
  char mode() {
    return mode;
  }

  long find(Cache cache) {
    return cache.find(key, keyFrom, keyLength);
  }

  // ---- what goes back

  int firstWord() {
    return first;
  }

  int words() {
    return line.words();
  }

  char letter(int word) {
    return (char) line.first(word);
  }

  /** Copies the opaque token back, letter and all. */
  void writeOpaque(int word, ByteWriter out) {
    out.putByte(' ').put(line.buffer(), line.start(word), line.length(word));
  }

  void writeKey(ByteWriter out, boolean binary) {
    out.putAscii(" k");
    writeBareKey(out, binary);
    out.putAscii(binary ? " b" : "");
  }

  void writeBareKey(ByteWriter out, boolean binary) {
    if (binary) {
      byte[] plain = Arrays.copyOfRange(key, keyFrom, keyFrom + keyLength);
      out.put(Base64.getEncoder().encode(plain));
    } else {
      out.put(key, keyFrom, keyLength);
    }
  }

  /** The flags of replies without an item: key and opaque. */
  void writeEchoes(ByteWriter out) {
    for (int i = first; i < line.words(); i++) {
      switch (letter(i)) {
        case 'k' -> writeKey(out, has('b'));
        case 'O' -> writeOpaque(i, out);
        default -> {}
      }
    }
  }
}
