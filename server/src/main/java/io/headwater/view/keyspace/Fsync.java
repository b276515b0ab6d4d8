package io.headwater.view.keyspace;

/**
 * When a write's frame is synced, in the words of Redis's {@code appendfsync}. Before its reply
 * leaves it is in the log's file at least, as with Redis: a process that is killed loses nothing
 * that was acknowledged, a machine that fails what was not synced.
 */
public enum Fsync {
  /** Before its reply leaves. */
  ALWAYS,
  /** Within a second. */
  EVERYSEC,
  /** When the log gets round to it. */
  NO
}
