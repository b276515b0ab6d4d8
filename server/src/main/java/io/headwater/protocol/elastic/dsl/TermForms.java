package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.query.QueryNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Queries about exact values. */
final class TermForms {
  private TermForms() {}

  static QueryNode term(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    return QueryReader.leaf(
        f,
        new QueryNode.Term(
            one.field(), f.requireScalar("value"), f.flag("case_insensitive", false)));
  }

  static QueryNode terms(String name, JsonValue body) {
    Fields f = new Fields(name, body);
    List<String> fields =
        f.rest().stream()
            .filter(field -> !field.equals(QueryReader.BOOST) && !field.equals(QueryReader.NAME))
            .toList();
    if (fields.size() != 1) {
      throw Fields.wrong(
          body,
          fields.isEmpty()
              ? "[terms] query requires a field name, followed by array of terms or a document"
                  + " lookup specification"
              : "[terms] query does not support multiple fields");
    }
    String field = fields.getFirst();
    JsonValue values = f.require(field);
    if (values instanceof JsonValue.Obj) {
      throw ElasticError.notSupported("[terms] lookup").exception();
    }
    return QueryReader.leaf(f, new QueryNode.Terms(field, f.scalars(field, values)));
  }

  static QueryNode range(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    Object gt = f.scalar("gt");
    Object gte = f.scalar("gte");
    Object lt = f.scalar("lt");
    Object lte = f.scalar("lte");
    boolean withLower = f.flag("include_lower", true);
    boolean withUpper = f.flag("include_upper", true);
    Object from = f.scalar("from");
    Object to = f.scalar("to");
    // Fields of ranges do not exist here, so relations cannot matter.
    f.hints("relation");
    return QueryReader.leaf(
        f,
        new QueryNode.Range(
            one.field(),
            withLower ? gt : first(gt, from),
            withLower ? first(gte, from) : gte,
            withUpper ? lt : first(lt, to),
            withUpper ? first(lte, to) : lte,
            f.text("format"),
            f.text("time_zone")));
  }

  private static @Nullable Object first(@Nullable Object a, @Nullable Object b) {
    return a != null ? a : b;
  }

  static QueryNode prefix(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    f.unsupported("rewrite");
    return QueryReader.leaf(
        f,
        new QueryNode.Prefix(
            one.field(), f.requireText("value"), f.flag("case_insensitive", false)));
  }

  static QueryNode wildcard(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    f.unsupported("rewrite");
    String pattern = f.text("wildcard");
    return QueryReader.leaf(
        f,
        new QueryNode.Wildcard(
            one.field(),
            pattern != null ? pattern : f.requireText("value"),
            f.flag("case_insensitive", false)));
  }

  static QueryNode regexp(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    f.unsupported("rewrite");
    f.word("flags", "all", "all");
    f.hints("max_determinized_states", "flags_value");
    return QueryReader.leaf(
        f,
        new QueryNode.Regexp(
            one.field(), f.requireText("value"), f.flag("case_insensitive", false)));
  }

  static QueryNode fuzzy(String name, JsonValue body) {
    OneField one = OneField.read(name, body, "value");
    Fields f = one.options();
    f.unsupported("rewrite");
    return QueryReader.leaf(
        f,
        new QueryNode.Fuzzy(
            one.field(),
            f.requireText("value"),
            f.text("fuzziness"),
            f.count("prefix_length", 0, 0, 1_000),
            f.count("max_expansions", 50, 1, 10_000),
            f.flag("transpositions", true)));
  }
}
