package io.headwater.view.search.aggregation;

import io.headwater.view.search.aggregation.AggregationResult.Bucket;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryValues;
import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Buckets of equal width: numbers by an interval, dates by a calendar or a fixed one. */
final class HistogramAggregator extends Aggregator {
  private static final int STARTS_MAX = 512;

  private final String path;
  private final @Nullable Object missing;
  private final long minDocCount;
  private final List<AggregationNode.Order> order;
  private final Budget budget;
  private final Scale scale;
  private final BucketIds buckets;

  /** What makes a bucket's key of a value, and the next key of a key. */
  private sealed interface Scale {
    /** By the number of whole intervals from the offset. */
    record Numbers(double interval, double offset) implements Scale {}

    record Dates(Rounding rounding, @Nullable DateFormat format, ZoneId zone) implements Scale {}
  }

  HistogramAggregator(
      AggregationNode.Histogram node, Budget budget, Map<String, Aggregator> children) {
    super(children);
    if (!(node.interval() > 0) || !Double.isFinite(node.interval())) {
      throw Aggregations.invalid("[interval] must be >0 for histogram aggregation");
    }
    path = node.field();
    missing = node.missing();
    minDocCount = node.minDocCount();
    order = Aggregations.histogramOrder(node.order());
    scale = new Scale.Numbers(node.interval(), node.offset());
    this.budget = budget;
    this.buckets = new BucketIds(budget);
  }

  HistogramAggregator(
      AggregationNode.DateHistogram node, Budget budget, Map<String, Aggregator> children) {
    super(children);
    path = node.field();
    missing = node.missing();
    minDocCount = node.minDocCount();
    order = Aggregations.histogramOrder(node.order());
    ZoneId zone = QueryValues.zone(node.timeZone());
    DateFormat format = node.format() == null ? null : QueryValues.format(node.format());
    scale = new Scale.Dates(Rounding.of(node, zone), format, zone);
    this.budget = budget;
    this.buckets = new BucketIds(budget);
  }

  private @Nullable DateFormat fieldFormat;

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    Field field = Values.numeric(scope.context(), path, "histogram");
    if (field == null) {
      return LeafAggregator.NOTHING;
    }
    if (field.type() == FieldType.DATE) {
      fieldFormat = field.dateFormat();
    }
    Values values = Values.of(scope.leaf().reader(), field);
    if (missing != null) {
      values = Values.missing(values, Values.encoded(field, missing, scope.context()));
    }
    LeafAggregator inner = childrenLeaf(scope);
    boolean fractions = field.type().isDouble();
    return switch (scale) {
      case Scale.Numbers(double interval, double offset) ->
          numbers(values, fractions, interval, offset, inner);
      case Scale.Dates dates -> {
        long[] starts = fractions ? null : starts(scope.leaf().reader(), dates.rounding());
        yield starts == null
            ? dates(values, fractions, dates.rounding(), inner)
            : listedDates(values, starts, inner);
      }
    };
  }

  private LeafAggregator numbers(
      Values values, boolean fractions, double interval, double offset, LeafAggregator inner) {
    return (doc, bucket) -> {
      int count = values.load(doc);
      long last = Long.MIN_VALUE;
      for (int i = 0; i < count; i++) {
        long raw = values.next();
        double value = fractions ? NumericUtils.sortableLongToDouble(raw) : raw;
        long key = (long) Math.floor((value - offset) / interval);
        last = collect(inner, doc, bucket, key, last);
      }
    };
  }

  /**
   * Where a segment's dates span few intervals, their starts are listed once: then a document costs
   * a search in a short array, and at the top level the bucket's number comes with it.
   */
  private LeafAggregator listedDates(Values values, long[] starts, LeafAggregator inner) {
    int[] idOfStart = new int[starts.length];
    Arrays.fill(idOfStart, BucketIds.NONE);
    return (doc, bucket) -> {
      int count = values.load(doc);
      int last = -1;
      for (int i = 0; i < count; i++) {
        int at = Arrays.binarySearch(starts, values.next());
        at = at < 0 ? -at - 2 : at;
        if (at == last) {
          continue;
        }
        last = at;
        int id = bucket == 0 ? idOfStart[at] : BucketIds.NONE;
        if (id == BucketIds.NONE) {
          id = buckets.id(bucket, starts[at]);
          if (bucket == 0) {
            idOfStart[at] = id;
          }
        }
        buckets.add(id, 1);
        inner.collect(doc, id);
      }
    };
  }

  /** The starts of all intervals that a segment's dates fall into; null if they are many. */
  private long @Nullable [] starts(LeafReader reader, Rounding rounding) throws IOException {
    PointValues points = reader.getPointValues(path);
    if (points == null || missing != null) {
      return null;
    }
    long max = LongPoint.decodeDimension(points.getMaxPackedValue(), 0);
    long start = rounding.down(LongPoint.decodeDimension(points.getMinPackedValue(), 0));
    long[] starts = new long[STARTS_MAX];
    for (int i = 0; i < STARTS_MAX; i++) {
      if (start > max) {
        return Arrays.copyOf(starts, i);
      }
      starts[i] = start;
      long next = rounding.next(start);
      if (next <= start || rounding.down(next) != next) {
        return null; // a change of the clocks cuts intervals that are fixed
      }
      start = next;
    }
    return null;
  }

  private LeafAggregator dates(
      Values values, boolean fractions, Rounding rounding, LeafAggregator inner) {
    return (doc, bucket) -> {
      int count = values.load(doc);
      long last = Long.MIN_VALUE;
      for (int i = 0; i < count; i++) {
        long raw = values.next();
        long key = rounding.down(fractions ? (long) NumericUtils.sortableLongToDouble(raw) : raw);
        last = collect(inner, doc, bucket, key, last);
      }
    };
  }

  /** A document counts once for each bucket, however many values it has there. */
  private long collect(LeafAggregator inner, int doc, int bucket, long key, long last)
      throws IOException {
    if (key != last) {
      int id = buckets.id(bucket, key);
      buckets.add(id, 1);
      inner.collect(doc, id);
    }
    return key;
  }

  @Override
  AggregationResult result(int parent) {
    List<Integer> ids = new ArrayList<>();
    for (int id = buckets.first(parent); id != BucketIds.NONE; id = buckets.next(id)) {
      if (buckets.count(id) >= minDocCount) {
        ids.add(id);
      }
    }
    ids.sort((a, b) -> Long.compare(buckets.key(a), buckets.key(b)));
    budget.take(ids.size());
    List<Bucket> list = new ArrayList<>();
    boolean byKey = order.size() == 1 && order.getFirst().by().equals("_key");
    if (!byKey) {
      ids.sort(this::compare);
    }
    for (int i = 0; i < ids.size(); i++) {
      int id = ids.get(i);
      if (i > 0 && minDocCount == 0 && byKey) {
        fill(list, buckets.key(ids.get(i - 1)), buckets.key(id));
      }
      list.add(bucket(buckets.key(id), buckets.count(id), id));
    }
    if (byKey && !order.getFirst().ascending()) {
      list = list.reversed();
    }
    return new AggregationResult.Histogram(scale instanceof Scale.Dates, List.copyOf(list));
  }

  private int compare(int a, int b) {
    for (AggregationNode.Order one : order) {
      int result =
          switch (one.by()) {
            case "_count" -> Long.compare(buckets.count(a), buckets.count(b));
            case "_key" -> Long.compare(buckets.key(a), buckets.key(b));
            default -> Aggregations.compareBy(one, children(), a, b);
          };
      if (result != 0) {
        return one.ascending() ? result : -result;
      }
    }
    return Long.compare(buckets.key(a), buckets.key(b));
  }

  /** Empty buckets between two that are not. */
  private void fill(List<Bucket> list, long from, long to) {
    for (long key = next(from); key < to; key = next(key)) {
      budget.take(1);
      list.add(bucket(key, 0, EMPTY));
    }
  }

  private long next(long key) {
    return switch (scale) {
      case Scale.Numbers _ -> key + 1;
      case Scale.Dates dates -> dates.rounding().next(key);
    };
  }

  private Bucket bucket(long key, long count, int id) {
    Map<String, AggregationResult> inner = childResults(id);
    return switch (scale) {
      case Scale.Numbers(double interval, double offset) ->
          new Bucket(key * interval + offset, null, count, inner);
      case Scale.Dates(Rounding _, var format, ZoneId zone) -> {
        DateFormat shown = format != null ? format : fieldFormat;
        yield new Bucket(
            key, (shown == null ? DateFormat.DEFAULT : shown).print(key, zone), count, inner);
      }
    };
  }
}
