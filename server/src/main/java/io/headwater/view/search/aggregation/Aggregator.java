package io.headwater.view.search.aggregation;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects one aggregation over all segments of all indexes of a search. Bucket numbers are dense
 * and belong to this object; children are told them as their parent's.
 */
abstract class Aggregator {
  /** Stands for a bucket that no document fell into: its results are those of nothing. */
  static final int EMPTY = -1;

  private final Map<String, Aggregator> children;

  Aggregator(Map<String, Aggregator> children) {
    this.children = children;
  }

  Map<String, Aggregator> children() {
    return children;
  }

  /** Prepares for a segment. */
  abstract LeafAggregator leaf(LeafScope scope) throws IOException;

  /** What this aggregation found inside a bucket of the one around it. */
  abstract AggregationResult result(int bucket);

  /** A number to sort buckets by; {@code property} such as {@code avg} of a stats, or empty. */
  double sortValue(int bucket, String property) {
    throw Aggregations.invalid("buckets can only be ordered by a metric aggregation");
  }

  /** The children's collectors as one. */
  LeafAggregator childrenLeaf(LeafScope scope) throws IOException {
    if (children.isEmpty()) {
      return LeafAggregator.NOTHING;
    }
    LeafAggregator[] all = new LeafAggregator[children.size()];
    int i = 0;
    for (Aggregator child : children.values()) {
      all[i++] = child.leaf(scope);
    }
    if (all.length == 1) {
      return all[0];
    }
    return (doc, bucket) -> {
      for (LeafAggregator one : all) {
        one.collect(doc, bucket);
      }
    };
  }

  Map<String, AggregationResult> childResults(int bucket) {
    if (children.isEmpty()) {
      return Map.of();
    }
    Map<String, AggregationResult> results = new LinkedHashMap<>();
    children.forEach((name, child) -> results.put(name, child.result(bucket)));
    return results;
  }
}
