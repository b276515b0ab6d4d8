package io.headwater.view.keyspace.types;

/** Walks a stream's entries in either direction; valid until the stream's entries change. */
public final class StreamCursor {
  private final Ring<StreamNode> nodes;
  private final StreamEntry entry = new StreamEntry();
  private int number;
  private int at;

  /** Backwards: where the node's entries begin, as far as they are still to come. */
  private int[] places = new int[16];

  private int placesLeft;

  StreamCursor(Ring<StreamNode> nodes) {
    this.nodes = nodes;
  }

  /** What {@link #next} or {@link #previous} found. */
  public StreamEntry entry() {
    return entry;
  }

  /** {@link #next} will find the first entry at or above this ID. */
  public StreamCursor seek(long ms, long seq) {
    if (nodes.size() == 0) {
      return this;
    }
    number = nodeOf(nodes, ms, seq);
    StreamNode node = nodes.get(number);
    at = node.from;
    while (at < node.to) {
      int after = entry.read(node, at);
      if (StreamId.compare(entry.ms(), entry.seq(), ms, seq) >= 0) {
        break;
      }
      at = after;
    }
    return this;
  }

  /** Goes to the entry above; false at the end. */
  public boolean next() {
    if (number >= nodes.size()) {
      return false;
    }
    StreamNode node = nodes.get(number);
    if (at == node.to) {
      if (++number == nodes.size()) {
        return false;
      }
      node = nodes.get(number);
      at = node.from;
    }
    at = entry.read(node, at);
    return true;
  }

  /** {@link #previous} will find the last entry at or below this ID. */
  public StreamCursor seekBack(long ms, long seq) {
    if (nodes.size() == 0) {
      number = -1;
      return this;
    }
    number = nodeOf(nodes, ms, seq);
    placesLeft = 0;
    StreamNode node = nodes.get(number);
    for (int place = node.from; place < node.to; ) {
      int after = entry.read(node, place);
      if (StreamId.compare(entry.ms(), entry.seq(), ms, seq) > 0) {
        break;
      }
      addPlace(place);
      place = after;
    }
    return this;
  }

  private void addPlace(int place) {
    if (placesLeft == places.length) {
      places = java.util.Arrays.copyOf(places, placesLeft * 2);
    }
    places[placesLeft++] = place;
  }

  /** Goes to the entry below; false at the beginning. */
  public boolean previous() {
    if (placesLeft == 0) {
      if (number <= 0) {
        return false;
      }
      StreamNode node = nodes.get(--number);
      for (int place = node.from; place < node.to; ) {
        addPlace(place);
        place = entry.read(node, place);
      }
    }
    entry.read(nodes.get(number), places[--placesLeft]);
    return true;
  }

  /** In {@link #next}'s direction: where the entry that comes next begins, and its node. */
  int number() {
    return number;
  }

  int at() {
    return at;
  }

  /** Goes behind a node that comes as a whole. */
  void skipNode() {
    if (++number < nodes.size()) {
      at = nodes.get(number).from;
    }
  }

  /** The last node that does not begin above the ID, or the first. */
  static int nodeOf(Ring<StreamNode> nodes, long ms, long seq) {
    int low = 0;
    int high = nodes.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      StreamNode node = nodes.get(middle);
      if (StreamId.compare(node.ms, node.seq, ms, seq) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
