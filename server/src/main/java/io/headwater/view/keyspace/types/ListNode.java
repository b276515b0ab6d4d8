package io.headwater.view.keyspace.types;

/**
 * A run of list elements in one array, with room at both ends, readable from both:
 *
 * <pre>{@code { sized element, u8[1..5] how long the sized element is, to be read backwards } }
 * </pre>
 */
final class ListNode extends ListPart {
  /** More than this in one node only if it is a single element. */
  static final int NODE_BYTES = 8192;

  /** Always free before the elements, for the packed form's header. */
  static final int RESERVE = 3;

  private static final int FIRST_BYTES = 64;
  static final int WHOLE_BYTES = NODE_BYTES + RESERVE;

  byte[] data;
  int from;
  int to;

  /** How many snapshots its list had taken when it was made. */
  final int epoch;

  ListNode(int epoch) {
    this(epoch, new byte[FIRST_BYTES]);
  }

  private ListNode(int epoch, byte[] data) {
    this.epoch = epoch;
    this.data = data;
    from = RESERVE;
    to = RESERVE;
  }

  /** One that will be filled: it need not grow, and leaves no arrays it has outgrown. */
  static ListNode whole(int epoch) {
    return new ListNode(epoch, new byte[WHOLE_BYTES]);
  }

  /** One of entries that lie in an array from {@link #RESERVE} on. */
  static ListNode of(int epoch, byte[] data, int bytes, int entries) {
    ListNode node = new ListNode(epoch, data);
    node.to += bytes;
    node.count = entries;
    return node;
  }

  ListNode copy(int newEpoch) {
    ListNode copy = new ListNode(newEpoch, data.clone());
    copy.from = from;
    copy.to = to;
    copy.count = count;
    return copy;
  }

  @Override
  int bytes() {
    return to - from;
  }

  @Override
  int storedBytes() {
    return 0;
  }

  @Override
  int first() {
    return from;
  }

  void clear() {
    from = RESERVE;
    to = RESERVE;
    count = 0;
  }

  static int entryBytes(int length) {
    int sized = Packed.sizedBytes(length);
    return sized + Packed.headBytes(sized);
  }

  /** Where the entry behind the one at {@code at} begins. */
  int after(int at) {
    int end = Packed.skip(data, at);
    return end + Packed.headBytes(end - at);
  }

  /** Where the entry before the place {@code at} begins. */
  int before(int at) {
    int i = at - 1;
    int b = data[i];
    int sized = b & 0x7f;
    int bytes = 1;
    for (int shift = 7; b < 0; shift += 7) {
      b = data[--i];
      sized |= (b & 0x7f) << shift;
      bytes++;
    }
    return at - bytes - sized;
  }

  @Override
  int place(int index) {
    if (index <= count / 2) {
      int at = from;
      for (int i = index; i > 0; i--) {
        at = after(at);
      }
      return at;
    }
    int at = to;
    for (int i = count - index; i > 0; i--) {
      at = before(at);
    }
    return at;
  }

  @Override
  void show(int at, Slice out) {
    int length = Packed.length(data, at);
    out.set(data, at + Packed.headBytes(length), length);
  }

  @Override
  ListNode read() {
    return this;
  }

  @Override
  void doneReading(ListNode read) {}

  /** The collector frees it, whoever holds it. */
  @Override
  void hold() {}

  @Override
  void letGo() {}

  boolean holds(int at, byte[] source, int sourceFrom, int length) {
    return Packed.length(data, at) == length
        && Packed.same(data, at + Packed.headBytes(length), source, sourceFrom, length);
  }

  void insert(int at, byte[] source, int sourceFrom, int length) {
    int start = open(at, entryBytes(length));
    write(start, source, sourceFrom, length);
    count++;
  }

  void replace(int at, byte[] source, int sourceFrom, int length) {
    int old = after(at) - at;
    int wanted = entryBytes(length);
    int start = at;
    if (wanted > old) {
      start = open(at, wanted - old);
    } else {
      cut(at, old - wanted);
      start = at < from ? from : at;
    }
    write(start, source, sourceFrom, length);
  }

  /** Removes the entry at {@code at}; returns where the next one begins now. */
  int remove(int at) {
    count--;
    int bytes = after(at) - at;
    boolean first = at == from;
    cut(at, bytes);
    return first ? from : at;
  }

  /** Closes {@code bytes} bytes at {@code at}; at the front by moving the start. */
  private void cut(int at, int bytes) {
    if (at == from) {
      from += bytes;
    } else {
      System.arraycopy(data, at + bytes, data, at, to - at - bytes);
      to -= bytes;
    }
  }

  /** Makes a hole of {@code bytes} bytes before {@code at}; returns where it begins. */
  private int open(int at, int bytes) {
    if (at == from && at != to) {
      if (from - RESERVE < bytes) {
        layOut(bytes, true);
      }
      from -= bytes;
      return from;
    }
    int offset = at - from;
    if (data.length - to < bytes) {
      layOut(bytes, false);
    }
    int start = from + offset;
    System.arraycopy(data, start, data, start + bytes, to - start);
    to += bytes;
    return start;
  }

  /** Gets room for {@code more} bytes at one end, in this array or a larger one. */
  private void layOut(int more, boolean front) {
    int used = to - from;
    int needed = RESERVE + used + more;
    int capacity = data.length;
    if (needed + needed / 8 > capacity) {
      capacity = needed + needed / 2;
      if (capacity > NODE_BYTES / 2) {
        capacity = Math.max(needed, WHOLE_BYTES);
      }
    }
    int start = front ? capacity - used : RESERVE;
    byte[] target = capacity == data.length ? data : new byte[capacity];
    System.arraycopy(data, from, target, start, used);
    data = target;
    from = start;
    to = start + used;
  }

  private void write(int at, byte[] source, int sourceFrom, int length) {
    int head = Packed.putLength(data, at, length);
    System.arraycopy(source, sourceFrom, data, at + head, length);
    int sized = head + length;
    int last = at + sized + Packed.headBytes(sized) - 1;
    for (int left = sized; ; left >>>= 7, last--) {
      data[last] = (byte) (left >= 0x80 ? left | 0x80 : left);
      if (left < 0x80) {
        return;
      }
    }
  }

  /** Moves what begins at {@code at} or behind it, {@code moved} entries, to a new node. */
  ListNode split(int at, int moved) {
    ListNode tail = new ListNode(epoch, new byte[RESERVE + to - at]);
    System.arraycopy(data, at, tail.data, RESERVE, to - at);
    tail.to = tail.data.length;
    tail.count = moved;
    to = at;
    count -= moved;
    return tail;
  }

  /** Takes over all entries of the node behind this one. */
  void append(ListNode next) {
    int bytes = next.bytes();
    if (data.length - to < bytes) {
      byte[] target = new byte[RESERVE + bytes() + bytes];
      System.arraycopy(data, from, target, RESERVE, bytes());
      to = RESERVE + bytes();
      from = RESERVE;
      data = target;
    }
    System.arraycopy(next.data, next.from, data, to, bytes);
    to += bytes;
    count += next.count;
  }
}
