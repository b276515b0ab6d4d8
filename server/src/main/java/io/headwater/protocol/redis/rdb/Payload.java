package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;

/**
 * A value as DUMP gives it, but for the footer.
 *
 * @param type its first byte
 * @param array where the rest is
 */
public record Payload(int type, byte[] array, int from, int length) {
  /** How long it is with type and footer. */
  public int bytes() {
    return 1 + length + RdbType.FOOTER_BYTES;
  }

  /** What stands behind it. */
  public byte[] footer() {
    byte[] first = {(byte) type};
    long crc = Crc64.update(Crc64.update(0, first, 0, 1), array, from, length);
    ByteWriter footer = new ByteWriter(RdbType.FOOTER_BYTES);
    footer.putShort(RdbType.version(type));
    footer.putLong(Crc64.update(crc, footer.array(), 0, Short.BYTES));
    return footer.toByteArray();
  }

  /**
   * What DUMP of any version returned.
   *
   * @return null if it is too short or its checksum is wrong
   */
  public static @org.jspecify.annotations.Nullable Payload of(byte[] dumped) {
    return RdbType.isFooterRight(dumped, 0, dumped.length)
        ? new Payload(dumped[0] & 0xff, dumped, 1, dumped.length - 1 - RdbType.FOOTER_BYTES)
        : null;
  }

  /** string, list, set, zset, hash, stream or module. */
  public String kind() {
    int entryType = RdbType.entryType(type);
    return entryType < 0 ? "module" : RdbFile.KINDS[entryType];
  }
}
