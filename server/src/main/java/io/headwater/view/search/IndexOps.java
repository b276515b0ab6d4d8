package io.headwater.view.search;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import io.headwater.log.Frame;

/**
 * Records of an index stream as bytes; see docs/formats/index-ops.md. A record's stream offset is
 * the operation's {@code _seq_no}.
 *
 * <pre>
 * PUT         1  varint version  varint length, id  varint length, JSON
 * DELETE      2  varint version  varint length, id
 * DELETE_ALL  3
 * MAPPING     4  varint length, JSON to merge into the mapping
 * PARKED      5  varint offset of a PUT that the index could not take
 * </pre>
 *
 * <p>Version 0 says "derived": the document's {@code _version} is the record's offset + 1, so that
 * a projection needs to know nothing of the index.
 */
public final class IndexOps {
  static final int PUT = 1;
  static final int DELETE = 2;
  static final int DELETE_ALL = 3;
  static final int MAPPING = 4;
  static final int PARKED = 5;

  /** The version that projections write. */
  static final long DERIVED = 0;

  private IndexOps() {}

  /** Stores a document; what the index cannot take is parked, never refused. */
  public static void put(Frame.Part part, Bytes id, byte[] json) {
    put(part, DERIVED, id.array(), json);
  }

  public static void delete(Frame.Part part, Bytes id) {
    delete(part, DERIVED, id.array());
  }

  /** Deletes every document; the mapping stays. */
  public static void deleteAll(Frame.Part part) {
    part.payload().putByte(DELETE_ALL);
    part.addRecord();
  }

  static void put(Frame.Part part, long version, byte[] id, byte[] json) {
    ByteWriter out = part.payload();
    out.putByte(PUT).putVarint(version).putSized(id).putSized(json);
    part.addRecord();
  }

  static void delete(Frame.Part part, long version, byte[] id) {
    part.payload().putByte(DELETE).putVarint(version).putSized(id);
    part.addRecord();
  }

  static void mapping(Frame.Part part, String json) {
    part.payload().putByte(MAPPING).putString(json);
    part.addRecord();
  }

  static void parked(Frame.Part part, long offset) {
    part.payload().putByte(PARKED).putVarint(offset);
    part.addRecord();
  }

  /** What a record says. */
  sealed interface Op {
    record Put(long version, byte[] id, byte[] json) implements Op {}

    record Delete(long version, byte[] id) implements Op {}

    record DeleteAll() implements Op {}

    record MergeMapping(String json) implements Op {}

    record Parked(long offset) implements Op {}
  }

  /** Reads the next record. */
  static Op read(ByteReader in) {
    int kind = in.getByte();
    return switch (kind) {
      case PUT -> new Op.Put(in.getVarint(), in.getSizedArray(), in.getSizedArray());
      case DELETE -> new Op.Delete(in.getVarint(), in.getSizedArray());
      case DELETE_ALL -> new Op.DeleteAll();
      case MAPPING -> new Op.MergeMapping(in.getString());
      case PARKED -> new Op.Parked(in.getVarint());
      default -> throw new MalformedBytes("index record kind " + kind);
    };
  }
}
