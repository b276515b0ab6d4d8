/**
 * What do the matching documents add up to? Aggregation trees, their collection over Lucene's doc
 * values, and their results.
 *
 * <p>Front doors: {@link io.headwater.view.search.aggregation.AggregationNode} and {@link
 * io.headwater.view.search.aggregation.AggregationResult}. A collection belongs to the thread that
 * searches.
 */
@NullMarked
package io.headwater.view.search.aggregation;

import org.jspecify.annotations.NullMarked;
