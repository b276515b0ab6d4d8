package io.headwater.view.search.mapping;

import io.headwater.view.search.mapping.MappingNode.Field;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A field while its parameters are read. */
final class FieldParameters {
  private final String path;
  private final FieldType type;
  private boolean index = true;
  private boolean docValues;
  private boolean norms;
  private boolean coerce = true;
  private boolean ignoreMalformed;
  private int ignoreAbove = Integer.MAX_VALUE;
  private @Nullable Object nullValue;
  private @Nullable DateFormat format;
  private @Nullable String analyzer;
  private @Nullable String searchAnalyzer;
  List<String> copyTo = List.of();
  Map<String, Field> fields = Map.of();

  FieldParameters(String path, FieldType type) {
    this.path = path;
    this.type = type;
    this.docValues = type != FieldType.TEXT;
    this.norms = type == FieldType.TEXT;
    this.format = type == FieldType.DATE ? DateFormat.DEFAULT : null;
  }

  /** Takes a parameter; false if this type has none of that name. */
  boolean take(String name, @Nullable Object value) {
    switch (name) {
      case "index" -> index = MappingReader.bool(name, value);
      case "doc_values" -> {
        if (type == FieldType.TEXT) {
          return false;
        }
        docValues = MappingReader.bool(name, value);
      }
      case "null_value" -> {
        if (type == FieldType.TEXT) {
          return false;
        }
        nullValue = value;
      }
      case "ignore_malformed" -> {
        if (type.isString()) {
          return false;
        }
        ignoreMalformed = MappingReader.bool(name, value);
      }
      case "coerce" -> {
        if (!type.isNumber()) {
          return false;
        }
        coerce = MappingReader.bool(name, value);
      }
      default -> {
        return takeText(name, value) || takeOther(name, value);
      }
    }
    return true;
  }

  private boolean takeText(String name, @Nullable Object value) {
    if (type != FieldType.TEXT) {
      return false;
    }
    switch (name) {
      case "analyzer" -> analyzer = knownAnalyzer(value);
      case "search_analyzer" -> searchAnalyzer = knownAnalyzer(value);
      case "norms" -> norms = MappingReader.bool(name, value);
      case "index_options" -> {
        if (!"positions".equals(value)) {
          throw MappingReader.notSupported(
              "mapping parameter [index_options: " + value + "] of field [" + path + "]");
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean takeOther(String name, @Nullable Object value) {
    if (type == FieldType.KEYWORD && name.equals("ignore_above")) {
      if (!(value instanceof Long chars) || chars < 0) {
        throw MappingReader.invalid("[ignore_above] must be positive, got [" + value + "]");
      }
      ignoreAbove = (int) Math.min(Integer.MAX_VALUE, chars);
      return true;
    }
    if (type == FieldType.KEYWORD
        && (name.equals("norms") || name.equals("index_options"))
        && ("false".equals(String.valueOf(value)) || "docs".equals(value))) {
      return true;
    }
    if (type == FieldType.DATE && name.equals("format")) {
      try {
        format = DateFormat.of(String.valueOf(value));
      } catch (IllegalArgumentException e) {
        throw MappingReader.invalid(String.valueOf(e.getMessage()));
      }
      return true;
    }
    return false;
  }

  private String knownAnalyzer(@Nullable Object value) {
    String name = String.valueOf(value);
    if (Analyzers.named(name) == null) {
      throw MappingReader.invalid(
          "analyzer [" + name + "] has not been configured in mappings (field [" + path + "])");
    }
    return name;
  }

  Field field() {
    Field field =
        new Field(
            path,
            type,
            index,
            docValues,
            norms,
            coerce,
            ignoreMalformed,
            ignoreAbove,
            nullValue,
            format,
            analyzer == null || analyzer.equals(Analyzers.DEFAULT) ? null : analyzer,
            searchAnalyzer,
            copyTo,
            fields);
    if (nullValue != null) {
      DocumentParser.checkNullValue(field, nullValue);
    }
    return field;
  }
}
