package io.headwater.view.keyspace.types;

import org.jspecify.annotations.Nullable;

/**
 * Loads what looks at members of large collections will need, for many looks at once: first the
 * slots of all of them, then their records, then the leaves of sorted sets. Within one step no load
 * waits for another and no branch hangs on one, so the memory's latencies overlap; one look after
 * the other would wait for each. Reads only, and what it brings means nothing.
 */
public final class Lookahead {
  /** Tables in a row that differ from their neighbour, and of sorted sets their trees. */
  private final @Nullable ByteTable[] tables;

  private final @Nullable RankTree[] trees;
  private int tableCount;

  /** For each look the place of its table. */
  private final int[] places;

  private final int[] hashes;
  private final int[] names;
  private final double[] scores;
  private int count;

  /**
   * @param most how many looks it takes
   */
  public Lookahead(int most) {
    tables = new ByteTable[most];
    trees = new RankTree[most];
    places = new int[most];
    hashes = new int[most];
    names = new int[most];
    scores = new double[most];
  }

  /**
   * One look: at a member of a large value, or nothing where the value knows no members.
   *
   * @param score where the member may go in a sorted set; NaN if it stays
   */
  public void add(CollectionValue value, byte[] member, int from, int length, double score) {
    ByteTable table =
        switch (value) {
          case HashValue hash -> hash.table();
          case SetValue set -> set.table();
          case ZSetValue zset -> zset.table();
          default -> null;
        };
    if (table == null) {
      return;
    }
    if (tableCount == 0 || tables[tableCount - 1] != table) {
      tables[tableCount] = table;
      trees[tableCount++] = value instanceof ZSetValue zset ? zset.tree() : null;
    }
    places[count] = tableCount - 1;
    hashes[count] = table.hash(member, from, length);
    scores[count++] = score;
  }

  /** Loads for all that were added, and forgets them. */
  public long load() {
    long loaded = 0;
    for (int i = 0; i < count; i++) {
      loaded += table(i).touchSlot(hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      names[i] = table(i).nameAt(hashes[i]);
    }
    for (int i = 0; i < count; i++) {
      loaded += table(i).touchRecord(names[i]);
    }
    for (int i = 0; i < count; i++) {
      RankTree tree = trees[places[i]];
      if (tree != null && !Double.isNaN(scores[i])) {
        double old = names[i] == 0 ? scores[i] : ZSetValue.scoreOf(table(i), names[i]);
        loaded += tree.touch(scores[i], old);
      }
    }
    for (int i = 0; i < tableCount; i++) {
      tables[i] = null;
      trees[i] = null;
    }
    tableCount = 0;
    count = 0;
    return loaded;
  }

  private ByteTable table(int i) {
    ByteTable table = tables[places[i]];
    assert table != null;
    return table;
  }
}
