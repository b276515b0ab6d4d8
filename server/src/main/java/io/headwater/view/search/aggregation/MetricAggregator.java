package io.headwater.view.search.aggregation;

import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Min, max, average, sum, statistics and value count, for each bucket around. */
final class MetricAggregator extends Aggregator {
  private final AggregationNode.Metric node;
  private KeyFormat format = KeyFormat.NUMBERS;
  private long[] counts = new long[1];
  private double[] sums = new double[1];
  private double[] errors = new double[1]; // Kahan: what the sums lost to rounding
  private double[] mins = {Double.POSITIVE_INFINITY};
  private double[] maxes = {Double.NEGATIVE_INFINITY};

  MetricAggregator(AggregationNode.Metric node) {
    super(Map.of());
    this.node = node;
  }

  private void ensure(int bucket) {
    int old = counts.length;
    if (bucket >= old) {
      int length = Math.max(bucket + 1, old + (old >> 1) + 8);
      counts = Arrays.copyOf(counts, length);
      sums = Arrays.copyOf(sums, length);
      errors = Arrays.copyOf(errors, length);
      mins = Arrays.copyOf(mins, length);
      maxes = Arrays.copyOf(maxes, length);
      Arrays.fill(mins, old, length, Double.POSITIVE_INFINITY);
      Arrays.fill(maxes, old, length, Double.NEGATIVE_INFINITY);
    }
  }

  private void add(int bucket, double value) {
    counts[bucket]++;
    mins[bucket] = Math.min(mins[bucket], value);
    maxes[bucket] = Math.max(maxes[bucket], value);
    double corrected = value - errors[bucket];
    double sum = sums[bucket] + corrected;
    errors[bucket] = (sum - sums[bucket]) - corrected;
    sums[bucket] = sum;
  }

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    Field field = Values.field(scope.context(), node.field());
    if (field == null) {
      return unmapped();
    }
    if (field.type() == FieldType.KEYWORD) {
      return keywords(scope, field);
    }
    format = KeyFormat.of(field);
    Values found = Values.of(scope.leaf().reader(), field);
    Values values =
        node.missing() == null
            ? found
            : Values.missing(found, Values.encoded(field, node.missing(), scope.context()));
    boolean fractions = field.type().isDouble();
    return (doc, bucket) -> {
      ensure(bucket);
      int count = values.load(doc);
      for (int i = 0; i < count; i++) {
        long raw = values.next();
        add(bucket, fractions ? NumericUtils.sortableLongToDouble(raw) : raw);
      }
    };
  }

  private LeafAggregator unmapped() {
    if (node.missing() == null) {
      return LeafAggregator.NOTHING;
    }
    double missing;
    try {
      missing = Double.parseDouble(String.valueOf(node.missing()));
    } catch (NumberFormatException e) {
      throw Aggregations.invalid("[missing] is no number: " + node.missing());
    }
    return (_, bucket) -> {
      ensure(bucket);
      add(bucket, missing);
    };
  }

  private LeafAggregator keywords(LeafScope scope, Field field) throws IOException {
    if (node.kind() != AggregationNode.Kind.VALUE_COUNT) {
      throw Aggregations.invalid(
          "Field ["
              + node.field()
              + "] of type [keyword] is not supported for aggregation ["
              + node.kind().name().toLowerCase(java.util.Locale.ROOT)
              + "]");
    }
    SortedSetDocValues values = DocValues.getSortedSet(scope.leaf().reader(), field.path());
    boolean missing = node.missing() != null;
    return (doc, bucket) -> {
      ensure(bucket);
      counts[bucket] += values.advanceExact(doc) ? values.docValueCount() : missing ? 1 : 0;
    };
  }

  private boolean isEmpty(int bucket) {
    return bucket == EMPTY || bucket >= counts.length || counts[bucket] == 0;
  }

  private double value(int bucket, AggregationNode.Kind kind) {
    boolean empty = isEmpty(bucket);
    return switch (kind) {
      case MIN -> empty ? Double.POSITIVE_INFINITY : mins[bucket];
      case MAX -> empty ? Double.NEGATIVE_INFINITY : maxes[bucket];
      case AVG -> empty ? Double.NaN : sums[bucket] / counts[bucket];
      case SUM -> empty ? 0 : sums[bucket];
      case VALUE_COUNT -> empty ? 0 : counts[bucket];
      case STATS, CARDINALITY -> throw new IllegalStateException("no single value: " + kind);
    };
  }

  private @Nullable Double shown(int bucket, AggregationNode.Kind kind) {
    return isEmpty(bucket) ? null : (Double) value(bucket, kind);
  }

  private @Nullable String text(@Nullable Double value) {
    return value == null ? null : format.text(value);
  }

  @Override
  AggregationResult result(int bucket) {
    return switch (node.kind()) {
      case VALUE_COUNT ->
          new AggregationResult.Count(node.kind(), isEmpty(bucket) ? 0 : counts[bucket]);
      case MIN, MAX, AVG -> {
        Double value = shown(bucket, node.kind());
        yield new AggregationResult.Value(node.kind(), value, text(value));
      }
      case SUM -> {
        Double sum = value(bucket, AggregationNode.Kind.SUM);
        yield new AggregationResult.Value(node.kind(), sum, isEmpty(bucket) ? null : text(sum));
      }
      case STATS -> stats(bucket);
      case CARDINALITY -> throw new IllegalStateException("another aggregator counts those");
    };
  }

  private AggregationResult stats(int bucket) {
    Double min = shown(bucket, AggregationNode.Kind.MIN);
    Double max = shown(bucket, AggregationNode.Kind.MAX);
    Double avg = shown(bucket, AggregationNode.Kind.AVG);
    double sum = value(bucket, AggregationNode.Kind.SUM);
    return new AggregationResult.Stats(
        isEmpty(bucket) ? 0 : counts[bucket],
        min,
        max,
        avg,
        sum,
        text(min),
        text(max),
        text(avg),
        isEmpty(bucket) ? null : text((Double) sum));
  }

  @Override
  double sortValue(int bucket, String property) {
    if (node.kind() != AggregationNode.Kind.STATS) {
      if (!property.isEmpty() && !property.equals("value")) {
        throw Aggregations.invalid("no metric [" + property + "] to order by");
      }
      return value(bucket, node.kind());
    }
    return switch (property) {
      case "count" -> value(bucket, AggregationNode.Kind.VALUE_COUNT);
      case "min" -> value(bucket, AggregationNode.Kind.MIN);
      case "max" -> value(bucket, AggregationNode.Kind.MAX);
      case "avg" -> value(bucket, AggregationNode.Kind.AVG);
      case "sum" -> value(bucket, AggregationNode.Kind.SUM);
      default -> throw Aggregations.invalid("no metric [" + property + "] to order by");
    };
  }
}
