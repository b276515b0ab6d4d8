package io.headwater.view.search.mapping;

import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.MappingNode.ObjectNode;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts one mapping into another; conflicts are refused in Elasticsearch's words. */
final class MappingMerge {
  private MappingMerge() {}

  static Mapping merge(Mapping known, Mapping more) {
    ObjectNode root = mergeObjects(known.root(), more.root());
    Boolean dates = more.dateDetection() == null ? known.dateDetection() : more.dateDetection();
    Object meta = more.meta() == null ? known.meta() : more.meta();
    return new Mapping(root, dates, meta, Mapping.count(root));
  }

  static MappingNode merge(MappingNode known, MappingNode more) {
    return switch (known) {
      case ObjectNode object ->
          switch (more) {
            case ObjectNode other -> mergeObjects(object, other);
            case Field _ ->
                throw MappingReader.invalid(
                    "can't merge a non object mapping ["
                        + known.path()
                        + "] with an object"
                        + " mapping");
          };
      case Field field ->
          switch (more) {
            case Field other -> mergeFields(field, other);
            case ObjectNode _ ->
                throw MappingReader.invalid(
                    "can't merge a non object mapping ["
                        + known.path()
                        + "] with an object"
                        + " mapping");
          };
    };
  }

  private static ObjectNode mergeObjects(ObjectNode known, ObjectNode more) {
    if (known.enabled() != more.enabled() && !more.children().isEmpty()) {
      throw MappingReader.invalid(
          "the [enabled] parameter can't be updated for the object mapping [" + known.path() + "]");
    }
    Map<String, MappingNode> children = new HashMap<>(known.children());
    more.children()
        .forEach((name, child) -> {
          MappingNode old = children.get(name);
          children.put(name, old == null ? child : merge(old, child));
        });
    return new ObjectNode(
        known.path(),
        more.dynamic() == null ? known.dynamic() : more.dynamic(),
        known.enabled(),
        Collections.unmodifiableMap(children));
  }

  private static Field mergeFields(Field known, Field more) {
    if (known.type() != more.type()) {
      throw MappingReader.invalid(
          "mapper ["
              + known.path()
              + "] cannot be changed from type ["
              + known.type().word()
              + "] to ["
              + more.type().word()
              + "]");
    }
    same(known, "index", known.index(), more.index());
    same(known, "doc_values", known.docValues(), more.docValues());
    same(known, "norms", known.norms(), more.norms());
    same(known, "analyzer", known.indexAnalyzer(), more.indexAnalyzer());
    same(known, "format", known.format(), more.format());
    same(known, "null_value", known.nullValue(), more.nullValue());
    Map<String, Field> fields = new HashMap<>(known.fields());
    more.fields()
        .forEach((name, field) -> {
          Field old = fields.get(name);
          fields.put(name, old == null ? field : mergeFields(old, field));
        });
    return more.withFields(Collections.unmodifiableMap(fields));
  }

  private static void same(
      Field field, String parameter, @Nullable Object known, @Nullable Object more) {
    if (!Objects.equals(known, more)) {
      throw MappingReader.invalid(
          "Mapper for ["
              + field.path()
              + "] conflicts with existing mapper:\n\tCannot update parameter ["
              + parameter
              + "] from ["
              + known
              + "] to ["
              + more
              + "]");
    }
  }
}
