package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import java.util.Iterator;
import java.util.Map;

/**
 * The form {@code {"field": value}} that most leaf queries share.
 *
 * @param options the value where it is an object, or one made from the short form
 */
record OneField(String field, Fields options) {
  /**
   * @param shortFor the option that a bare value stands for
   */
  static OneField read(String query, JsonValue body, String shortFor) {
    if (!(body instanceof JsonValue.Obj(Map<String, JsonValue> fields, var at))) {
      throw Fields.wrong(body, "[" + query + "] query malformed, no start_object after query name");
    }
    if (fields.isEmpty()) {
      throw Fields.wrong(body, "[" + query + "] query malformed, no field name");
    }
    Iterator<Map.Entry<String, JsonValue>> entries = fields.entrySet().iterator();
    Map.Entry<String, JsonValue> first = entries.next();
    if (entries.hasNext()) {
      throw Fields.wrong(
          body,
          "["
              + query
              + "] query doesn't support multiple fields, found ["
              + first.getKey()
              + "] and ["
              + entries.next().getKey()
              + "]");
    }
    JsonValue value = first.getValue();
    JsonValue options =
        value instanceof JsonValue.Obj ? value : new JsonValue.Obj(Map.of(shortFor, value), at);
    return new OneField(first.getKey(), new Fields(query, options));
  }
}
