package io.headwater.view.search;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import java.util.Base64;
import java.util.Collection;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A document that the index could not take and that does not stand in the dead letters yet.
 *
 * @param offset of its record
 */
record Unparked(long offset, byte[] id, byte[] json, String reason) {

  static String encode(Collection<Unparked> all) {
    ByteWriter out = new ByteWriter();
    for (Unparked one : all) {
      out.putVarint(one.offset).putSized(one.id).putSized(one.json).putString(one.reason);
    }
    return Base64.getEncoder().encodeToString(out.toByteArray());
  }

  static SortedMap<Long, Unparked> decode(String text) {
    ByteReader in = new ByteReader(Base64.getDecoder().decode(text));
    SortedMap<Long, Unparked> all = new TreeMap<>();
    while (in.hasRemaining()) {
      long offset = in.getVarint();
      all.put(offset, new Unparked(offset, in.getSizedArray(), in.getSizedArray(), in.getString()));
    }
    return all;
  }
}
