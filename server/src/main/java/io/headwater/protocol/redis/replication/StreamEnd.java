package io.headwater.protocol.redis.replication;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.host.Disk;
import java.io.IOException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where the stream for replicas stood when a server ended in an orderly way: who has all up to
 * there goes on with the next process. As Redis notes it in the RDB file of its SHUTDOWN.
 *
 * <p>The file {@code views/replicas}, numbers little-endian:
 *
 * <pre>
 * | "HWREPL01" | id, 40 | offset, 8 | position, 8 | epoch, 8 | crc32c of all before, 4 |
 * </pre>
 *
 * <p>It is deleted before it is used. What a process says under this ID lives in its memory; were
 * the file still there after a crash, two streams with one ID would differ.
 *
 * @param id of the stream, 40 hexadecimal digits
 * @param offset behind the last byte of the stream
 * @param position up to which the stream says what the log says
 * @param epoch the log's
 */
public record StreamEnd(String id, long offset, long position, long epoch) {
  private static final String PATH = "views/replicas";
  private static final String FOLDER = "views";
  private static final String MAGIC = "HWREPL01";
  private static final int ID_BYTES = 40;
  private static final int BYTES = 8 + ID_BYTES + 3 * Long.BYTES + Integer.BYTES;

  /** Notes it durably. */
  public void keep(Disk disk) throws IOException {
    ByteWriter out = new ByteWriter(BYTES);
    out.putAscii(MAGIC).putAscii(id).putLong(offset).putLong(position).putLong(epoch);
    out.putInt(checksum(out.array(), out.size()));
    disk.createFolder(FOLDER);
    disk.replace(PATH, out.toByteArray());
  }

  /** What the last process noted, once; null if it did not, or not whole. */
  public static @Nullable StreamEnd take(Disk disk) throws IOException {
    if (!disk.exists(PATH)) {
      return null;
    }
    byte[] bytes = disk.readAll(PATH);
    disk.delete(PATH);
    disk.syncFolder(FOLDER);
    return decode(bytes);
  }

  private static @Nullable StreamEnd decode(byte[] bytes) {
    if (bytes.length != BYTES || !new String(bytes, 0, MAGIC.length(), US_ASCII).equals(MAGIC)) {
      return null;
    }
    String id = new String(bytes, MAGIC.length(), ID_BYTES, US_ASCII);
    int from = MAGIC.length() + ID_BYTES;
    ByteReader in = new ByteReader(bytes, from, BYTES - from);
    StreamEnd end = new StreamEnd(id, in.getLong(), in.getLong(), in.getLong());
    return in.getInt() == checksum(bytes, BYTES - Integer.BYTES) ? end : null;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
