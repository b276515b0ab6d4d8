package io.headwater.view.search.mapping;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands at one path of a mapping. */
public sealed interface MappingNode {
  String path();

  /** What happens to fields that no mapping knows. */
  enum Dynamic {
    TRUE,
    FALSE,
    STRICT
  }

  /**
   * An object with named parts.
   *
   * @param dynamic null inherits from the object around it
   * @param enabled false stores what is inside without indexing it
   */
  record ObjectNode(
      String path, @Nullable Dynamic dynamic, boolean enabled, Map<String, MappingNode> children)
      implements MappingNode {

    ObjectNode with(String name, MappingNode child) {
      Map<String, MappingNode> copy = new HashMap<>(children);
      copy.put(name, child);
      return new ObjectNode(path, dynamic, enabled, Collections.unmodifiableMap(copy));
    }
  }

  /**
   * A field.
   *
   * @param ignoreAbove keywords with more chars are not indexed
   * @param nullValue what an explicit null counts as, or null
   * @param format of dates; null for other types
   * @param fields the same value indexed in other ways, by name
   */
  record Field(
      String path,
      FieldType type,
      boolean index,
      boolean docValues,
      boolean norms,
      boolean coerce,
      boolean ignoreMalformed,
      int ignoreAbove,
      @Nullable Object nullValue,
      @Nullable DateFormat format,
      @Nullable String analyzer,
      @Nullable String searchAnalyzer,
      List<String> copyTo,
      Map<String, Field> fields)
      implements MappingNode {

    static Field of(String path, FieldType type) {
      return new Field(
          path,
          type,
          true,
          type != FieldType.TEXT,
          type == FieldType.TEXT,
          true,
          false,
          Integer.MAX_VALUE,
          null,
          type == FieldType.DATE ? DateFormat.DEFAULT : null,
          null,
          null,
          List.of(),
          Map.of());
    }

    /** What dynamic mapping makes of a string: text, with a keyword beside it. */
    static Field dynamicText(String path) {
      Field text = of(path, FieldType.TEXT);
      Field keyword = of(path + ".keyword", FieldType.KEYWORD).withIgnoreAbove(256);
      return text.withFields(Map.of("keyword", keyword));
    }

    Field withIgnoreAbove(int chars) {
      return new Field(
          path,
          type,
          index,
          docValues,
          norms,
          coerce,
          ignoreMalformed,
          chars,
          nullValue,
          format,
          analyzer,
          searchAnalyzer,
          copyTo,
          fields);
    }

    Field withFields(Map<String, Field> others) {
      return new Field(
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
          analyzer,
          searchAnalyzer,
          copyTo,
          others);
    }

    /** The analyzer for indexing, by name. */
    public String indexAnalyzer() {
      return analyzer == null ? Analyzers.DEFAULT : analyzer;
    }

    /** The analyzer for queries, by name. */
    public String queryAnalyzer() {
      return searchAnalyzer == null ? indexAnalyzer() : searchAnalyzer;
    }

    /** The format of a date field. */
    public DateFormat dateFormat() {
      return format == null ? DateFormat.DEFAULT : format;
    }
  }
}
