package io.headwater.view.search.query;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.Analyzers;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.queryparser.classic.ParseException;
import org.apache.lucene.queryparser.classic.QueryParser;
import org.apache.lucene.queryparser.simple.SimpleQueryParser;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.jspecify.annotations.Nullable;

/** Queries that people type: Lucene's parsers, with each word going to fields by their type. */
final class QueryStrings {
  private static final int CHARS_MAX = 32_000;

  /** Lucene's parsers call themselves for each parenthesis. */
  private static final int NESTING_MAX = 50;

  private QueryStrings() {}

  static Query classic(QueryNode.QueryString node, QueryContext context) {
    check(node.query());
    if (node.query().isBlank()) {
      return new MatchNoDocsQuery("an empty query string");
    }
    Classic parser = new Classic(node, context);
    try {
      Query query = parser.parse(node.query());
      return node.minimumShouldMatch() == null
          ? query
          : TextQueries.withMinimum(query, node.minimumShouldMatch());
    } catch (ParseException e) {
      if (e.getCause() instanceof FailureException failure) {
        throw failure;
      }
      throw FieldQueries.invalid("Failed to parse query [" + node.query() + "]");
    }
  }

  static Query simple(QueryNode.SimpleQueryString node, QueryContext context) {
    check(node.query());
    Simple parser = new Simple(node, context);
    Query query = parser.parse(node.query());
    return node.minimumShouldMatch() == null
        ? query
        : TextQueries.withMinimum(query, node.minimumShouldMatch());
  }

  private static void check(String query) {
    if (query.length() > CHARS_MAX) {
      throw new FailureException(new Failure.TooLarge("query string", query.length(), CHARS_MAX));
    }
    int depth = 0;
    for (int i = 0; i < query.length(); i++) {
      char c = query.charAt(i);
      depth += c == '(' ? 1 : c == ')' && depth > 0 ? -1 : 0;
      if (depth > NESTING_MAX) {
        throw FieldQueries.invalid(
            "The nested depth of the query string exceeds [" + NESTING_MAX + "]");
      }
    }
  }

  /** What one word, phrase or range becomes on each of several fields. */
  private interface PerField {
    Query query(Field field);
  }

  private static Query onFields(
      FieldSelection.Selected selected, boolean lenient, PerField perField) {
    List<Query> queries = new ArrayList<>();
    for (Map.Entry<Field, Float> entry : selected.boosts().entrySet()) {
      try {
        Query query = perField.query(entry.getKey());
        if (!(query instanceof MatchNoDocsQuery)) {
          queries.add(QueryCompiler.boosted(query, entry.getValue()));
        }
      } catch (FailureException e) {
        boolean forgiven = lenient || selected.guessed();
        if (!forgiven || !(e.failure() instanceof Failure.Invalid)) {
          throw e;
        }
      }
    }
    if (queries.isEmpty()) {
      return new MatchNoDocsQuery("no field takes it");
    }
    return queries.size() == 1 ? queries.getFirst() : new DisjunctionMaxQuery(queries, 0);
  }

  private static String normalized(@Nullable String analyzerName, Field field, String text) {
    if (field.type() != FieldType.TEXT) {
      return text;
    }
    Analyzer analyzer = TextQueries.analyzer(analyzerName, field);
    return analyzer.normalize(field.path(), text).utf8ToString();
  }

  private static Query match(
      Field field,
      String text,
      QueryNode.Operator operator,
      @Nullable String analyzer,
      boolean lenient,
      QueryContext context) {
    QueryNode.Match match =
        new QueryNode.Match(field.path(), text, operator, null, null, analyzer, lenient, false);
    return TextQueries.match(match, field, context);
  }

  private static final class Classic extends QueryParser {
    private final QueryNode.QueryString node;
    private final QueryContext context;
    private final FieldSelection.Selected defaults;

    Classic(QueryNode.QueryString node, QueryContext context) {
      super(null, Analyzers.known(Analyzers.DEFAULT));
      this.node = node;
      this.context = context;
      defaults = FieldSelection.select(context.mapping(), node.fields());
      setDefaultOperator(
          node.defaultOperator() == QueryNode.Operator.AND ? Operator.AND : Operator.OR);
      setAllowLeadingWildcard(node.allowLeadingWildcard());
    }

    private FieldSelection.Selected fields(@Nullable String field) {
      return field == null
          ? defaults
          : FieldSelection.select(context.mapping(), List.of(field.replace("\\", "")));
    }

    private Query on(@Nullable String field, PerField perField) {
      return onFields(fields(field), node.lenient(), perField);
    }

    private Query exists(String path) {
      return QueryCompiler.compile(new QueryNode.Exists(path), context);
    }

    @Override
    protected Query getFieldQuery(@Nullable String field, String text, boolean quoted) {
      if ("_exists_".equals(field)) {
        return exists(text);
      }
      if ("_id".equals(field)) {
        return QueryCompiler.compile(new QueryNode.Ids(List.of(text)), context);
      }
      return quoted
          ? phrase(field, text, 0)
          : on(
              field,
              f ->
                  match(f, text, node.defaultOperator(), node.analyzer(), node.lenient(), context));
    }

    @Override
    protected Query getFieldQuery(@Nullable String field, String text, int slop) {
      return phrase(field, text, slop);
    }

    private Query phrase(@Nullable String field, String text, int slop) {
      return on(
          field,
          f ->
              TextQueries.phrase(
                  new QueryNode.MatchPhrase(f.path(), text, slop, node.analyzer()), f, context));
    }

    @Override
    protected Query getRangeQuery(
        @Nullable String field,
        @Nullable String low,
        @Nullable String high,
        boolean includeLow,
        boolean includeHigh) {
      Object from = "*".equals(low) ? null : low;
      Object to = "*".equals(high) ? null : high;
      return on(
          field,
          f ->
              FieldQueries.range(
                  new QueryNode.Range(
                      f.path(),
                      includeLow ? null : from,
                      includeLow ? from : null,
                      includeHigh ? null : to,
                      includeHigh ? to : null,
                      null,
                      null),
                  f,
                  context));
    }

    @Override
    protected Query getPrefixQuery(@Nullable String field, String text) {
      return on(field, f -> FieldQueries.prefix(f, normalized(node.analyzer(), f, text), false));
    }

    @Override
    protected Query getWildcardQuery(@Nullable String field, String text) throws ParseException {
      if (text.equals("*")) {
        return field == null || field.equals("*") ? new MatchAllDocsQuery() : exists(field);
      }
      boolean leading = text.startsWith("*") || text.startsWith("?");
      if (leading && !node.allowLeadingWildcard()) {
        throw new ParseException("'*' or '?' not allowed as first character in WildcardQuery");
      }
      return on(field, f -> FieldQueries.wildcard(f, normalized(node.analyzer(), f, text), false));
    }

    @Override
    protected Query getRegexpQuery(@Nullable String field, String text) {
      return on(field, f -> FieldQueries.regexp(f, normalized(node.analyzer(), f, text), false));
    }

    @Override
    protected Query getFuzzyQuery(@Nullable String field, String text, float similarity) {
      String edits =
          similarity == 0 || similarity == 1 || similarity == 2
              ? Integer.toString((int) similarity)
              : "AUTO";
      return on(
          field,
          f -> {
            String word = normalized(node.analyzer(), f, text);
            return FieldQueries.fuzzy(f, new QueryNode.Fuzzy(f.path(), word, edits, 0, 50, true));
          });
    }
  }

  private static final class Simple extends SimpleQueryParser {
    private final QueryNode.SimpleQueryString node;
    private final QueryContext context;
    private final FieldSelection.Selected fields;

    Simple(QueryNode.SimpleQueryString node, QueryContext context) {
      super(Analyzers.known(Analyzers.DEFAULT), Map.of());
      this.node = node;
      this.context = context;
      fields = FieldSelection.select(context.mapping(), node.fields());
      setDefaultOperator(
          node.defaultOperator() == QueryNode.Operator.AND
              ? BooleanClause.Occur.MUST
              : BooleanClause.Occur.SHOULD);
    }

    @Override
    public Query parse(String text) {
      if (text.strip().equals("*")) {
        return new MatchAllDocsQuery();
      }
      Query query = super.parse(text);
      return query instanceof BooleanQuery bool && bool.clauses().isEmpty()
          ? new MatchNoDocsQuery("no words")
          : query;
    }

    @Override
    protected Query newDefaultQuery(String text) {
      return onFields(
          fields,
          node.lenient(),
          f -> match(f, text, node.defaultOperator(), node.analyzer(), node.lenient(), context));
    }

    @Override
    protected Query newFuzzyQuery(String text, int fuzziness) {
      return onFields(
          fields,
          node.lenient(),
          f ->
              FieldQueries.fuzzy(
                  f,
                  new QueryNode.Fuzzy(
                      f.path(),
                      normalized(node.analyzer(), f, text),
                      Integer.toString(Math.min(2, fuzziness)),
                      0,
                      50,
                      true)));
    }

    @Override
    protected Query newPhraseQuery(String text, int slop) {
      return onFields(
          fields,
          node.lenient(),
          f ->
              TextQueries.phrase(
                  new QueryNode.MatchPhrase(f.path(), text, slop, node.analyzer()), f, context));
    }

    @Override
    protected Query newPrefixQuery(String text) {
      return onFields(
          fields,
          node.lenient(),
          f -> FieldQueries.prefix(f, normalized(node.analyzer(), f, text), false));
    }
  }
}
