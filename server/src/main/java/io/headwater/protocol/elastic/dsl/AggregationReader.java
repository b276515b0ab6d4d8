package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.aggregation.AggregationNode.Kind;
import io.headwater.view.search.aggregation.AggregationNode.Order;
import io.headwater.view.search.query.QueryNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads {@code aggs}. */
public final class AggregationReader {
  /** Reads one kind of aggregation; {@code children} were read before. */
  private interface Form {
    AggregationNode read(Fields f, Map<String, AggregationNode> children);
  }

  private static final Map<String, Form> BUCKETS =
      new TreeMap<>(
          Map.of(
              "date_histogram", AggregationReader::dateHistogram,
              "date_range", AggregationReader::dateRange,
              "filters", AggregationReader::filters,
              "global", (_, children) -> new AggregationNode.Global(children),
              "histogram", AggregationReader::histogram,
              "missing", AggregationReader::missing,
              "range", AggregationReader::range,
              "terms", AggregationReader::terms));

  private static final Map<String, Kind> METRICS =
      new TreeMap<>(
          Map.of(
              "avg", Kind.AVG,
              "cardinality", Kind.CARDINALITY,
              "max", Kind.MAX,
              "min", Kind.MIN,
              "stats", Kind.STATS,
              "sum", Kind.SUM,
              "value_count", Kind.VALUE_COUNT));

  private static final Set<String> NOT_YET =
      Set.of(
          "adjacency_matrix",
          "auto_date_histogram",
          "avg_bucket",
          "boxplot",
          "bucket_correlation",
          "bucket_count_ks_test",
          "bucket_script",
          "bucket_selector",
          "bucket_sort",
          "cartesian_bounds",
          "cartesian_centroid",
          "categorize_text",
          "change_point",
          "children",
          "composite",
          "cumulative_cardinality",
          "cumulative_sum",
          "derivative",
          "diversified_sampler",
          "extended_stats",
          "extended_stats_bucket",
          "frequent_item_sets",
          "geo_bounds",
          "geo_centroid",
          "geo_distance",
          "geo_line",
          "geohash_grid",
          "geohex_grid",
          "geotile_grid",
          "inference",
          "ip_prefix",
          "ip_range",
          "matrix_stats",
          "max_bucket",
          "median_absolute_deviation",
          "min_bucket",
          "moving_fn",
          "moving_percentiles",
          "multi_terms",
          "nested",
          "normalize",
          "parent",
          "percentile_ranks",
          "percentiles",
          "percentiles_bucket",
          "random_sampler",
          "rare_terms",
          "rate",
          "reverse_nested",
          "sampler",
          "scripted_metric",
          "serial_diff",
          "significant_terms",
          "significant_text",
          "stats_bucket",
          "string_stats",
          "sum_bucket",
          "t_test",
          "time_series",
          "top_hits",
          "top_metrics",
          "variable_width_histogram",
          "weighted_avg");

  private static final int SIZE_MAX = 65_536;

  private AggregationReader() {}

  /** The names of the aggregations that are supported, sorted. */
  public static List<String> supported() {
    List<String> names = new ArrayList<>(BUCKETS.keySet());
    names.addAll(METRICS.keySet());
    names.add("filter");
    return names.stream().sorted().toList();
  }

  public static List<String> unsupported() {
    return NOT_YET.stream().sorted().toList();
  }

  /** Reads {@code {"name": {"kind": {…}, "aggs": {…}}, …}}. */
  public static Map<String, AggregationNode> read(JsonValue value) {
    Map<String, AggregationNode> nodes = new LinkedHashMap<>();
    JsonValue.object(value)
        .fields()
        .forEach((name, body) -> {
          if (name.matches(".*[\\[\\]>].*")) {
            throw Fields.wrong(
                body,
                "Invalid aggregation name ["
                    + name
                    + "]. Aggregation names can contain any character except '[', ']', and"
                    + " '>'");
          }
          nodes.put(name, one(name, body));
        });
    return nodes;
  }

  private static AggregationNode one(String name, JsonValue value) {
    Fields f = new Fields(name, value);
    JsonValue inner = f.take("aggs");
    JsonValue innerLong = f.take("aggregations");
    if (inner != null && innerLong != null) {
      throw Fields.wrong(value, "Found two sub aggregation definitions under [" + name + "]");
    }
    f.unsupported("meta");
    List<String> kinds = f.rest();
    if (kinds.size() != 1) {
      throw Fields.wrong(
          value,
          kinds.isEmpty()
              ? "Missing definition for aggregation [" + name + "]"
              : "Found two aggregation type definitions in ["
                  + name
                  + "]: ["
                  + kinds.get(0)
                  + "] and ["
                  + kinds.get(1)
                  + "]");
    }
    String kind = kinds.getFirst();
    JsonValue children = inner != null ? inner : innerLong;
    return one(name, kind, f.require(kind), children == null ? Map.of() : read(children));
  }

  private static AggregationNode one(
      String name, String kind, JsonValue body, Map<String, AggregationNode> children) {
    Kind metric = METRICS.get(kind);
    if (metric != null) {
      if (!children.isEmpty()) {
        throw ElasticError.of(
                400,
                "aggregation_initialization_exception",
                "Aggregator [" + name + "] of type [" + kind + "] cannot accept sub-aggregations")
            .exception();
      }
      return metric(metric, new Fields(kind, body));
    }
    if (kind.equals("filter")) {
      return new AggregationNode.Filter(QueryReader.read(body), children);
    }
    Form form = BUCKETS.get(kind);
    if (form == null) {
      if (NOT_YET.contains(kind)) {
        throw ElasticError.notSupported("aggregation [" + kind + "]").exception();
      }
      throw Fields.wrong(body, "Unknown aggregation type [" + kind + "]");
    }
    Fields f = new Fields(kind, body);
    AggregationNode node = form.read(f, children);
    f.done();
    return node;
  }

  private static AggregationNode metric(Kind kind, Fields f) {
    f.unsupported("script", "format", "value_type");
    f.hints("precision_threshold", "execution_hint");
    AggregationNode node =
        new AggregationNode.Metric(kind, f.requireText("field"), f.scalar("missing"));
    f.done();
    return node;
  }

  private static AggregationNode terms(Fields f, Map<String, AggregationNode> children) {
    f.hints("execution_hint", "collect_mode", "shard_size", "shard_min_doc_count");
    f.unsupported("script", "format", "value_type");
    if (f.flag("show_term_doc_count_error", false)) {
      throw ElasticError.notSupported("[terms] option [show_term_doc_count_error]").exception();
    }
    int size = f.count("size", 10, 1, SIZE_MAX);
    return new AggregationNode.Terms(
        f.requireText("field"),
        size,
        f.number("min_doc_count", 1, 0, Long.MAX_VALUE),
        orders(f),
        f.scalar("missing"),
        exact(f, "include"),
        exact(f, "exclude"),
        children);
  }

  private static @Nullable List<String> exact(Fields f, String name) {
    JsonValue value = f.take(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof JsonValue.Arr)) {
      throw ElasticError.notSupported(
              "[terms] option [" + name + "] other than an array of exact values")
          .exception();
    }
    return f.texts(name);
  }

  private static List<Order> orders(Fields f) {
    List<Order> orders = new ArrayList<>();
    for (JsonValue item : f.list("order")) {
      Fields order = new Fields("order", item);
      for (String by : order.rest()) {
        orders.add(new Order(by, order.word(by, "asc", "asc", "desc").equals("asc")));
      }
    }
    return orders;
  }

  private static AggregationNode dateHistogram(Fields f, Map<String, AggregationNode> children) {
    unkeyed(f);
    f.unsupported("script", "extended_bounds", "hard_bounds");
    String calendar = f.text("calendar_interval");
    String fixed = f.text("fixed_interval");
    if ((calendar == null) == (fixed == null)) {
      throw ElasticError.illegalArgument(
              calendar == null
                  ? "Invalid interval specified, must be non-null and non-empty"
                  : "Cannot use [fixed_interval] with [calendar_interval] configuration option.")
          .exception();
    }
    return new AggregationNode.DateHistogram(
        f.requireText("field"),
        calendar,
        fixed,
        f.text("time_zone"),
        f.text("offset"),
        f.text("format"),
        f.number("min_doc_count", 0, 0, Long.MAX_VALUE),
        orders(f),
        f.scalar("missing"),
        children);
  }

  private static void unkeyed(Fields f) {
    if (f.flag("keyed", false)) {
      throw ElasticError.notSupported("[" + f.owner() + "] option [keyed]").exception();
    }
  }

  private static AggregationNode histogram(Fields f, Map<String, AggregationNode> children) {
    unkeyed(f);
    f.unsupported("script", "format", "extended_bounds", "hard_bounds");
    Double interval = f.decimal("interval");
    if (interval == null || !(interval > 0)) {
      throw ElasticError.illegalArgument("[interval] must be >0 for histogram aggregation")
          .exception();
    }
    return new AggregationNode.Histogram(
        f.requireText("field"),
        interval,
        f.decimal("offset", 0),
        f.number("min_doc_count", 0, 0, Long.MAX_VALUE),
        orders(f),
        f.scalar("missing"),
        children);
  }

  private static AggregationNode range(Fields f, Map<String, AggregationNode> children) {
    unkeyed(f);
    f.unsupported("script", "format", "missing");
    List<AggregationNode.Range.Bound> bounds = new ArrayList<>();
    for (JsonValue item : f.list("ranges")) {
      Fields bound = new Fields("ranges", item);
      bounds.add(
          new AggregationNode.Range.Bound(
              bound.text("key"), bound.decimal("from"), bound.decimal("to")));
      bound.done();
    }
    requireRanges(f, bounds);
    return new AggregationNode.Range(f.requireText("field"), bounds, children);
  }

  private static AggregationNode dateRange(Fields f, Map<String, AggregationNode> children) {
    unkeyed(f);
    f.unsupported("script", "missing");
    List<AggregationNode.DateRange.Bound> bounds = new ArrayList<>();
    for (JsonValue item : f.list("ranges")) {
      Fields bound = new Fields("ranges", item);
      bounds.add(
          new AggregationNode.DateRange.Bound(
              bound.text("key"), bound.scalar("from"), bound.scalar("to")));
      bound.done();
    }
    requireRanges(f, bounds);
    return new AggregationNode.DateRange(
        f.requireText("field"), f.text("format"), f.text("time_zone"), bounds, children);
  }

  private static void requireRanges(Fields f, List<?> bounds) {
    if (bounds.isEmpty()) {
      throw ElasticError.illegalArgument(
              "No [ranges] specified for the [" + f.owner() + "] aggregation")
          .exception();
    }
  }

  private static AggregationNode filters(Fields f, Map<String, AggregationNode> children) {
    unkeyedFilters(f);
    JsonValue given = f.require("filters");
    if (given instanceof JsonValue.Arr) {
      throw ElasticError.notSupported("[filters] without names").exception();
    }
    Map<String, QueryNode> named = new LinkedHashMap<>();
    JsonValue.object(given)
        .fields()
        .forEach((key, query) -> named.put(key, QueryReader.read(query)));
    String otherKey = f.text("other_bucket_key");
    boolean other = f.flag("other_bucket", otherKey != null);
    return new AggregationNode.Filters(
        named, other ? (otherKey == null ? "_other_" : otherKey) : null, children);
  }

  private static void unkeyedFilters(Fields f) {
    if (!f.flag("keyed", true)) {
      throw ElasticError.notSupported("[filters] option [keyed] false").exception();
    }
  }

  private static AggregationNode missing(Fields f, Map<String, AggregationNode> children) {
    f.unsupported("missing");
    return new AggregationNode.Missing(f.requireText("field"), children);
  }
}
