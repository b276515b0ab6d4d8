package io.headwater.view.keyspace.types;

import io.headwater.bytes.Memory;

/**
 * Entries as {@link ListNode} draws them, outside the heap. They do not change, so lists and
 * snapshots share them; {@link ListMemory} knows when the last of these lets go.
 */
final class StoredNode extends ListPart {
  private final ListMemory memory;
  final long address;
  private final int bytes;

  /** How many lists and snapshots hold it; once it is 0 the address is stale. */
  private int holders = 1;

  StoredNode(ListMemory memory, long address, int bytes, int entries) {
    this.memory = memory;
    this.address = address;
    this.bytes = bytes;
    count = entries;
  }

  @Override
  int bytes() {
    return bytes;
  }

  @Override
  int storedBytes() {
    return bytes;
  }

  @Override
  int first() {
    return ListNode.RESERVE;
  }

  @Override
  int place(int index) {
    assert holders > 0;
    long at = address;
    if (index <= count / 2) {
      for (int i = index; i > 0; i--) {
        at = after(at);
      }
    } else {
      at += bytes;
      for (int i = count - index; i > 0; i--) {
        at = before(at);
      }
    }
    return (int) (at - address) + ListNode.RESERVE;
  }

  private static long after(long at) {
    int sized = Packed.sizedBytes(length(at));
    return at + sized + Packed.headBytes(sized);
  }

  private static long before(long at) {
    long i = at - 1;
    int b = Memory.getByte(i);
    int sized = b & 0x7f;
    for (int shift = 7; b < 0; shift += 7) {
      b = Memory.getByte(--i);
      sized |= (b & 0x7f) << shift;
    }
    return i - sized;
  }

  private static int length(long at) {
    int b = Memory.getByte(at);
    int length = b & 0x7f;
    long i = at;
    for (int shift = 7; b < 0; shift += 7) {
      b = Memory.getByte(++i);
      length |= (b & 0x7f) << shift;
    }
    return length;
  }

  @Override
  void show(int at, Slice out) {
    assert holders > 0;
    long from = address + at - ListNode.RESERVE;
    int length = length(from);
    out.copy(from + Packed.headBytes(length), length);
  }

  @Override
  ListNode read() {
    return memory.read(this);
  }

  @Override
  void doneReading(ListNode read) {
    memory.giveBack(read);
  }

  /** A copy to be changed. */
  ListNode open(int epoch) {
    return memory.open(this, epoch);
  }

  @Override
  void hold() {
    assert holders > 0;
    holders++;
  }

  @Override
  void letGo() {
    if (--holders == 0) {
      memory.free(this);
    }
    assert holders >= 0;
  }

  /** Copies the entries to {@link ListNode#RESERVE} and behind. */
  void copyTo(byte[] target) {
    assert holders > 0;
    Memory.copy(address, target, ListNode.RESERVE, bytes);
  }
}
