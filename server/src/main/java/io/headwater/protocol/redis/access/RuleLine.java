package io.headwater.protocol.redis.access;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The words of a user's definition, with those of a selector in parentheses put together.
 *
 * @param unmatched the word that opens a selector which nothing closes, or null
 */
record RuleLine(List<String> rules, @Nullable String unmatched) {
  static RuleLine of(List<String> words) {
    List<String> rules = new ArrayList<>();
    StringBuilder selector = null;
    String opened = null;
    for (String word : words) {
      if (word.startsWith("(") && !word.endsWith(")")) {
        selector = new StringBuilder(word); // as Redis: one that was open is forgotten
        opened = word;
      } else if (selector != null) {
        selector.append(' ').append(word);
      } else {
        rules.add(word);
      }
      if (selector != null && word.endsWith(")")) {
        rules.add(selector.toString());
        selector = null;
        opened = null;
      }
    }
    return new RuleLine(rules, opened);
  }
}
