package io.headwater.view.keyspace;

/** When a write's frame is synced, in the words of Redis's {@code appendfsync}. */
public enum Fsync {
  /** Before its reply leaves. */
  ALWAYS,
  /** Within a second. */
  EVERYSEC,
  /** When the log gets round to it. */
  NO
}
