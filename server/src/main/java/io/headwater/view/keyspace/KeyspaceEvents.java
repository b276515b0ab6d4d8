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
  private KeyspaceEvents() {}

  /** The key holds exactly this hash from now on, without expiry; an empty one deletes the key. */
  public static void setHash(Frame.Part part, int db, Bytes key, Map<Bytes, Bytes> fields) {
    if (fields.isEmpty()) {
      delete(part, db, key);
      return;
    }
    ByteWriter out = part.payload();
    head(out, EventKind.HASH_REPLACED, db, key).putVarint(fields.size());
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

  private static ByteWriter head(ByteWriter out, int kind, int db, Bytes key) {
    return out.putByte(kind).putByte(db).putSized(key);
  }
}
