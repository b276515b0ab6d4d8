package io.headwater.view.keyspace;

/**
 * The first byte of each keyspace event. Numbers are part of the format: never change or reuse one.
 * 1-19 belong to keys, databases and strings, 20-29 to hashes, 30-39 to lists, 40-49 to sets, 50-59
 * to sorted sets, 60-79 to streams. {@code docs/formats/keyspace-events.md} draws the rest of each.
 */
final class EventKind {
  static final int STRING_SET = 1;
  static final int DELETED = 2;
  static final int EXPIRY_SET = 3;
  static final int RENAMED = 4;
  static final int COPIED = 5;
  static final int FLUSHED = 6;
  static final int DATABASES_SWAPPED = 7;
  static final int STRING_APPENDED = 8;
  static final int STRING_OVERWRITTEN = 9;
  static final int STRING_SPLICED = 10;

  /** Stands before the kind of a change that gives its collection the large encoding. */
  static final int CONVERTED = 11;

  static final int HASH_REPLACED = 20;
  static final int HASH_SET = 21;
  static final int HASH_DELETED = 22;
  static final int HASH_FIELDS_EXPIRY = 23;
  static final int HASH_CHANGED = 24;

  static final int LIST_REPLACED = 30;
  static final int LIST_PUSHED_LEFT = 31;
  static final int LIST_PUSHED_RIGHT = 32;
  static final int LIST_POPPED = 33;
  static final int LIST_ROTATED = 34;
  static final int LIST_SET = 35;
  static final int LIST_INSERTED = 36;
  static final int LIST_REMOVED = 37;
  static final int LIST_TRIMMED = 38;

  static final int SET_REPLACED = 40;
  static final int SET_ADDED = 41;
  static final int SET_REMOVED = 42;

  static final int ZSET_REPLACED = 50;
  static final int ZSET_PUT = 51;
  static final int ZSET_REMOVED = 52;
  static final int ZSET_RANGE_REMOVED = 53;

  static final int STREAM_REPLACED = 60;
  static final int STREAM_ADDED = 61;
  static final int STREAM_DELETED = 62;
  static final int STREAM_TRIMMED = 63;
  static final int STREAM_IDS_SET = 64;
  static final int STREAM_GROUP_PUT = 65;
  static final int STREAM_GROUP_DESTROYED = 66;
  static final int STREAM_CONSUMER_CREATED = 67;
  static final int STREAM_CONSUMER_DELETED = 68;
  static final int STREAM_DELIVERED = 69;
  static final int STREAM_ACKNOWLEDGED = 70;
  static final int STREAM_CLAIMED = 71;

  private EventKind() {}
}
