package io.headwater.view.search.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query as a tree. Values in it are {@link String}, {@link Long}, {@link Double} or {@link
 * Boolean}, as JSON gave them; the mapping decides what they mean. A boost is a node of its own.
 */
public sealed interface QueryNode {
  enum Operator {
    OR,
    AND
  }

  enum MultiMatchType {
    BEST_FIELDS,
    MOST_FIELDS,
    PHRASE,
    PHRASE_PREFIX
  }

  record MatchAll() implements QueryNode {}

  record MatchNone() implements QueryNode {}

  /** Multiplies the scores of a query. */
  record Boosted(QueryNode query, float boost) implements QueryNode {}

  /**
   * Full text on one field; on a field that is not text, a term query.
   *
   * @param minimumShouldMatch such as {@code 2}, {@code -1}, {@code 75%}, {@code -25%}, {@code
   *     3<90%}
   * @param fuzziness {@code AUTO}, {@code AUTO:low,high}, {@code 0}, {@code 1} or {@code 2}
   */
  record Match(
      String field,
      Object query,
      Operator operator,
      @Nullable String minimumShouldMatch,
      @Nullable String fuzziness,
      @Nullable String analyzer,
      boolean lenient,
      boolean zeroTermsAll)
      implements QueryNode {
    public Match(String field, Object query) {
      this(field, query, Operator.OR, null, null, null, false, false);
    }
  }

  record MatchPhrase(String field, Object query, int slop, @Nullable String analyzer)
      implements QueryNode {}

  record MatchPhrasePrefix(
      String field, Object query, int slop, int maxExpansions, @Nullable String analyzer)
      implements QueryNode {}

  /**
   * Full text on several fields.
   *
   * @param fields names, with {@code *} as a wildcard and {@code ^2} as a boost; empty for all
   * @param tieBreaker what other fields than the best one add, for {@code BEST_FIELDS}
   */
  record MultiMatch(
      List<String> fields,
      Object query,
      MultiMatchType type,
      Operator operator,
      @Nullable String minimumShouldMatch,
      @Nullable String fuzziness,
      @Nullable String analyzer,
      int slop,
      float tieBreaker,
      boolean lenient)
      implements QueryNode {}

  record Term(String field, Object value, boolean caseInsensitive) implements QueryNode {}

  record Terms(String field, List<Object> values) implements QueryNode {}

  /**
   * A range; bounds that are null are open. Dates take date math ({@code now-1d/d}, {@code
   * 2024-01-01||+1M}).
   */
  record Range(
      String field,
      @Nullable Object gt,
      @Nullable Object gte,
      @Nullable Object lt,
      @Nullable Object lte,
      @Nullable String format,
      @Nullable String timeZone)
      implements QueryNode {}

  record Prefix(String field, String value, boolean caseInsensitive) implements QueryNode {}

  record Wildcard(String field, String value, boolean caseInsensitive) implements QueryNode {}

  record Regexp(String field, String value, boolean caseInsensitive) implements QueryNode {}

  record Fuzzy(
      String field,
      String value,
      @Nullable String fuzziness,
      int prefixLength,
      int maxExpansions,
      boolean transpositions)
      implements QueryNode {}

  record Exists(String field) implements QueryNode {}

  record Ids(List<String> ids) implements QueryNode {}

  /**
   * Lucene's classic syntax.
   *
   * @param fields as in {@link MultiMatch}; empty for all
   */
  record QueryString(
      String query,
      List<String> fields,
      Operator defaultOperator,
      @Nullable String analyzer,
      @Nullable String minimumShouldMatch,
      boolean lenient,
      boolean analyzeWildcard,
      boolean allowLeadingWildcard)
      implements QueryNode {}

  /** The forgiving syntax: what does not parse is text. */
  record SimpleQueryString(
      String query,
      List<String> fields,
      Operator defaultOperator,
      @Nullable String analyzer,
      @Nullable String minimumShouldMatch,
      boolean lenient)
      implements QueryNode {}

  record Bool(
      List<QueryNode> must,
      List<QueryNode> should,
      List<QueryNode> filter,
      List<QueryNode> mustNot,
      @Nullable String minimumShouldMatch)
      implements QueryNode {}

  record ConstantScore(QueryNode filter) implements QueryNode {}

  record Boosting(QueryNode positive, QueryNode negative, float negativeBoost)
      implements QueryNode {}

  record DisMax(List<QueryNode> queries, float tieBreaker) implements QueryNode {}
}
