package io.headwater.view.search.query;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.Analyzers;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.TermToBytesRefAttribute;
import org.apache.lucene.index.Term;
import org.apache.lucene.sandbox.search.PhraseWildcardQuery;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.QueryBuilder;
import org.jspecify.annotations.Nullable;

/** Full text on one field: what the analyzer makes of it, then terms or a phrase. */
final class TextQueries {
  private static final int TOKENS_MAX = 4_096;

  private TextQueries() {}

  static Query match(QueryNode.Match match, Field field, QueryContext context) {
    if (field.type() != FieldType.TEXT) {
      return other(match, field, context);
    }
    if (!field.index()) {
      FieldQueries.checkSearchable(field);
    }
    Analyzer analyzer = analyzer(match.analyzer(), field);
    QueryBuilder builder = new Builder(analyzer, match.fuzziness());
    BooleanClause.Occur occur =
        match.operator() == QueryNode.Operator.AND
            ? BooleanClause.Occur.MUST
            : BooleanClause.Occur.SHOULD;
    String text = text(match.query());
    Query query = created(() -> builder.createBooleanQuery(field.path(), text, occur));
    if (query == null) {
      return match.zeroTermsAll()
          ? new MatchAllDocsQuery()
          : new MatchNoDocsQuery("no words in the text");
    }
    return match.minimumShouldMatch() == null
        ? query
        : withMinimum(query, match.minimumShouldMatch());
  }

  /** On a field that is not text a match is a term query. */
  private static Query other(QueryNode.Match match, Field field, QueryContext context) {
    try {
      String text = FieldQueries.text(match.query());
      if (match.fuzziness() != null && field.type() == FieldType.KEYWORD) {
        int edits = Fuzziness.edits(match.fuzziness(), text);
        return new FuzzyQuery(new Term(field.path(), text), edits);
      }
      return FieldQueries.term(field, match.query(), false, context);
    } catch (FailureException e) {
      if (match.lenient() && e.failure() instanceof Failure.Invalid) {
        return new MatchNoDocsQuery("lenient: " + e.getMessage());
      }
      throw e;
    }
  }

  static Query withMinimum(Query query, String minimum) {
    if (!(query instanceof BooleanQuery words)) {
      return query;
    }
    int optional = 0;
    BooleanQuery.Builder copy = new BooleanQuery.Builder();
    for (BooleanClause clause : words.clauses()) {
      optional += clause.occur() == BooleanClause.Occur.SHOULD ? 1 : 0;
      copy.add(clause);
    }
    if (optional == 0) {
      return query;
    }
    return copy.setMinimumNumberShouldMatch(MinimumShouldMatch.of(minimum, optional)).build();
  }

  static Query phrase(QueryNode.MatchPhrase phrase, Field field, QueryContext context) {
    if (field.type() != FieldType.TEXT) {
      return FieldQueries.term(field, phrase.query(), false, context);
    }
    checkSlop(phrase.slop());
    FieldQueries.checkSearchable(field.index() ? field : notIndexed(field));
    QueryBuilder builder = new Builder(analyzer(phrase.analyzer(), field), null);
    String text = text(phrase.query());
    Query query = created(() -> builder.createPhraseQuery(field.path(), text, phrase.slop()));
    return query == null ? new MatchNoDocsQuery("no words in the phrase") : query;
  }

  private static Field notIndexed(Field field) {
    throw FieldQueries.invalid(
        "Cannot search on field [" + field.path() + "] since it is not indexed.");
  }

  static Query phrasePrefix(QueryNode.MatchPhrasePrefix phrase, Field field) {
    if (field.type() != FieldType.TEXT) {
      return FieldQueries.prefix(field, FieldQueries.text(phrase.query()), false);
    }
    checkSlop(phrase.slop());
    if (phrase.maxExpansions() < 1 || phrase.maxExpansions() > 1_024) {
      throw FieldQueries.invalid("[match_phrase_prefix] max_expansions must be in 1..1024");
    }
    Analyzer analyzer = analyzer(phrase.analyzer(), field);
    List<BytesRef> tokens = tokens(analyzer, field.path(), text(phrase.query()));
    if (tokens.isEmpty()) {
      return new MatchNoDocsQuery("no words in the phrase");
    }
    PrefixQuery last = new PrefixQuery(new Term(field.path(), tokens.getLast()));
    if (tokens.size() == 1) {
      return last;
    }
    PhraseWildcardQuery.Builder builder =
        new PhraseWildcardQuery.Builder(field.path(), phrase.maxExpansions(), true);
    for (BytesRef token : tokens.subList(0, tokens.size() - 1)) {
      builder.addTerm(token);
    }
    return builder.addMultiTerm(last).setSlop(phrase.slop()).build();
  }

  private static void checkSlop(int slop) {
    if (slop < 0) {
      throw FieldQueries.invalid("No negative slop allowed.");
    }
  }

  static List<BytesRef> tokens(Analyzer analyzer, String field, String text) {
    List<BytesRef> tokens = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream(field, text)) {
      TermToBytesRefAttribute term = stream.getAttribute(TermToBytesRefAttribute.class);
      stream.reset();
      while (stream.incrementToken()) {
        if (tokens.size() >= TOKENS_MAX) {
          throw new FailureException(new Failure.TooLarge("words", tokens.size() + 1, TOKENS_MAX));
        }
        tokens.add(BytesRef.deepCopyOf(term.getBytesRef()));
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does no I/O
    }
    return tokens;
  }

  static Analyzer analyzer(@Nullable String name, Field field) {
    Analyzer analyzer = Analyzers.named(name == null ? field.queryAnalyzer() : name);
    if (analyzer == null) {
      throw FieldQueries.invalid("analyzer [" + name + "] not found");
    }
    return analyzer;
  }

  /** Text to analyze; numbers and booleans as JSON writes them. */
  static String text(Object value) {
    return String.valueOf(value);
  }

  private interface Creation {
    @Nullable Query create();
  }

  private static @Nullable Query created(Creation creation) {
    try {
      return creation.create();
    } catch (org.apache.lucene.search.IndexSearcher.TooManyClauses e) {
      throw new FailureException(
          new Failure.TooLarge("clauses", TOKENS_MAX + 1L, QueryCompiler.CLAUSES_MAX));
    }
  }

  private static final class Builder extends QueryBuilder {
    private final @Nullable String fuzziness;

    Builder(Analyzer analyzer, @Nullable String fuzziness) {
      super(analyzer);
      this.fuzziness = fuzziness;
    }

    @Override
    protected Query newTermQuery(Term term, float boost) {
      if (fuzziness == null) {
        return super.newTermQuery(term, boost);
      }
      int edits = Fuzziness.edits(fuzziness, term.text());
      return edits == 0 ? super.newTermQuery(term, boost) : new FuzzyQuery(term, edits);
    }
  }
}
