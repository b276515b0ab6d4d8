package io.headwater.protocol.redis.moving;

import io.headwater.host.Clock;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What an import has done so far, shown while it runs and at its end. */
final class Tally {
  private static final long SHOWN_EVERY_NS = 250_000_000;
  private static final int FAILURES_SHOWN = 20;
  private static final int BAR_WIDTH = 24;
  private static final int KEY_SHOWN_CHARS = 60;

  /** Keys of one type that arrived. */
  private static final class Kind {
    long keys;
    long bytes;
  }

  /** Equal errors. */
  private static final class Trouble {
    final String first;
    long times;

    Trouble(String first) {
      this.first = first;
    }
  }

  private final PrintStream out;
  private final Clock clock;
  private final boolean live;
  private final long startedNs;
  private final Map<String, Kind> kinds = new TreeMap<>();
  private final Map<String, Trouble> troubles = new LinkedHashMap<>();
  private final List<String> remarks = new ArrayList<>();
  private long shownNs;
  private long keys;
  private long failures;
  private long expectedKeys;
  private long expectedBytes;
  private long bytesRead;

  long expired;
  long existing;
  long filtered;
  long libraries;
  long streamed;

  /**
   * @param live whether a line that is overwritten can be seen
   */
  Tally(PrintStream out, Clock clock, boolean live) {
    this.out = out;
    this.clock = clock;
    this.live = live;
    this.startedNs = clock.nanos();
  }

  /** How much there is to do, where that is known; 0 where it is not. */
  void expect(long bytes, long totalKeys) {
    expectedBytes = bytes;
    expectedKeys += totalKeys;
  }

  void read(long bytes) {
    bytesRead += bytes;
    show(false);
  }

  void arrived(String kind, long bytes) {
    Kind one = kinds.computeIfAbsent(kind, _ -> new Kind());
    one.keys++;
    one.bytes += bytes;
    keys++;
    show(false);
  }

  void failed(String about, String error) {
    failures++;
    if (troubles.size() < FAILURES_SHOWN || troubles.containsKey(error)) {
      troubles.computeIfAbsent(error, _ -> new Trouble(about)).times++;
    }
  }

  /** A line for the summary. */
  void remark(String line) {
    if (remarks.size() < FAILURES_SHOWN) {
      remarks.add(line);
    }
  }

  long failures() {
    return failures;
  }

  static String shown(byte[] key) {
    String text = new String(key, StandardCharsets.ISO_8859_1).replaceAll("[^ -~]", "?");
    return text.length() <= KEY_SHOWN_CHARS ? text : text.substring(0, KEY_SHOWN_CHARS) + "…";
  }

  private void show(boolean last) {
    long now = clock.nanos();
    if (!live || !last && now - shownNs < SHOWN_EVERY_NS) {
      return;
    }
    shownNs = now;
    double share =
        expectedBytes > 0
            ? (double) bytesRead / expectedBytes
            : expectedKeys > 0 ? (double) (keys + expired + existing) / expectedKeys : -1;
    StringBuilder line = new StringBuilder("\r");
    if (share >= 0) {
      int full = (int) (Math.min(1, share) * BAR_WIDTH);
      line.append('[').append("#".repeat(full)).append(".".repeat(BAR_WIDTH - full));
      line.append(String.format(Locale.ROOT, "] %3.0f %%  ", Math.min(1, share) * 100));
    }
    line.append(size(bytesRead)).append(String.format(Locale.ROOT, ", %,d keys", keys));
    line.append(String.format(Locale.ROOT, ", %,.0f keys/s   ", keys / seconds()));
    out.print(line);
    out.flush();
  }

  private double seconds() {
    return Math.max(1e-3, (clock.nanos() - startedNs) / 1e9);
  }

  private static String size(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%,d KiB", (bytes + 1023) / 1024)
        : String.format(Locale.ROOT, "%,.1f MiB", bytes / 1048576.0);
  }

  void summary() {
    if (live) {
      show(true);
      out.println();
    }
    out.printf(
        Locale.ROOT,
        "%,d keys in %.1f s (%,.0f keys/s), %s read%n",
        keys,
        seconds(),
        keys / seconds(),
        size(bytesRead));
    kinds.forEach((kind, one) ->
        out.printf(Locale.ROOT, "  %-10s %,12d keys  %12s%n", kind, one.keys, size(one.bytes)));
    line("  %,d functions' libraries%n", libraries);
    line("  %,d commands that came while the copy was made%n", streamed);
    line("  %,d keys left out: they had expired%n", expired);
    line("  %,d keys left as they were: they exist here%n", existing);
    line("  %,d keys of other databases left out%n", filtered);
    remarks.forEach(remark -> out.println("  " + remark));
    line("  %,d failed:%n", failures);
    troubles.forEach((error, trouble) ->
        out.printf("    %s (%d times, first: %s)%n", error, trouble.times, trouble.first));
  }

  private void line(String format, long count) {
    if (count > 0) {
      out.printf(Locale.ROOT, format, count);
    }
  }
}
