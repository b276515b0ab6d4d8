package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.JsonValue;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an action line says beside the action.
 *
 * @param options the texts of options about versions and modes
 */
record BulkAction(String index, @Nullable String id, Map<String, String> options) {

  static BulkAction read(int line, Map<String, JsonValue> fields, @Nullable String defaultIndex) {
    String index = defaultIndex;
    String id = null;
    Map<String, String> options = HashMap.newHashMap(0);
    for (Map.Entry<String, JsonValue> field : fields.entrySet()) {
      String name = field.getKey();
      String value = text(line, name, field.getValue());
      if (value == null) {
        continue;
      }
      switch (name) {
        case "_index" -> index = value;
        case "_id" -> id = value;
        case "if_seq_no", "if_primary_term", "version", "version_type", "op_type" ->
            options.put(name, value);
        // One shard: routing decides nothing. Decisions are serial: no update needs a retry.
        case "routing", "retry_on_conflict", "list_executed_pipelines" -> {}
        case "require_alias", "require_data_stream" -> {
          if (!value.equals("false")) {
            throw notSupported(name);
          }
        }
        case "pipeline" -> {
          if (!value.equals("_none")) {
            throw notSupported(name);
          }
        }
        case "_source", "dynamic_templates" -> throw notSupported(name);
        default ->
            throw ElasticError.illegalArgument(
                    "Action/metadata line ["
                        + line
                        + "] contains an unknown parameter ["
                        + name
                        + "]")
                .exception();
      }
    }
    if (index == null) {
      throw ElasticError.validation("index is missing").exception();
    }
    return new BulkAction(index, id, options);
  }

  private static RuntimeException notSupported(String option) {
    return ElasticError.notSupported("bulk option [" + option + "]").exception();
  }

  private static @Nullable String text(int line, String name, JsonValue value) {
    return switch (value) {
      case JsonValue.Text(String text, _) -> text;
      case JsonValue.Num n -> n.text();
      case JsonValue.Bool b -> String.valueOf(b.value());
      case JsonValue.Null _ -> null;
      case JsonValue.Obj _, JsonValue.Arr _ -> {
        if (name.equals("_source") || name.equals("dynamic_templates")) {
          throw notSupported(name);
        }
        throw ElasticError.illegalArgument(
                "Malformed action/metadata line ["
                    + line
                    + "], expected a simple value for field ["
                    + name
                    + "] but found ["
                    + value.kind()
                    + "]")
            .exception();
      }
    };
  }

  @Nullable String option(String name) {
    return options.get(name);
  }
}
