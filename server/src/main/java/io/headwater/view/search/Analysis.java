package io.headwater.view.search;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.SearchIndexes.AnalyzedToken;
import io.headwater.view.search.mapping.Analyzers;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.analysis.tokenattributes.TypeAttribute;
import org.jspecify.annotations.Nullable;

/** Shows what an analyzer makes of a text. */
final class Analysis {
  private static final int TOKENS_MAX = 10_000;

  private Analysis() {}

  static List<AnalyzedToken> analyze(
      Mapping mapping, @Nullable String path, @Nullable String name, String text) {
    Analyzer analyzer = analyzer(mapping, path, name);
    List<AnalyzedToken> tokens = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream(path == null ? "" : path, text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      OffsetAttribute offset = stream.addAttribute(OffsetAttribute.class);
      TypeAttribute type = stream.addAttribute(TypeAttribute.class);
      PositionIncrementAttribute step = stream.addAttribute(PositionIncrementAttribute.class);
      stream.reset();
      int position = -1;
      while (stream.incrementToken()) {
        if (tokens.size() == TOKENS_MAX) {
          throw new FailureException(
              new Failure.TooLarge("analyzed tokens", TOKENS_MAX + 1L, TOKENS_MAX));
        }
        position += step.getPositionIncrement();
        tokens.add(
            new AnalyzedToken(
                term.toString(), offset.startOffset(), offset.endOffset(), type.type(), position));
      }
      stream.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does no I/O
    }
    return tokens;
  }

  private static Analyzer analyzer(Mapping mapping, @Nullable String path, @Nullable String name) {
    if (name != null) {
      Analyzer named = Analyzers.named(name);
      if (named == null) {
        throw new FailureException(
            new Failure.Invalid("failed to find global analyzer [" + name + "]"));
      }
      return named;
    }
    Field field = path == null ? null : mapping.field(path);
    if (field == null) {
      return Analyzers.known(Analyzers.DEFAULT);
    }
    return Analyzers.known(
        field.type() == FieldType.TEXT ? field.indexAnalyzer() : Analyzers.KEYWORD);
  }
}
