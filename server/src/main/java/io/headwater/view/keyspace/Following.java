package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.view.OwnedBy;
import io.headwater.view.keyspace.types.StreamId;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What projections are told: which keys the command, EXEC or script under way changes, and by which
 * events. What they derive goes into the same frame.
 */
@OwnedBy("keyspace")
final class Following {
  private record Name(int db, Bytes key) {}

  /** What a prefix takes beside its own bytes in an event, at most. */
  private static final int PREFIX_BYTES = 5;

  private final Frame frame;
  private final LinkedHashSet<Name> changed = new LinkedHashSet<>();
  private KeyspaceHooks hooks = KeyspaceHooks.none();

  /** How many bytes of the frame's events the hooks have been shown. */
  private int shown;

  Following(Frame frame) {
    this.frame = frame;
  }

  void follow(KeyspaceHooks newHooks) {
    hooks = newHooks;
  }

  boolean isIdle() {
    return hooks.idle();
  }

  @Nullable Failure refuseWrite(int db, byte[] key, int from, int length) {
    return hooks.idle() ? null : hooks.refuseWrite(db, key, from, length);
  }

  void changed(Key key) {
    if (!hooks.idle() && key.db < Keyspace.DATABASES) {
      Name name = new Name(key.db, key.toBytes());
      if (changed.add(name)) {
        hooks.changing(name.db, name.key);
      }
    }
  }

  void streamAdded(Key key, StreamId id, ByteReader fields, boolean isFirst) {
    Name name = new Name(key.db, key.toBytes());
    if (isFirst && changed.contains(name)) {
      hooks.beganAnew(frame, name.db, name.key);
    }
    hooks.added(frame, name.db, name.key, id, fields);
  }

  void replaced(Key key) {
    hooks.replaced(key.db, key.toBytes());
  }

  /** What projections will add to the frame at least. */
  long expectedBytes() {
    return hooks.idle() ? 0 : hooks.expectedBytes();
  }

  /** What they will add to the frame in any case if this key changes. */
  long leastBytes(int db, byte[] key, int from, int length) {
    return hooks.leastBytes(db, key, from, length);
  }

  /** What they would add if a database, or all, were emptied. */
  long flushBytes(int db) {
    long bytes = 0;
    for (int d = 0; d < Keyspace.DATABASES && !hooks.idle(); d++) {
      if (db == Generic.ALL || d == db) {
        bytes += hooks.flushBytes(d);
      }
    }
    for (Bytes prefix : hooks.keptPrefixes()) {
      bytes += prefix.length() + PREFIX_BYTES;
    }
    return bytes;
  }

  /** Tells that databases are emptied; returns the prefixes of keys that stay. */
  List<Bytes> flushing(int db, Keyspace keyspace) {
    if (hooks.idle()) {
      return List.of();
    }
    for (int d = 0; d < Keyspace.DATABASES; d++) {
      if (db == Generic.ALL || d == db) {
        hooks.flushing(frame, d, keyspace);
      }
    }
    return List.copyOf(hooks.keptPrefixes());
  }

  /** Lets projections derive from what changed, if anything did. */
  void derive() {
    if (changed.isEmpty()) {
      return;
    }
    ByteWriter events = frame.part(Log.KEYSPACE_STREAM).payload();
    hooks.recorded(new ByteReader(events.array(), shown, events.size() - shown));
    shown = events.size();
    for (Name name : changed) {
      hooks.changed(frame, name.db, name.key);
    }
    changed.clear();
  }

  /** Before the frame is appended. */
  void appending() {
    derive(); // of keys that a refused command or a read found past their time
    if (!hooks.idle()) {
      hooks.appending(frame);
    }
    shown = 0;
  }
}
