package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.SortNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code sort}. */
public final class SortReader {
  private SortReader() {}

  static List<SortNode> read(List<JsonValue> items) {
    List<SortNode> sorts = new ArrayList<>();
    for (JsonValue item : items) {
      switch (item) {
        case JsonValue.Text(String field, _) -> sorts.add(of(field, null));
        case JsonValue.Obj(Map<String, JsonValue> fields, _) ->
            fields.forEach((field, how) -> sorts.add(one(field, how)));
        default -> throw Fields.wrong(item, "malformed sort format, unexpected " + item.kind());
      }
    }
    return sorts;
  }

  /** {@code field:asc,other} of an address. */
  public static List<SortNode> parameter(String text) {
    List<SortNode> sorts = new ArrayList<>();
    for (String part : text.split(",")) {
      int colon = part.lastIndexOf(':');
      sorts.add(
          colon < 0 ? of(part, null) : of(part.substring(0, colon), part.substring(colon + 1)));
    }
    return sorts;
  }

  private static SortNode one(String field, JsonValue how) {
    if (how instanceof JsonValue.Text(String order, _)) {
      return of(field, order);
    }
    if (field.equals("_geo_distance") || field.equals("_script")) {
      throw ElasticError.notSupported("sort [" + field + "]").exception();
    }
    Fields f = new Fields("sort", how);
    String order = f.text("order");
    SortNode plain = of(field, order);
    if (!(plain instanceof SortNode.Field(String name, boolean ascending, _, _, _, _))) {
      f.done();
      return plain;
    }
    f.unsupported("nested", "numeric_type", "nested_path", "nested_filter");
    SortNode node =
        new SortNode.Field(
            name,
            ascending,
            f.scalar("missing"),
            f.text("mode"),
            f.text("unmapped_type"),
            f.text("format"));
    f.done();
    return node;
  }

  private static SortNode of(String field, @Nullable String order) {
    boolean ascending =
        switch (order == null ? "" : order.toLowerCase(Locale.ROOT)) {
          case "asc" -> true;
          case "desc" -> false;
          case "" -> !field.equals("_score");
          default ->
              throw ElasticError.illegalArgument(
                      "No enum constant for sort order [" + order + "], use asc or desc")
                  .exception();
        };
    return switch (field) {
      case "_score" -> new SortNode.Score(ascending);
      case "_doc", "_shard_doc" -> new SortNode.Doc(ascending);
      default -> new SortNode.Field(field, ascending, null, null, null, null);
    };
  }
}
