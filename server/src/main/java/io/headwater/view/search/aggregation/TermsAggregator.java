package io.headwater.view.search.aggregation;

import io.headwater.view.search.aggregation.AggregationResult.Bucket;
import io.headwater.view.search.aggregation.AggregationResult.KeyKind;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.BytesRefHash;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/**
 * One bucket for each value. Keywords are counted by their ordinal in the segment; the first time
 * an ordinal shows up its term is looked up in a dictionary over all segments. So the cost is per
 * distinct value and segment, and no map of global ordinals has to be built anew after each
 * refresh.
 */
final class TermsAggregator extends Aggregator {
  private static final int UNSEEN = -1;
  private static final int EXCLUDED = -2;

  private final AggregationNode.Terms node;
  private final Budget budget;
  private final BucketIds buckets;
  private final BytesRefHash terms = new BytesRefHash();
  private final @Nullable Set<String> include;
  private final Set<String> exclude;
  private @Nullable KeyKind kind;
  private KeyFormat format = KeyFormat.NUMBERS;

  TermsAggregator(AggregationNode.Terms node, Budget budget, Map<String, Aggregator> children) {
    super(children);
    this.node = node;
    this.budget = budget;
    this.buckets = new BucketIds(budget);
    this.include = node.include() == null ? null : new HashSet<>(node.include());
    this.exclude = node.exclude() == null ? Set.of() : new HashSet<>(node.exclude());
  }

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    Field field = Values.field(scope.context(), node.field());
    LeafAggregator inner = childrenLeaf(scope);
    if (field == null) {
      return unmapped(inner);
    }
    if (field.type() == FieldType.KEYWORD) {
      become(KeyKind.STRING);
      return keywords(scope, field, inner);
    }
    become(field.type().isDouble() ? KeyKind.DOUBLE : KeyKind.LONG);
    format = KeyFormat.of(field);
    Values values = Values.of(scope.leaf().reader(), field);
    if (node.missing() != null) {
      values = Values.missing(values, Values.encoded(field, node.missing(), scope.context()));
    }
    return numbers(values, inner);
  }

  private void become(KeyKind wanted) {
    if (kind != null && kind != wanted) {
      throw Aggregations.invalid(
          "Failed trying to format bytes: field ["
              + node.field()
              + "] is of different types in the indexes of this search");
    }
    kind = wanted;
  }

  private LeafAggregator unmapped(LeafAggregator inner) {
    if (node.missing() == null) {
      return LeafAggregator.NOTHING;
    }
    become(KeyKind.STRING);
    long term = term(new BytesRef(String.valueOf(node.missing())));
    return (doc, bucket) -> count(inner, doc, buckets.id(bucket, term));
  }

  private void count(LeafAggregator inner, int doc, int id) throws IOException {
    buckets.add(id, 1);
    inner.collect(doc, id);
  }

  private long term(BytesRef bytes) {
    int id = terms.add(bytes);
    return id < 0 ? -id - 1 : id;
  }

  private boolean isWanted(String key) {
    return (include == null || include.contains(key)) && !exclude.contains(key);
  }

  private LeafAggregator keywords(LeafScope scope, Field field, LeafAggregator inner)
      throws IOException {
    SortedSetDocValues many = DocValues.getSortedSet(scope.leaf().reader(), field.path());
    SortedDocValues single = DocValues.unwrapSingleton(many);
    int[] termOfOrd = new int[Math.toIntExact(many.getValueCount())];
    Arrays.fill(termOfOrd, UNSEEN);
    long missing =
        node.missing() == null ? UNSEEN : term(new BytesRef(String.valueOf(node.missing())));
    if (single != null) {
      return (doc, bucket) -> {
        if (single.advanceExact(doc)) {
          collect(single.ordValue(), many, termOfOrd, inner, doc, bucket);
        } else if (missing != UNSEEN) {
          count(inner, doc, buckets.id(bucket, missing));
        }
      };
    }
    return (doc, bucket) -> {
      if (many.advanceExact(doc)) {
        int count = many.docValueCount();
        for (int i = 0; i < count; i++) {
          collect((int) many.nextOrd(), many, termOfOrd, inner, doc, bucket);
        }
      } else if (missing != UNSEEN) {
        count(inner, doc, buckets.id(bucket, missing));
      }
    };
  }

  private void collect(
      int ord,
      SortedSetDocValues dictionary,
      int[] termOfOrd,
      LeafAggregator inner,
      int doc,
      int bucket)
      throws IOException {
    int term = termOfOrd[ord];
    if (term == UNSEEN) {
      BytesRef bytes = dictionary.lookupOrd(ord);
      term = isWanted(bytes.utf8ToString()) ? (int) term(bytes) : EXCLUDED;
      termOfOrd[ord] = term;
    }
    if (term != EXCLUDED) {
      count(inner, doc, buckets.id(bucket, term));
    }
  }

  private LeafAggregator numbers(Values values, LeafAggregator inner) {
    boolean filtered = include != null || !exclude.isEmpty();
    return (doc, bucket) -> {
      int count = values.load(doc);
      long last = 0;
      for (int i = 0; i < count; i++) {
        long value = values.next();
        boolean again = i > 0 && value == last;
        last = value;
        if (!again && (!filtered || isWanted(numberText(value)))) {
          count(inner, doc, buckets.id(bucket, value));
        }
      }
    };
  }

  private String numberText(long key) {
    if (kind == KeyKind.DOUBLE) {
      return Double.toString(NumericUtils.sortableLongToDouble(key));
    }
    String text = format.text(key);
    return text == null ? Long.toString(key) : text;
  }

  @Override
  AggregationResult result(int parent) {
    Comparator order = new Comparator();
    PriorityQueue<Integer> top = new PriorityQueue<>((a, b) -> order.compare(b, a));
    long all = 0;
    for (int id = buckets.first(parent); id != BucketIds.NONE; id = buckets.next(id)) {
      all += buckets.count(id);
      if (buckets.count(id) >= node.minDocCount()) {
        top.add(id);
        if (top.size() > node.size()) {
          top.poll();
        }
      }
    }
    List<Integer> ids = new ArrayList<>(top);
    ids.sort(order::compare);
    budget.take(ids.size());
    List<Bucket> list = new ArrayList<>(ids.size());
    for (int id : ids) {
      all -= buckets.count(id);
      list.add(bucket(id));
    }
    return new AggregationResult.Terms(kind == null ? KeyKind.STRING : kind, list, all);
  }

  private Bucket bucket(int id) {
    Object key = key(id);
    String text = kind == KeyKind.LONG ? format.text(buckets.key(id)) : null;
    return new Bucket(key, text, buckets.count(id), childResults(id));
  }

  private Object key(int id) {
    long key = buckets.key(id);
    if (kind == KeyKind.STRING) {
      return terms.get((int) key, new BytesRef()).utf8ToString();
    }
    return kind == KeyKind.DOUBLE ? (Object) NumericUtils.sortableLongToDouble(key) : (Long) key;
  }

  /** The order asked for, then count, then key: always a total order. */
  private final class Comparator {
    private final List<AggregationNode.Order> orders = Aggregations.termsOrder(node.order());
    private final BytesRef left = new BytesRef();
    private final BytesRef right = new BytesRef();

    int compare(int a, int b) {
      for (AggregationNode.Order order : orders) {
        int result =
            switch (order.by()) {
              case "_count" -> Long.compare(buckets.count(a), buckets.count(b));
              case "_key" -> keys(a, b);
              default -> Aggregations.compareBy(order, children(), a, b);
            };
        if (result != 0) {
          return order.ascending() ? result : -result;
        }
      }
      return 0;
    }

    private int keys(int a, int b) {
      if (kind != KeyKind.STRING) {
        return Long.compare(buckets.key(a), buckets.key(b));
      }
      return terms
          .get((int) buckets.key(a), left)
          .compareTo(terms.get((int) buckets.key(b), right));
    }
  }
}
