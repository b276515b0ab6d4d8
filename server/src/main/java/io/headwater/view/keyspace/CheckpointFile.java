package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.MalformedBytes;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A keyspace checkpoint on disk, {@code views/keyspace/<position as 20 digits>.checkpoint}:
 *
 * <pre>{@code
 * | "HWKEYS01" | position u64 | block ... | end block |
 * block:     | length u32, > 0 | CRC32C of the payload u32 | payload |
 * payload:   entry ... [ 0xff, zeros ]
 * entry:     | db u8 | kind u8 | [expiry u64] | key (sized) | value (sized) or a large value's head |
 * or         | db u8 | kind u8 with MORE | key (sized) | a piece of that large value's items |
 * or         | db u8 | kind u8 with MORE | [expiry u64] | key (sized) | value's length (varint) | offset (varint) | a part of that value (sized) |
 * end block: | 0 u32 | CRC32C u32 of the next 8 bytes | entries u64 |
 * }</pre>
 *
 * <p>A value of more than {@link #PART_BYTES} that is not large comes in parts, the first at offset
 * 0. A block that is not the last ends where the file system's blocks end, so that it can be
 * written past the page cache. Written under another name, synced and renamed ({@link
 * CheckpointWriter}): a file with the right name is whole or damaged.
 */
final class CheckpointFile {
  /** A block with its header; one that holds a single giant thing is longer. */
  static final int BLOCK_BYTES = 512 << 10;

  /** In the place of a database: nothing more comes in this block. */
  static final int PADDING = 0xff;

  static final int PART_BYTES = 16 << 10;

  /**
   * In a kind: items of a large value that came before, or a part. In the file no bit is a form.
   */
  static final int MORE = Entry.LONG_FORM;

  static final String FOLDER = "views/keyspace";
  static final String ENDING = ".checkpoint";
  static final long MAGIC = 0x3130_5359_454b_5748L; // "HWKEYS01", little-endian
  static final int HEADER_BYTES = 16;

  /** Of a block. */
  static final int BLOCK_HEADER_BYTES = 8;

  private CheckpointFile() {}

  static String path(long position) {
    return String.format("%s/%020d%s", FOLDER, position, ENDING);
  }

  static long positionOf(String name) {
    return Long.parseLong(name.substring(0, name.length() - ENDING.length()));
  }

  /** Takes the blocks of one payload after the other. */
  interface BlockReader {
    /**
     * @return how many entries the block held
     */
    long read(ByteReader block);
  }

  /**
   * Reads a whole file.
   *
   * @throws IOException naming the file if it is damaged
   */
  static void read(Disk disk, long position, BlockReader reader) throws IOException {
    String path = path(position);
    try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
      ByteBuffer head = buffer(HEADER_BYTES);
      file.readFully(head, 0);
      head.flip();
      if (head.getLong() != MAGIC || head.getLong() != position) {
        throw new IOException("damaged checkpoint: " + path + " has a wrong header");
      }
      readBlocks(file, path, reader);
    } catch (EOFException e) {
      throw new IOException("damaged checkpoint: " + path + " ends early", e);
    } catch (MalformedBytes e) {
      throw new IOException("damaged checkpoint: " + path + ": " + e.getMessage(), e);
    }
  }

  private static void readBlocks(DiskFile file, String path, BlockReader reader)
      throws IOException {
    long at = HEADER_BYTES;
    long entries = 0;
    byte[] payload = new byte[BLOCK_BYTES];
    while (true) {
      ByteBuffer head = buffer(8);
      file.readFully(head, at);
      head.flip();
      int length = head.getInt();
      int crc = head.getInt();
      int size = length == 0 ? 8 : length;
      if (size < 0 || size > file.size() - at - 8) {
        throw new IOException("damaged checkpoint: " + path + " has a wrong length at " + at);
      }
      if (payload.length < size) {
        payload = new byte[size];
      }
      file.readFully(ByteBuffer.wrap(payload, 0, size), at + 8);
      if (crc(payload, size) != crc) {
        throw new IOException("damaged checkpoint: " + path + " fails its checksum at " + at);
      }
      ByteReader block = new ByteReader(payload, 0, size);
      if (length == 0) {
        if (block.getLong() != entries) {
          throw new IOException("damaged checkpoint: " + path + " misses entries");
        }
        return;
      }
      entries += reader.read(block);
      at += 8 + size;
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(java.nio.ByteOrder.LITTLE_ENDIAN);
  }

  private static int crc(byte[] payload, int length) {
    CRC32C crc = new CRC32C();
    crc.update(payload, 0, length);
    return (int) crc.getValue();
  }
}
