package io.headwater.view.search;

import io.headwater.view.search.aggregation.AggregationResult;
import java.util.List;
import java.util.Map;

/**
 * What a search found.
 *
 * @param total matching documents; -1 where they were not counted
 * @param totalExact false: there are at least {@code total}
 * @param maxScore NaN where the search did not score or found nothing
 * @param timedOut the result is what was found within the time limit
 */
public record SearchResult(
    long total,
    boolean totalExact,
    float maxScore,
    List<Hit> hits,
    Map<String, AggregationResult> aggregations,
    boolean timedOut) {}
