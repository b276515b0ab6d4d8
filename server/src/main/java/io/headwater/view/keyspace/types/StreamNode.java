package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import java.util.Arrays;

/**
 * A run of a stream's entries in one array. IDs are counted from the ID of the node's first entry,
 * and an entry with that entry's fields, in that order, has only its values:
 *
 * <pre>{@code
 * data:   fields of the first entry (sized each) | entries that went | entry ... | room
 *         0                                      fieldsEnd           from        to
 *
 * entry:  | head varint | [seq varint] | value ... |                          same fields
 *         | head varint | [seq varint] | n varint | n * (field sized, value) |  its own
 * head:   (ms - the node's ms) << 2 | 2 if seq follows, else it is 0 | 1 if it has its own fields
 * seq:    where ms is the node's: seq - the node's seq
 * value:  | length << 1 varint | bytes |                text
 *         | n << 1 | 1         | n bytes |              a canonical integer, n from 1 to 8
 * }</pre>
 */
final class StreamNode {
  /** An ID further above the first one goes to a new node. */
  static final long MS_SPAN_MAX = 1L << 60;

  private static final int ENTRY_HEAD_BYTES_MAX = 25;
  private static final int FIRST_BYTES = 128;

  final int epoch;
  final long ms;
  final long seq;
  byte[] data;
  int fieldCount;
  int fieldsEnd;
  int from;
  int to;

  /** Entries that are there. */
  int count;

  /** Entries that were put in. */
  int added;

  /** What {@link ListpackBytes} makes of all that was put in. */
  int weight;

  StreamNode(int epoch, long ms, long seq) {
    this.epoch = epoch;
    this.ms = ms;
    this.seq = seq;
    this.data = new byte[0];
  }

  StreamNode copy(int newEpoch) {
    StreamNode copy = new StreamNode(newEpoch, ms, seq);
    copy.data = data.clone();
    copy.fieldCount = fieldCount;
    copy.fieldsEnd = fieldsEnd;
    copy.from = from;
    copy.to = to;
    copy.count = count;
    copy.added = added;
    copy.weight = weight;
    return copy;
  }

  /** Bytes of what it holds. */
  int bytes() {
    return fieldsEnd + to - from;
  }

  boolean spans(long otherMs) {
    long span = otherMs - ms;
    return span >= 0 && span < MS_SPAN_MAX;
  }

  /**
   * Takes over the fields of what will be its first entry; see {@link #append}.
   *
   * @param expectedBytes how much room to make at least
   */
  void begin(byte[] body, int bodyFrom, int bodyLength, int expectedBytes) {
    int at = bodyFrom;
    int fields = Packed.length(body, at);
    at += Packed.headBytes(fields);
    data = new byte[Math.max(expectedBytes, Math.max(FIRST_BYTES, roomFor(bodyLength, fields)))];
    fieldCount = fields;
    weight = ListpackBytes.OF_NODE + ListpackBytes.ofInteger(fields);
    for (int i = 0; i < fields; i++) {
      int end = Packed.skip(body, at);
      int length = Packed.length(body, at);
      weight += ListpackBytes.of(body, end - length, length);
      System.arraycopy(body, at, data, to, end - at);
      to += end - at;
      at = Packed.skip(body, end);
    }
    fieldsEnd = to;
    from = to;
  }

  private static int roomFor(int bodyLength, int fields) {
    return Math.addExact(bodyLength, Math.addExact(2 * fields, ENTRY_HEAD_BYTES_MAX));
  }

  /**
   * Adds an entry above all others.
   *
   * @param body {@code | n varint | n * (field sized, value sized) |}, as events hold it
   */
  void append(long entryMs, long entrySeq, byte[] body, int bodyFrom, int bodyLength) {
    int fields = Packed.length(body, bodyFrom);
    makeRoom(roomFor(bodyLength, fields));
    boolean own = !hasFields(body, bodyFrom, fields);
    long seqLeft = entryMs == ms ? entrySeq - seq : entrySeq;
    int at = putVarint(to, (entryMs - ms) << 2 | (seqLeft == 0 ? 0 : 2) | (own ? 1 : 0));
    if (seqLeft != 0) {
      at = putVarint(at, seqLeft);
    }
    weight +=
        ListpackBytes.ofInteger(entryMs - ms)
            + ListpackBytes.ofInteger(entrySeq - seq)
            + ListpackBytes.ofInteger(own ? 2L * fields + 4 : fields + 3L)
            + ListpackBytes.ofInteger(0);
    if (own) {
      at += Packed.putLength(data, at, fields);
      weight += ListpackBytes.ofInteger(fields);
    }
    int in = bodyFrom + Packed.headBytes(fields);
    for (int i = 0; i < fields; i++) {
      int value = Packed.skip(body, in);
      if (own) {
        int name = Packed.length(body, in);
        weight += ListpackBytes.of(body, value - name, name);
        System.arraycopy(body, in, data, at, value - in);
        at += value - in;
      }
      int length = Packed.length(body, value);
      int bytes = value + Packed.headBytes(length);
      at = putValue(at, body, bytes, length); // and adds its weight
      in = bytes + length;
    }
    to = at;
    count++;
    added++;
  }

  /** Bytes of the names and values of a body. */
  static int textBytes(byte[] body, int bodyFrom) {
    int left = Packed.length(body, bodyFrom) * 2;
    int bytes = 0;
    for (int at = bodyFrom + Packed.headBytes(left / 2); left > 0; left--) {
      int length = Packed.length(body, at);
      bytes += length;
      at += Packed.headBytes(length) + length;
    }
    return bytes;
  }

  private void makeRoom(int more) {
    if (data.length - to >= more) {
      return;
    }
    int gone = from - fieldsEnd;
    if (gone >= more && gone >= bytes() / 2) {
      System.arraycopy(data, from, data, fieldsEnd, to - from);
      to -= gone;
      from = fieldsEnd;
    } else {
      data = Arrays.copyOf(data, Math.addExact(to, Math.max(more, Math.min(to, 1 << 20))));
    }
  }

  private boolean hasFields(byte[] body, int bodyFrom, int fields) {
    if (fields != fieldCount) {
      return false;
    }
    int at = bodyFrom + Packed.headBytes(fields);
    for (int i = 0, mine = 0; i < fields; i++) {
      int end = Packed.skip(body, at);
      int length = end - at;
      if (length > fieldsEnd - mine || !Packed.same(data, mine, body, at, length)) {
        return false;
      }
      mine += length;
      at = Packed.skip(body, end);
    }
    return true;
  }

  private int putVarint(int place, long value) {
    int at = place;
    long left = value;
    while ((left & ~0x7fL) != 0) {
      data[at++] = (byte) (left | 0x80);
      left >>>= 7;
    }
    data[at++] = (byte) left;
    return at;
  }

  private int putValue(int place, byte[] text, int textFrom, int length) {
    if (IntegerText.isInteger(text, textFrom, length)) {
      long value = IntegerText.parse(text, textFrom, length);
      weight += ListpackBytes.ofInteger(value);
      int bytes = (64 - Long.numberOfLeadingZeros(value ^ value >> 63)) / 8 + 1;
      int at = place;
      data[at++] = (byte) (bytes << 1 | 1);
      for (int i = 0; i < bytes; i++) {
        data[at++] = (byte) (value >>> i * 8);
      }
      return at;
    }
    weight += ListpackBytes.ofText(length);
    int at = place + Packed.putLength(data, place, length << 1);
    System.arraycopy(text, textFrom, data, at, length);
    return at + length;
  }

  /** The place behind the value at {@code at}. */
  int afterValue(int at) {
    int tag = Packed.length(data, at);
    return at + Packed.headBytes(tag) + (tag >>> 1);
  }

  /** The integer of {@code bytes} bytes at {@code at}. */
  long integer(int at, int bytes) {
    long value = data[at + bytes - 1]; // its sign
    for (int i = bytes - 2; i >= 0; i--) {
      value = value << 8 | data[at + i] & 0xff;
    }
    return value;
  }

  /** Removes the entry between two places. */
  void remove(int at, int end) {
    count--;
    if (at == from) {
      from = end;
    } else {
      System.arraycopy(data, end, data, at, to - end);
      to -= end - at;
    }
    if (data.length > FIRST_BYTES && bytes() < data.length / 2) {
      fit();
    }
  }

  /** Gives back room that it does not need. */
  void fit() {
    if (data.length - bytes() > data.length / 8) {
      byte[] fitting = new byte[bytes()];
      System.arraycopy(data, 0, fitting, 0, fieldsEnd);
      System.arraycopy(data, from, fitting, fieldsEnd, to - from);
      data = fitting;
      to -= from - fieldsEnd;
      from = fieldsEnd;
    }
  }

  /**
   * {@code | added | weight | ms | seq | entries | fields (varints) | fields and entries, sized |}.
   */
  void write(ByteWriter out) {
    out.putVarint(added)
        .putVarint(weight)
        .putVarint(ms)
        .putVarint(seq)
        .putVarint(count)
        .putVarint(fieldCount);
    out.putVarint(bytes()).put(data, 0, fieldsEnd).put(data, from, to - from);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws MalformedBytes if it is none of that, or its IDs do not rise
   */
  static StreamNode read(int epoch, ByteReader in) {
    int added = in.getCount();
    int weight = in.getCount();
    StreamNode node = new StreamNode(epoch, in.getVarint(), in.getVarint());
    node.added = added;
    node.weight = weight;
    node.count = in.getCount();
    node.fieldCount = in.getCount();
    node.data = in.getSizedArray();
    node.to = node.data.length;
    for (int i = 0; i < node.fieldCount; i++) {
      node.fieldsEnd = Packed.checkedSkip(node.data, node.fieldsEnd, node.to);
    }
    node.from = node.fieldsEnd;
    node.check();
    return node;
  }

  private void check() {
    ByteReader in = new ByteReader(data, from, to - from);
    StreamEntry entry = new StreamEntry();
    StreamId last = new StreamId(ms, seq).previous();
    int entries = 0;
    for (; in.hasRemaining(); entries++) {
      int at = in.index();
      checkEntry(in);
      entry.read(this, at);
      StreamId id = entry.id();
      boolean rises = entries == 0 && last.isMax() || id.compareTo(last) > 0;
      if (!rises || Long.compareUnsigned(id.ms(), ms) < 0) {
        throw new MalformedBytes("a stream's entry " + id + " behind " + last);
      }
      last = id;
    }
    if (entries != count || count == 0 || added < count) {
      throw new MalformedBytes(
          "a stream's node of " + count + " in " + added + " has " + entries + " entries");
    }
  }

  private void checkEntry(ByteReader in) {
    long head = in.getVarint();
    if ((head & 2) != 0) {
      in.getVarint();
    }
    boolean own = (head & 1) != 0;
    for (int left = own ? count(in) : fieldCount; left > 0; left--) {
      if (own) {
        in.skip(count(in));
      }
      int tag = count(in);
      if ((tag & 1) != 0 && (tag > 17 || tag < 3)) {
        throw new MalformedBytes("a stream's integer of " + (tag >>> 1) + " bytes");
      }
      in.skip(tag >>> 1);
    }
  }

  /** A number in its shortest form, for that is how long it is taken to be. */
  private static int count(ByteReader in) {
    int at = in.index();
    int count = in.getCount();
    if (in.index() - at != Packed.headBytes(count)) {
      throw new MalformedBytes("a stream's length in a long form");
    }
    return count;
  }
}
