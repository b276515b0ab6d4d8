package io.headwater.view.search.mapping;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.MappingNode.Dynamic;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.MappingNode.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads mappings from JSON. Every parameter is understood, taken because it says the default, or
 * refused by name; nothing is dropped.
 */
final class MappingReader {
  /** Types that Elasticsearch has and this server does not. */
  private static final Set<String> OTHER_TYPES =
      Set.of(
          "aggregate_metric_double",
          "alias",
          "binary",
          "completion",
          "constant_keyword",
          "date_nanos",
          "date_range",
          "dense_vector",
          "double_range",
          "flattened",
          "float_range",
          "geo_point",
          "geo_shape",
          "half_float",
          "histogram",
          "integer_range",
          "ip",
          "ip_range",
          "join",
          "knn_vector",
          "long_range",
          "match_only_text",
          "nested",
          "passthrough",
          "percolator",
          "point",
          "rank_feature",
          "rank_features",
          "scaled_float",
          "search_as_you_type",
          "semantic_text",
          "shape",
          "sparse_vector",
          "token_count",
          "unsigned_long",
          "version",
          "wildcard");

  /** Parameters that are taken when they say what happens anyway. */
  private static final Map<String, Set<Object>> ONLY_DEFAULTS =
      Map.ofEntries(
          Map.entry("store", Set.of(false, "false")),
          Map.entry("fielddata", Set.of(false, "false")),
          Map.entry("similarity", Set.of("BM25")),
          Map.entry("term_vector", Set.of("no")),
          Map.entry("eager_global_ordinals", Set.of(false, "false")),
          Map.entry("position_increment_gap", Set.of(100L)),
          Map.entry("index_phrases", Set.of(false, "false")),
          Map.entry("split_queries_on_whitespace", Set.of(false, "false")),
          Map.entry("subobjects", Set.of(true, "true")),
          Map.entry("time_series_dimension", Set.of(false, "false")),
          Map.entry("meta", Set.of(Map.of())),
          Map.entry("locale", Set.of("", "ROOT")),
          Map.entry("boost", Set.of(1L, 1.0)),
          Map.entry("index_prefixes", Set.of()),
          Map.entry("normalizer", Set.of()),
          Map.entry("search_quote_analyzer", Set.of()),
          Map.entry("script", Set.of()),
          Map.entry("time_series_metric", Set.of()),
          Map.entry("on_script_error", Set.of()));

  private MappingReader() {}

  static Mapping read(String json) {
    Map<String, @Nullable Object> tree;
    try {
      tree = Json.object(json);
    } catch (Json.MalformedJson e) {
      throw invalid("Failed to parse mapping: " + e.getMessage());
    }
    Dynamic dynamic = null;
    Boolean dates = null;
    Object meta = null;
    Map<String, MappingNode> children = Map.of();
    for (Map.Entry<String, @Nullable Object> entry : tree.entrySet()) {
      String name = entry.getKey();
      Object value = entry.getValue();
      switch (name) {
        case "properties" -> children = properties("", value, 1);
        case "dynamic" -> dynamic = dynamic(value);
        case "date_detection" -> dates = bool(name, value);
        case "_meta" -> meta = value;
        case "numeric_detection" -> onlyIf(!bool(name, value), "mapping parameter [" + name + "]");
        case "_source" -> onlyIf(isEnabledOnly(value), "disabling or filtering [_source]");
        case "_routing" -> onlyIf(isEmptyOrNotRequired(value), "required [_routing]");
        case "dynamic_templates",
            "runtime",
            "dynamic_date_formats",
            "subobjects",
            "_data_stream_timestamp",
            "_size",
            "_field_names" ->
            onlyIf(isEmpty(value), "mapping parameter [" + name + "]");
        default ->
            throw invalid(
                "Root mapping definition has unsupported parameters:  ["
                    + name
                    + " : "
                    + Json.text(value)
                    + "]");
      }
    }
    ObjectNode root = new ObjectNode("", dynamic, true, children);
    return new Mapping(root, dates, meta, Mapping.count(root));
  }

  private static Map<String, MappingNode> properties(
      String parent, @Nullable Object tree, int depth) {
    Map<String, MappingNode> children = new HashMap<>();
    for (Map.Entry<String, @Nullable Object> entry : map("properties", tree).entrySet()) {
      String name = entry.getKey();
      int dot = name.indexOf('.');
      if (dot >= 0) { // {"a.b": …} is {"a": {"properties": {"b": …}}}
        String first = checkedName(name.substring(0, dot));
        Object rest = Collections.singletonMap(name.substring(dot + 1), entry.getValue());
        Object wrapped = Map.of("properties", rest);
        merge(children, first, node(path(parent, first), wrapped, depth));
      } else {
        merge(children, name, node(path(parent, checkedName(name)), entry.getValue(), depth));
      }
    }
    return Collections.unmodifiableMap(children);
  }

  private static void merge(Map<String, MappingNode> children, String name, MappingNode node) {
    MappingNode known = children.get(name);
    children.put(name, known == null ? node : MappingMerge.merge(known, node));
  }

  private static String checkedName(String name) {
    if (name.isBlank()) {
      throw invalid("field name cannot be an empty string");
    }
    return name;
  }

  private static String path(String parent, String name) {
    if (parent.isEmpty() && DocumentParser.METADATA.contains(name)) {
      throw invalid(
          "Field ["
              + name
              + "] is defined more than once or is a metadata field and cannot be"
              + " added inside a document");
    }
    String path = parent.isEmpty() ? name : parent + "." + name;
    if (path.length() > Mapping.PATH_CHARS_MAX) {
      throw invalid("Field name longer than [" + Mapping.PATH_CHARS_MAX + "] chars");
    }
    return path;
  }

  private static MappingNode node(String path, @Nullable Object tree, int depth) {
    if (depth > Mapping.DEPTH_MAX) {
      throw invalid(
          "Limit of mapping depth ["
              + Mapping.DEPTH_MAX
              + "] has been exceeded due to object"
              + " field ["
              + path
              + "]");
    }
    Map<String, @Nullable Object> params = map(path, tree);
    Object type = params.get("type");
    boolean object = type == null ? params.containsKey("properties") : "object".equals(type);
    if (object || (type == null && isObjectLike(params))) {
      return object(path, params, depth);
    }
    if (type == null) {
      throw invalid("No type specified for field [" + path + "]");
    }
    return field(path, String.valueOf(type), params, true);
  }

  private static boolean isObjectLike(Map<String, @Nullable Object> params) {
    return params.isEmpty() || params.containsKey("dynamic") || params.containsKey("enabled");
  }

  private static ObjectNode object(String path, Map<String, @Nullable Object> params, int depth) {
    Dynamic dynamic = null;
    boolean enabled = true;
    Map<String, MappingNode> children = Map.of();
    for (Map.Entry<String, @Nullable Object> entry : params.entrySet()) {
      Object value = entry.getValue();
      switch (entry.getKey()) {
        case "type" -> {}
        case "dynamic" -> dynamic = dynamic(value);
        case "enabled" -> enabled = bool("enabled", value);
        case "properties" -> children = properties(path, value, depth + 1);
        default -> defaultOnly(path, "object", entry.getKey(), value);
      }
    }
    return new ObjectNode(path, dynamic, enabled, children);
  }

  private static Field field(
      String path, String typeWord, Map<String, @Nullable Object> params, boolean outer) {
    FieldType type = FieldType.of(typeWord);
    if (type == null) {
      if (OTHER_TYPES.contains(typeWord)) {
        throw notSupported("field type [" + typeWord + "] of field [" + path + "]");
      }
      throw invalid(
          "The mapper type [" + typeWord + "] declared on field [" + path + "] does not exist");
    }
    FieldParameters p = new FieldParameters(path, type);
    for (Map.Entry<String, @Nullable Object> entry : params.entrySet()) {
      String name = entry.getKey();
      Object value = entry.getValue();
      if (name.equals("type") || p.take(name, value)) {
        continue;
      }
      if (name.equals("fields") && outer) {
        p.fields = innerFields(path, value);
      } else if (name.equals("copy_to") && outer) {
        p.copyTo = strings(value);
      } else {
        defaultOnly(path, typeWord, name, value);
      }
    }
    return p.field();
  }

  private static Map<String, Field> innerFields(String path, @Nullable Object tree) {
    Map<String, Field> fields = new HashMap<>();
    for (Map.Entry<String, @Nullable Object> entry : map("fields", tree).entrySet()) {
      String name = checkedName(entry.getKey());
      if (name.indexOf('.') >= 0) {
        throw invalid(
            "Field name ["
                + name
                + "] which is a multi field of ["
                + path
                + "] cannot contain '.'");
      }
      Map<String, @Nullable Object> params = map(name, entry.getValue());
      Object type = params.get("type");
      if (type == null) {
        throw invalid("No type specified for property [" + name + "]");
      }
      fields.put(name, field(path + "." + name, String.valueOf(type), params, false));
    }
    return Collections.unmodifiableMap(fields);
  }

  private static void defaultOnly(String path, String type, String name, @Nullable Object value) {
    Set<Object> taken = ONLY_DEFAULTS.get(name);
    if (taken == null) {
      throw invalid(
          "unknown parameter [" + name + "] on mapper [" + path + "] of type [" + type + "]");
    }
    onlyIf(
        value != null && taken.contains(value),
        "mapping parameter [" + name + ": " + Json.text(value) + "] of field [" + path + "]");
  }

  private static Dynamic dynamic(@Nullable Object value) {
    return switch (String.valueOf(value)) {
      case "true" -> Dynamic.TRUE;
      case "false" -> Dynamic.FALSE;
      case "strict" -> Dynamic.STRICT;
      case "runtime" -> throw notSupported("mapping parameter [dynamic: runtime]");
      default -> throw invalid("No enum constant for dynamic: [" + value + "]");
    };
  }

  static boolean bool(String name, @Nullable Object value) {
    return switch (String.valueOf(value)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw invalid(
              "Failed to parse value ["
                  + value
                  + "] of ["
                  + name
                  + "] as only [true] or [false] are allowed.");
    };
  }

  private static List<String> strings(@Nullable Object value) {
    List<String> list = new ArrayList<>();
    for (Object element : value instanceof List<?> many ? many : List.of(String.valueOf(value))) {
      list.add(String.valueOf(element));
    }
    return List.copyOf(list);
  }

  @SuppressWarnings("unchecked") // Json makes maps with string keys only
  private static Map<String, @Nullable Object> map(String name, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, @Nullable Object>) map;
    }
    throw invalid("Expected map for property [" + name + "] but got " + Json.text(value));
  }

  private static boolean isEmpty(@Nullable Object value) {
    return (value instanceof Map<?, ?> map && map.isEmpty())
        || (value instanceof List<?> list && list.isEmpty());
  }

  private static boolean isEnabledOnly(@Nullable Object value) {
    return value instanceof Map<?, ?> map
        && (map.isEmpty()
            || (map.size() == 1 && "true".equals(String.valueOf(map.get("enabled")))));
  }

  private static boolean isEmptyOrNotRequired(@Nullable Object value) {
    return value instanceof Map<?, ?> map
        && (map.isEmpty()
            || (map.size() == 1 && "false".equals(String.valueOf(map.get("required")))));
  }

  private static void onlyIf(boolean supported, String what) {
    if (!supported) {
      throw notSupported(what);
    }
  }

  static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }

  static FailureException notSupported(String what) {
    return new FailureException(new Failure.NotSupported(what));
  }
}
