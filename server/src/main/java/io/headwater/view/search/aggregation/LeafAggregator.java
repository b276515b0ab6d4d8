package io.headwater.view.search.aggregation;

import java.io.IOException;

/** Takes one segment's matching documents, ascending. */
interface LeafAggregator {
  /**
   * @param bucket of the aggregation around this one; 0 at the top. A document comes once for each
   *     bucket that it falls into.
   */
  void collect(int doc, int bucket) throws IOException;

  /** For segments that have nothing to collect. */
  LeafAggregator NOTHING = (_, _) -> {};
}
