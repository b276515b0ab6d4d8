package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A collection that is packed while it is small and a {@link ByteTable} when it is large, and that
 * Redis would convert at limits of its own. What {@link #writeTo} writes of it:
 *
 * <pre>{@code
 * u8 0                   sized packed form
 * u8 1, or 2 converted   varint items   { item }
 * }</pre>
 */
abstract sealed class TabledValue implements CollectionValue
    permits HashValue, SetValue, ZSetValue {
  final Packed packed = new Packed();

  /** Null while it is packed. */
  @Nullable ByteTable table;

  /** Redis would have given it the large one of its encodings. */
  boolean converted;

  /** See {@link #takeOverLimits}. */
  boolean overLimits;

  int count;

  /** Becomes large. */
  abstract void unpack();

  /** Adds so many items, as {@link #writeTo} writes them. */
  abstract void add(ByteReader in, int items);

  /**
   * @throws MalformedBytes if these bytes are no packed form
   */
  abstract void checkPacked(byte[] array, int from, int length);

  @Override
  public int size() {
    return count;
  }

  @Override
  public boolean isPacked() {
    return table == null;
  }

  @Override
  public byte[] room(int length) {
    return packed.room(length);
  }

  @Override
  public boolean isConverted() {
    return converted;
  }

  @Override
  public boolean takeOverLimits() {
    boolean over = overLimits && !converted;
    overLimits = false;
    return over;
  }

  @Nullable ByteTable table() {
    return table;
  }

  @Override
  public void writeHead(ByteWriter out) {
    out.putByte(converted ? 2 : 1).putVarint(0);
  }

  @Override
  public Snapshot snapshot() {
    return Objects.requireNonNull(table).snapshot();
  }

  @Override
  public void readFrom(ByteReader in) {
    clear();
    int form = in.getByte();
    if (form == 0) {
      int length = in.getLength();
      checkPacked(in.array(), in.index(), length);
      load(in.array(), in.index(), length);
      in.skip(length);
    } else {
      readLarge(form, in);
    }
  }

  /** The rest of a large one of this form. */
  void readLarge(int form, ByteReader in) {
    if (form != 1 && form != 2) {
      throw new MalformedBytes("a collection of form " + form);
    }
    unpack();
    converted = form == 2;
    readItems(in, in.getCount());
  }

  @Override
  public void readMore(ByteReader in) {
    readItems(in, in.getInt());
  }

  /** Limits may be others than they were: what was converted stays, and nothing else is. */
  final void readItems(ByteReader in, int items) {
    boolean wasConverted = converted;
    add(in, items);
    converted = wasConverted;
    overLimits = false;
  }
}
