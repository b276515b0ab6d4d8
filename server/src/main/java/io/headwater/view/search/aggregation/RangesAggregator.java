package io.headwater.view.search.aggregation;

import io.headwater.view.search.aggregation.AggregationResult.RangeBucket;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryValues;
import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Buckets by ranges that may overlap; every range is a bucket, empty or not. */
final class RangesAggregator extends Aggregator {
  private static final int RANGES_MAX = 1_024;

  private final String path;
  private final List<Bound> bounds = new ArrayList<>();
  private final boolean dates;
  private final Budget budget;
  private final @Nullable DateFormat format;
  private final ZoneId zone;
  private long[] counts = new long[16];

  private record Bound(@Nullable String key, double from, double to) {}

  RangesAggregator(AggregationNode.Range node, Budget budget, Map<String, Aggregator> children) {
    super(children);
    this.path = node.field();
    this.budget = budget;
    this.dates = false;
    this.format = null;
    this.zone = QueryValues.zone(null);
    for (AggregationNode.Range.Bound b : node.ranges()) {
      bounds.add(new Bound(b.key(), from(b.from()), to(b.to())));
    }
    check();
  }

  RangesAggregator(
      AggregationNode.DateRange node,
      @Nullable DateFormat fieldFormat,
      QueryContext context,
      Budget budget,
      Map<String, Aggregator> children) {
    super(children);
    this.path = node.field();
    this.budget = budget;
    this.dates = true;
    this.zone = QueryValues.zone(node.timeZone());
    DateFormat shown =
        node.format() != null
            ? QueryValues.format(node.format())
            : fieldFormat != null ? fieldFormat : DateFormat.DEFAULT;
    this.format = shown;
    for (AggregationNode.DateRange.Bound b : node.ranges()) {
      bounds.add(
          new Bound(
              b.key(),
              from(b.from() == null ? null : ms(b.from(), shown, context)),
              to(b.to() == null ? null : ms(b.to(), shown, context))));
    }
    check();
  }

  private double ms(Object value, DateFormat shown, QueryContext context) {
    return QueryValues.date(value, shown, zone, DateFormat.Fill.START, context);
  }

  private static double from(@Nullable Double from) {
    return from == null ? Double.NEGATIVE_INFINITY : from;
  }

  private static double to(@Nullable Double to) {
    return to == null ? Double.POSITIVE_INFINITY : to;
  }

  private void check() {
    if (bounds.isEmpty() || bounds.size() > RANGES_MAX) {
      throw Aggregations.invalid("[ranges] must be 1 to " + RANGES_MAX + " ranges");
    }
    bounds.sort((a, b) -> {
      int byFrom = Double.compare(a.from, b.from);
      return byFrom != 0 ? byFrom : Double.compare(a.to, b.to);
    });
  }

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    Field field = Values.numeric(scope.context(), path, dates ? "date_range" : "range");
    if (field == null) {
      return LeafAggregator.NOTHING;
    }
    Values values = Values.of(scope.leaf().reader(), field);
    LeafAggregator inner = childrenLeaf(scope);
    boolean fractions = field.type().isDouble();
    int width = bounds.size();
    boolean[] hit = new boolean[width];
    return (doc, bucket) -> {
      int count = values.load(doc);
      if (count == 0) {
        return;
      }
      Arrays.fill(hit, false);
      for (int i = 0; i < count; i++) {
        long raw = values.next();
        double value = fractions ? NumericUtils.sortableLongToDouble(raw) : raw;
        for (int r = 0; r < width; r++) {
          hit[r] |= value >= bounds.get(r).from && value < bounds.get(r).to;
        }
      }
      for (int r = 0; r < width; r++) {
        if (hit[r]) {
          int id = Math.addExact(Math.multiplyExact(bucket, width), r);
          if (id >= counts.length) {
            counts = Arrays.copyOf(counts, Math.max(id + 1, counts.length * 2));
          }
          counts[id]++;
          inner.collect(doc, id);
        }
      }
    };
  }

  @Override
  AggregationResult result(int parent) {
    budget.take(bounds.size());
    List<RangeBucket> list = new ArrayList<>();
    for (int r = 0; r < bounds.size(); r++) {
      Bound b = bounds.get(r);
      int id = parent == EMPTY ? EMPTY : parent * bounds.size() + r;
      boolean known = id != EMPTY && id < counts.length && counts[id] > 0;
      Double from = Double.isInfinite(b.from) ? null : (Double) b.from;
      Double to = Double.isInfinite(b.to) ? null : (Double) b.to;
      String fromText = text(from);
      String toText = text(to);
      String key = b.key != null ? b.key : key(from, fromText) + "-" + key(to, toText);
      list.add(
          new RangeBucket(
              key,
              from,
              fromText,
              to,
              toText,
              known ? counts[id] : 0,
              childResults(known ? id : EMPTY)));
    }
    return new AggregationResult.Ranges(dates, list);
  }

  private static String key(@Nullable Double bound, @Nullable String text) {
    return bound == null ? "*" : text != null ? text : bound.toString();
  }

  private @Nullable String text(@Nullable Double bound) {
    return bound == null || format == null ? null : format.print(bound.longValue(), zone);
  }
}
