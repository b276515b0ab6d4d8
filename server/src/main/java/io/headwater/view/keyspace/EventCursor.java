package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.keyspace.types.StreamValue;

/**
 * Walks over recorded events without applying them: {@link #next}, then what it stands on. See
 * docs/formats/keyspace-events.md.
 */
public final class EventCursor {
  private static final int STRING_EXPIRES = 4;

  private final ByteReader in;
  private final Key key = new Key();
  private int start;
  private int kind;
  private int bodyFrom;

  /** From where a reader stands to its end. */
  public EventCursor(ByteReader in) {
    this.in = in;
  }

  /** Moves to the next event; false at the end. */
  public boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    start = in.index();
    kind = in.getByte() & 0xff;
    int db = in.getByte() & 0xff;
    int length = in.getLength();
    key.at(db, in.array(), in.index(), length);
    in.skip(length);
    if (kind == EventKind.CONVERTED) {
      kind = in.getByte() & 0xff;
    }
    bodyFrom = in.index();
    skipBody();
    return true;
  }

  /** Where in the reader's array the event begins. */
  public int start() {
    return start;
  }

  /** One of {@link EventKind}; of a change that also converts its collection the change's. */
  public int kind() {
    return kind;
  }

  /** The event's key; valid until the next event. */
  public Key key() {
    return key;
  }

  /** What the kind has behind the key. */
  public ByteReader body() {
    return new ByteReader(in.array(), bodyFrom, in.index() - bodyFrom);
  }

  /** Whether the flags of a {@link EventKind#STRING_SET} say that an expiry follows. */
  public static boolean expires(byte flags) {
    return (flags & STRING_EXPIRES) != 0;
  }

  private void skipBody() {
    switch (kind) {
      case EventKind.DELETED -> {}
      case EventKind.STRING_SET -> {
        in.skip(expires(in.getByte()) ? Long.BYTES : 0);
        skipSized();
      }
      case EventKind.EXPIRY_SET -> in.skip(Long.BYTES);
      case EventKind.RENAMED, EventKind.STRING_APPENDED, EventKind.STREAM_GROUP_DESTROYED ->
          skipSized();
      case EventKind.COPIED -> {
        in.skip(1);
        skipSized();
      }
      case EventKind.DATABASES_SWAPPED -> in.skip(1);
      case EventKind.STRING_OVERWRITTEN, EventKind.LIST_SET, EventKind.LIST_INSERTED -> {
        in.getVarint();
        skipSized();
      }
      case EventKind.STRING_SPLICED -> {
        skipVarints(2);
        skipSized();
      }
      case EventKind.HASH_REPLACED, EventKind.HASH_SET, EventKind.HASH_CHANGED -> skipItems(0, 2);
      case EventKind.HASH_FIELDS_EXPIRY, EventKind.ZSET_REPLACED, EventKind.ZSET_PUT ->
          skipItems(Long.BYTES, 1);
      case EventKind.FLUSHED,
          EventKind.HASH_DELETED,
          EventKind.LIST_REPLACED,
          EventKind.LIST_PUSHED_LEFT,
          EventKind.LIST_PUSHED_RIGHT,
          EventKind.SET_REPLACED,
          EventKind.SET_ADDED,
          EventKind.SET_REMOVED,
          EventKind.ZSET_REMOVED ->
          skipItems(0, 1);
      case EventKind.LIST_POPPED -> {
        in.skip(1);
        in.getVarint();
      }
      case EventKind.LIST_ROTATED -> in.skip(2);
      case EventKind.LIST_REMOVED -> {
        in.getSigned();
        skipSized();
      }
      case EventKind.LIST_TRIMMED, EventKind.ZSET_RANGE_REMOVED -> skipVarints(2);
      default -> skipStreamBody();
    }
  }

  private void skipStreamBody() {
    switch (kind) {
      case EventKind.STREAM_REPLACED -> StreamValue.read(in);
      case EventKind.STREAM_ADDED -> {
        skipVarints(2);
        skipItems(0, 2);
      }
      case EventKind.STREAM_DELETED -> skipIds();
      case EventKind.STREAM_TRIMMED -> in.getVarint();
      case EventKind.STREAM_IDS_SET -> skipVarints(5);
      case EventKind.STREAM_GROUP_PUT -> {
        skipSized();
        skipVarints(3);
      }
      case EventKind.STREAM_CONSUMER_CREATED -> {
        skipSized();
        skipSized();
        in.getSigned();
      }
      case EventKind.STREAM_CONSUMER_DELETED -> {
        skipSized();
        skipSized();
      }
      case EventKind.STREAM_DELIVERED -> {
        skipSized();
        skipSized();
        skipVarints(2);
        in.skip(1);
      }
      case EventKind.STREAM_ACKNOWLEDGED -> {
        skipSized();
        skipIds();
      }
      case EventKind.STREAM_CLAIMED -> {
        skipSized();
        skipSized();
        in.getSigned();
        for (int left = in.getCount(); left > 0; left--) {
          skipVarints(4);
        }
      }
      default -> throw new MalformedBytes("keyspace event of unknown kind " + kind);
    }
  }

  private void skipSized() {
    in.skip(in.getLength());
  }

  private void skipVarints(int count) {
    for (int i = 0; i < count; i++) {
      in.getVarint();
    }
  }

  private void skipIds() {
    for (int left = in.getCount(); left > 0; left--) {
      skipVarints(2);
    }
  }

  /** A list of items that each have some bytes and then some sized pieces. */
  private void skipItems(int bytesEach, int piecesEach) {
    for (int left = in.getCount(); left > 0; left--) {
      in.skip(bytesEach);
      for (int i = 0; i < piecesEach; i++) {
        skipSized();
      }
    }
  }
}
