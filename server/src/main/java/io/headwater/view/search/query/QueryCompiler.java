package io.headwater.view.search.query;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.DocumentParser;
import io.headwater.view.search.mapping.Fields;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryNode.MultiMatchType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.queries.function.FunctionScoreQuery;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * Translates query trees to Lucene for one index. A field that the mapping does not know matches
 * nothing, as in Elasticsearch.
 */
public final class QueryCompiler {
  static final int CLAUSES_MAX = 4_096;
  private static final int DEPTH_MAX = 50;

  static {
    IndexSearcher.setMaxClauseCount(CLAUSES_MAX); // Lucene keeps it for the whole process
  }

  private final QueryContext context;
  private int clauses;

  private QueryCompiler(QueryContext context) {
    this.context = context;
  }

  /**
   * Translates a query.
   *
   * @throws FailureException with {@link Failure.Invalid}, {@link Failure.NotSupported} or {@link
   *     Failure.TooLarge}
   */
  public static Query compile(QueryNode query, QueryContext context) {
    try {
      return new QueryCompiler(context).query(query, 1);
    } catch (IndexSearcher.TooManyClauses e) {
      throw new FailureException(new Failure.TooLarge("clauses", CLAUSES_MAX + 1L, CLAUSES_MAX));
    }
  }

  private Query query(QueryNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw FieldQueries.invalid(
          "The nested depth of the query exceeds the maximum nested depth for queries set in"
              + " [indices.query.bool.max_nested_depth]: "
              + DEPTH_MAX);
    }
    if (++clauses > CLAUSES_MAX) {
      throw new FailureException(new Failure.TooLarge("clauses", clauses, CLAUSES_MAX));
    }
    return switch (node) {
      case QueryNode.MatchAll _ -> new MatchAllDocsQuery();
      case QueryNode.MatchNone _ -> new MatchNoDocsQuery("match_none");
      case QueryNode.Boosted(QueryNode inner, float boost) -> boosted(query(inner, depth), boost);
      case QueryNode.Match match -> match(match);
      case QueryNode.MatchPhrase phrase ->
          on(phrase.field(), field -> TextQueries.phrase(phrase, field, context));
      case QueryNode.MatchPhrasePrefix phrase ->
          on(phrase.field(), field -> TextQueries.phrasePrefix(phrase, field));
      case QueryNode.MultiMatch match -> multiMatch(match);
      case QueryNode.Term term -> term(term);
      case QueryNode.Terms terms -> terms(terms);
      case QueryNode.Range range ->
          on(range.field(), field -> constant(FieldQueries.range(range, field, context)));
      case QueryNode.Prefix p ->
          on(p.field(), field -> FieldQueries.prefix(field, p.value(), p.caseInsensitive()));
      case QueryNode.Wildcard w ->
          on(w.field(), field -> FieldQueries.wildcard(field, w.value(), w.caseInsensitive()));
      case QueryNode.Regexp r ->
          on(r.field(), field -> FieldQueries.regexp(field, r.value(), r.caseInsensitive()));
      case QueryNode.Fuzzy fuzzy -> on(fuzzy.field(), field -> FieldQueries.fuzzy(field, fuzzy));
      case QueryNode.Exists(String path) -> exists(path);
      case QueryNode.Ids(List<String> ids) -> ids(ids);
      case QueryNode.QueryString query -> QueryStrings.classic(query, context);
      case QueryNode.SimpleQueryString query -> QueryStrings.simple(query, context);
      case QueryNode.Bool bool -> bool(bool, depth);
      case QueryNode.ConstantScore(QueryNode filter) -> constant(query(filter, depth + 1));
      case QueryNode.Boosting b -> boosting(b, depth);
      case QueryNode.DisMax(List<QueryNode> queries, float tieBreaker) -> {
        List<Query> all = new ArrayList<>();
        queries.forEach(q -> all.add(query(q, depth + 1)));
        yield new DisjunctionMaxQuery(all, tieBreaker);
      }
    };
  }

  private interface OnField {
    Query query(Field field);
  }

  private Query on(String path, OnField query) {
    Field field = field(path);
    return field == null ? new MatchNoDocsQuery("no field " + path) : query.query(field);
  }

  private @Nullable Field field(String path) {
    if (DocumentParser.isMetadata(path)) {
      throw new FailureException(
          new Failure.NotSupported("this kind of query on the field [" + path + "]"));
    }
    return context.mapping().field(path);
  }

  static Query boosted(Query query, float boost) {
    if (!(boost >= 0) || Float.isInfinite(boost)) {
      throw FieldQueries.invalid("negative [boost] are not allowed, but got [" + boost + "]");
    }
    return boost == 1 ? query : new BoostQuery(query, boost);
  }

  private static Query constant(Query query) {
    return query instanceof ConstantScoreQuery || query instanceof MatchNoDocsQuery
        ? query
        : new ConstantScoreQuery(query);
  }

  private Query match(QueryNode.Match match) {
    return match.field().equals(Fields.ID)
        ? ids(List.of(FieldQueries.text(match.query())))
        : on(match.field(), field -> TextQueries.match(match, field, context));
  }

  private Query term(QueryNode.Term term) {
    return term.field().equals(Fields.ID)
        ? ids(List.of(FieldQueries.text(term.value())))
        : on(
            term.field(),
            field -> FieldQueries.term(field, term.value(), term.caseInsensitive(), context));
  }

  private Query terms(QueryNode.Terms terms) {
    return terms.field().equals(Fields.ID)
        ? ids(terms.values().stream().map(FieldQueries::text).toList())
        : on(terms.field(), field -> FieldQueries.terms(field, terms.values(), context));
  }

  private static Query ids(List<String> ids) {
    List<BytesRef> terms = new ArrayList<>();
    ids.forEach(id -> terms.add(new BytesRef(id)));
    return new ConstantScoreQuery(new TermInSetQuery(Fields.ID, terms));
  }

  private Query exists(String path) {
    if (path.equals(Fields.ID) || path.equals("_index")) {
      return new ConstantScoreQuery(new MatchAllDocsQuery());
    }
    if (!context.mapping().isObject(path)) {
      return on(path, FieldQueries::exists);
    }
    BooleanQuery.Builder any = new BooleanQuery.Builder();
    for (Field field : context.mapping().matching(path + ".*")) {
      any.add(FieldQueries.exists(field), Occur.SHOULD);
    }
    return new ConstantScoreQuery(any.build());
  }

  private Query multiMatch(QueryNode.MultiMatch match) {
    FieldSelection.Selected selected = FieldSelection.select(context.mapping(), match.fields());
    boolean lenient = match.lenient() || selected.guessed();
    List<Query> queries = new ArrayList<>();
    for (Map.Entry<Field, Float> entry : selected.boosts().entrySet()) {
      Query query = lenient ? leniently(match, entry.getKey()) : perField(match, entry.getKey());
      queries.add(boosted(query, entry.getValue()));
    }
    if (queries.isEmpty()) {
      return new MatchNoDocsQuery("no such fields");
    }
    if (queries.size() == 1) {
      return queries.getFirst();
    }
    if (match.type() == MultiMatchType.MOST_FIELDS) {
      return new DisjunctionMaxQuery(queries, 1.0f);
    }
    return new DisjunctionMaxQuery(queries, match.tieBreaker());
  }

  private Query leniently(QueryNode.MultiMatch match, Field field) {
    try {
      return perField(match, field);
    } catch (FailureException e) {
      if (e.failure() instanceof Failure.Invalid) {
        return new MatchNoDocsQuery("lenient: " + e.getMessage());
      }
      throw e;
    }
  }

  private Query perField(QueryNode.MultiMatch m, Field field) {
    String path = field.path();
    return switch (m.type()) {
      case BEST_FIELDS, MOST_FIELDS ->
          TextQueries.match(
              new QueryNode.Match(
                  path,
                  m.query(),
                  m.operator(),
                  m.minimumShouldMatch(),
                  m.fuzziness(),
                  m.analyzer(),
                  m.lenient(),
                  false),
              field,
              context);
      case PHRASE ->
          TextQueries.phrase(
              new QueryNode.MatchPhrase(path, m.query(), m.slop(), m.analyzer()), field, context);
      case PHRASE_PREFIX ->
          TextQueries.phrasePrefix(
              new QueryNode.MatchPhrasePrefix(path, m.query(), m.slop(), 50, m.analyzer()), field);
    };
  }

  private Query bool(QueryNode.Bool bool, int depth) {
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    add(builder, bool.must(), Occur.MUST, depth);
    add(builder, bool.filter(), Occur.FILTER, depth);
    add(builder, bool.should(), Occur.SHOULD, depth);
    add(builder, bool.mustNot(), Occur.MUST_NOT, depth);
    int should = bool.should().size();
    boolean needsOne = bool.must().isEmpty() && bool.filter().isEmpty() && should > 0;
    if (bool.minimumShouldMatch() != null) {
      builder.setMinimumNumberShouldMatch(MinimumShouldMatch.of(bool.minimumShouldMatch(), should));
    } else if (needsOne) {
      builder.setMinimumNumberShouldMatch(1);
    }
    BooleanQuery built = builder.build();
    if (built.clauses().isEmpty()) {
      return new MatchAllDocsQuery();
    }
    boolean onlyNot = built.clauses().stream().allMatch(clause -> clause.occur() == Occur.MUST_NOT);
    return onlyNot
        ? builder.add(new BooleanClause(new MatchAllDocsQuery(), Occur.FILTER)).build()
        : built;
  }

  private void add(BooleanQuery.Builder builder, List<QueryNode> nodes, Occur occur, int depth) {
    for (QueryNode node : nodes) {
      builder.add(query(node, depth + 1), occur);
    }
  }

  private Query boosting(QueryNode.Boosting b, int depth) {
    if (!(b.negativeBoost() >= 0)) {
      throw FieldQueries.invalid(
          "[boosting] query requires 'negative_boost' to be set to be a" + " positive value");
    }
    return FunctionScoreQuery.boostByQuery(
        query(b.positive(), depth + 1), query(b.negative(), depth + 1), b.negativeBoost());
  }
}
