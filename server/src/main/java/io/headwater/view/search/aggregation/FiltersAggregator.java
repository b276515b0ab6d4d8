package io.headwater.view.search.aggregation;

import io.headwater.view.search.query.QueryCompiler;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

/** Buckets by queries: one (filter, missing, global) or several by name. */
final class FiltersAggregator extends Aggregator {
  private final List<String> names = new ArrayList<>();
  private final List<QueryNode> queries = new ArrayList<>();
  private final @Nullable String otherKey;
  private final boolean single;
  private final Budget budget;
  private long[] counts = new long[16];

  FiltersAggregator(QueryNode query, Budget budget, Map<String, Aggregator> children) {
    super(children);
    names.add("");
    queries.add(query);
    otherKey = null;
    single = true;
    this.budget = budget;
  }

  FiltersAggregator(AggregationNode.Filters node, Budget budget, Map<String, Aggregator> children) {
    super(children);
    node.filters()
        .forEach((name, query) -> {
          names.add(name);
          queries.add(query);
        });
    otherKey = node.otherKey();
    single = false;
    this.budget = budget;
  }

  private int width() {
    return queries.size() + (otherKey == null ? 0 : 1);
  }

  @Override
  LeafAggregator leaf(LeafScope scope) throws IOException {
    DocIdSetIterator[] matching = new DocIdSetIterator[queries.size()];
    for (int i = 0; i < matching.length; i++) {
      Query query =
          scope.searcher().rewrite(QueryCompiler.compile(queries.get(i), scope.context()));
      Weight weight = scope.searcher().createWeight(query, ScoreMode.COMPLETE_NO_SCORES, 1);
      Scorer scorer = weight.scorer(scope.leaf());
      matching[i] = scorer == null ? DocIdSetIterator.empty() : scorer.iterator();
    }
    LeafAggregator inner = childrenLeaf(scope);
    int width = width();
    return (doc, bucket) -> {
      boolean any = false;
      for (int i = 0; i < matching.length; i++) {
        int at = matching[i].docID();
        if (at < doc) {
          at = matching[i].advance(doc);
        }
        if (at == doc) {
          any = true;
          count(inner, doc, Math.addExact(Math.multiplyExact(bucket, width), i));
        }
      }
      if (!any && otherKey != null) {
        count(inner, doc, Math.addExact(Math.multiplyExact(bucket, width), width - 1));
      }
    };
  }

  private void count(LeafAggregator inner, int doc, int id) throws IOException {
    if (id >= counts.length) {
      counts = Arrays.copyOf(counts, Math.max(id + 1, counts.length * 2));
    }
    counts[id]++;
    inner.collect(doc, id);
  }

  @Override
  AggregationResult result(int parent) {
    budget.take(width());
    if (single) {
      return one(parent, 0);
    }
    Map<String, AggregationResult.Single> named = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      named.put(names.get(i), one(parent, i));
    }
    if (otherKey != null) {
      named.put(otherKey, one(parent, names.size()));
    }
    return new AggregationResult.Named(named);
  }

  private AggregationResult.Single one(int parent, int i) {
    int id = parent == EMPTY ? EMPTY : parent * width() + i;
    boolean known = id != EMPTY && id < counts.length && counts[id] > 0;
    return new AggregationResult.Single(known ? counts[id] : 0, childResults(known ? id : EMPTY));
  }

  @Override
  double sortValue(int bucket, String property) {
    if (!single) {
      return super.sortValue(bucket, property);
    }
    return bucket < counts.length ? counts[bucket] : 0;
  }
}
