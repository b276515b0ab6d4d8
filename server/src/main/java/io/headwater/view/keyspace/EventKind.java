package io.headwater.view.keyspace;

/**
 * The first byte of each keyspace event. Numbers are part of the format: never change or reuse one.
 * 1-19 belong to keys, databases and strings, 20-29 to hashes, 30-39 to lists, 40-49 to sets, 50-59
 * to sorted sets, 60-79 to streams. {@code docs/formats/keyspace-events.md} draws the rest of each,
 * which those who follow the log without the state read by themselves.
 */
public final class EventKind {
  public static final int STRING_SET = 1;
  public static final int DELETED = 2;
  public static final int EXPIRY_SET = 3;
  public static final int RENAMED = 4;
  public static final int COPIED = 5;
  public static final int FLUSHED = 6;
  public static final int DATABASES_SWAPPED = 7;
  public static final int STRING_APPENDED = 8;
  public static final int STRING_OVERWRITTEN = 9;
  public static final int STRING_SPLICED = 10;

  /** Stands before the kind of a change that gives its collection the large encoding. */
  public static final int CONVERTED = 11;

  public static final int HASH_REPLACED = 20;
  public static final int HASH_SET = 21;
  public static final int HASH_DELETED = 22;
  public static final int HASH_FIELDS_EXPIRY = 23;
  public static final int HASH_CHANGED = 24;

  public static final int LIST_REPLACED = 30;
  public static final int LIST_PUSHED_LEFT = 31;
  public static final int LIST_PUSHED_RIGHT = 32;
  public static final int LIST_POPPED = 33;
  public static final int LIST_ROTATED = 34;
  public static final int LIST_SET = 35;
  public static final int LIST_INSERTED = 36;
  public static final int LIST_REMOVED = 37;
  public static final int LIST_TRIMMED = 38;

  public static final int SET_REPLACED = 40;
  public static final int SET_ADDED = 41;
  public static final int SET_REMOVED = 42;

  public static final int ZSET_REPLACED = 50;
  public static final int ZSET_PUT = 51;
  public static final int ZSET_REMOVED = 52;
  public static final int ZSET_RANGE_REMOVED = 53;

  public static final int STREAM_REPLACED = 60;
  public static final int STREAM_ADDED = 61;
  public static final int STREAM_DELETED = 62;
  public static final int STREAM_TRIMMED = 63;
  public static final int STREAM_IDS_SET = 64;
  public static final int STREAM_GROUP_PUT = 65;
  public static final int STREAM_GROUP_DESTROYED = 66;
  public static final int STREAM_CONSUMER_CREATED = 67;
  public static final int STREAM_CONSUMER_DELETED = 68;
  public static final int STREAM_DELIVERED = 69;
  public static final int STREAM_ACKNOWLEDGED = 70;
  public static final int STREAM_CLAIMED = 71;

  private EventKind() {}
}
