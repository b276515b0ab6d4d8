package io.headwater.protocol.elastic.json;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.headwater.bytes.ByteWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a finished answer for {@code filter_path} and {@code pretty}. Patterns are dotted names;
 * {@code *} stands for any part of one name, {@code **} for any number of names, a leading {@code
 * -} leaves out what matches. Objects and arrays that end up empty are left out.
 */
public final class FilterPath {
  private static final int PATTERNS_MAX = 100;

  private final List<List<String>> includes = new ArrayList<>();
  private final List<List<String>> excludes = new ArrayList<>();

  /**
   * @param patterns separated by commas; empty filters nothing
   */
  public FilterPath(String patterns) {
    for (String pattern : patterns.split(",", PATTERNS_MAX)) {
      if (pattern.startsWith("-")) {
        excludes.add(List.of(pattern.substring(1).split("\\.")));
      } else if (!pattern.isEmpty()) {
        includes.add(List.of(pattern.split("\\.")));
      }
    }
  }

  /** The answer narrowed, indented for people where asked. */
  public ByteWriter rewrite(byte[] json, int length, Layout layout) {
    JsonValue answer = JsonValue.parseAnswer(json, length);
    JsonValue left =
        includes.isEmpty() && excludes.isEmpty()
            ? answer
            : prune(answer, started(includes), started(excludes), includes.isEmpty());
    JsonValue result = left == null ? new JsonValue.Obj(Map.of(), answer.at()) : left;
    return switch (layout) {
      case COMPACT -> Json.write(result::write);
      case PRETTY ->
          Json.write(
                  out -> {
                    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
                    printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
                    out.setPrettyPrinter(printer);
                    result.write(out);
                  })
              .putByte('\n');
    };
  }

  public enum Layout {
    COMPACT,
    PRETTY
  }

  /**
   * What is left of a value, or null.
   *
   * @param whole everything in it is wanted, but for {@code unwanted}
   */
  private static @Nullable JsonValue prune(
      JsonValue value, List<Progress> wanted, List<Progress> unwanted, boolean whole) {
    boolean all = whole || wanted.stream().anyMatch(Progress::complete);
    if (unwanted.stream().anyMatch(Progress::complete) || (!all && wanted.isEmpty())) {
      return null;
    }
    return switch (value) {
      case JsonValue.Obj(Map<String, JsonValue> fields, var at) -> {
        Map<String, JsonValue> left = new LinkedHashMap<>();
        fields.forEach((name, field) -> {
          JsonValue pruned = prune(field, below(wanted, name), below(unwanted, name), all);
          if (pruned != null) {
            left.put(name, pruned);
          }
        });
        yield left.isEmpty() && !(all && fields.isEmpty()) ? null : new JsonValue.Obj(left, at);
      }
      case JsonValue.Arr(List<JsonValue> items, var at) -> {
        List<JsonValue> left = new ArrayList<>();
        for (JsonValue item : items) {
          JsonValue pruned = prune(item, wanted, unwanted, all);
          if (pruned != null) {
            left.add(pruned);
          }
        }
        yield left.isEmpty() && !(all && items.isEmpty()) ? null : new JsonValue.Arr(left, at);
      }
      case JsonValue.Text _, JsonValue.Num _, JsonValue.Bool _, JsonValue.Null _ ->
          all ? value : null;
    };
  }

  private static List<Progress> below(List<Progress> patterns, String name) {
    List<Progress> next = new ArrayList<>();
    for (Progress pattern : patterns) {
      pattern.below(name, next);
    }
    return next;
  }

  private static List<Progress> started(List<List<String>> patterns) {
    return patterns.stream().map(pattern -> new Progress(pattern, 0)).toList();
  }

  /** A pattern of which the first names are matched. */
  private record Progress(List<String> pattern, int matched) {
    boolean complete() {
      return matched == pattern.size();
    }

    /** Adds what is left of this pattern below {@code name}. */
    void below(String name, List<Progress> next) {
      if (complete()) {
        return;
      }
      String part = pattern.get(matched);
      if (part.equals("**")) {
        next.add(this);
        new Progress(pattern, matched + 1).below(name, next);
        if (matched + 1 == pattern.size()) {
          next.add(new Progress(pattern, matched + 1));
        }
      } else if (matches(part, name)) {
        next.add(new Progress(pattern, matched + 1));
      }
    }

    private static boolean matches(String part, String name) {
      int star = part.indexOf('*');
      if (star < 0) {
        return part.equals(name);
      }
      StringBuilder regex = new StringBuilder();
      for (String piece : part.split("\\*", -1)) {
        regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(piece));
      }
      return name.matches(regex.toString());
    }
  }
}
