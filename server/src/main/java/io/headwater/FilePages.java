package io.headwater;

import io.headwater.bytes.Memory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages of mapped files: the start reads the whole class archive and runs most of the JVM's
 * library, and little of both is needed again.
 *
 * <p>Since Linux 6.18 a touch of one page of a file maps the whole folio of the page cache that
 * holds it, which may be two megabytes: a dozen touches brought back all 29 MB of the archive. No
 * touch maps more than its mapping, so mappings are cut into pieces: neighbours differ in an advice
 * that means nothing to files this small.
 */
final class FilePages {
  /** What older systems map around a touch, and a power of two. */
  private static final long PIECE_BYTES = 32 << 10;

  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** A longer line is a file's name, of which the end does not matter. */
  private static final int LINE_BYTES_MAX = 256;

  private static final byte[] CHANGED = "Anonymous:".getBytes(StandardCharsets.US_ASCII);

  /** A mapping's addresses, the last exclusive. */
  record Range(long from, long to) {}

  private FilePages() {}

  /**
   * Lets the system have the pages of files that are mapped for reading only; what is needed comes
   * back from the page cache. Nothing on other systems than Linux. Takes about 10 ms.
   */
  static void discard() throws IOException {
    if (!Files.isReadable(MAPPINGS)) {
      return;
    }
    List<Range> ranges;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(MAPPINGS))) {
      ranges = unchanged(in);
    }
    for (Range range : ranges) {
      cut(range);
      Memory.discard(range.from, range.to - range.from);
    }
  }

  private static void cut(Range range) {
    long piece = range.from & -PIECE_BYTES;
    for (; piece < range.to; piece += PIECE_BYTES) {
      if ((piece & PIECE_BYTES) != 0) {
        long from = Math.max(piece, range.from);
        Memory.preferSmallPages(from, Math.min(piece + PIECE_BYTES, range.to) - from);
      }
    }
  }

  /**
   * The private mappings of files that nobody may write to and in which Linux counts no page that
   * differs from its file. One that differs (relocated, where its address was taken) is the only
   * copy.
   *
   * @param smaps in the format of proc_pid_smaps(5)
   */
  static List<Range> unchanged(InputStream smaps) throws IOException {
    List<Range> unchanged = new ArrayList<>();
    byte[] line = new byte[LINE_BYTES_MAX];
    @Nullable Range range = null;
    for (int length = read(smaps, line); length >= 0; length = read(smaps, line)) {
      if (length > 0 && (line[0] < 'A' || line[0] > 'Z')) { // not one of a mapping's figures
        range = readOnly(new String(line, 0, length, StandardCharsets.ISO_8859_1));
      } else if (range != null && isZero(line, length)) {
        unchanged.add(range);
      }
    }
    return unchanged;
  }

  private static @Nullable Range readOnly(String mapping) {
    int dash = mapping.indexOf('-');
    int end = mapping.indexOf(' ');
    if (!(mapping.startsWith(" r--p ", end) || mapping.startsWith(" r-xp ", end))
        || mapping.indexOf('/') < 0) {
      return null;
    }
    return new Range(
        Long.parseUnsignedLong(mapping, 0, dash, 16),
        Long.parseUnsignedLong(mapping, dash + 1, end, 16));
  }

  /** Whether it is the figure of changed pages, and none. */
  private static boolean isZero(byte[] line, int length) {
    int at = 0;
    for (; at < CHANGED.length; at++) {
      if (at >= length || line[at] != CHANGED[at]) {
        return false;
      }
    }
    while (at < length && line[at] == ' ') {
      at++;
    }
    return at + 1 < length && line[at] == '0' && line[at + 1] == ' ';
  }

  /** Returns a line's length, cut to the array's; less than 0 at the end. */
  private static int read(InputStream in, byte[] line) throws IOException {
    int length = 0;
    int next = in.read();
    if (next < 0) {
      return -1;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (length < line.length) {
        line[length++] = (byte) next;
      }
    }
    return length;
  }
}
