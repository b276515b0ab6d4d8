package io.headwater.view.search.aggregation;

import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** Counts distinct values, for each bucket around. */
final class CardinalityAggregator extends Aggregator {
  private final AggregationNode.Metric node;
  private final Budget budget;
  private final List<@Nullable DistinctCounter> counters = new ArrayList<>();

  CardinalityAggregator(AggregationNode.Metric node, Budget budget) {
    super(Map.of());
    this.budget = budget;
    this.node = node;
  }

  private DistinctCounter counter(int bucket) {
    while (counters.size() <= bucket) {
      counters.add(null);
    }
    DistinctCounter counter = counters.get(bucket);
    if (counter == null) {
      counter = new DistinctCounter(budget);
      counters.set(bucket, counter);
    }
    return counter;
  }

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    Field field = Values.field(scope.context(), node.field());
    if (field == null) {
      if (node.missing() == null) {
        return LeafAggregator.NOTHING;
      }
      long hash = hash(new BytesRef(String.valueOf(node.missing())));
      return (_, bucket) -> counter(bucket).add(hash);
    }
    if (field.type() == FieldType.KEYWORD) {
      return keywords(scope, field);
    }
    Values found = Values.of(scope.leaf().reader(), field);
    Values values =
        node.missing() == null
            ? found
            : Values.missing(found, Values.encoded(field, node.missing(), scope.context()));
    return (doc, bucket) -> {
      int count = values.load(doc);
      for (int i = 0; i < count; i++) {
        counter(bucket).add(DistinctCounter.hash(values.next()));
      }
    };
  }

  private LeafAggregator keywords(LeafScope scope, Field field) throws IOException {
    SortedSetDocValues values = DocValues.getSortedSet(scope.leaf().reader(), field.path());
    budget.hold(Long.BYTES * values.getValueCount());
    long[] hashes = new long[Math.toIntExact(values.getValueCount())];
    long missing = node.missing() == null ? 0 : hash(new BytesRef(String.valueOf(node.missing())));
    return (doc, bucket) -> {
      if (values.advanceExact(doc)) {
        int count = values.docValueCount();
        for (int i = 0; i < count; i++) {
          int ord = (int) values.nextOrd();
          if (hashes[ord] == 0) {
            hashes[ord] = hash(values.lookupOrd(ord));
          }
          counter(bucket).add(hashes[ord]);
        }
      } else if (node.missing() != null) {
        counter(bucket).add(missing);
      }
    };
  }

  private static long hash(BytesRef bytes) {
    return DistinctCounter.hash(bytes.bytes, bytes.offset, bytes.length);
  }

  private long count(int bucket) {
    DistinctCounter counter =
        bucket == EMPTY || bucket >= counters.size() ? null : counters.get(bucket);
    return counter == null ? 0 : counter.count();
  }

  @Override
  AggregationResult result(int bucket) {
    return new AggregationResult.Count(node.kind(), count(bucket));
  }

  @Override
  double sortValue(int bucket, String property) {
    return count(bucket);
  }
}
