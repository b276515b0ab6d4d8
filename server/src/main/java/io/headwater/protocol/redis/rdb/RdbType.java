package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteReader;
import io.headwater.view.keyspace.Entry;

/** The byte before a value that says how it is written, and what there is between values. */
final class RdbType {
  /** What is written, but for values that it does not have: Redis 7.0's. */
  private static final int VERSION = 10;

  /** Up to Redis 7.4's. */
  static final int VERSION_MAX = 12;

  static final int STRING = 0;
  static final int LIST = 1;
  static final int SET = 2;

  /** Scores as texts. */
  static final int ZSET = 3;

  static final int HASH = 4;
  static final int ZSET_2 = 5;
  static final int MODULE = 6;
  static final int MODULE_2 = 7;
  static final int HASH_ZIPMAP = 9;
  static final int LIST_ZIPLIST = 10;
  static final int SET_INTSET = 11;
  static final int ZSET_ZIPLIST = 12;
  static final int HASH_ZIPLIST = 13;

  /** Nodes that are ziplists. */
  static final int LIST_QUICKLIST = 14;

  static final int STREAM_LISTPACKS = 15;
  static final int HASH_LISTPACK = 16;
  static final int ZSET_LISTPACK = 17;

  /** Nodes that are listpacks, or one long element. */
  static final int LIST_QUICKLIST_2 = 18;

  static final int STREAM_LISTPACKS_2 = 19;
  static final int SET_LISTPACK = 20;
  static final int STREAM_LISTPACKS_3 = 21;

  /** Fields with expiries as a release candidate of 7.4 wrote them: without the earliest first. */
  static final int HASH_METADATA_EARLY = 22;

  static final int HASH_LISTPACK_EX_EARLY = 23;
  static final int HASH_METADATA = 24;
  static final int HASH_LISTPACK_EX = 25;

  static final int SLOT_INFO = 244;
  static final int FUNCTION_2 = 245;
  static final int FUNCTION_EARLY = 246;
  static final int MODULE_AUX = 247;
  static final int IDLE = 248;
  static final int FREQ = 249;
  static final int AUX = 250;
  static final int RESIZE_DB = 251;
  static final int EXPIRES_AT_MS = 252;
  static final int EXPIRES_AT_S = 253;
  static final int SELECT_DB = 254;
  static final int END = 255;

  /** Version and checksum behind a payload. */
  static final int FOOTER_BYTES = 10;

  /** Fields' expiries are below it. */
  static final long EXPIRY_END = 1L << 48;

  private RdbType() {}

  /** The lowest version from {@link #VERSION} on that has values of this type. */
  static int version(int type) {
    return type < SET_LISTPACK ? VERSION : type <= STREAM_LISTPACKS_3 ? 11 : VERSION_MAX;
  }

  /** Whether a range is a payload of a version that is read here, and arrived as it was sent. */
  static boolean isFooterRight(byte[] array, int from, int length) {
    if (length < FOOTER_BYTES) {
      return false;
    }
    ByteReader footer = new ByteReader(array, from + length - FOOTER_BYTES, FOOTER_BYTES);
    int version = footer.getShort() & 0xffff;
    return version <= VERSION_MAX
        && footer.getLong() == Crc64.update(0, array, from, length - Long.BYTES);
  }

  /** One of {@link Entry}'s types, or -1 for what is no value that can be read. */
  static int entryType(int type) {
    return switch (type) {
      case STRING -> Entry.STRING;
      case LIST, LIST_ZIPLIST, LIST_QUICKLIST, LIST_QUICKLIST_2 -> Entry.LIST;
      case SET, SET_INTSET, SET_LISTPACK -> Entry.SET;
      case ZSET, ZSET_2, ZSET_ZIPLIST, ZSET_LISTPACK -> Entry.ZSET;
      case HASH,
          HASH_ZIPMAP,
          HASH_ZIPLIST,
          HASH_LISTPACK,
          HASH_METADATA_EARLY,
          HASH_LISTPACK_EX_EARLY,
          HASH_METADATA,
          HASH_LISTPACK_EX ->
          Entry.HASH;
      case STREAM_LISTPACKS, STREAM_LISTPACKS_2, STREAM_LISTPACKS_3 -> Entry.STREAM;
      default -> -1;
    };
  }
}
