package io.headwater.protocol.redis.streams;

import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;

/**
 * How many nodes Redis's radix tree of a stream would have, which XINFO tells: its keys are the
 * first IDs of our runs of entries, as 16 bytes each. A run of bytes without a branch is one node,
 * a branch is one, and so is each key's end.
 */
final class RadixTree {
  private static final int KEY_BYTES = 16;

  private RadixTree() {}

  static long nodes(StreamValue stream) {
    if (stream.nodes() == 0) {
      return 1; // the empty root
    }
    int[] branches = new int[KEY_BYTES]; // on the way to the last key: the bytes in front of each
    int depth = 0;
    long nodes = 2;
    StreamId last = stream.nodeId(0);
    for (int i = 1; i < stream.nodes(); i++) {
      StreamId id = stream.nodeId(i);
      int shared = shared(last, id);
      int below = KEY_BYTES;
      while (depth > 0 && branches[depth - 1] > shared) {
        below = branches[--depth];
      }
      if (depth == 0 || branches[depth - 1] < shared) {
        int above = depth == 0 ? 0 : branches[depth - 1] + 1;
        nodes += split(above, shared, below);
        branches[depth++] = shared;
      }
      nodes += rest(shared);
      last = id;
    }
    return nodes;
  }

  /** The nodes that a key adds below a branch: its other bytes, if any, and its end. */
  private static int rest(int shared) {
    return shared + 1 < KEY_BYTES ? 2 : 1;
  }

  /** A run of bytes from {@code above} up to {@code below} gets a branch at {@code shared}. */
  private static int split(int above, int shared, int below) {
    int before = shared > above ? 1 : 0;
    int behind = shared + 1 < below ? 1 : 0;
    return before + behind;
  }

  private static int shared(StreamId a, StreamId b) {
    return a.ms() != b.ms()
        ? Long.numberOfLeadingZeros(a.ms() ^ b.ms()) / 8
        : 8 + Long.numberOfLeadingZeros(a.seq() ^ b.seq()) / 8;
  }
}
