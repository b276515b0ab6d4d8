package io.headwater.view.keyspace.types;

import io.headwater.bytes.ByteWriter;

/**
 * A list's elements as they were. Holds the stored nodes that it has not written; others it shares
 * with the list, which copies them before it changes them.
 */
final class ListSnapshot implements Snapshot {
  private final ListPart[] parts;
  private int next;

  /** How many entries of the next part are written, and where the next entry is. */
  private int written;

  private int at;

  ListSnapshot(ListPart[] parts) {
    this.parts = parts;
    for (ListPart part : parts) {
      part.hold();
    }
    at = parts[0].first();
  }

  @Override
  public boolean write(ByteWriter out, int wanted) {
    int mark = out.size();
    out.putInt(0);
    int elements = 0;
    while (next < parts.length && out.size() - mark < wanted) {
      ListPart part = parts[next];
      int before = written;
      ListNode read = part.read();
      writeSome(read, out, mark + wanted);
      part.doneReading(read);
      elements += written - before;
      if (written == part.count) {
        letGo();
      }
    }
    out.setInt(mark, elements);
    return next < parts.length;
  }

  private void writeSome(ListNode node, ByteWriter out, int upTo) {
    for (; written < node.count && out.size() < upTo; written++) {
      int end = Packed.skip(node.data, at);
      out.put(node.data, at, end - at);
      at = node.after(at);
    }
  }

  private void letGo() {
    parts[next].letGo();
    written = 0;
    if (++next < parts.length) {
      at = parts[next].first();
    }
  }

  @Override
  public void abandon() {
    while (next < parts.length) {
      letGo();
    }
  }
}
