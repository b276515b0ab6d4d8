package io.headwater.view.keyspace.types;

/**
 * A run of list elements, at least one while others stand beside it. A <em>place</em> is where an
 * entry begins, and stays the same when a node is stored or taken out again.
 */
abstract sealed class ListPart permits ListNode, StoredNode {
  int count;

  abstract int bytes();

  /** Of {@link #bytes}: outside the heap. */
  abstract int storedBytes();

  /** The place of its first entry. */
  abstract int first();

  /** The place of the entry number {@code index}. */
  abstract int place(int index);

  abstract void show(int at, Slice out);

  /** The entries to look at, until {@link #doneReading}. */
  abstract ListNode read();

  /** Nobody looks any more at what {@link #read} gave. */
  abstract void doneReading(ListNode read);

  /** One more list or snapshot holds it. */
  abstract void hold();

  /** One of those that hold it does so no more. */
  abstract void letGo();

  final boolean takes(int entryBytes) {
    return count == 0 || bytes() + entryBytes <= ListNode.NODE_BYTES;
  }
}
