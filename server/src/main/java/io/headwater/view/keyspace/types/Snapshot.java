package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteWriter;

/** A large value as it was at one time, written in pieces while the value itself goes on. */
@FunctionalInterface
public interface Snapshot {
  /**
   * Appends the next piece, which {@link CollectionValue#readMore} reads: {@code | items u32 | item
   * ... |}.
   *
   * @param bytes about how many to write; the last item may go past it
   * @return whether there is more
   */
  boolean write(ByteWriter out, int bytes);

  /** Nobody wants the rest: gives back what only this still held. */
  default void abandon() {}
}
