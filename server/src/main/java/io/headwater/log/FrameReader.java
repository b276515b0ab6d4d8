package io.headwater.log;

import static io.headwater.log.FrameFormat.FIXED_BYTES;
import static io.headwater.log.FrameFormat.PART_BYTES;

import io.headwater.host.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one segment in order and checks everything about them. It does not judge:
 * where bytes are no valid frame it stops and says why, and its user knows whether that is the end,
 * a torn tail or damage.
 */
final class FrameReader implements AutoCloseable {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int KEEP_BYTES = 4 << 20;

  private final DiskFile file;
  private final SegmentHeader segment;
  private final String path;
  private final CRC32C crc = new CRC32C();

  private byte[] window = new byte[0];
  private long windowFrom;
  private int windowBytes;

  /** Frames beyond are not looked at. */
  private long limit;

  private long address;
  private long generation;
  private long timeMs;

  // The current frame.
  private byte kind;
  private long position;
  private long durable;
  private int partCount;
  private int headerIndex;
  private int bodyBytes;
  private @Nullable String why;

  FrameReader(DiskFile file, String path, SegmentHeader segment, long limit) {
    this.file = file;
    this.path = path;
    this.segment = segment;
    this.limit = Math.min(limit, segment.end());
    this.address = segment.base();
    this.generation = segment.generation();
    this.timeMs = segment.timeMs();
  }

  SegmentHeader segment() {
    return segment;
  }

  String path() {
    return path;
  }

  void limit(long newLimit) {
    limit = Math.min(newLimit, segment.end());
    windowBytes = 0; // it may hold what stood there before the new bytes
  }

  /**
   * Moves to the next frame.
   *
   * @return false where there is no valid frame: see {@link #why} and {@link #address}
   */
  boolean next() throws IOException {
    why = header();
    if (why == null) {
      why = body();
    }
    if (why != null) {
      return false;
    }
    accept();
    return true;
  }

  /** Passes over the frames that end at or before a position, looking at their headers only. */
  void skipTo(long target) throws IOException {
    while (address < target && header() == null && position <= target) {
      accept();
    }
  }

  private void accept() {
    if (kind == FrameFormat.OPEN) {
      generation = FrameFormat.getLong(window, headerIndex + FrameFormat.GENERATION);
    }
    timeMs = FrameFormat.getLong(window, headerIndex + FrameFormat.TIME);
    address = position;
  }

  /** Why {@link #next} returned false; null if it only met the limit. */
  @Nullable String why() {
    return address >= limit ? null : why;
  }

  /** The address after the last valid frame. */
  long address() {
    return address;
  }

  long fileOffset() {
    return offsetOf(address);
  }

  boolean isData() {
    return kind == FrameFormat.DATA;
  }

  boolean isSeal() {
    return kind == FrameFormat.SEAL;
  }

  /** The end of the current frame. */
  long position() {
    return position;
  }

  long timeMs() {
    return timeMs;
  }

  long durable() {
    return durable;
  }

  long generation() {
    return generation;
  }

  /** Of the whole frame. */
  long bytes() {
    return FrameFormat.frameBytes(partCount, bodyBytes);
  }

  int partCount() {
    return partCount;
  }

  int partStream(int part) {
    return FrameFormat.getInt(window, partIndex(part) + FrameFormat.PART_STREAM);
  }

  int partRecords(int part) {
    return FrameFormat.getInt(window, partIndex(part) + FrameFormat.PART_COUNT);
  }

  long partBaseOffset(int part) {
    return FrameFormat.getLong(window, partIndex(part) + FrameFormat.PART_BASE_OFFSET);
  }

  int partBytes(int part) {
    return FrameFormat.getInt(window, partIndex(part) + FrameFormat.PART_LENGTH);
  }

  /** Adds the current frame's parts; they are valid until the reader moves on. */
  void addParts(List<LoggedPart> to) {
    int at = headerIndex + FrameFormat.headerBytes(partCount);
    for (int i = 0; i < partCount; i++) {
      int bytes = partBytes(i);
      to.add(
          new LoggedPart(
              position,
              timeMs,
              partStream(i),
              partBaseOffset(i),
              partRecords(i),
              window,
              at,
              bytes));
      at += bytes;
    }
  }

  /**
   * Looks for a header beyond the last valid frame that says that bytes after that frame were
   * durable. Only headers of the generation that was being read, or of {@code lastGeneration},
   * count; what else looks like a frame is left over from what this file held before.
   *
   * @return the address of such a header, or -1
   */
  long findProofOfDamage(long lastGeneration) throws IOException {
    long lost = address;
    long end = segment.end() - FIXED_BYTES;
    for (long at = lost + FrameFormat.ALIGNMENT; at <= end; at += FrameFormat.ALIGNMENT) {
      int index = load(at, FIXED_BYTES);
      if (index < 0) {
        return -1;
      }
      if (FrameFormat.getInt(window, index) != FrameFormat.MAGIC) {
        continue;
      }
      long claimed = FrameFormat.getLong(window, index + FrameFormat.DURABLE);
      long drawn = FrameFormat.getLong(window, index + FrameFormat.GENERATION);
      boolean counts = drawn == generation || drawn == lastGeneration;
      if (counts && claimed > lost && headerAt(at) == null) {
        return at;
      }
    }
    return -1;
  }

  /** Reads the file again from where it stands. */
  void refresh() {
    windowBytes = 0;
  }

  /** Checks the header at {@link #address}; null when it is right. */
  private @Nullable String header() throws IOException {
    if (limit - address < FIXED_BYTES) {
      return "no room for a frame";
    }
    String wrong = headerAt(address);
    if (wrong != null) {
      return wrong;
    }
    if (position > limit) {
      return "frame goes past the end, to " + position;
    }
    long drawn = FrameFormat.getLong(window, headerIndex + FrameFormat.GENERATION);
    boolean fits =
        kind == FrameFormat.OPEN ? drawn >>> 32 > generation >>> 32 : drawn == generation;
    if (!fits) {
      return String.format("frame of generation %016x after %016x", drawn, generation);
    }
    if (FrameFormat.getLong(window, headerIndex + FrameFormat.TIME) < timeMs) {
      return "the log's time goes backwards";
    }
    return null;
  }

  private @Nullable String headerAt(long at) throws IOException {
    int index = load(at, FIXED_BYTES);
    if (index < 0 || FrameFormat.getInt(window, index) != FrameFormat.MAGIC) {
      return "no frame begins here";
    }
    int parts = FrameFormat.getInt(window, index + FrameFormat.PARTS);
    int body = FrameFormat.getInt(window, index + FrameFormat.BODY_BYTES);
    if (parts < 0
        || parts > FrameFormat.PARTS_MAX
        || body < 0
        || FrameFormat.frameBytes(parts, body) > FrameFormat.FRAME_BYTES_MAX) {
      return "frame with " + parts + " parts and " + body + " bytes";
    }
    int headerBytes = FrameFormat.headerBytes(parts);
    index = load(at, headerBytes);
    if (index < 0) {
      return "frame header goes past the end of the file";
    }
    crc.reset();
    crc.update(
        window, index + FrameFormat.HEADER_CRC_FROM, headerBytes - FrameFormat.HEADER_CRC_FROM);
    if (FrameFormat.getInt(window, index + FrameFormat.HEADER_CRC) != (int) crc.getValue()) {
      return "frame header fails its checksum";
    }
    long end = FrameFormat.getLong(window, index + FrameFormat.POSITION);
    if (end != at + FrameFormat.frameBytes(parts, body)) {
      return "frame belongs elsewhere: its end is " + end;
    }
    int version = window[index + FrameFormat.VERSION_AT];
    if (version != FrameFormat.VERSION) {
      return "frame of unknown version " + version;
    }
    if (window[index + FrameFormat.KIND] < FrameFormat.DATA
        || window[index + FrameFormat.KIND] > FrameFormat.OPEN) {
      return "frame of unknown kind " + window[index + FrameFormat.KIND];
    }
    headerIndex = index;
    kind = window[index + FrameFormat.KIND];
    position = end;
    durable = FrameFormat.getLong(window, index + FrameFormat.DURABLE);
    partCount = parts;
    bodyBytes = body;
    return null;
  }

  private @Nullable String body() throws IOException {
    headerIndex = load(address, (int) (position - address));
    if (headerIndex < 0) {
      return "frame goes past the end of the file";
    }
    int from = headerIndex + FrameFormat.headerBytes(partCount);
    crc.reset();
    crc.update(window, from, bodyBytes);
    if (FrameFormat.getInt(window, headerIndex + FrameFormat.BODY_CRC) != (int) crc.getValue()) {
      return "frame body fails its checksum";
    }
    int end = headerIndex + (int) (position - address);
    for (int i = from + bodyBytes; i < end; i++) {
      if (window[i] != 0) {
        return "frame padding is not zero";
      }
    }
    long sum = 0;
    for (int i = 0; i < partCount; i++) {
      sum += Integer.toUnsignedLong(partBytes(i));
    }
    return sum == bodyBytes ? null : "frame parts have " + sum + " of " + bodyBytes + " bytes";
  }

  private int partIndex(int part) {
    assert part < partCount;
    return headerIndex + FIXED_BYTES + PART_BYTES * part;
  }

  private long offsetOf(long at) {
    return segment.headerBytes() + at - segment.base();
  }

  /**
   * Brings bytes into the window.
   *
   * @return the index of the first, or -1 if the file ends before the last
   */
  private int load(long at, int bytes) throws IOException {
    long offset = offsetOf(at);
    if (offset + bytes > segment.fileBytes()) {
      return -1;
    }
    if (offset < windowFrom || offset + bytes > windowFrom + windowBytes) {
      fill(offset, bytes);
    }
    return (int) (offset - windowFrom);
  }

  private void fill(long offset, int bytes) throws IOException {
    long useful = Math.min(CHUNK_BYTES, Math.max(0, offsetOf(limit) - offset));
    int wanted = (int) Math.min(Math.max(bytes, useful), segment.fileBytes() - offset);
    if (window.length < wanted || (window.length > KEEP_BYTES && wanted <= KEEP_BYTES)) {
      window = new byte[Math.max(wanted, (int) Math.min(CHUNK_BYTES, segment.fileBytes()))];
    }
    windowBytes = 0;
    file.readFully(ByteBuffer.wrap(window, 0, wanted), offset);
    windowFrom = offset;
    windowBytes = wanted;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
