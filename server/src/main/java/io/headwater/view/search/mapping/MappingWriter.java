package io.headwater.view.search.mapping;

import io.headwater.view.search.mapping.MappingNode.Dynamic;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.MappingNode.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Mappings as JSON trees, defaults left out, names sorted: equal mappings give equal text. */
final class MappingWriter {
  private MappingWriter() {}

  static Map<String, @Nullable Object> tree(Mapping mapping) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (mapping.root().dynamic() != null) {
      tree.put("dynamic", word(mapping.root().dynamic()));
    }
    if (mapping.meta() != null) {
      tree.put("_meta", mapping.meta());
    }
    if (mapping.dateDetection() != null) {
      tree.put("date_detection", mapping.dateDetection());
    }
    if (!mapping.root().children().isEmpty()) {
      tree.put("properties", properties(mapping.root()));
    }
    return tree;
  }

  private static Map<String, @Nullable Object> properties(ObjectNode object) {
    Map<String, @Nullable Object> properties = new TreeMap<>();
    object.children().forEach((name, child) -> properties.put(name, node(child)));
    return properties;
  }

  private static Map<String, @Nullable Object> node(MappingNode node) {
    return switch (node) {
      case ObjectNode object -> object(object);
      case Field field -> field(field);
    };
  }

  private static Map<String, @Nullable Object> object(ObjectNode object) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    if (object.children().isEmpty()) {
      tree.put("type", "object");
    }
    if (object.dynamic() != null) {
      tree.put("dynamic", word(object.dynamic()));
    }
    if (!object.enabled()) {
      tree.put("enabled", false);
    }
    if (!object.children().isEmpty()) {
      tree.put("properties", properties(object));
    }
    return tree;
  }

  private static String word(Dynamic dynamic) {
    return dynamic.name().toLowerCase(Locale.ROOT);
  }

  private static Map<String, @Nullable Object> field(Field field) {
    FieldType type = field.type();
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("type", type.word());
    put(tree, "index", field.index(), true);
    put(tree, "doc_values", field.docValues(), type != FieldType.TEXT);
    put(tree, "norms", field.norms(), type == FieldType.TEXT);
    put(tree, "coerce", field.coerce(), true);
    put(tree, "ignore_malformed", field.ignoreMalformed(), false);
    if (field.ignoreAbove() != Integer.MAX_VALUE) {
      tree.put("ignore_above", field.ignoreAbove());
    }
    if (field.nullValue() != null) {
      tree.put("null_value", field.nullValue());
    }
    if (field.format() != null && !field.format().equals(DateFormat.DEFAULT)) {
      tree.put("format", field.format().text());
    }
    if (field.analyzer() != null) {
      tree.put("analyzer", field.analyzer());
    }
    if (field.searchAnalyzer() != null) {
      tree.put("search_analyzer", field.searchAnalyzer());
    }
    if (!field.copyTo().isEmpty()) {
      tree.put("copy_to", field.copyTo());
    }
    if (!field.fields().isEmpty()) {
      Map<String, @Nullable Object> inner = new TreeMap<>();
      field.fields().forEach((name, f) -> inner.put(name, field(f)));
      tree.put("fields", inner);
    }
    return tree;
  }

  private static void put(
      Map<String, @Nullable Object> tree, String name, boolean value, boolean usual) {
    if (value != usual) {
      tree.put(name, value);
    }
  }
}
