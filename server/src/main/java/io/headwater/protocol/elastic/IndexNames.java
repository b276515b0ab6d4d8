package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.view.catalog.Index;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which names indexes may have, and which indexes an expression means. */
final class IndexNames {
  /** Parameters about expressions that every endpoint with an index takes. */
  static final String[] PARAMETERS = {"ignore_unavailable", "allow_no_indices", "expand_wildcards"};

  private static final String FORBIDDEN = " \"*\\<|,>/?";
  private static final int NAME_BYTES_MAX = 255;

  private IndexNames() {}

  /** Refuses a name that an index cannot have, in Elasticsearch's words. */
  static void check(String name) {
    String wrong = wrong(name);
    if (wrong != null) {
      throw ElasticError.of(
              400, "invalid_index_name_exception", "Invalid index name [" + name + "], " + wrong)
          .with("index_uuid", "_na_")
          .with("index", name)
          .exception();
    }
  }

  private static @Nullable String wrong(String name) {
    if (name.isEmpty()) {
      return "must not be empty";
    }
    for (int i = 0; i < name.length(); i++) {
      if (FORBIDDEN.indexOf(name.charAt(i)) >= 0 || name.charAt(i) < ' ') {
        return "must not contain the following characters"
            + " [' ','\"','*','\\\\','<','|',',','>','/','?']";
      }
    }
    if (name.contains("#")) {
      return "must not contain '#'";
    }
    if (name.contains(":")) {
      return "must not contain ':'";
    }
    if ("_-+".indexOf(name.charAt(0)) >= 0) {
      return "must not start with '_', '-', or '+'";
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > NAME_BYTES_MAX) {
      return "index name is too long, (" + bytes + " > " + NAME_BYTES_MAX + ")";
    }
    if (name.equals(".") || name.equals("..")) {
      return "must not be '.' or '..'";
    }
    return name.equals(name.toLowerCase(Locale.ROOT)) ? null : "must be lowercase";
  }

  /**
   * The indexes that an expression means: names, wildcards, {@code _all}, {@code -name} after a
   * wildcard, separated by commas; null and the empty string mean all.
   */
  static List<Index> resolve(Node node, Call call, @Nullable String expression) {
    boolean ignoreUnavailable = call.flag("ignore_unavailable", false);
    boolean allowNone = call.flag("allow_no_indices", true);
    String wildcards = call.param("expand_wildcards", "open");
    for (String word : wildcards.split(",")) {
      if (!Set.of("open", "closed", "hidden", "none", "all").contains(word)) {
        throw ElasticError.illegalArgument("No valid expand wildcard value [" + word + "]")
            .exception();
      }
    }
    return resolve(node, expression, ignoreUnavailable, allowNone, !wildcards.equals("none"));
  }

  private static List<Index> resolve(
      Node node,
      @Nullable String expression,
      boolean ignoreUnavailable,
      boolean allowNone,
      boolean expand) {
    List<Index> all = node.search().indexes();
    Set<Index> found = new LinkedHashSet<>();
    boolean wildcard = false;
    String text = expression == null || expression.isEmpty() ? "_all" : expression;
    for (String part : text.split(",")) {
      if (wildcard && part.startsWith("-")) {
        Pattern pattern = pattern(part.substring(1));
        found.removeIf(index -> pattern.matcher(index.name()).matches());
      } else if (part.equals("_all") || part.contains("*")) {
        wildcard = true;
        if (expand) {
          Pattern pattern = pattern(part.equals("_all") ? "*" : part);
          all.stream().filter(index -> pattern.matcher(index.name()).matches()).forEach(found::add);
        }
      } else {
        Index index = node.search().index(part);
        if (index != null) {
          found.add(index);
        } else if (!ignoreUnavailable) {
          if (part.startsWith("_")) {
            check(part);
          }
          throw ElasticError.noSuchIndex(part).exception();
        }
      }
    }
    if (found.isEmpty() && !allowNone) {
      throw ElasticError.noSuchIndex(text).exception();
    }
    return new ArrayList<>(found);
  }

  private static Pattern pattern(String wildcard) {
    StringBuilder regex = new StringBuilder();
    for (String piece : wildcard.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(piece));
    }
    return Pattern.compile(regex.toString());
  }

  /** The one index of this name. */
  static Index concrete(Node node, String name) {
    Index index = node.search().index(name);
    if (index == null) {
      if (name.startsWith("_")) {
        check(name);
      }
      throw ElasticError.noSuchIndex(name).exception();
    }
    return index;
  }
}
