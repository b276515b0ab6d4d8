package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.query.QueryNode;
import io.headwater.view.search.query.QueryNode.MultiMatchType;
import io.headwater.view.search.query.QueryNode.Operator;
import java.util.ArrayList;
import java.util.List;

/** Queries whose text is analysed. */
final class TextForms {
  private static final int SLOP_MAX = 10_000;

  private TextForms() {}

  static Operator operator(Fields f, String name) {
    return f.word(name, "or", "or", "and").equals("and") ? Operator.AND : Operator.OR;
  }

  static QueryNode match(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "query");
    Fields f = one.options();
    f.hints("auto_generate_synonyms_phrase_query");
    f.unsupported("prefix_length", "max_expansions", "fuzzy_transpositions", "fuzzy_rewrite");
    return QueryReader.leaf(
        f,
        new QueryNode.Match(
            one.field(),
            f.requireScalar("query"),
            operator(f, "operator"),
            f.text("minimum_should_match"),
            f.text("fuzziness"),
            f.text("analyzer"),
            f.flag("lenient", false),
            f.word("zero_terms_query", "none", "none", "all").equals("all")));
  }

  static QueryNode matchPhrase(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "query");
    Fields f = one.options();
    withoutZeroTerms(f);
    return QueryReader.leaf(
        f,
        new QueryNode.MatchPhrase(
            one.field(),
            f.requireScalar("query"),
            f.count("slop", 0, 0, SLOP_MAX),
            f.text("analyzer")));
  }

  static QueryNode matchPhrasePrefix(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "query");
    Fields f = one.options();
    withoutZeroTerms(f);
    return QueryReader.leaf(
        f,
        new QueryNode.MatchPhrasePrefix(
            one.field(),
            f.requireScalar("query"),
            f.count("slop", 0, 0, SLOP_MAX),
            f.count("max_expansions", 50, 1, 10_000),
            f.text("analyzer")));
  }

  private static void withoutZeroTerms(Fields f) {
    if (f.word("zero_terms_query", "none", "none", "all").equals("all")) {
      throw ElasticError.notSupported("[" + f.owner() + "] option [zero_terms_query] all")
          .exception();
    }
  }

  static QueryNode multiMatch(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    f.hints("auto_generate_synonyms_phrase_query");
    f.unsupported("prefix_length", "max_expansions", "fuzzy_transpositions", "fuzzy_rewrite");
    withoutZeroTerms(f);
    MultiMatchType type =
        switch (f.word(
            "type",
            "best_fields",
            "best_fields",
            "most_fields",
            "phrase",
            "phrase_prefix",
            "cross_fields",
            "bool_prefix")) {
          case "best_fields" -> MultiMatchType.BEST_FIELDS;
          case "most_fields" -> MultiMatchType.MOST_FIELDS;
          case "phrase" -> MultiMatchType.PHRASE;
          case "phrase_prefix" -> MultiMatchType.PHRASE_PREFIX;
          case String other ->
              throw ElasticError.notSupported("[multi_match] type [" + other + "]").exception();
        };
    return QueryReader.leaf(
        f,
        new QueryNode.MultiMatch(
            f.texts("fields"),
            f.requireScalar("query"),
            type,
            operator(f, "operator"),
            f.text("minimum_should_match"),
            f.text("fuzziness"),
            f.text("analyzer"),
            f.count("slop", 0, 0, SLOP_MAX),
            (float) f.decimal("tie_breaker", type == MultiMatchType.MOST_FIELDS ? 1 : 0),
            f.flag("lenient", false)));
  }

  static QueryNode queryString(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    f.hints("auto_generate_synonyms_phrase_query", "max_determinized_states");
    f.unsupported(
        "quote_analyzer",
        "fuzziness",
        "fuzzy_prefix_length",
        "fuzzy_max_expansions",
        "fuzzy_transpositions",
        "fuzzy_rewrite",
        "phrase_slop",
        "tie_breaker",
        "type",
        "rewrite",
        "quote_field_suffix",
        "time_zone",
        "escape",
        "enable_position_increments");
    List<String> fields = new ArrayList<>(f.texts("fields"));
    String defaultField = f.text("default_field");
    if (defaultField != null) {
      if (!fields.isEmpty()) {
        throw ElasticError.illegalArgument(
                "cannot use [fields] parameter in conjunction with [default_field]")
            .exception();
      }
      fields.add(defaultField);
    }
    return QueryReader.leaf(
        f,
        new QueryNode.QueryString(
            f.requireText("query"),
            all(fields),
            operator(f, "default_operator"),
            f.text("analyzer"),
            f.text("minimum_should_match"),
            f.flag("lenient", false),
            f.flag("analyze_wildcard", false),
            f.flag("allow_leading_wildcard", true)));
  }

  static QueryNode simpleQueryString(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    f.hints("auto_generate_synonyms_phrase_query");
    f.unsupported(
        "analyze_wildcard",
        "quote_field_suffix",
        "fuzzy_prefix_length",
        "fuzzy_max_expansions",
        "fuzzy_transpositions");
    f.word("flags", "all", "all");
    return QueryReader.leaf(
        f,
        new QueryNode.SimpleQueryString(
            f.requireText("query"),
            all(f.texts("fields")),
            operator(f, "default_operator"),
            f.text("analyzer"),
            f.text("minimum_should_match"),
            f.flag("lenient", false)));
  }

  /** {@code *} alone means every field, which the view writes as none. */
  private static List<String> all(List<String> fields) {
    return fields.equals(List.of("*")) ? List.of() : List.copyOf(fields);
  }
}
