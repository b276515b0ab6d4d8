package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Elements in order. A deque of nodes of up to 8 KiB each, in a ring of references, so that pushes
 * and pops touch one node and an index is found by adding up counts. Packed, it is one node of up
 * to 2 KiB:
 *
 * <pre>{@code u8 0   u16 elements   { element as ListNode draws it } }</pre>
 *
 * <p>Of a list that has a {@link ListMemory}, only the first and the last node are on the heap; the
 * others are stored outside of it, and taken out to be changed. {@link ListMemory} tells who frees
 * them.
 */
public final class ListValue implements CollectionValue {
  private static final int PACKED_BYTES = 2048;

  private static final ListPart[] NOTHING = {};

  /** From so many nodes on a list is taken for one that goes on growing at its ends. */
  private static final int GROWING_NODES = 8;

  private ListPart[] ring = {new ListNode(0), new ListNode(0)};
  private int head;
  private int nodes = 1;
  private int size;
  private long bytes;
  private boolean large;

  /** How many snapshots and copies were taken; an earlier epoch's node is copied to be changed. */
  private int epoch;

  /** Null for a list of nobody's: all of it is on the heap. */
  private @Nullable ListMemory memory;

  /** Of {@link #bytes}: in stored nodes. */
  private long storedBytes;

  /**
   * A keyspace takes the list, which must not be in one, and stores its inner nodes; until it
   * {@link #abandon}s it.
   */
  public void adopt(ListMemory keyspaces) {
    assert memory == null || memory == keyspaces;
    memory = keyspaces;
    store(1, nodes);
  }

  /** The keyspace lets go of the list, which must not be used any more. */
  public void abandon() {
    ListMemory keyspaces = memory;
    if (keyspaces != null) {
      memory = null;
      keyspaces.leave(ring, head, nodes, storedBytes);
      ring = NOTHING;
      nodes = 0;
    }
  }

  @Override
  public void clear() {
    assert memory == null;
    if (nodes > 1 || large) {
      ring = new ListPart[] {new ListNode(epoch), new ListNode(epoch)};
      head = 0;
      nodes = 1;
    }
    own(0).clear();
    size = 0;
    bytes = 0;
    large = false;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isPacked() {
    return !large;
  }

  @Override
  public void packed(Slice out) {
    ListNode node = own(0);
    int start = node.from - ListNode.RESERVE;
    node.data[start] = 0;
    node.data[start + 1] = (byte) node.count;
    node.data[start + 2] = (byte) (node.count >>> 8);
    out.set(node.data, start, ListNode.RESERVE + node.bytes());
  }

  @Override
  public byte[] room(int length) {
    clear();
    ListNode node = own(0);
    if (node.data.length < length) {
      node.data = new byte[length + length / 2];
    }
    return node.data;
  }

  @Override
  public void loaded(int length) {
    ListNode node = own(0);
    node.to = length;
    node.count = (node.data[1] & 0xff) | (node.data[2] & 0xff) << 8;
    size = node.count;
    bytes = node.bytes();
  }

  @Override
  public String encoding() {
    return "quicklist";
  }

  @Override
  public long memoryBytes() {
    return large ? 64 + bytes + 56L * nodes : bytes + ListNode.RESERVE;
  }

  /** Of {@link #memoryBytes}: outside the heap. */
  public long storedBytes() {
    return storedBytes;
  }

  private ListPart node(int i) {
    return ring[(head + i) & (ring.length - 1)];
  }

  private ListPart[] parts() {
    ListPart[] parts = new ListPart[nodes];
    for (int i = 0; i < nodes; i++) {
      parts[i] = node(i);
    }
    return parts;
  }

  /** The node number {@code i}, to be changed; what is no end then must be {@link #store}d. */
  private ListNode own(int i) {
    int place = (head + i) & (ring.length - 1);
    ListPart part = ring[place];
    if (part instanceof ListNode open && open.epoch == epoch) {
      return open;
    }
    ListNode node =
        switch (part) {
          case ListNode shared -> shared.copy(epoch);
          case StoredNode stored -> open(stored);
        };
    ring[place] = node;
    return node;
  }

  private ListNode open(StoredNode stored) {
    ListNode node = stored.open(epoch);
    storedBytes -= stored.bytes();
    stored.letGo();
    return node;
  }

  /** Stores those of some nodes that are on the heap and no ends. */
  private void store(int first, int behind) {
    ListMemory keyspaces = memory;
    if (keyspaces == null) {
      return;
    }
    for (int i = Math.max(1, first); i < Math.min(nodes - 1, behind); i++) {
      if (node(i) instanceof ListNode node && node.bytes() <= ListMemory.STORED_BYTES_MAX) {
        ring[(head + i) & (ring.length - 1)] = keyspaces.store(node);
        storedBytes += node.bytes();
        recycle(node);
      }
    }
  }

  /** Nobody but this list has seen a part that it has no more; see {@link Slice}. */
  private void recycle(ListPart part) {
    if (memory != null && part instanceof ListNode node && node.epoch == epoch) {
      memory.keep(node.data);
    }
  }

  private ListNode nodeAtEnd() {
    return nodes < GROWING_NODES
        ? new ListNode(epoch)
        : memory == null ? ListNode.whole(epoch) : ListNode.of(epoch, memory.array(), 0, 0);
  }

  /** Puts a node before the node number {@code i}. */
  private void addNode(int i, ListNode node) {
    if (nodes == ring.length) {
      ListPart[] wider = new ListPart[nodes * 2];
      for (int k = 0; k < nodes; k++) {
        wider[k] = node(k);
      }
      Arrays.fill(wider, nodes, wider.length, node);
      ring = wider;
      head = 0;
    }
    int mask = ring.length - 1;
    if (i == 0) {
      head = (head - 1) & mask;
    } else {
      for (int k = nodes; k > i; k--) {
        ring[(head + k) & mask] = ring[(head + k - 1) & mask];
      }
    }
    ring[(head + i) & mask] = node;
    nodes++;
    large = true;
  }

  /** Removes nodes with all their elements. If those are all, one stays, empty. */
  private void removeNodes(int first, int count) {
    if (nodes == 1 && node(0) instanceof ListNode) {
      own(0).clear();
      size = 0;
      bytes = 0;
      return;
    }
    int kept = nodes - count;
    int mask = ring.length - 1;
    ListPart other = kept == 0 ? new ListNode(epoch) : node(first == 0 ? count : 0);
    ListPart[] removed = new ListPart[Integer.highestOneBit(count) << 1];
    long stored = 0;
    for (int i = 0; i < count; i++) {
      ListPart part = node(first + i);
      removed[i] = part;
      size -= part.count;
      bytes -= part.bytes();
      stored += part.storedBytes();
      recycle(part);
    }
    if (first == 0) {
      for (int i = 0; i < count; i++) {
        ring[(head + i) & mask] = other; // no reference stays to what is removed
      }
      head = (head + Math.min(count, nodes - 1)) & mask;
    } else {
      for (int i = first; i < kept; i++) {
        ring[(head + i) & mask] = ring[(head + i + count) & mask];
      }
      for (int i = kept; i < nodes; i++) {
        ring[(head + i) & mask] = other;
      }
    }
    nodes = Math.max(1, kept);
    storedBytes -= stored;
    if (memory != null) {
      memory.leave(removed, 0, count, stored);
    }
  }

  private void grew(int entryBytes) {
    size++;
    bytes += entryBytes;
    large |= bytes > PACKED_BYTES;
  }

  public void pushFirst(byte[] element, int from, int length) {
    int entry = ListNode.entryBytes(length);
    if (!node(0).takes(entry)) {
      addNode(0, nodeAtEnd());
      store(1, 2);
    }
    ListNode node = own(0);
    node.insert(node.from, element, from, length);
    grew(entry);
  }

  public void pushLast(byte[] element, int from, int length) {
    int entry = ListNode.entryBytes(length);
    if (!node(nodes - 1).takes(entry)) {
      addNode(nodes, nodeAtEnd());
      store(nodes - 2, nodes - 1);
    }
    ListNode node = own(nodes - 1);
    node.insert(node.to, element, from, length);
    grew(entry);
  }

  /** A place in the list: a node's number and where the entry begins in it. */
  private int atNode;

  private int atPlace;

  private void seek(int index) {
    int i;
    int left = index;
    if (index <= size / 2) {
      i = 0;
      while (left >= node(i).count && i < nodes - 1) {
        left -= node(i++).count;
      }
    } else {
      i = nodes - 1;
      left = index - (size - node(i).count);
      while (left < 0) {
        left += node(--i).count;
      }
    }
    atNode = i;
    atPlace = node(i).place(left);
  }

  /** Points to the element number {@code index}, which must be in {@code 0..size-1}. */
  public void get(int index, Slice out) {
    seek(index);
    node(atNode).show(atPlace, out);
  }

  public void set(int index, byte[] element, int from, int length) {
    seek(index);
    ListNode node = own(atNode);
    bytes += ListNode.entryBytes(length) - (node.after(atPlace) - atPlace);
    node.replace(atPlace, element, from, length);
    large |= bytes > PACKED_BYTES;
    splitAndStore(atNode);
  }

  /** Puts an element before the one that is number {@code index}; {@code size} means at the end. */
  public void insert(int index, byte[] element, int from, int length) {
    if (index == 0) {
      pushFirst(element, from, length);
    } else if (index == size) {
      pushLast(element, from, length);
    } else {
      seek(index);
      own(atNode).insert(atPlace, element, from, length);
      grew(ListNode.entryBytes(length));
      splitAndStore(atNode);
    }
  }

  /** After a change of a node in place. */
  private void splitAndStore(int i) {
    int before = nodes;
    splitIfTooLong(i);
    store(i - 1, i + 2 + nodes - before); // what was an end may be none now
  }

  /** Halves a node as long as it is over the limit and holds more than one entry. */
  private void splitIfTooLong(int i) {
    ListNode node = own(i);
    if (node.bytes() <= ListNode.NODE_BYTES || node.count == 1) {
      return;
    }
    int at = node.after(node.from);
    int kept = 1;
    while (kept < node.count - 1 && at - node.from < node.bytes() / 2) {
      at = node.after(at);
      kept++;
    }
    addNode(i + 1, node.split(at, node.count - kept));
    splitIfTooLong(i + 1);
    splitIfTooLong(i);
  }

  /** Removes {@code count} elements from number {@code index} on; all of them must be there. */
  public void remove(int index, int count) {
    int left = count;
    seek(index);
    int i = atNode;
    int at = atPlace;
    while (left > 0) {
      int before = size;
      int whole = at == node(i).first() ? wholeNodes(i, left) : 0;
      if (whole > 0) {
        removeNodes(i, whole);
        i = Math.min(i, nodes - 1);
        at = node(i).first();
      } else {
        at = removeFrom(own(i), at, left);
      }
      left -= before - size;
      if (left > 0 && whole == 0) {
        i++;
        at = node(i).first();
      }
    }
    mergeAround(i);
    store(i - 1, i + 2);
  }

  /** How many nodes from number {@code i} on have no more than so many elements. */
  private int wholeNodes(int i, int elements) {
    int left = elements;
    int k = i;
    while (k < nodes && node(k).count <= left) {
      left -= node(k++).count;
    }
    return k - i;
  }

  /** Removes up to so many elements of one node; returns where the next one is. */
  private int removeFrom(ListNode node, int place, int count) {
    int at = place;
    int before = node.bytes();
    for (int left = count; left > 0 && at < node.to; left--) {
      at = node.remove(at);
      size--;
    }
    bytes -= before - node.bytes();
    return at;
  }

  private void mergeAround(int i) {
    for (int k = Math.max(0, i - 1); k <= i && k + 1 < nodes; k++) {
      ListPart next = node(k + 1);
      if (node(k).bytes() + next.bytes() <= ListNode.NODE_BYTES / 2) {
        ListNode read = next.read();
        own(k).append(read);
        next.doneReading(read);
        size += next.count; // they did not go
        bytes += next.bytes();
        removeNodes(k + 1, 1);
      }
    }
  }

  /**
   * Removes equal elements: the first {@code limit} of them, the last {@code -limit} of them, or
   * all if it is 0.
   *
   * @return how many were removed
   */
  public int removeEqual(long limit, byte[] element, int from, int length) {
    long wanted =
        limit == 0 ? Long.MAX_VALUE : limit < 0 ? -Math.max(limit, -Long.MAX_VALUE) : limit;
    int before = size;
    if (limit >= 0) {
      for (int i = 0; i < nodes && before - size < wanted; ) {
        i += removeEqualForwards(i, wanted - (before - size), element, from, length) ? 0 : 1;
      }
    } else {
      for (int i = nodes - 1; i >= 0 && before - size < wanted; i--) {
        removeEqualBackwards(i, wanted - (before - size), element, from, length);
      }
    }
    for (int i = nodes - 2; i >= 0; i--) {
      mergeAround(i);
      store(i - 1, i + 2);
    }
    return before - size;
  }

  /** Returns whether the whole node went, so that the next one has its number now. */
  private boolean removeEqualForwards(int i, long wanted, byte[] element, int from, int length) {
    ListPart part = node(i);
    ListNode read = part.read();
    ListNode node = read;
    long left = wanted;
    for (int at = node.from; at < node.to && left > 0; ) {
      if (node.holds(at, element, from, length)) {
        node = own(i); // a copy has the same places
        at = node.remove(at);
        removed(length);
        left--;
      } else {
        at = node.after(at);
      }
    }
    part.doneReading(read);
    return dropIfEmpty(i);
  }

  private void removeEqualBackwards(int i, long wanted, byte[] element, int from, int length) {
    ListPart part = node(i);
    ListNode read = part.read();
    ListNode node = read;
    long left = wanted;
    for (int at = node.to; at > node.from && left > 0; ) {
      at = node.before(at);
      if (node.holds(at, element, from, length)) {
        node = own(i); // a copy has the same places
        at = node.remove(at);
        removed(length);
        left--;
      }
    }
    part.doneReading(read);
    dropIfEmpty(i);
  }

  private void removed(int length) {
    size--;
    bytes -= ListNode.entryBytes(length);
  }

  private boolean dropIfEmpty(int i) {
    if (node(i).count > 0 || nodes == 1) {
      store(i, i + 1);
      return false;
    }
    removeNodes(i, 1);
    return true;
  }

  /** Shows {@code count} elements from number {@code index} on; all of them must be there. */
  public void forRange(int index, int count, Elements elements) {
    if (count == 0) {
      return;
    }
    seek(index);
    int i = atNode;
    int at = atPlace;
    int left = count;
    while (true) {
      ListPart part = node(i);
      ListNode read = part.read();
      left -= showFrom(read, at, left, elements);
      part.doneReading(read);
      if (left == 0) {
        return;
      }
      at = node(++i).first();
    }
  }

  /** Shows up to so many elements of one node; returns how many. */
  private static int showFrom(ListNode node, int place, int count, Elements elements) {
    int at = place;
    int shown = 0;
    for (; shown < count && at < node.to; shown++) {
      int length = Packed.length(node.data, at);
      elements.element(node.data, at + Packed.headBytes(length), length);
      at = node.after(at);
    }
    return shown;
  }

  public void forEach(Elements elements) {
    forRange(0, size, elements);
  }

  /** Hears the number of an equal element; returns whether to go on. */
  @FunctionalInterface
  public interface Matches {
    boolean match(int index);
  }

  /**
   * Looks at up to {@code compare} elements from the first on, or from the last on backwards, and
   * reports equal ones.
   */
  public void findEqual(
      boolean backwards, long compare, byte[] element, int from, int length, Matches matches) {
    long left = Math.min(compare, size);
    int index = backwards ? size - 1 : 0;
    for (int k = 0; k < nodes && left > 0; k++) {
      ListPart part = node(backwards ? nodes - 1 - k : k);
      ListNode node = part.read();
      int at = backwards ? node.to : node.from;
      for (int n = node.count; n > 0 && left > 0; n--, left--) {
        if (backwards) {
          at = node.before(at);
        }
        if (node.holds(at, element, from, length) && !matches.match(index)) {
          left = 0;
          break;
        }
        if (!backwards) {
          at = node.after(at);
        }
        index += backwards ? -1 : 1;
      }
      part.doneReading(node);
    }
  }

  @Override
  public void writeTo(ByteWriter out) {
    if (!large) {
      Slice slice = new Slice();
      packed(slice);
      out.putByte(0).putSized(slice.array(), slice.from(), slice.length());
      return;
    }
    out.putByte(1).putVarint(size);
    forEach(out::putSized);
  }

  @Override
  public void readFrom(ByteReader in) {
    clear();
    int form = in.getByte();
    if (form == 0) {
      int length = in.getLength();
      check(in.array(), in.index(), length);
      load(in.array(), in.index(), length);
      in.skip(length);
      return;
    }
    if (form != 1) {
      throw new MalformedBytes("list form " + form);
    }
    large = true;
    read(in, in.getCount());
  }

  @Override
  public void writeHead(ByteWriter out) {
    out.putByte(1).putVarint(0);
  }

  @Override
  public void readMore(ByteReader in) {
    read(in, in.getInt());
  }

  private void read(ByteReader in, int elements) {
    for (int left = elements; left > 0; left--) {
      int length = in.getLength();
      pushLast(in.array(), in.index(), length);
      in.skip(length);
    }
  }

  /**
   * An equal list of its own, in time for each node instead of each element: the nodes belong to
   * both until one changes them. Each counts all their bytes as its own. Of a list that a keyspace
   * has, that keyspace must {@link #adopt} the copy.
   */
  public ListValue copy() {
    ListValue copy = new ListValue();
    for (int i = 0; i < nodes; i++) {
      node(i).hold();
    }
    copy.memory = memory;
    copy.storedBytes = storedBytes;
    copy.ring = ring.clone();
    copy.head = head;
    copy.nodes = nodes;
    copy.size = size;
    copy.bytes = bytes;
    copy.large = large;
    copy.epoch = ++epoch;
    return copy;
  }

  @Override
  public Snapshot snapshot() {
    epoch++;
    return new ListSnapshot(parts());
  }

  private static void check(byte[] array, int from, int length) {
    int end = from + length;
    if (length < ListNode.RESERVE) {
      throw new MalformedBytes("a packed list of " + length + " bytes");
    }
    int elements = 0;
    for (int at = from + ListNode.RESERVE; at < end; elements++) {
      int behind = Packed.checkedSkip(array, at, end);
      int sized = behind - at;
      at = behind + Packed.headBytes(sized);
      if (at > end || !endsWith(array, at, sized)) {
        throw new MalformedBytes("a packed list's element of " + sized + " bytes ends wrongly");
      }
    }
    int counted = (array[from + 1] & 0xff) | (array[from + 2] & 0xff) << 8;
    if (elements != counted) {
      throw new MalformedBytes("a packed list of " + counted + " has " + elements + " elements");
    }
  }

  private static boolean endsWith(byte[] array, int end, int sized) {
    int left = sized;
    for (int at = end - 1; ; at--, left >>>= 7) {
      boolean last = left < 0x80;
      if (array[at] != (byte) (last ? left : left | 0x80)) {
        return false;
      }
      if (last) {
        return true;
      }
    }
  }
}
