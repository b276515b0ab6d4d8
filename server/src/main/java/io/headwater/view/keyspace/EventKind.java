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

  static final int HASH_REPLACED = 20;

  private EventKind() {}
}
