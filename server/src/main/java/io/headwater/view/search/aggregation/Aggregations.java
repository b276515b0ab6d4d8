package io.headwater.view.search.aggregation;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Collector;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreMode;

/**
 * The aggregations of one search, over one index after another. Build it, search each index with
 * {@link #collector}, then ask for the {@link #results}. Belongs to one thread.
 */
public final class Aggregations {
  private static final int DEPTH_MAX = 10;

  private final Map<String, Aggregator> matching = new LinkedHashMap<>();
  private final Map<String, Aggregator> global = new LinkedHashMap<>();
  private final List<String> names;
  private final Budget budget;
  private final QueryContext context;

  /**
   * @param context of the first index: formats of date ranges come from there
   * @param bucketsMax in the answer
   * @throws FailureException with {@link Failure.Invalid} or {@link Failure.NotSupported}
   */
  public Aggregations(Map<String, AggregationNode> nodes, QueryContext context, int bucketsMax) {
    this.context = context;
    this.budget = new Budget(bucketsMax);
    this.names = List.copyOf(nodes.keySet());
    nodes.forEach((name, node) -> {
      if (node instanceof AggregationNode.Global(var children)) {
        global.put(
            name, new FiltersAggregator(new QueryNode.MatchAll(), budget, build(children, 2)));
      } else {
        matching.put(name, build(node, 1));
      }
    });
  }

  /** Whether some look at all documents, whatever the query. */
  public boolean hasGlobal() {
    return !global.isEmpty();
  }

  /** Whether some look at the matching documents. */
  public boolean hasMatching() {
    return !matching.isEmpty();
  }

  private Map<String, Aggregator> build(Map<String, AggregationNode> nodes, int depth) {
    Map<String, Aggregator> built = new LinkedHashMap<>();
    nodes.forEach((name, node) -> built.put(name, build(node, depth)));
    return built;
  }

  private Aggregator build(AggregationNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw invalid("aggregations are nested deeper than [" + DEPTH_MAX + "]");
    }
    Map<String, Aggregator> children = build(node.children(), depth + 1);
    return switch (node) {
      case AggregationNode.Terms terms -> terms(terms, children);
      case AggregationNode.DateHistogram histogram ->
          new HistogramAggregator(histogram, budget, children);
      case AggregationNode.Histogram histogram ->
          new HistogramAggregator(histogram, budget, children);
      case AggregationNode.Range range -> new RangesAggregator(range, budget, children);
      case AggregationNode.DateRange range -> {
        Field field = context.mapping().field(range.field());
        yield new RangesAggregator(
            range, field == null ? null : field.format(), context, budget, children);
      }
      case AggregationNode.Filter(QueryNode query, var _) ->
          new FiltersAggregator(query, budget, children);
      case AggregationNode.Filters filters -> new FiltersAggregator(filters, budget, children);
      case AggregationNode.Missing(String path, var _) ->
          new FiltersAggregator(
              new QueryNode.Bool(
                  List.of(), List.of(), List.of(), List.of(new QueryNode.Exists(path)), null),
              budget,
              children);
      case AggregationNode.Global _ ->
          throw invalid(
              "Aggregation [global] cannot have a parent: it can only be at the top level");
      case AggregationNode.Metric metric ->
          metric.kind() == AggregationNode.Kind.CARDINALITY
              ? new CardinalityAggregator(metric, budget)
              : new MetricAggregator(metric);
    };
  }

  private Aggregator terms(AggregationNode.Terms terms, Map<String, Aggregator> children) {
    if (terms.size() <= 0) {
      throw invalid("[size] must be greater than 0. Found [" + terms.size() + "] in terms");
    }
    if (terms.minDocCount() < 1) {
      throw new FailureException(
          new Failure.NotSupported("[min_doc_count: 0] of a terms aggregation"));
    }
    for (AggregationNode.Order order : terms.order()) {
      check(order, children);
    }
    return new TermsAggregator(terms, budget, children);
  }

  private static void check(AggregationNode.Order order, Map<String, Aggregator> children) {
    String by = order.by();
    if (!by.equals("_count") && !by.equals("_key")) {
      String name = by.indexOf('.') < 0 ? by : by.substring(0, by.indexOf('.'));
      if (by.indexOf('>') >= 0) {
        throw new FailureException(new Failure.NotSupported("ordering by the path [" + by + "]"));
      }
      if (!children.containsKey(name)) {
        throw invalid(
            "Invalid aggregation order path ["
                + by
                + "]. The provided aggregation ["
                + name
                + "] either does not exist, or is a pipeline aggregation and cannot be used to"
                + " sort the buckets.");
      }
    }
  }

  /** Collects the documents that a query matches in one index. */
  public Collector collector(IndexSearcher searcher, QueryContext of) {
    return collector(matching, searcher, of);
  }

  /** Collects all documents of one index. */
  public Collector globalCollector(IndexSearcher searcher, QueryContext of) {
    return collector(global, searcher, of);
  }

  private static Collector collector(
      Map<String, Aggregator> aggregators, IndexSearcher searcher, QueryContext of) {
    return new Collector() {
      @Override
      public LeafCollector getLeafCollector(LeafReaderContext leaf) throws IOException {
        LeafScope scope = new LeafScope(searcher, leaf, of);
        LeafAggregator[] all = new LeafAggregator[aggregators.size()];
        int i = 0;
        for (Aggregator aggregator : aggregators.values()) {
          all[i++] = aggregator.leaf(scope);
        }
        return new TopLevel(all);
      }

      @Override
      public ScoreMode scoreMode() {
        return ScoreMode.COMPLETE_NO_SCORES;
      }
    };
  }

  private record TopLevel(LeafAggregator[] all) implements LeafCollector {
    @Override
    public void setScorer(Scorable scorer) {}

    @Override
    public void collect(int doc) throws IOException {
      for (LeafAggregator one : all) {
        one.collect(doc, 0);
      }
    }
  }

  /** Everything found, in the order asked for. */
  public Map<String, AggregationResult> results() {
    Map<String, AggregationResult> results = new LinkedHashMap<>();
    for (String name : names) {
      Aggregator aggregator = matching.getOrDefault(name, global.get(name));
      if (aggregator != null) {
        results.put(name, aggregator.result(0));
      }
    }
    return results;
  }

  static List<AggregationNode.Order> termsOrder(List<AggregationNode.Order> asked) {
    List<AggregationNode.Order> order = new ArrayList<>(asked);
    if (order.isEmpty()) {
      order.add(new AggregationNode.Order("_count", false));
    }
    order.add(new AggregationNode.Order("_key", true));
    return order;
  }

  static List<AggregationNode.Order> histogramOrder(List<AggregationNode.Order> asked) {
    return asked.isEmpty() ? List.of(new AggregationNode.Order("_key", true)) : asked;
  }

  /** Ascending by a metric child; buckets without a value (NaN) come last either way. */
  static int compareBy(
      AggregationNode.Order order, Map<String, Aggregator> children, int a, int b) {
    int dot = order.by().indexOf('.');
    String name = dot < 0 ? order.by() : order.by().substring(0, dot);
    String property = dot < 0 ? "" : order.by().substring(dot + 1);
    Aggregator child = children.get(name);
    if (child == null) {
      throw invalid("Invalid aggregation order path [" + order.by() + "]");
    }
    double left = child.sortValue(a, property);
    double right = child.sortValue(b, property);
    if (Double.isNaN(left) || Double.isNaN(right)) {
      int last = order.ascending() ? 1 : -1;
      return Double.isNaN(left) ? (Double.isNaN(right) ? 0 : last) : -last;
    }
    return Double.compare(left, right);
  }

  static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }
}
