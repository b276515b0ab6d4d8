package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.query.QueryNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads queries. Recursion is bounded by the depth that the JSON reader allows. */
public final class QueryReader {
  /** Reads what stands behind a query's name. */
  private interface Form {
    QueryNode read(String name, JsonValue body);
  }

  /** Options that every query takes. */
  static final String BOOST = "boost";

  static final String NAME = "_name";

  /** The one table of what is supported. */
  private static final Map<String, Form> FORMS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bool", QueryReader::bool),
              Map.entry("boosting", QueryReader::boosting),
              Map.entry("constant_score", QueryReader::constantScore),
              Map.entry("dis_max", QueryReader::disMax),
              Map.entry("exists", QueryReader::exists),
              Map.entry("fuzzy", TermForms::fuzzy),
              Map.entry("ids", QueryReader::ids),
              Map.entry("match", TextForms::match),
              Map.entry("match_all", (n, b) -> leaf(new Fields(n, b), new QueryNode.MatchAll())),
              Map.entry("match_none", (n, b) -> leaf(new Fields(n, b), new QueryNode.MatchNone())),
              Map.entry("match_phrase", TextForms::matchPhrase),
              Map.entry("match_phrase_prefix", TextForms::matchPhrasePrefix),
              Map.entry("multi_match", TextForms::multiMatch),
              Map.entry("prefix", TermForms::prefix),
              Map.entry("query_string", TextForms::queryString),
              Map.entry("range", TermForms::range),
              Map.entry("regexp", TermForms::regexp),
              Map.entry("simple_query_string", TextForms::simpleQueryString),
              Map.entry("term", TermForms::term),
              Map.entry("terms", TermForms::terms),
              Map.entry("wildcard", TermForms::wildcard)));

  /** What Elasticsearch 8 and 9 have besides. */
  private static final Set<String> NOT_YET =
      Set.of(
          "combined_fields",
          "distance_feature",
          "function_score",
          "geo_bounding_box",
          "geo_distance",
          "geo_grid",
          "geo_polygon",
          "geo_shape",
          "has_child",
          "has_parent",
          "intervals",
          "knn",
          "match_bool_prefix",
          "more_like_this",
          "nested",
          "parent_id",
          "percolate",
          "pinned",
          "rank_feature",
          "rule",
          "script",
          "script_score",
          "semantic",
          "shape",
          "span_containing",
          "span_field_masking",
          "span_first",
          "span_multi",
          "span_near",
          "span_not",
          "span_or",
          "span_term",
          "span_within",
          "sparse_vector",
          "terms_set",
          "text_expansion",
          "weighted_tokens",
          "wrapper");

  private QueryReader() {}

  /** The names of the queries that are supported, sorted. */
  public static List<String> supported() {
    return List.copyOf(FORMS.keySet());
  }

  /** The names of those that are refused by name, sorted. */
  public static List<String> unsupported() {
    return NOT_YET.stream().sorted().toList();
  }

  /** Reads {@code {"name": {…}}}. */
  public static QueryNode read(JsonValue value) {
    if (!(value instanceof JsonValue.Obj(Map<String, JsonValue> fields, _))) {
      throw Fields.wrong(value, "[_na] query malformed, must start with start_object");
    }
    if (fields.isEmpty()) {
      throw ElasticError.illegalArgument("query malformed, empty clause found").exception();
    }
    Map.Entry<String, JsonValue> query = fields.entrySet().iterator().next();
    String name = query.getKey();
    Form form = FORMS.get(name);
    if (form == null) {
      if (NOT_YET.contains(name)) {
        throw ElasticError.notSupported("query [" + name + "]").exception();
      }
      throw Fields.wrong(query.getValue(), "unknown query [" + name + "]");
    }
    if (fields.size() > 1) {
      throw Fields.wrong(
          query.getValue(),
          "[" + name + "] malformed query, expected [END_OBJECT] but found [FIELD_NAME]");
    }
    return form.read(name, query.getValue());
  }

  /** Takes the options that every query has, and refuses what is left. */
  static QueryNode leaf(Fields fields, QueryNode query) {
    double boost = fields.decimal(BOOST, 1);
    fields.unsupported(NAME);
    fields.done();
    if (boost < 0) {
      throw ElasticError.illegalArgument(
              "negative [boost] are not allowed in [" + fields.owner() + "]")
          .exception();
    }
    return boost == 1 ? query : new QueryNode.Boosted(query, (float) boost);
  }

  private static QueryNode bool(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    QueryNode query =
        new QueryNode.Bool(
            clauses(f, "must"),
            clauses(f, "should"),
            clauses(f, "filter"),
            clauses(f, "must_not"),
            f.text("minimum_should_match"));
    if (!f.flag("adjust_pure_negative", true)) {
      throw ElasticError.notSupported("[bool] option [adjust_pure_negative] false").exception();
    }
    return leaf(f, query);
  }

  private static List<QueryNode> clauses(Fields f, String occur) {
    return readAll(f.list(occur));
  }

  static List<QueryNode> readAll(List<JsonValue> values) {
    List<QueryNode> queries = new ArrayList<>(values.size());
    for (JsonValue value : values) {
      queries.add(read(value));
    }
    return queries;
  }

  private static QueryNode boosting(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    QueryNode positive = read(f.require("positive"));
    QueryNode negative = read(f.require("negative"));
    Double factor = f.decimal("negative_boost");
    if (factor == null || factor < 0) {
      throw Fields.wrong(
          body, "[boosting] query requires 'negative_boost' to be set to be a positive value'");
    }
    return leaf(f, new QueryNode.Boosting(positive, negative, factor.floatValue()));
  }

  private static QueryNode constantScore(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    return leaf(f, new QueryNode.ConstantScore(read(f.require("filter"))));
  }

  private static QueryNode disMax(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    List<QueryNode> queries = clauses(f, "queries");
    if (queries.isEmpty()) {
      throw Fields.wrong(body, "[dis_max] requires 'queries' field with at least one clause");
    }
    return leaf(f, new QueryNode.DisMax(queries, (float) f.decimal("tie_breaker", 0)));
  }

  private static QueryNode exists(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    return leaf(f, new QueryNode.Exists(f.requireText("field")));
  }

  private static QueryNode ids(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    f.require("values");
    return leaf(f, new QueryNode.Ids(f.texts("values")));
  }
}
