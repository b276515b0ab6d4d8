package io.headwater.view.search.aggregation;

import io.headwater.view.search.query.QueryNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An aggregation with those inside it. {@code children} are by name, in the order asked for; metric
 * aggregations have none.
 */
public sealed interface AggregationNode {
  default Map<String, AggregationNode> children() {
    return Map.of();
  }

  /**
   * What buckets are sorted by.
   *
   * @param by {@code _count}, {@code _key}, or a metric child: {@code name} or {@code name.avg}
   */
  record Order(String by, boolean ascending) {}

  /**
   * @param order the first decides, later ones break ties; empty is {@code _count} descending, then
   *     {@code _key}
   * @param include and {@code exclude}: exact terms, or null
   * @param missing the value of documents without one, or null to leave them out
   */
  record Terms(
      String field,
      int size,
      long minDocCount,
      List<Order> order,
      @Nullable Object missing,
      @Nullable List<String> include,
      @Nullable List<String> exclude,
      Map<String, AggregationNode> children)
      implements AggregationNode {}

  /**
   * @param calendarInterval {@code minute, hour, day, week, month, quarter, year} or {@code 1m 1h
   *     1d 1w 1M 1q 1y}; exactly one of it and {@code fixedInterval} is set
   * @param fixedInterval such as {@code 30s}, {@code 12h}, {@code 7d}
   * @param offset such as {@code +6h}, or null
   */
  record DateHistogram(
      String field,
      @Nullable String calendarInterval,
      @Nullable String fixedInterval,
      @Nullable String timeZone,
      @Nullable String offset,
      @Nullable String format,
      long minDocCount,
      List<Order> order,
      @Nullable Object missing,
      Map<String, AggregationNode> children)
      implements AggregationNode {}

  record Histogram(
      String field,
      double interval,
      double offset,
      long minDocCount,
      List<Order> order,
      @Nullable Object missing,
      Map<String, AggregationNode> children)
      implements AggregationNode {}

  /** Numbers in {@code [from, to)}; null is open. */
  record Range(String field, List<Bound> ranges, Map<String, AggregationNode> children)
      implements AggregationNode {
    public record Bound(@Nullable String key, @Nullable Double from, @Nullable Double to) {}
  }

  /** Dates in {@code [from, to)}, with date math. */
  record DateRange(
      String field,
      @Nullable String format,
      @Nullable String timeZone,
      List<Bound> ranges,
      Map<String, AggregationNode> children)
      implements AggregationNode {
    public record Bound(@Nullable String key, @Nullable Object from, @Nullable Object to) {}
  }

  record Filter(QueryNode query, Map<String, AggregationNode> children)
      implements AggregationNode {}

  /** Named filters, in order; {@code otherKey} names the bucket of the rest, or null for none. */
  record Filters(
      Map<String, QueryNode> filters,
      @Nullable String otherKey,
      Map<String, AggregationNode> children)
      implements AggregationNode {}

  /** Documents without a value. */
  record Missing(String field, Map<String, AggregationNode> children) implements AggregationNode {}

  /** All documents of the index, whatever the query; only at the top. */
  record Global(Map<String, AggregationNode> children) implements AggregationNode {}

  enum Kind {
    MIN,
    MAX,
    AVG,
    SUM,
    STATS,
    VALUE_COUNT,
    CARDINALITY
  }

  record Metric(Kind kind, String field, @Nullable Object missing) implements AggregationNode {}
}
