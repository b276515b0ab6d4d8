package io.headwater.view.search;

import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.query.QueryNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A search.
 *
 * @param postFilter narrows the hits after the aggregations, or null
 * @param sort empty sorts by score
 * @param searchAfter the sort values of the last hit seen ({@link Hit#sort}), or null
 * @param trackTotalHits counts exactly up to this; 0 counts not at all, {@link Integer#MAX_VALUE}
 *     all
 * @param source which parts of the document to bring
 * @param fields doc values to bring, by field name; wildcards allowed
 * @param minScore leaves out hits below, or null
 * @param timeoutMs after which the search stops and answers what it has; 0 is the server's limit
 * @param highlight or null
 */
public record SearchRequest(
    QueryNode query,
    @Nullable QueryNode postFilter,
    int from,
    int size,
    List<SortNode> sort,
    @Nullable List<Object> searchAfter,
    int trackTotalHits,
    SourceFilter source,
    List<FieldFormat> fields,
    @Nullable Float minScore,
    boolean trackScores,
    long timeoutMs,
    @Nullable Highlight highlight,
    Map<String, AggregationNode> aggregations) {

  public static final int DEFAULT_TRACK_TOTAL_HITS = 10_000;

  /** Elasticsearch's defaults: the first ten by score. */
  public static SearchRequest of(QueryNode query) {
    return new SearchRequest(
        query,
        null,
        0,
        10,
        List.of(),
        null,
        DEFAULT_TRACK_TOTAL_HITS,
        SourceFilter.ALL,
        List.of(),
        null,
        false,
        0,
        null,
        Map.of());
  }

  /** A field or pattern to bring, with a date format or null. */
  public record FieldFormat(String field, @Nullable String format) {}

  /**
   * Marked fragments of text fields.
   *
   * @param fields names or patterns
   * @param fragments 0 marks the whole field
   */
  public record Highlight(
      List<String> fields, String preTag, String postTag, int fragmentSize, int fragments) {}
}
