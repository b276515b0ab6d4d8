package io.headwater.log;

import io.headwater.bytes.ByteWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What is written atomically: parts for one or more streams. An owner keeps one frame and reuses
 * it; it is not thread-safe. After {@link Log#append} the parts carry their base offsets until
 * {@link #clear}.
 */
public final class Frame {
  private static final int KEEP_BYTES = 1 << 20;

  private final Origin origin;
  private final List<Part> parts = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private int used;

  public Frame(Origin origin) {
    this.origin = origin;
  }

  /** The view whose owner appends this frame and applies its own parts itself. */
  public Origin origin() {
    return origin;
  }

  /** This frame's part for a stream, created empty when it has none yet. */
  public Part part(int stream) {
    for (int i = 0; i < used; i++) {
      Part part = parts.get(i);
      if (part.stream == stream) {
        return part;
      }
    }
    if (used == parts.size()) {
      parts.add(new Part());
    }
    Part part = parts.get(used++);
    part.stream = stream;
    part.count = 0;
    part.baseOffset = -1;
    part.payload.clear(KEEP_BYTES);
    return part;
  }

  public int partCount() {
    return used;
  }

  public Part partAt(int index) {
    assert index < used;
    return parts.get(index);
  }

  public boolean isEmpty() {
    for (int i = 0; i < used; i++) {
      if (parts.get(i).count > 0) {
        return false;
      }
    }
    return true;
  }

  /** Payload bytes of all parts. */
  public long payloadBytes() {
    long bytes = 0;
    for (int i = 0; i < used; i++) {
      bytes += parts.get(i).payload.size();
    }
    return bytes;
  }

  public void clear() {
    used = 0;
  }

  /** Parts that have records: the others are not written. */
  int filledParts() {
    int filled = 0;
    for (int i = 0; i < used; i++) {
      Part part = parts.get(i);
      if (part.stream < 0 || part.stream > StreamOffsets.STREAM_MAX || part.count < 0) {
        throw new IllegalStateException("stream " + part.stream + ", records " + part.count);
      }
      if (part.count > 0) {
        filled++;
      } else if (part.payload.size() > 0) {
        throw new IllegalStateException("part of stream " + part.stream + " has bytes, no records");
      }
    }
    return filled;
  }

  /** CRC32C of the payloads, one after the other. */
  int bodyCrc() {
    crc.reset();
    for (int i = 0; i < used; i++) {
      Part part = parts.get(i);
      crc.update(part.payload.array(), 0, part.payload.size());
    }
    return (int) crc.getValue();
  }

  /** Who appends, so that routing does not bring an owner its own parts again. */
  public enum Origin {
    KEYSPACE,
    TOPICS,
    GROUPS,
    SEARCH,
    CATALOG
  }

  /** The records that one frame adds to one stream. */
  public static final class Part {
    private int stream;
    private int count;
    private long baseOffset;
    private final ByteWriter payload = new ByteWriter();

    public int stream() {
      return stream;
    }

    /** Records in this part; they take this many dense offsets of the stream. */
    public int count() {
      return count;
    }

    /** Call once for each record, after writing it to {@link #payload}. */
    public void addRecord() {
      count++;
    }

    /** For payloads that hold several records in one piece, such as a Kafka batch. */
    public void addRecords(int records) {
      count += records;
    }

    /** The stream offset of the first record; -1 before the append. */
    public long baseOffset() {
      return baseOffset;
    }

    /** Only the log calls this. */
    public void assignBaseOffset(long offset) {
      baseOffset = offset;
    }

    public ByteWriter payload() {
      return payload;
    }
  }
}
