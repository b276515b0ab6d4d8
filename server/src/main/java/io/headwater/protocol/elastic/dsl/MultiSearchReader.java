package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the lines of {@code _msearch}: a header, then a search body, and so on. */
public final class MultiSearchReader {
  private static final int SEARCHES_MAX = 1_000;

  /**
   * One search.
   *
   * @param index an expression, or null for all
   */
  public record Line(@Nullable String index, JsonValue.Obj body) {}

  private MultiSearchReader() {}

  public static List<Line> read(byte[] text, @Nullable String defaultIndex) {
    List<Line> lines = new ArrayList<>();
    String index = defaultIndex;
    boolean header = true;
    int start = 0;
    for (int i = 0; i <= text.length; i++) {
      if (i < text.length && text[i] != '\n') {
        continue;
      }
      int length = i - start;
      if (header && i == text.length && length == 0) {
        break;
      }
      if (header) {
        index = length == 0 ? defaultIndex : header(text, start, length, defaultIndex);
      } else {
        lines.add(new Line(index, JsonValue.object(JsonValue.parse(text, start, length))));
      }
      header = !header;
      start = i + 1;
    }
    if (!header) {
      throw ElasticError.illegalArgument("The msearch request must end with a search body")
          .exception();
    }
    if (lines.isEmpty() || lines.size() > SEARCHES_MAX) {
      throw ElasticError.validation(
              lines.isEmpty()
                  ? "no requests added"
                  : "at most " + SEARCHES_MAX + " searches, got " + lines.size())
          .exception();
    }
    return lines;
  }

  private static @Nullable String header(
      byte[] text, int start, int length, @Nullable String defaultIndex) {
    Fields f = new Fields("msearch", JsonValue.parse(text, start, length));
    List<String> names = new ArrayList<>(f.texts("index"));
    names.addAll(f.texts("indices"));
    f.hints(
        "preference",
        "routing",
        "request_cache",
        "search_type",
        "allow_partial_search_results",
        "ccs_minimize_roundtrips");
    f.unsupported("ignore_unavailable", "allow_no_indices", "expand_wildcards");
    f.done();
    return names.isEmpty() ? defaultIndex : String.join(",", names);
  }
}
