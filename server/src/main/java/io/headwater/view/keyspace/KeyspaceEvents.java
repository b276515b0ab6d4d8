package io.headwater.view.keyspace;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.log.Frame;
import java.util.Map;

/**
 * Events that owners other than the keyspace put into their frames for stream {@link
 * io.headwater.log.Log#KEYSPACE_STREAM}: what a projection derives. All are absolute: applying one
 * twice equals applying it once.
 */
public final class KeyspaceEvents {
  private static final int HASH_ENTRIES = 512;
  private static final int HASH_BYTES = 64;

  private KeyspaceEvents() {}

  /** The key holds exactly this hash from now on, without expiry; an empty one deletes the key. */
  public static void setHash(Frame.Part part, int db, Bytes key, Map<Bytes, Bytes> fields) {
    if (fields.isEmpty()) {
      delete(part, db, key);
      return;
    }
    ByteWriter out = part.payload();
    if (isLarge(fields)) {
      head(out, EventKind.CONVERTED, db, key).putByte(EventKind.HASH_REPLACED);
    } else {
      head(out, EventKind.HASH_REPLACED, db, key);
    }
    out.putVarint(fields.size());
    fields.forEach((field, value) -> out.putSized(field).putSized(value));
    part.addRecord();
  }

  /** The key holds exactly this string from now on, without expiry. */
  public static void setString(Frame.Part part, int db, Bytes key, Bytes value) {
    head(part.payload(), EventKind.STRING_SET, db, key).putByte(Strings.NATURAL).putSized(value);
    part.addRecord();
  }

  public static void delete(Frame.Part part, int db, Bytes key) {
    head(part.payload(), EventKind.DELETED, db, key);
    part.addRecord();
  }

  /** By Redis's default limits; no setting of a client's reaches what is derived. */
  private static boolean isLarge(Map<Bytes, Bytes> fields) {
    return fields.size() > HASH_ENTRIES
        || fields.entrySet().stream()
            .anyMatch(f -> Math.max(f.getKey().length(), f.getValue().length()) > HASH_BYTES);
  }

  private static ByteWriter head(ByteWriter out, int kind, int db, Bytes key) {
    return out.putByte(kind).putByte(db).putSized(key);
  }
}
