package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import io.headwater.view.keyspace.types.StreamId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How projections follow the keyspace. All calls come from the keyspace loop. */
public interface KeyspaceHooks {
  /** Whether there is nothing to follow and nothing to refuse: the fast path. */
  boolean idle();

  /** Why a client may not write this key, or null. */
  @Nullable Failure refuseWrite(int db, byte[] key, int from, int length);

  /**
   * A command changes this key, which it had not changed before: {@link #changed} follows. What
   * that adds to the frame even if nothing finds room there counts as {@link #expectedBytes} from
   * now on.
   */
  void changing(int db, Bytes key);

  /** How many bytes {@link #changing} this key would add to {@link #expectedBytes}. */
  long leastBytes(int db, byte[] key, int from, int length);

  /** How many bytes will be added to the frame at least; clients find no room for these. */
  long expectedBytes();

  /** How many bytes emptying a database would add to the frame. It looks at all its keys. */
  long flushBytes(int db);

  /**
   * What a command (or a whole EXEC) did, in its order: the events that were recorded since the
   * last call, or since the frame began. The {@link #changed} keys follow, and of events of others
   * nothing does. The array is valid and the same until then.
   */
  void recorded(ByteReader events);

  /**
   * A command (or a whole EXEC) created, changed, deleted or expired this key; derived parts go
   * into the same frame.
   */
  void changed(Frame frame, int db, Bytes key);

  /**
   * A key that this command (or EXEC) changed or deleted before begins anew as a stream; its first
   * {@link #added} comes next.
   */
  void beganAnew(Frame frame, int db, Bytes key);

  /**
   * An entry is added to a stream, at once and before {@link #changed}: it may be gone by then.
   *
   * @param fields {@code | n varint | n * (field sized, value sized) |}, valid during the call
   */
  void added(Frame frame, int db, Bytes key, StreamId id, ByteReader fields);

  /** A key took a whole value over from another or from outside; {@link #changed} follows. */
  void replaced(int db, Bytes key);

  /** The frame is about to be appended: what was collected for it must be put into it now. */
  void appending(Frame frame);

  /** A database is about to be emptied but for {@link #keptPrefixes}; it still holds its keys. */
  void flushing(Frame frame, int db, Keyspace keyspace);

  /** Keys that projections derive, which flushing keeps: their prefixes, in database 0. */
  List<Bytes> keptPrefixes();

  /** Nothing follows the keyspace. */
  static KeyspaceHooks none() {
    return NoHooks.INSTANCE;
  }
}
