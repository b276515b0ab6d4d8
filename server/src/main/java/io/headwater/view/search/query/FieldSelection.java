package io.headwater.view.search.query;

import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.mapping.MappingNode.Field;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields that a query over several fields goes to: {@code ["title^3", "name.*"]}. */
final class FieldSelection {
  private static final int FIELDS_MAX = 1_024;

  private FieldSelection() {}

  /**
   * @param boosts by field
   * @param guessed nobody named the fields singly, so what does not fit one is no error
   */
  record Selected(Map<Field, Float> boosts, boolean guessed) {}

  static Selected select(Mapping mapping, List<String> patterns) {
    Map<Field, Float> boosts = new LinkedHashMap<>();
    List<String> wanted = patterns.isEmpty() ? List.of("*") : patterns;
    boolean guessed = false;
    for (String pattern : wanted) {
      int caret = pattern.lastIndexOf('^');
      float boost = caret < 0 ? 1 : boost(pattern, caret);
      String name = caret < 0 ? pattern : pattern.substring(0, caret);
      boolean wild = name.indexOf('*') >= 0;
      guessed |= wild;
      for (Field field : mapping.matching(name)) {
        if (!wild || field.index()) {
          boosts.merge(field, boost, (a, b) -> a * b);
        }
      }
    }
    if (boosts.size() > FIELDS_MAX) {
      throw FieldQueries.invalid(
          "field expansion matches too many fields, limit: "
              + FIELDS_MAX
              + ", got: "
              + boosts.size());
    }
    return new Selected(boosts, guessed);
  }

  private static float boost(String pattern, int caret) {
    try {
      float boost = Float.parseFloat(pattern.substring(caret + 1));
      if (boost >= 0 && Float.isFinite(boost)) {
        return boost;
      }
    } catch (NumberFormatException e) {
      throw FieldQueries.invalid("invalid boost in [" + pattern + "]");
    }
    throw FieldQueries.invalid("invalid boost in [" + pattern + "]");
  }
}
