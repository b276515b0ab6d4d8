package io.headwater.view.search;

import io.headwater.view.search.mapping.Analyzers;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.Json;
import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.io.IOException;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.uhighlight.DefaultPassageFormatter;
import org.apache.lucene.search.uhighlight.LengthGoalBreakIterator;
import org.apache.lucene.search.uhighlight.Passage;
import org.apache.lucene.search.uhighlight.PassageFormatter;
import org.apache.lucene.search.uhighlight.UnifiedHighlighter;
import org.apache.lucene.search.uhighlight.WholeBreakIterator;
import org.jspecify.annotations.Nullable;

/** Marks what a query matched in a hit's texts, by analyzing the stored JSON once more. */
final class Highlights {
  private static final int CHARS_MAX = 1_000_000;

  private Highlights() {}

  static Map<String, List<String>> of(
      Mapping mapping, Query query, byte[] source, SearchRequest.Highlight asked)
      throws IOException {
    Map<String, @Nullable Object> tree;
    try {
      tree = Json.object(source);
    } catch (Json.MalformedJson e) {
      throw new IllegalStateException(e); // it was parsed when it was stored
    }
    Map<String, List<String>> marked = new LinkedHashMap<>();
    for (String pattern : asked.fields()) {
      for (Field field : mapping.matching(pattern)) {
        if (!field.type().isString() || !field.index() || marked.containsKey(field.path())) {
          continue;
        }
        List<String> fragments = fragments(field, query, values(mapping, tree, field), asked);
        if (!fragments.isEmpty()) {
          marked.put(field.path(), fragments);
        }
      }
    }
    return marked;
  }

  private static List<String> fragments(
      Field field, Query query, List<String> values, SearchRequest.Highlight asked)
      throws IOException {
    List<String> fragments = new ArrayList<>();
    int wanted = asked.fragments() == 0 ? Integer.MAX_VALUE : asked.fragments();
    String analyzer = field.type() == FieldType.TEXT ? field.indexAnalyzer() : Analyzers.KEYWORD;
    for (String value : values) {
      if (fragments.size() >= wanted) {
        break;
      }
      UnifiedHighlighter highlighter =
          UnifiedHighlighter.builderWithoutSearcher(Analyzers.known(analyzer))
              .withFormatter(new Fragments(asked))
              .withMaxLength(CHARS_MAX)
              .withWeightMatches(false) // else filters on other fields must match this text, too
              .withMaxNoHighlightPassages(0)
              .withBreakIterator(() -> breaks(asked))
              .build();
      int passages = asked.fragments() == 0 ? 1 : wanted - fragments.size();
      Object found = highlighter.highlightWithoutSearcher(field.path(), query, value, passages);
      if (found instanceof List<?> list) {
        list.forEach(one -> fragments.add((String) one));
      }
    }
    return fragments;
  }

  private static BreakIterator breaks(SearchRequest.Highlight asked) {
    return asked.fragments() == 0
        ? new WholeBreakIterator()
        : LengthGoalBreakIterator.createMinLength(
            BreakIterator.getSentenceInstance(Locale.ROOT),
            Math.max(1, asked.fragmentSize()),
            0.5f);
  }

  /** A list of fragments where Lucene's own formatter makes one text. */
  private static final class Fragments extends PassageFormatter {
    private final DefaultPassageFormatter one;

    Fragments(SearchRequest.Highlight asked) {
      one = new DefaultPassageFormatter(asked.preTag(), asked.postTag(), "", false);
    }

    @Override
    public Object format(Passage[] passages, String content) {
      List<String> all = new ArrayList<>();
      for (Passage passage : passages) {
        if (passage.getNumMatches() > 0) {
          all.add(one.format(new Passage[] {passage}, content).strip());
        }
      }
      return all;
    }
  }

  /** The texts that the document has for a field; a field inside another has that one's. */
  private static List<String> values(
      Mapping mapping, Map<String, @Nullable Object> tree, Field field) {
    List<String> values = new ArrayList<>();
    String path = field.path();
    int dot = path.lastIndexOf('.');
    Field outer = dot < 0 ? null : mapping.field(path.substring(0, dot));
    collect(tree, outer == null ? path : outer.path(), values);
    return values;
  }

  private static void collect(@Nullable Object node, String path, List<String> values) {
    if (node instanceof List<?> list) {
      list.forEach(one -> collect(one, path, values));
    } else if (path.isEmpty()) {
      if (node != null && !(node instanceof Map<?, ?>)) {
        values.add(String.valueOf(node));
      }
    } else if (node instanceof Map<?, ?> map) {
      collect(map.get(path), "", values); // {"a.b": …} as well as {"a": {"b": …}}
      int dot = path.indexOf('.');
      if (dot > 0) {
        collect(map.get(path.substring(0, dot)), path.substring(dot + 1), values);
      }
    }
  }
}
