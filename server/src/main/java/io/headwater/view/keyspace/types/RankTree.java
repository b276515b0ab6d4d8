package io.headwater.view.keyspace.types;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The members of a large sorted set in the order of score, then bytes, with their ranks: a counted
 * B+-tree. Why not Redis's skip list: a node here holds up to 128 neighbours in two arrays, so a
 * search touches a few cache lines of scores and, only where scores are equal, the members'
 * records.
 *
 * <p>Every entry is a score and the name of the member's record in {@link Pages}. An inner node
 * holds for each child the child's <em>exact</em> first entry and its count of members. Exact,
 * because a separator that outlived its member would name a freed record. Leaves are linked both
 * ways.
 *
 * <p>A search takes the {@code key} fields: a score with a member, or with an {@link #edge} before
 * or behind all members of that score, or the member's bytes alone for ranges by bytes.
 *
 * <p>A leaf's arrays are only a little longer than what is in them: after random inserts leaves of
 * one length would be empty by a third.
 */
final class RankTree {
  static final int NODE_ENTRIES = 128;
  private static final int STRIDE = 8;

  /** By so much a leaf grows; it shrinks when it has more room than twice this. */
  private static final int LEAF_STEP = 16;

  private static final class Node {
    int n;
    double[] scores;
    int[] names;
    final Node @Nullable [] children;
    final int @Nullable [] counts;
    @Nullable Node previous;
    @Nullable Node next;

    Node(boolean leaf, int room) {
      scores = new double[room];
      names = new int[room];
      children = leaf ? null : new Node[NODE_ENTRIES];
      counts = leaf ? null : new int[NODE_ENTRIES];
    }
  }

  private final Pages pages;
  private final int header;
  private int size;
  private long memory;
  private Node root = leaf(LEAF_STEP);

  private double score;
  private byte @Nullable [] member;
  private int from;
  private int length;
  private int edge;
  private boolean bytesOnly;

  /** The member's record where the search is for one that is there, else 0. */
  private int wantedName;

  /** An iteration's place: a leaf and an index in it. */
  private Node atLeaf = root;

  private int atIndex;

  /**
   * @param header bytes of a record before its sized member
   */
  RankTree(Pages pages, int header) {
    this.pages = pages;
    this.header = header;
  }

  int size() {
    return size;
  }

  long memoryBytes() {
    return memory;
  }

  private Node leaf(int room) {
    memory += bytes(true, room);
    return new Node(true, room);
  }

  private Node inner() {
    memory += bytes(false, NODE_ENTRIES);
    return new Node(false, NODE_ENTRIES);
  }

  private void drop(Node node) {
    memory -= bytes(node.children == null, node.scores.length);
  }

  private static long bytes(boolean leaf, int room) {
    return leaf ? room * 12L + 80 : room * 20L + 112;
  }

  /** Gives a leaf room for so many entries, not fewer than it has. */
  private void resize(Node leaf, int room) {
    memory += (room - leaf.scores.length) * 12L;
    leaf.scores = Arrays.copyOf(leaf.scores, room);
    leaf.names = Arrays.copyOf(leaf.names, room);
  }

  /** Room for so many entries and some more. */
  private static int roomFor(int entries) {
    return Math.min(NODE_ENTRIES, (entries / LEAF_STEP + 1) * LEAF_STEP);
  }

  /** A leaf has lost entries. */
  private void fit(Node leaf) {
    if (leaf.scores.length - leaf.n > 2 * LEAF_STEP) {
      resize(leaf, roomFor(leaf.n));
    }
  }

  /** The next search is for this member with this score. */
  RankTree at(double newScore, byte[] array, int newFrom, int newLength) {
    score = newScore;
    member = array;
    from = newFrom;
    length = newLength;
    edge = 0;
    bytesOnly = false;
    wantedName = 0;
    return this;
  }

  /**
   * Like {@link #at}, for a member that is there: among equal scores its record's name tells it
   * without a look at the others' records, each of which may be far away.
   */
  RankTree atName(double newScore, byte[] array, int newFrom, int newLength, int name) {
    at(newScore, array, newFrom, newLength);
    wantedName = name;
    return this;
  }

  /** The next search is for the place before ({@code -1}) or behind (1) all with this score. */
  RankTree atScore(double newScore, int newEdge) {
    score = newScore;
    member = null;
    edge = newEdge;
    bytesOnly = false;
    wantedName = 0;
    return this;
  }

  /** The next search is for the place before (-1) or behind (1) this member, whatever its score. */
  RankTree atBytes(byte[] array, int newFrom, int newLength, int newEdge) {
    member = array;
    from = newFrom;
    length = newLength;
    edge = newEdge;
    bytesOnly = true;
    wantedName = 0;
    return this;
  }

  /** Sign of the key against an entry. */
  private int compare(Node node, int i) {
    if (!bytesOnly) {
      double there = node.scores[i];
      if (score < there) {
        return -1;
      }
      if (score > there) {
        return 1;
      }
    }
    byte[] wanted = member;
    if (wanted == null) {
      return edge;
    }
    if (wantedName != 0 && node.names[i] == wantedName) {
      return 0;
    }
    byte[] record = pages.array(node.names[i]);
    int at = pages.index(node.names[i]) + header;
    int l = Packed.length(record, at);
    int body = at + Packed.headBytes(l);
    int sign = Arrays.compareUnsigned(wanted, from, from + length, record, body, body + l);
    return sign != 0 ? sign : edge;
  }

  /** How many entries of the node stand before the key. */
  private int below(Node node) {
    if (bytesOnly) {
      return below(node, 0, node.n);
    }
    double[] scores = node.scores;
    int low = countBelow(scores, node.n, score);
    if (low == node.n || scores[low] != score || member == null && edge < 0) {
      return low;
    }
    int end = low;
    while (end < node.n && scores[end] == score) {
      if (wantedName != 0 && node.names[end] == wantedName) {
        return end;
      }
      end++;
    }
    return member == null ? end : below(node, low, end);
  }

  /** How many entries up to {@code to} stand before the key, if all before {@code from} do. */
  private int below(Node node, int from, int to) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(node, middle) > 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * The first index whose score is not below the wanted one. Counted among every eighth and then
   * among eight, where no load waits for another and no branch depends on a score: a binary search
   * waits at each step for the last one, or for the processor's wrong guesses.
   */
  private static int countBelow(double[] scores, int n, double wanted) {
    int low = 0;
    for (int i = STRIDE - 1; i < n; i += STRIDE) {
      low += scores[i] < wanted ? STRIDE : 0;
    }
    int end = Math.min(low + STRIDE, n);
    int count = low;
    for (int i = low; i < end; i++) {
      count += scores[i] < wanted ? 1 : 0;
    }
    return count;
  }

  /** The child of an inner node where the key belongs. */
  private int childFor(Node node) {
    int low = below(node);
    boolean equal =
        low < node.n && (bytesOnly || node.scores[low] == score) && compare(node, low) == 0;
    return equal ? low : Math.max(0, low - 1);
  }

  /** Loads the leaves where two scores belong, side by side; the number means nothing. */
  long touch(double one, double other) {
    Node node = root;
    Node beside = root;
    while (node.children != null && beside.children != null) { // leaves are all at one depth
      int i = Math.max(0, countBelow(node.scores, node.n, one) - 1);
      int j = Math.max(0, countBelow(beside.scores, beside.n, other) - 1);
      node = node.children[i];
      beside = beside.children[j];
    }
    return load(node) + load(beside);
  }

  private static long load(Node leaf) {
    double sum = 0;
    for (int i = 0; i < leaf.n; i += 8) { // a line of the processor's cache each
      sum += leaf.scores[i];
    }
    for (int i = 0; i < leaf.n; i += 16) {
      sum += leaf.names[i];
    }
    return (long) sum;
  }

  /** How many members stand before the key. */
  int rank() {
    Node node = root;
    int rank = 0;
    while (node.children != null && node.counts != null) {
      int child = childFor(node);
      for (int i = 0; i < child; i++) {
        rank += node.counts[i];
      }
      node = node.children[child];
    }
    return rank + below(node);
  }

  /** Adds the key, which must not be there, under a record's name. */
  void insert(int name) {
    if (root.n == NODE_ENTRIES) {
      Node above = inner();
      above.n = 1;
      setChild(above, 0, root, size);
      root = above;
      splitChild(above, 0);
    }
    Node node = root;
    while (node.children != null && node.counts != null) {
      int child = childFor(node);
      if (node.children[child].n == NODE_ENTRIES) {
        splitChild(node, child);
        child = childFor(node);
      }
      node.counts[child]++;
      if (child == 0 && compare(node, 0) < 0) {
        node.scores[0] = score;
        node.names[0] = name;
      }
      node = node.children[child];
    }
    if (node.n == node.scores.length) {
      resize(node, roomFor(node.n));
    }
    int i = below(node);
    int tail = node.n - i;
    System.arraycopy(node.scores, i, node.scores, i + 1, tail);
    System.arraycopy(node.names, i, node.names, i + 1, tail);
    node.scores[i] = score;
    node.names[i] = name;
    node.n++;
    size++;
  }

  private static void setChild(Node node, int i, Node child, int count) {
    assert node.children != null && node.counts != null;
    node.children[i] = child;
    node.counts[i] = count;
    node.scores[i] = child.scores[0];
    node.names[i] = child.names[0];
  }

  /**
   * Splits a full child in the middle; but where the key goes behind everything, as it does when
   * scores only rise, the left part stays nearly full.
   */
  private void splitChild(Node node, int child) {
    assert node.children != null && node.counts != null;
    Node left = node.children[child];
    boolean append = left.next == null && compare(left, left.n - 1) > 0;
    int keep = append ? NODE_ENTRIES - 2 : NODE_ENTRIES / 2;
    int moved = left.n - keep;
    Node right = left.children != null ? inner() : leaf(append ? NODE_ENTRIES : roomFor(moved));
    right.n = moved;
    System.arraycopy(left.scores, keep, right.scores, 0, right.n);
    System.arraycopy(left.names, keep, right.names, 0, right.n);
    if (left.children != null && left.counts != null) {
      assert right.children != null && right.counts != null;
      System.arraycopy(left.children, keep, right.children, 0, right.n);
      Arrays.fill(left.children, keep, left.n, left.children[0]);
      System.arraycopy(left.counts, keep, right.counts, 0, right.n);
      moved = 0;
      for (int i = 0; i < right.n; i++) {
        moved += right.counts[i];
      }
    } else {
      link(right, left.next);
      link(left, right);
    }
    left.n = keep;
    if (left.children == null) {
      fit(left);
    }
    open(node, child + 1);
    setChild(node, child + 1, right, moved);
    node.counts[child] -= moved;
  }

  private static void link(Node left, @Nullable Node right) {
    left.next = right;
    if (right != null) {
      right.previous = left;
    }
  }

  /** Makes room for a child. */
  private static void open(Node node, int i) {
    assert node.children != null && node.counts != null;
    int tail = node.n - i;
    System.arraycopy(node.scores, i, node.scores, i + 1, tail);
    System.arraycopy(node.names, i, node.names, i + 1, tail);
    System.arraycopy(node.children, i, node.children, i + 1, tail);
    System.arraycopy(node.counts, i, node.counts, i + 1, tail);
    node.n++;
  }

  private static void close(Node node, int i) {
    int tail = node.n - i - 1;
    System.arraycopy(node.scores, i + 1, node.scores, i, tail);
    System.arraycopy(node.names, i + 1, node.names, i, tail);
    if (node.children != null && node.counts != null) {
      System.arraycopy(node.children, i + 1, node.children, i, tail);
      System.arraycopy(node.counts, i + 1, node.counts, i, tail);
      node.children[node.n - 1] = node.children[0];
    }
    node.n--;
  }

  /** Removes the key, which must be there; its record must still be readable. */
  void remove() {
    removeFrom(root, Double.NaN);
    size--;
    shrinkRoot();
  }

  /**
   * Removes the key, which must be below this node, unless it can have the new score where it is:
   * it keeps its place between its neighbours, but not as the first of a leaf, because nodes above
   * repeat its score. (What is on the way stands on the stack: noting it in an array would cost a
   * memory fence for each level.)
   *
   * @param newScore NaN to remove it in any case
   * @return the name of its record, 0 if it is still there
   */
  private int removeFrom(Node node, double newScore) {
    if (node.children == null || node.counts == null) {
      int i = below(node);
      assert i < node.n && compare(node, i) == 0;
      double[] scores = node.scores;
      if (i > 0 && i < node.n - 1 && scores[i - 1] < newScore && newScore < scores[i + 1]) {
        scores[i] = newScore;
        return 0;
      }
      int name = node.names[i];
      close(node, i);
      fit(node);
      return name;
    }
    int i = childFor(node);
    Node child = node.children[i];
    int name = removeFrom(child, newScore);
    if (name != 0) {
      node.counts[i]--;
      if (child.n == 0) {
        unlink(child);
        close(node, i);
        drop(child);
      } else {
        node.scores[i] = child.scores[0];
        node.names[i] = child.names[0];
        if (child.n < NODE_ENTRIES / 4) {
          mergeAround(node, i);
        }
      }
    }
    return name;
  }

  /** Removes so many from a rank on, all of which must be there. */
  void removeRange(int rank, int count) {
    removeRange(root, rank, count);
    size -= count;
    shrinkRoot();
  }

  private void removeRange(Node node, int rank, int count) {
    if (node.children == null || node.counts == null) {
      int tail = node.n - rank - count;
      System.arraycopy(node.scores, rank + count, node.scores, rank, tail);
      System.arraycopy(node.names, rank + count, node.names, rank, tail);
      node.n -= count;
      fit(node);
      return;
    }
    int i = 0;
    int before = rank;
    while (before >= node.counts[i]) {
      before -= node.counts[i++];
    }
    int first = i;
    for (int left = count; left > 0; before = 0) {
      int some = Math.min(left, node.counts[i] - before);
      Node child = node.children[i];
      removeRange(child, before, some);
      left -= some;
      if (some == node.counts[i]) {
        unlink(child); // an inner node is linked to none
        close(node, i);
        drop(child);
      } else {
        setChild(node, i, child, node.counts[i] - some);
        i++;
      }
    }
    mergeSmall(node, first + 1);
    mergeSmall(node, first);
  }

  private void mergeSmall(Node node, int i) {
    if (node.children != null && i < node.n && node.children[i].n < NODE_ENTRIES / 4) {
      mergeAround(node, i);
    }
  }

  private void shrinkRoot() {
    while (root.children != null && root.n == 1) {
      drop(root);
      root = root.children[0];
    }
    if (root.children != null && root.n == 0) {
      drop(root);
      root = leaf(LEAF_STEP);
    }
  }

  private static void unlink(Node leaf) {
    Node before = leaf.previous;
    Node after = leaf.next;
    if (before != null) {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
  }

  private void mergeAround(Node node, int i) {
    assert node.children != null;
    if (i > 0 && node.children[i - 1].n + node.children[i].n <= NODE_ENTRIES * 3 / 4) {
      merge(node, i - 1);
    } else if (i + 1 < node.n
        && node.children[i].n + node.children[i + 1].n <= NODE_ENTRIES * 3 / 4) {
      merge(node, i);
    }
  }

  /** Merges the children {@code i} and {@code i + 1}. */
  private void merge(Node node, int i) {
    assert node.children != null && node.counts != null;
    Node left = node.children[i];
    Node right = node.children[i + 1];
    if (left.n + right.n > left.scores.length) {
      resize(left, roomFor(left.n + right.n)); // leaves: inner nodes have room for all
    }
    System.arraycopy(right.scores, 0, left.scores, left.n, right.n);
    System.arraycopy(right.names, 0, left.names, left.n, right.n);
    if (left.children != null && left.counts != null) {
      assert right.children != null && right.counts != null;
      System.arraycopy(right.children, 0, left.children, left.n, right.n);
      System.arraycopy(right.counts, 0, left.counts, left.n, right.n);
    } else {
      link(left, right.next);
    }
    left.n += right.n;
    node.counts[i] += node.counts[i + 1];
    close(node, i + 1);
    drop(right);
  }

  /** Gives the key's entry another score. */
  void rescore(double newScore) {
    int name = removeFrom(root, newScore);
    if (name != 0) {
      size--;
      shrinkRoot();
      score = newScore;
      wantedName = 0;
      insert(name);
    }
  }

  /** The key's record has another name now; the old one is still readable. */
  void rename(int oldName, int newName) {
    Node node = root;
    while (true) {
      int i = node.children == null ? below(node) : childFor(node);
      if (node.names[i] == oldName) {
        node.names[i] = newName;
      }
      if (node.children == null) {
        return;
      }
      node = node.children[i];
    }
  }

  /** Moves the iteration to the entry of a rank in {@code 0..size-1}. */
  void seek(int rank) {
    Node node = root;
    int left = rank;
    while (node.children != null && node.counts != null) {
      int i = 0;
      while (left >= node.counts[i]) {
        left -= node.counts[i++];
      }
      node = node.children[i];
    }
    atLeaf = node;
    atIndex = left;
  }

  int name() {
    return atLeaf.names[atIndex];
  }

  double score() {
    return atLeaf.scores[atIndex];
  }

  /** Moves the iteration on; the caller counts and does not go past the ends. */
  void forward() {
    if (++atIndex == atLeaf.n && atLeaf.next != null) {
      atLeaf = atLeaf.next;
      atIndex = 0;
    }
  }

  void backward() {
    if (--atIndex < 0 && atLeaf.previous != null) {
      atLeaf = atLeaf.previous;
      atIndex = atLeaf.n - 1;
    }
  }
}
