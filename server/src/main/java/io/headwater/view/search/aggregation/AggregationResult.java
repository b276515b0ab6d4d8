package io.headwater.view.search.aggregation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an aggregation found. */
public sealed interface AggregationResult {
  /**
   * @param key a {@link String}, {@link Long} or {@link Double}; booleans are 0 and 1
   * @param keyAsString how the field's format shows the key (dates, booleans), or null
   */
  record Bucket(
      Object key,
      @Nullable String keyAsString,
      long count,
      Map<String, AggregationResult> children) {}

  /**
   * @param others documents in buckets that are not listed
   */
  record Terms(KeyKind keyKind, List<Bucket> buckets, long others) implements AggregationResult {}

  /** What kind of keys the field has; Elasticsearch's typed keys need it. */
  enum KeyKind {
    STRING,
    LONG,
    DOUBLE
  }

  record Histogram(boolean dates, List<Bucket> buckets) implements AggregationResult {}

  /** Numbers or dates; bounds that are null are open. */
  record Ranges(boolean dates, List<RangeBucket> buckets) implements AggregationResult {}

  record RangeBucket(
      String key,
      @Nullable Double from,
      @Nullable String fromAsString,
      @Nullable Double to,
      @Nullable String toAsString,
      long count,
      Map<String, AggregationResult> children) {}

  /** One bucket: filter, missing, global. */
  record Single(long count, Map<String, AggregationResult> children) implements AggregationResult {}

  /** Buckets by name: filters. */
  record Named(Map<String, Single> buckets) implements AggregationResult {}

  /** Min, max, avg, sum; null where no document had a value (not for sum). */
  record Value(AggregationNode.Kind kind, @Nullable Double value, @Nullable String valueAsString)
      implements AggregationResult {}

  /** Value count and cardinality. */
  record Count(AggregationNode.Kind kind, long value) implements AggregationResult {}

  /** Min, max and avg are null where the count is 0. */
  record Stats(
      long count,
      @Nullable Double min,
      @Nullable Double max,
      @Nullable Double avg,
      double sum,
      @Nullable String minAsString,
      @Nullable String maxAsString,
      @Nullable String avgAsString,
      @Nullable String sumAsString)
      implements AggregationResult {}
}
