package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.MalformedBytes;

/**
 * LZF (Lehmann's LibLZF): runs of literals, and references to what came up to 8 KiB before.
 *
 * <pre>{@code
 * 000nnnnn                        n + 1 literal bytes follow
 * lllooooo oooooooo               copy l + 2 bytes from o + 1 bytes back; l is 1 to 6
 * 111ooooo nnnnnnnn oooooooo      copy n + 9 bytes from o + 1 bytes back
 * }</pre>
 *
 * <p>The compressor looks for matches where LibLZF's fast mode does, so that a value's payload is
 * byte for byte the one that a redis-server makes. One compressor per owner: it keeps its table of
 * places and never clears it, because places grow from call to call.
 */
final class Lzf {
  private static final int TABLE_BITS = 16;
  private static final int TABLE_MASK = (1 << TABLE_BITS) - 1;
  private static final int LITERALS_MAX = 32;
  private static final int DISTANCE_MAX = 1 << 13;
  private static final int MATCH_MAX = 264;

  /** Compared without a look at the match's limit where it is larger than this. */
  private static final int BLIND_COMPARES = 16;

  /** What {@code clen} bytes can become at most, for each of them. */
  private static final int EXPANSION_MAX = MATCH_MAX / 3;

  /** By hash of three bytes: where they were last seen, counted over all calls. */
  private final int[] places = new int[1 << TABLE_BITS];

  /** The place of the next call's first byte; places below it are of others. */
  private int base = 1;

  private byte[] out = new byte[0];

  /** What {@link #compress} made. */
  byte[] output() {
    return out;
  }

  /**
   * Compresses into {@link #output}, at most to four bytes less than there were.
   *
   * @return how many bytes it became, or 0 if it does not become so much shorter
   */
  int compress(byte[] in, int from, int length) {
    int room = length - 4;
    if (room <= 0) {
      return 0;
    }
    if (out.length < room + 8) {
      out = new byte[Math.max(room + 8, 1024)];
    }
    if (base > Integer.MAX_VALUE - length) {
      java.util.Arrays.fill(places, 0);
      base = 1;
    }
    int compressed = run(in, from, length, room);
    base += length;
    return compressed;
  }

  /** After a large value: gives its memory back. */
  void trim(int keepBytes) {
    if (out.length > keepBytes) {
      out = new byte[0];
    }
  }

  private int run(byte[] in, int from, int length, int room) {
    int at = 0;
    int to = 1; // the first run's head
    int literals = 0;
    int hash = first(in, from);
    while (at < length - 2) {
      hash = next(hash, in, from + at);
      int slot = slot(hash);
      int before = places[slot] - base;
      places[slot] = base + at;
      if (before > 0 && at - before - 1 < DISTANCE_MAX && same3(in, from + before, from + at)) {
        if (to - (literals == 0 ? 1 : 0) + 4 >= room) {
          return 0;
        }
        out[to - literals - 1] = (byte) (literals - 1);
        to -= literals == 0 ? 1 : 0;
        int matched = match(in, from + before, from + at, length - at);
        to = reference(to, at - before - 1, matched - 2);
        literals = 0;
        to++;
        at += matched;
        if (at >= length - 2) {
          break;
        }
        hash = first(in, from + at - 2);
        for (int i = at - 2; i < at; i++) {
          hash = next(hash, in, from + i);
          places[slot(hash)] = base + i;
        }
      } else {
        if (to >= room) {
          return 0;
        }
        out[to++] = in[from + at++];
        if (++literals == LITERALS_MAX) {
          out[to - literals - 1] = (byte) (literals - 1);
          literals = 0;
          to++;
        }
      }
    }
    return to + 3 > room ? 0 : tail(in, from, at, length, to, literals);
  }

  private int tail(byte[] in, int from, int start, int length, int written, int running) {
    int to = written;
    int literals = running;
    for (int at = start; at < length; at++) {
      out[to++] = in[from + at];
      if (++literals == LITERALS_MAX) {
        out[to - literals - 1] = (byte) (literals - 1);
        literals = 0;
        to++;
      }
    }
    if (literals == 0) {
      return to - 1;
    }
    out[to - literals - 1] = (byte) (literals - 1);
    return to;
  }

  private int reference(int start, int distance, int length) {
    int to = start;
    if (length < 7) {
      out[to++] = (byte) (distance >> 8 | length << 5);
    } else {
      out[to++] = (byte) (distance >> 8 | 7 << 5);
      out[to++] = (byte) (length - 7);
    }
    out[to++] = (byte) distance;
    return to;
  }

  /** How many bytes are the same, at least three. */
  private static int match(byte[] in, int before, int at, int left) {
    int limit = Math.min(left - 2, MATCH_MAX);
    int length = 2;
    if (limit > BLIND_COMPARES) {
      for (int i = 0; i < BLIND_COMPARES; i++) {
        length++;
        if (in[before + length] != in[at + length]) {
          return length;
        }
      }
    }
    do {
      length++;
    } while (length < limit && in[before + length] == in[at + length]);
    return length;
  }

  private static int first(byte[] in, int at) {
    return (in[at] & 0xff) << 8 | in[at + 1] & 0xff;
  }

  private static int next(int hash, byte[] in, int at) {
    return hash << 8 | in[at + 2] & 0xff;
  }

  private static int slot(int hash) {
    return (hash >>> 24 - TABLE_BITS) - hash * 5 & TABLE_MASK;
  }

  private static boolean same3(byte[] in, int a, int b) {
    return in[a] == in[b] && in[a + 1] == in[b + 1] && in[a + 2] == in[b + 2];
  }

  /**
   * Whether so many bytes could become so many others: to be asked before there is an array for
   * them.
   */
  static boolean plausible(long compressed, long length) {
    return compressed > 0 && length > 0 && length / EXPANSION_MAX <= compressed;
  }

  /**
   * Fills {@code length} bytes of {@code target} from its beginning.
   *
   * @throws MalformedBytes if the compressed bytes do not give just as many
   */
  static void decompress(byte[] in, int from, int compressed, byte[] target, int length) {
    int at = from;
    int end = from + compressed;
    int to = 0;
    while (at < end) {
      int control = in[at++] & 0xff;
      if (control < LITERALS_MAX) {
        int run = control + 1;
        check(run <= end - at && run <= length - to);
        System.arraycopy(in, at, target, to, run);
        at += run;
        to += run;
        continue;
      }
      int run = control >> 5;
      if (run == 7) {
        check(at < end);
        run += in[at++] & 0xff;
      }
      check(at < end);
      int source = to - ((control & 0x1f) << 8 | in[at++] & 0xff) - 1;
      run += 2;
      check(source >= 0 && run <= length - to);
      for (int i = 0; i < run; i++) { // the ranges may overlap: that is how runs repeat
        target[to++] = target[source++];
      }
    }
    check(to == length);
  }

  private static void check(boolean fits) {
    if (!fits) {
      throw new MalformedBytes("compressed bytes that do not give what they say");
    }
  }
}
