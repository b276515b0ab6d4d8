package io.headwater.view.keyspace.types;

import io.headwater.bytes.Memory;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where the inner nodes of one keyspace's long lists lie: a block of the C library for each, as
 * long as its entries, so that nothing of a heap's spare room is added to them.
 *
 * <p>Who frees a block: each {@link StoredNode} counts its holders, and the one that lets go last
 * frees it. Holders are lists, from {@link ListValue#adopt} to {@link ListValue#abandon}, and
 * snapshots until they are written or abandoned. All are of the thread that owns the keyspace. What
 * a list leaves behind is freed in slices. See {@code docs/decisions/memory-at-rest.md}.
 */
public final class ListMemory {
  /** A longer node, which is a single element, stays on the heap. */
  static final int STORED_BYTES_MAX = 1 << 16;

  /** So many nodes are freed at once; more of them in slices. */
  private static final int FREED_AT_ONCE = 16;

  private static final long LEAVING_BYTES_MAX = 1L << 30;
  private static final int ALIGNMENT = 16;
  private static final int SPARES = 4;

  /** What a list has left behind: {@code left} parts in a ring from {@code next} on. */
  private static final class Leaving {
    final ListPart[] ring;
    int next;
    int left;

    Leaving(ListPart[] ring, int head, int parts) {
      this.ring = ring;
      next = head;
      left = parts;
    }

    ListPart poll() {
      left--;
      return ring[next++ & (ring.length - 1)];
    }
  }

  private final ArrayDeque<Leaving> leaving = new ArrayDeque<>();
  private long leavingBytes;
  private long liveBlocks;
  private long liveBytes;

  /** Arrays of nodes that were stored, for nodes to come. */
  private final byte[][] spares = new byte[SPARES][];

  private int spareCount;
  private @Nullable ListNode reader;

  /** Stores a node's entries. The node itself is not changed. */
  StoredNode store(ListNode node) {
    int bytes = node.bytes();
    long address = Memory.allocate(bytes, ALIGNMENT);
    Memory.copy(node.data, node.from, address, bytes);
    liveBlocks++;
    liveBytes += bytes;
    return new StoredNode(this, address, bytes, node.count);
  }

  /** Nobody holds a node any more. */
  void free(StoredNode node) {
    liveBlocks--;
    liveBytes -= node.bytes();
    Memory.free(node.address);
  }

  /**
   * A list lets go of parts, which are in a ring that is its no more.
   *
   * @param bytes of those that are stored
   */
  void leave(ListPart[] ring, int head, int parts, long bytes) {
    Leaving all = new Leaving(ring, head, parts);
    if (parts <= FREED_AT_ONCE) {
      while (all.left > 0) {
        all.poll().letGo();
      }
      return;
    }
    leavingBytes += bytes;
    leaving.add(all);
    while (leavingBytes > LEAVING_BYTES_MAX) {
      freeSlice(FREED_AT_ONCE);
    }
  }

  /**
   * Lets go of up to so many nodes that lists have left behind.
   *
   * @return whether there are more
   */
  public boolean freeSlice(int nodes) {
    int budget = nodes;
    for (Leaving first = leaving.peek(); first != null && budget > 0; first = leaving.peek()) {
      for (; first.left > 0 && budget > 0; budget--) {
        ListPart part = first.poll();
        leavingBytes -= part.storedBytes();
        part.letGo();
      }
      if (first.left == 0) {
        leaving.remove();
      }
    }
    return isFreeing();
  }

  public boolean isFreeing() {
    return !leaving.isEmpty();
  }

  /** Bytes of nodes that lists have left behind and {@link #freeSlice} has not come to. */
  public long leavingBytes() {
    return leavingBytes;
  }

  /** Blocks that are not freed. */
  public long liveBlocks() {
    return liveBlocks;
  }

  /** Bytes of {@link #liveBlocks}; what several lists share counts once. */
  public long liveBytes() {
    return liveBytes;
  }

  /** A copy of a node, to be changed. */
  ListNode open(StoredNode node, int epoch) {
    byte[] data = node.bytes() <= ListNode.NODE_BYTES ? array() : new byte[roomFor(node)];
    node.copyTo(data);
    return ListNode.of(epoch, data, node.bytes(), node.count);
  }

  private static int roomFor(StoredNode node) {
    return ListNode.RESERVE + node.bytes();
  }

  /** A copy of a node, to be read until it is given back. */
  ListNode read(StoredNode node) {
    ListNode free = reader;
    reader = null;
    if (free == null || free.data.length < roomFor(node)) {
      free = ListNode.of(0, new byte[Math.max(ListNode.WHOLE_BYTES, roomFor(node))], 0, 0);
    }
    node.copyTo(free.data);
    free.to = roomFor(node);
    free.count = node.count;
    return free;
  }

  /** What {@link #read} gave is not looked at any more. */
  void giveBack(ListNode read) {
    reader = read;
  }

  /** An array of {@link ListNode#WHOLE_BYTES}. */
  byte[] array() {
    return spareCount > 0 ? spares[--spareCount] : new byte[ListNode.WHOLE_BYTES];
  }

  /** Nobody looks at an array any more. */
  void keep(byte[] array) {
    if (array.length == ListNode.WHOLE_BYTES && spareCount < SPARES) {
      spares[spareCount++] = array;
    }
  }
}
