package io.headwater.protocol.kafka;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Connection;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.Writable;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * Encodes responses into a connection's output: big-endian numbers into its byte array, and {@link
 * FileSlices} as ranges of their files, which the kernel sends without a copy.
 */
final class ResponseWriter implements Writable {
  private final Connection connection;
  private final ByteWriter out;

  private ResponseWriter(Connection connection) {
    this.connection = connection;
    this.out = connection.out();
  }

  /** Writes size, header and body; {@code body}'s fields must fit {@code version}. */
  static void write(Connection connection, RequestHeader request, ApiMessage body, short version) {
    ResponseHeader header = request.toResponseHeader();
    ObjectSerializationCache cache = new ObjectSerializationCache();
    MessageSizeAccumulator size = new MessageSizeAccumulator();
    header.data().addSize(size, cache, header.headerVersion());
    body.addSize(size, cache, version);
    ResponseWriter writer = new ResponseWriter(connection);
    writer.out.ensure(size.sizeExcludingZeroCopy() + 4);
    writer.writeInt(size.totalSize());
    header.data().write(writer, cache, header.headerVersion());
    body.write(writer, cache, version);
  }

  @Override
  public void writeByte(byte value) {
    out.putByte(value);
  }

  @Override
  public void writeShort(short value) {
    out.putShort(Short.reverseBytes(value));
  }

  @Override
  public void writeInt(int value) {
    out.putInt(Integer.reverseBytes(value));
  }

  @Override
  public void writeLong(long value) {
    out.putLong(Long.reverseBytes(value));
  }

  @Override
  public void writeDouble(double value) {
    writeLong(Double.doubleToRawLongBits(value));
  }

  @Override
  public void writeByteArray(byte[] bytes) {
    out.put(bytes);
  }

  @Override
  public void writeUnsignedVarint(int value) {
    out.putVarint(Integer.toUnsignedLong(value));
  }

  @Override
  public void writeByteBuffer(ByteBuffer buffer) {
    out.put(buffer.duplicate());
  }

  @Override
  public void writeVarint(int value) {
    out.putVarint(Integer.toUnsignedLong((value << 1) ^ (value >> 31)));
  }

  @Override
  public void writeVarlong(long value) {
    out.putSigned(value);
  }

  @Override
  public void writeRecords(BaseRecords records) {
    switch (records) {
      case FileSlices slices -> {
        for (FileSlices.Slice slice : slices.slices()) {
          connection.send(slice.file(), slice.position(), slice.length());
        }
      }
      case MemoryRecords memory -> writeByteBuffer(memory.buffer());
      default -> throw new IllegalStateException("records of " + records.getClass());
    }
  }
}
