package io.headwater.view.search;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.view.search.aggregation.Aggregations;
import io.headwater.view.search.query.QueryCompiler;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Collector;
import org.apache.lucene.search.CollectorManager;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MultiCollector;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.search.TopDocsCollector;
import org.apache.lucene.search.TopFieldCollector;
import org.apache.lucene.search.TopFieldCollectorManager;
import org.apache.lucene.search.TopFieldDocs;
import org.apache.lucene.search.TopScoreDocCollectorManager;
import org.apache.lucene.search.TotalHitCountCollector;
import org.apache.lucene.search.TotalHits;
import org.jspecify.annotations.Nullable;

/**
 * Runs searches on the calling thread, one index after the other: two cores are better spent on two
 * searches than on two halves of one.
 */
final class Searches {
  private final Clock clock;
  private final SearchLimits limits;

  Searches(Clock clock, SearchLimits limits) {
    this.clock = clock;
    this.limits = limits;
  }

  /** What one index contributes. */
  private record Part(
      SearchIndex index,
      Snapshot snapshot,
      IndexSearcher searcher,
      QueryContext context,
      Query query,
      @Nullable Sorting sorting,
      TopDocs top) {}

  /** The totals while indexes add to them. */
  private static final class Total {
    long hits;
    boolean exact = true;
    boolean timedOut;
  }

  SearchResult search(
      List<SearchIndex> targets, SearchRequest request, LongConsumer waitUntilDurable)
      throws IOException {
    checkWindow(targets, request);
    long nowMs = clock.wallMs();
    long askedMs = request.timeoutMs() > 0 ? request.timeoutMs() : limits.searchMs();
    long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(askedMs);
    Total total = new Total();
    List<Part> parts = new ArrayList<>();
    Aggregations aggregations = aggregations(targets, request, nowMs);
    try {
      for (SearchIndex target : targets) {
        Snapshot snapshot = target.visibility().acquireFresh();
        IndexSearcher searcher = searcher(snapshot, deadline);
        QueryContext context = new QueryContext(target.mapping(), nowMs);
        parts.add(part(target, snapshot, searcher, context, request, aggregations, total));
      }
      if (total.timedOut && request.timeoutMs() == 0) {
        throw new FailureException(new Failure.TimedOut("search", limits.searchMs()));
      }
      SearchResult result = result(parts, request, aggregations, total);
      for (Part part : parts) {
        if (part.index.settings().synced()) {
          waitUntilDurable.accept(part.snapshot.position());
        }
      }
      return result;
    } finally {
      for (Part part : parts) {
        part.snapshot.close();
      }
    }
  }

  private @Nullable Aggregations aggregations(
      List<SearchIndex> targets, SearchRequest request, long nowMs) {
    if (request.aggregations().isEmpty() || targets.isEmpty()) {
      return null;
    }
    QueryContext first = new QueryContext(targets.getFirst().mapping(), nowMs);
    return new Aggregations(request.aggregations(), first, limits.buckets());
  }

  private static void checkWindow(List<SearchIndex> targets, SearchRequest request) {
    if (request.from() < 0 || request.size() < 0) {
      throw new FailureException(
          new Failure.Invalid("[from] and [size] parameters cannot be negative"));
    }
    if (request.searchAfter() != null && request.from() > 0) {
      throw new FailureException(
          new Failure.Invalid("`from` parameter must be set to 0 when `search_after` is used"));
    }
    if (request.searchAfter() != null && request.sort().isEmpty()) {
      throw new FailureException(new Failure.Invalid("Sort must contain at least one field."));
    }
    long window = (long) request.from() + request.size();
    for (SearchIndex target : targets) {
      int limit = target.settings().resultWindow();
      if (window > limit) {
        throw new FailureException(new Failure.TooLarge("result window", window, limit));
      }
    }
  }

  private IndexSearcher searcher(Snapshot snapshot, long deadlineNs) {
    IndexSearcher searcher = new IndexSearcher(snapshot.reader());
    searcher.setTimeout(() -> clock.nanos() > deadlineNs);
    return searcher;
  }

  private Part part(
      SearchIndex index,
      Snapshot snapshot,
      IndexSearcher searcher,
      QueryContext context,
      SearchRequest request,
      @Nullable Aggregations aggregations,
      Total total)
      throws IOException {
    boolean done = false;
    try {
      Sorting sorting = request.sort().isEmpty() ? null : Sorting.of(request.sort(), context);
      Query matching = QueryCompiler.compile(request.query(), context);
      Query query = matching;
      if (request.postFilter() != null) {
        Query filter = QueryCompiler.compile(request.postFilter(), context);
        query =
            new BooleanQuery.Builder().add(matching, Occur.MUST).add(filter, Occur.FILTER).build();
      }
      Collector matches =
          aggregations != null && aggregations.hasMatching()
              ? aggregations.collector(searcher, context)
              : null;
      boolean together = query == matching;
      TopDocs top =
          top(searcher, query, sorting, request, together ? matches : null, context, total);
      if (matches != null && !together) {
        collect(searcher, matching, matches);
      }
      if (aggregations != null && aggregations.hasGlobal()) {
        collect(searcher, new MatchAllDocsQuery(), aggregations.globalCollector(searcher, context));
      }
      total.timedOut |= searcher.timedOut();
      done = true;
      return new Part(index, snapshot, searcher, context, query, sorting, top);
    } finally {
      if (!done) {
        snapshot.close();
      }
    }
  }

  private static void collect(IndexSearcher searcher, Query query, Collector collector)
      throws IOException {
    searcher.search(query, new Single(collector));
  }

  /** One collector for the one thread that searches. */
  private record Single(Collector collector) implements CollectorManager<Collector, Boolean> {
    @Override
    public Collector newCollector() {
      return collector;
    }

    @Override
    public Boolean reduce(Collection<Collector> collectors) {
      return true;
    }
  }

  private TopDocs top(
      IndexSearcher searcher,
      Query query,
      @Nullable Sorting sorting,
      SearchRequest request,
      @Nullable Collector beside,
      QueryContext context,
      Total total)
      throws IOException {
    int wanted = request.from() + request.size();
    int threshold = request.trackTotalHits();
    if (wanted == 0) {
      countOnly(searcher, query, request, beside, total);
      return new TopDocs(new TotalHits(0, TotalHits.Relation.EQUAL_TO), new ScoreDoc[0]);
    }
    int queue = Math.max(1, Math.min(wanted, Math.max(1, searcher.getIndexReader().maxDoc())));
    TopDocsCollector<?> top;
    if (sorting == null) {
      top = new TopScoreDocCollectorManager(queue, null, Math.max(1, threshold)).newCollector();
    } else {
      FieldDoc after =
          request.searchAfter() == null ? null : sorting.after(request.searchAfter(), context);
      top =
          new TopFieldCollectorManager(sorting.sort(), queue, after, Math.max(1, threshold))
              .newCollector();
    }
    Collector all = beside == null ? top : MultiCollector.wrap(top, beside);
    collect(searcher, query, limited(all, request));
    TopDocs found = top.topDocs();
    if (sorting != null && (request.trackScores() && !sorting.needsScores())) {
      TopFieldCollector.populateScores(found.scoreDocs, searcher, query);
    }
    total.hits += found.totalHits.value();
    total.exact &= found.totalHits.relation() == TotalHits.Relation.EQUAL_TO;
    return found;
  }

  private static Collector limited(Collector collector, SearchRequest request) {
    return request.minScore() == null ? collector : new MinimumScore(collector, request.minScore());
  }

  private static void countOnly(
      IndexSearcher searcher,
      Query query,
      SearchRequest request,
      @Nullable Collector beside,
      Total total)
      throws IOException {
    if (beside == null && request.minScore() == null) {
      if (request.trackTotalHits() > 0) {
        total.hits += searcher.count(query);
      }
      return;
    }
    TotalHitCountCollector count = new TotalHitCountCollector();
    // Without a weight of its own the counter cannot skip documents that the others need.
    Collector all = beside == null ? count : MultiCollector.wrap(beside, count);
    collect(searcher, query, limited(all, request));
    total.hits += count.getTotalHits();
  }

  private SearchResult result(
      List<Part> parts, SearchRequest request, @Nullable Aggregations aggregations, Total total)
      throws IOException {
    List<Hit> hits = new ArrayList<>();
    float maxScore = Float.NaN;
    long shown = 0;
    for (ScoreDoc doc : merged(parts, request)) {
      Part part = parts.get(Math.max(0, doc.shardIndex));
      Hit hit =
          new Fetch(part.index, part.searcher, part.context, part.query, request)
              .hit(doc, part.sorting);
      byte[] source = hit.source();
      shown += source == null ? 0 : source.length;
      if (shown > SearchLimits.SHOWN_BYTES_MAX) {
        throw new FailureException(
            new Failure.TooLarge(
                "the answer, ask for less at once", shown, SearchLimits.SHOWN_BYTES_MAX));
      }
      hits.add(hit);
    }
    if (request.sort().isEmpty() || request.trackScores()) {
      for (Part part : parts) {
        for (ScoreDoc doc : part.top.scoreDocs) {
          maxScore = Float.isNaN(maxScore) ? doc.score : Math.max(maxScore, doc.score);
        }
      }
    }
    boolean counted = request.trackTotalHits() > 0;
    boolean over = total.hits > request.trackTotalHits();
    return new SearchResult(
        counted ? Math.min(total.hits, request.trackTotalHits()) : -1,
        counted && total.exact && !over,
        maxScore,
        hits,
        aggregations == null ? java.util.Map.of() : aggregations.results(),
        total.timedOut);
  }

  private static ScoreDoc[] merged(List<Part> parts, SearchRequest request) {
    if (parts.isEmpty() || request.size() == 0) {
      return new ScoreDoc[0];
    }
    if (parts.size() == 1) {
      ScoreDoc[] docs = parts.getFirst().top.scoreDocs;
      int from = Math.min(request.from(), docs.length);
      int to = Math.min(docs.length, from + request.size());
      return java.util.Arrays.copyOfRange(docs, from, to);
    }
    Sorting first = parts.getFirst().sorting;
    if (first == null) {
      TopDocs[] tops = parts.stream().map(Part::top).toArray(TopDocs[]::new);
      mark(tops);
      return TopDocs.merge(request.from(), request.size(), tops).scoreDocs;
    }
    for (Part part : parts) {
      if (part.sorting == null || !first.fits(part.sorting)) {
        throw new FailureException(
            new Failure.Invalid(
                "Can't sort by fields that are of different types in the indexes of a search"));
      }
    }
    TopFieldDocs[] tops =
        parts.stream().map(part -> (TopFieldDocs) part.top).toArray(TopFieldDocs[]::new);
    mark(tops);
    return TopDocs.merge(first.sort(), request.from(), request.size(), tops).scoreDocs;
  }

  private static void mark(TopDocs[] tops) {
    for (int i = 0; i < tops.length; i++) {
      for (ScoreDoc doc : tops[i].scoreDocs) {
        doc.shardIndex = i;
      }
    }
  }

  long count(List<SearchIndex> targets, QueryNode node, LongConsumer waitUntilDurable)
      throws IOException {
    long nowMs = clock.wallMs();
    long deadline = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(limits.searchMs());
    long count = 0;
    for (SearchIndex target : targets) {
      try (Snapshot snapshot = target.visibility().acquireFresh()) {
        IndexSearcher searcher = searcher(snapshot, deadline);
        Query query = QueryCompiler.compile(node, new QueryContext(target.mapping(), nowMs));
        count += searcher.count(query);
        if (searcher.timedOut()) {
          throw new FailureException(new Failure.TimedOut("count", limits.searchMs()));
        }
        if (target.settings().synced()) {
          waitUntilDurable.accept(snapshot.position());
        }
      }
    }
    return count;
  }
}
