package io.headwater.log;

import io.headwater.host.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * The file {@code headwater.meta} at the top of a data folder: that it is one, in which format, and
 * the log's epoch and generation. Lines of text, drawn in {@code docs/formats/journal.md}.
 *
 * @param epoch drawn when the log was created or restored
 * @param generation of the last opening: its number in the high half, random bits in the low half
 * @param restoredTo the log was cut here by a restore, so checkpoints beyond it are expected and
 *     dropped; -1 if it never was
 */
record Meta(long epoch, long generation, long restoredTo) {
  static final String PATH = "headwater.meta";

  private static final String FORMAT = "headwater data 1";
  private static final Pattern TEXT =
      Pattern.compile(
          "headwater data (\\d{1,9})\n"
              + "epoch ([0-9a-f]{16})\n"
              + "generation ([0-9a-f]{16})\n"
              + "(?:restored to (\\d{1,19}), checkpoints beyond it are expected\n)?"
              + "crc32c ([0-9a-f]{8})\n");

  static boolean exists(Disk disk) throws IOException {
    return disk.exists(PATH);
  }

  /** Whether nothing is in the folder but what may be there before the first start. */
  static boolean isEmptyFolder(Disk disk) throws IOException {
    return List.of("lock", "lost+found", PATH + ".tmp").containsAll(disk.list(""));
  }

  static Meta read(Disk disk) throws IOException {
    String text = new String(disk.readAll(PATH), StandardCharsets.UTF_8);
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IOException(
          text.startsWith("headwater data ")
              ? PATH + " is damaged"
              : PATH + " is not of a Headwater data folder");
    }
    if (!text.startsWith(FORMAT + "\n")) {
      throw new IOException(
          PATH + " has format " + matcher.group(1) + ", this server knows format 1");
    }
    if (Integer.parseUnsignedInt(matcher.group(5), 16) != crc(text, matcher.start(5) - 7)) {
      throw new IOException(PATH + " fails its checksum");
    }
    return new Meta(
        Long.parseUnsignedLong(matcher.group(2), 16),
        Long.parseUnsignedLong(matcher.group(3), 16),
        matcher.group(4) == null ? -1 : Long.parseLong(matcher.group(4)));
  }

  void write(Disk disk) throws IOException {
    StringBuilder text = new StringBuilder(FORMAT).append('\n');
    text.append(String.format("epoch %016x", epoch)).append('\n');
    text.append(String.format("generation %016x", generation)).append('\n');
    if (restoredTo >= 0) {
      text.append("restored to ")
          .append(restoredTo)
          .append(", checkpoints beyond it are expected\n");
    }
    int crc = crc(text.toString(), text.length());
    text.append(String.format("crc32c %08x", crc)).append('\n');
    disk.replace(PATH, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static int crc(String text, int length) {
    CRC32C crc = new CRC32C();
    crc.update(text.substring(0, length).getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }
}
