package io.headwater.view.topics;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;

/** Small batches that claim much, or unpack to it. */
public final class Bombs {
  private Bombs() {}

  /** One record with a key and a value of so many zeros. */
  public static ByteBuffer zeros(Compression codec, int bytes) {
    return packed(
        codec,
        1,
        out -> {
          int value = bytes + ByteUtils.sizeOfVarint(bytes);
          varint(out, 3 + 2 + value + 1);
          out.write(new byte[3]); // attributes, time and offset
          varint(out, 1);
          out.write('k');
          varint(out, bytes);
          byte[] block = new byte[1 << 16];
          for (int rest = bytes; rest > 0; rest -= block.length) {
            out.write(block, 0, Math.min(rest, block.length));
          }
          varint(out, 0);
        });
  }

  /** A record that says it has two gigabytes. */
  public static ByteBuffer longRecord(Compression codec) {
    return packed(
        codec,
        1,
        out -> {
          varint(out, Integer.MAX_VALUE - 10);
          out.write(new byte[20]);
        });
  }

  /** A batch that says it has so many records, and has none. */
  public static ByteBuffer manyRecords(Compression codec, int count) {
    return packed(codec, count, out -> out.write(new byte[20]));
  }

  /** Records without anything, a second apart, that are many times larger as objects. */
  public static ByteBuffer tinyRecords(Compression codec, int count) {
    return packed(
        codec,
        count,
        out -> {
          for (int i = 0; i < count; i++) {
            varint(out, 6 + ByteUtils.sizeOfVarint(i) - 1 + 1);
            out.write(new byte[2]);
            varint(out, i);
            varint(out, 1);
            out.write('k');
            varint(out, -1);
            varint(out, 0);
          }
        });
  }

  /** A block of snappy that says it unpacks to a gigabyte. */
  public static ByteBuffer snappyBlock() {
    ByteBuffer payload = ByteBuffer.allocate(16 + 4 + 8);
    payload.putLong(0x82_53_4e_41_50_50_59_00L).putInt(1).putInt(1).putInt(8);
    payload.put(new byte[] {-128, -128, -128, -128, 4, 0, 0, 0}).flip();
    return batch(2, 1, payload);
  }

  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private static ByteBuffer packed(Compression codec, int count, Content content) {
    ByteBufferOutputStream bytes = new ByteBufferOutputStream(1 << 16);
    try (OutputStream out = codec.wrapForOutput(bytes, RecordBatch.MAGIC_VALUE_V2)) {
      content.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return batch(codec.type().id, count, bytes.buffer().flip());
  }

  private static ByteBuffer batch(int codec, int count, ByteBuffer payload) {
    byte[] batch = new byte[BatchFormat.HEADER_BYTES + payload.remaining()];
    payload.get(batch, BatchFormat.HEADER_BYTES, payload.remaining());
    BatchFormat.writeHeader(batch, 0, batch.length, count, BatchCheckTest.NOW, BatchCheckTest.NOW);
    batch[22] = (byte) codec;
    ByteBuffer.wrap(batch).putInt(17, BatchFormat.checksum(batch, 0, batch.length));
    return ByteBuffer.wrap(batch);
  }

  private static void varint(OutputStream out, int value) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(5);
    ByteUtils.writeVarint(value, bytes);
    out.write(bytes.array(), 0, bytes.position());
  }
}
