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
    try {
      byTens[kind / 10].replay(kind, key, in);
      replayed[kind]++;
    } catch (IndexOutOfBoundsException | IllegalStateException e) {
      throw new MalformedBytes(
          "keyspace event of kind " + kind + " does not fit what key " + key + " holds: " + e);
    }
    return key;
  }

  static MalformedBytes unknown(int kind) {
    return new MalformedBytes("keyspace event of unknown kind " + kind);
  }
}
