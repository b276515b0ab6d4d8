package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.RawFields;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteOp.Condition;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads the body of {@code _update}, also of a bulk update. */
public final class UpdateBody {
  private UpdateBody() {}

  public static WriteOp.Update read(
      String index, String id, Condition condition, byte[] json, int from, int length) {
    Map<String, byte[]> fields = RawFields.read(json, from, length);
    boolean docAsUpsert = false;
    boolean detectNoop = true;
    byte[] doc = null;
    byte[] upsert = null;
    for (Map.Entry<String, byte[]> field : fields.entrySet()) {
      byte[] value = field.getValue();
      switch (field.getKey()) {
        case "doc" -> doc = value;
        case "upsert" -> upsert = value;
        case "doc_as_upsert" -> docAsUpsert = flag("doc_as_upsert", value);
        case "detect_noop" -> detectNoop = flag("detect_noop", value);
        case "script", "scripted_upsert", "_source" ->
            throw ElasticError.notSupported("[UpdateRequest] option [" + field.getKey() + "]")
                .exception();
        default ->
            throw ElasticError.of(
                    400,
                    "x_content_parse_exception",
                    "[UpdateRequest] unknown field [" + field.getKey() + "]")
                .exception();
      }
    }
    if (doc == null) {
      throw ElasticError.validation(
              docAsUpsert
                  ? "doc must be specified if doc_as_upsert is enabled"
                  : "script or doc is missing")
          .exception();
    }
    return new WriteOp.Update(index, id, doc, upsert, docAsUpsert, detectNoop, condition);
  }

  private static boolean flag(String name, byte[] value) {
    return switch (new String(value, StandardCharsets.UTF_8)) {
      case "true", "\"true\"" -> true;
      case "false", "\"false\"" -> false;
      case String other ->
          throw ElasticError.of(
                  400,
                  "x_content_parse_exception",
                  "[UpdateRequest] failed to parse field [" + name + "]: " + other)
              .exception();
    };
  }
}
