package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;

/**
 * What a key of a collection type holds.
 *
 * <p>A packed value lives in one range of bytes: {@code load} a reused object from it, read or
 * change it, and if it is still {@link #isPacked} store the range that {@link #packed} shows. When
 * a change made it large, keep the object itself and use a new one for the next {@code load}. It
 * never goes back. Empty collections do not exist in the keyspace: whoever removes the last element
 * deletes the key.
 */
public sealed interface CollectionValue permits ListValue, TabledValue {
  /** How many elements (fields, members) it holds. */
  int size();

  default boolean isEmpty() {
    return size() == 0;
  }

  boolean isPacked();

  /** Whether some of its elements expire by themselves. */
  default boolean isExpiring() {
    return false;
  }

  /** Whether it has the large one of its type's encodings, from which it never comes back. */
  default boolean isConverted() {
    return false;
  }

  /**
   * Whether a change since the last call took it past Redis's limits, so that {@link #convert} is
   * due. Nothing converts by itself at a limit: limits may differ when the log is replayed.
   */
  default boolean takeOverLimits() {
    return false;
  }

  /** Takes the large encoding, if it has not. */
  default void convert() {
    throw new IllegalStateException("has one encoding only");
  }

  /** Points {@code out} to the packed form; only while {@link #isPacked}. */
  void packed(Slice out);

  /** An array with room for a packed form of this length from index 0 on; {@link #loaded} next. */
  byte[] room(int length);

  /** Becomes the value whose packed form now lies in {@link #room}. */
  void loaded(int length);

  /** Takes over a copy of what {@link #packed} showed once. */
  default void load(byte[] array, int from, int length) {
    System.arraycopy(array, from, room(length), 0, length);
    loaded(length);
  }

  /** Becomes empty and packed; keeps its buffer. */
  void clear();

  /** The name that OBJECT ENCODING of Redis 7.0 has for it. */
  String encoding();

  /** Bytes that it takes on and off the heap, nearly. */
  long memoryBytes();

  /** Appends the whole value for a checkpoint. */
  void writeTo(ByteWriter out);

  /**
   * Appends what a large value is but for its items: {@link #readFrom} makes an empty one of it.
   */
  void writeHead(ByteWriter out);

  /** The items of a large value as they are now. */
  Snapshot snapshot();

  /**
   * Adds the items of one piece of a {@link #snapshot}.
   *
   * @throws MalformedBytes if the bytes are none of that
   */
  void readMore(ByteReader in);

  /**
   * Replaces what it holds by what {@link #writeTo} wrote.
   *
   * @throws MalformedBytes if the bytes are none of that
   */
  void readFrom(ByteReader in);

  /** Sees one element; the range is valid during the call only. */
  @FunctionalInterface
  interface Elements {
    void element(byte[] array, int from, int length);
  }

  /** Sees one field and its value, which lie in the same array. */
  @FunctionalInterface
  interface Fields {
    void field(byte[] array, int from, int length, int valueFrom, int valueLength);
  }

  /** Sees one member and its score. */
  @FunctionalInterface
  interface Scored {
    void member(byte[] array, int from, int length, double score);
  }
}
