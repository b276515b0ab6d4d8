package io.headwater.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A frame's bytes, version 1, little-endian; {@code docs/formats/journal.md} draws them with the
 * reasons.
 *
 * <pre>{@code
 *  0  u32  magic "HWF1"
 *  4  u32  CRC32C of the header from byte 8 to its end, parts included
 *  8  u32  CRC32C of the body
 * 12  u8   version
 * 13  u8   kind: 1 data, 2 seal, 3 open
 * 14  u16  0
 * 16  u32  parts
 * 20  u32  bytes of the body
 * 24  u64  position: the address of the frame's end
 * 32  u64  the log's time, ms
 * 40  u64  everything below this address was durable when the frame was made
 * 48  u64  generation: drawn each time that the journal is opened
 * 56  for each part: u32 stream, u32 records, u64 base offset, u32 bytes
 *     the body: the parts' payloads one after the other
 *     zeros up to a multiple of 8
 * }</pre>
 */
final class FrameFormat {
  static final int MAGIC = 0x3146_5748;
  static final byte VERSION = 1;
  static final int ALIGNMENT = 8;
  static final int FIXED_BYTES = 56;
  static final int PART_BYTES = 20;
  static final int PARTS_MAX = 1 << 16;
  static final int FRAME_BYTES_MAX = 1 << 30;

  static final int HEADER_CRC = 4;
  static final int HEADER_CRC_FROM = 8;
  static final int BODY_CRC = 8;
  static final int VERSION_AT = 12;
  static final int KIND = 13;
  static final int RESERVED = 14;
  static final int PARTS = 16;
  static final int BODY_BYTES = 20;
  static final int POSITION = 24;
  static final int TIME = 32;
  static final int DURABLE = 40;
  static final int GENERATION = 48;

  static final int PART_STREAM = 0;
  static final int PART_COUNT = 4;
  static final int PART_BASE_OFFSET = 8;
  static final int PART_LENGTH = 16;

  /** Records of users. */
  static final byte DATA = 1;

  /** Says what is durable, so that later damage to it is not taken for a torn tail. */
  static final byte SEAL = 2;

  /** Begins a generation. */
  static final byte OPEN = 3;

  /** A seal or an open: no parts, no body. */
  static final int MARK_BYTES = FIXED_BYTES;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private FrameFormat() {}

  static int headerBytes(int parts) {
    return FIXED_BYTES + PART_BYTES * parts;
  }

  /** The whole frame with its padding. */
  static long frameBytes(int parts, long bodyBytes) {
    return (headerBytes(parts) + bodyBytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  static short getShort(byte[] array, int index) {
    return (short) SHORTS.get(array, index);
  }

  static void putShort(byte[] array, int index, short value) {
    SHORTS.set(array, index, value);
  }

  static int getInt(byte[] array, int index) {
    return (int) INTS.get(array, index);
  }

  static void putInt(byte[] array, int index, int value) {
    INTS.set(array, index, value);
  }

  static long getLong(byte[] array, int index) {
    return (long) LONGS.get(array, index);
  }

  static void putLong(byte[] array, int index, long value) {
    LONGS.set(array, index, value);
  }
}
