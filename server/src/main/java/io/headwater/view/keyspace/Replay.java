package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.MalformedBytes;

/**
 * Reads events and calls the mutators that recorded them. Each event is {@code | kind u8 | db u8 |
 * key (sized) | rest by kind |}; {@link EventKind} gives tens of kinds to types.
 */
final class Replay {
  /** Replays one event of a type: must consume exactly its rest. */
  interface Type {
    void replay(int kind, Key key, ByteReader in);
  }

  private final Type[] byTens = new Type[26];
  private final Key key = new Key();
  private final long[] replayed = new long[256];
  private boolean converting;

  Replay() {
    java.util.Arrays.fill(
        byTens,
        (Type)
            (kind, k, in) -> {
              throw unknown(kind);
            });
  }

  /** The events of kinds {@code tens * 10} to {@code tens * 10 + 9}. */
  void register(int tens, Type type) {
    byTens[tens] = type;
  }

  /** How many events of a kind were applied. */
  long replayed(int kind) {
    return replayed[kind];
  }

  /** Whether the event being applied gives its collection the large encoding. */
  boolean converting() {
    return converting;
  }

  /** Applies one event and returns its key, valid until the next. */
  Key next(ByteReader in) {
    int kind = in.getByte() & 0xff;
    int db = in.getByte() & 0xff;
    if (db >= Store.TABLES && !(db == Generic.ALL && kind == EventKind.FLUSHED)) {
      throw new MalformedBytes("keyspace event of database " + db);
    }
    int length = in.getLength();
    key.at(db, in.array(), in.index(), length);
    in.skip(length);
    converting = kind == EventKind.CONVERTED;
    int change = converting ? collectionKind(in.getByte() & 0xff) : kind;
    try {
      byTens[change / 10].replay(change, key, in);
      replayed[kind]++;
    } catch (IndexOutOfBoundsException | IllegalStateException e) {
      throw new MalformedBytes(
          "keyspace event of kind " + kind + " does not fit what key " + key + " holds: " + e);
    }
    return key;
  }

  private static int collectionKind(int kind) {
    if (kind < EventKind.HASH_REPLACED || kind >= EventKind.STREAM_REPLACED) {
      throw unknown(kind);
    }
    return kind;
  }

  static MalformedBytes unknown(int kind) {
    return new MalformedBytes("keyspace event of unknown kind " + kind);
  }
}
