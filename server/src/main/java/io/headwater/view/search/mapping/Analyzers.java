package io.headwater.view.search.mapping;

import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.analysis.core.SimpleAnalyzer;
import org.apache.lucene.analysis.core.StopAnalyzer;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.analysis.de.GermanAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.es.SpanishAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.it.ItalianAnalyzer;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.pt.PortugueseAnalyzer;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.jspecify.annotations.Nullable;

/** The analyzers by name. They are shared: Lucene keeps their state per thread. */
public final class Analyzers {
  public static final String DEFAULT = "standard";
  public static final String KEYWORD = "keyword";

  private static final Analyzer STANDARD = new StandardAnalyzer();
  private static final Map<String, Analyzer> BY_NAME = new TreeMap<>();

  static {
    BY_NAME.put(DEFAULT, STANDARD);
    BY_NAME.put("simple", new SimpleAnalyzer());
    BY_NAME.put("whitespace", new WhitespaceAnalyzer());
    BY_NAME.put(KEYWORD, new KeywordAnalyzer());
    BY_NAME.put("stop", new StopAnalyzer(EnglishAnalyzer.ENGLISH_STOP_WORDS_SET));
    BY_NAME.put("english", new EnglishAnalyzer());
    BY_NAME.put("german", new GermanAnalyzer());
    BY_NAME.put("french", new FrenchAnalyzer());
    BY_NAME.put("spanish", new SpanishAnalyzer());
    BY_NAME.put("italian", new ItalianAnalyzer());
    BY_NAME.put("portuguese", new PortugueseAnalyzer());
    BY_NAME.put("dutch", new DutchAnalyzer());
  }

  private Analyzers() {}

  public static @Nullable Analyzer named(String name) {
    return name.equals(DEFAULT) ? STANDARD : BY_NAME.get(name);
  }

  /** An analyzer that a mapping names, which was checked when the mapping was made. */
  public static Analyzer known(String name) {
    Analyzer analyzer = named(name);
    if (analyzer == null) {
      throw new IllegalStateException("analyzer " + name);
    }
    return analyzer;
  }
}
