package io.headwater.view.keyspace.types;

/** One entry of a stream, shown in place: valid until the stream changes or another is shown. */
public final class StreamEntry {
  private final byte[] digits = new byte[IntegerText.MAX_BYTES];
  private StreamNode node = new StreamNode(0, 0, 0);
  private long ms;
  private long seq;
  private int fields;
  private boolean own;
  private int valuesAt;

  public long ms() {
    return ms;
  }

  public long seq() {
    return seq;
  }

  public StreamId id() {
    return new StreamId(ms, seq);
  }

  /** Fields, each with a value; a name may come more than once. */
  public int fields() {
    return fields;
  }

  /** Whether its fields are not those of its run, {@link StreamValue#nodeFields}. */
  public boolean hasOwnFields() {
    return own;
  }

  /** Shows field, value, field, value, and so on. */
  public void forEach(CollectionValue.Elements pieces) {
    byte[] data = node.data;
    int at = valuesAt;
    int shared = 0;
    for (int i = 0; i < fields; i++) {
      int field = own ? at : shared;
      int length = Packed.length(data, field);
      int from = field + Packed.headBytes(length);
      pieces.element(data, from, length);
      if (own) {
        at = from + length;
      } else {
        shared = from + length;
      }
      at = showValue(at, pieces);
    }
  }

  private int showValue(int at, CollectionValue.Elements pieces) {
    byte[] data = node.data;
    int tag = Packed.length(data, at);
    int from = at + Packed.headBytes(tag);
    int length = tag >>> 1;
    if ((tag & 1) == 0) {
      pieces.element(data, from, length);
    } else {
      int start = IntegerText.writeBefore(digits, digits.length, node.integer(from, length));
      pieces.element(digits, start, digits.length - start);
    }
    return from + length;
  }

  /** Shows the entry that begins at {@code place}; returns where the next one begins. */
  int read(StreamNode in, int place) {
    int at = readHead(in, place);
    for (int left = fields; left > 0; left--) {
      if (own) {
        at = Packed.skip(in.data, at);
      }
      at = in.afterValue(at);
    }
    return at;
  }

  private int readHead(StreamNode in, int place) {
    node = in;
    byte[] data = in.data;
    int at = place;
    long head = 0;
    int shift = 0;
    for (; data[at] < 0; shift += 7) {
      head |= (long) (data[at++] & 0x7f) << shift;
    }
    head |= (long) data[at++] << shift;
    long number = 0;
    if ((head & 2) != 0) {
      shift = 0;
      for (; data[at] < 0; shift += 7) {
        number |= (long) (data[at++] & 0x7f) << shift;
      }
      number |= (long) data[at++] << shift;
    }
    long span = head >>> 2;
    ms = in.ms + span;
    seq = span == 0 ? in.seq + number : number;
    own = (head & 1) != 0;
    fields = in.fieldCount;
    if (own) {
      fields = Packed.length(data, at);
      at += Packed.headBytes(fields);
    }
    valuesAt = at;
    return at;
  }
}
