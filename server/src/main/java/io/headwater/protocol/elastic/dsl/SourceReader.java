package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.SourceFilter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the forms of {@code _source}: true, false, a name, names, includes and excludes. */
public final class SourceReader {
  private SourceReader() {}

  public static SourceFilter read(JsonValue value) {
    return switch (value) {
      case JsonValue.Bool b -> b.value() ? SourceFilter.ALL : SourceFilter.NONE;
      case JsonValue.Text(String name, _) -> including(List.of(name));
      case JsonValue.Arr array -> including(names(array));
      case JsonValue.Obj object -> {
        Fields f = new Fields("_source", object);
        List<String> includes = either(f, "includes", "include");
        List<String> excludes = either(f, "excludes", "exclude");
        f.done();
        yield new SourceFilter(true, includes, excludes);
      }
      case JsonValue.Num _, JsonValue.Null _ ->
          throw Fields.wrong(
              value,
              "Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found ["
                  + value.kind()
                  + "]");
    };
  }

  /**
   * The same in parameters of an address.
   *
   * @param source {@code true}, {@code false} or names; null is not given, as are the others
   * @return null where none is given
   */
  public static @Nullable SourceFilter parameters(
      @Nullable String source, @Nullable String includes, @Nullable String excludes) {
    if (source == null && includes == null && excludes == null) {
      return null;
    }
    if (source != null && (source.equals("true") || source.equals("false"))) {
      if (source.equals("false")) {
        return SourceFilter.NONE;
      }
      return new SourceFilter(true, split(includes), split(excludes));
    }
    return new SourceFilter(true, split(source == null ? includes : source), split(excludes));
  }

  private static List<String> split(@Nullable String names) {
    return names == null || names.isEmpty() ? List.of() : List.of(names.split(","));
  }

  private static SourceFilter including(List<String> names) {
    return new SourceFilter(true, names, List.of());
  }

  private static List<String> either(Fields f, String name, String old) {
    List<String> names = f.texts(name);
    return names.isEmpty() ? f.texts(old) : names;
  }

  private static List<String> names(JsonValue.Arr array) {
    Fields f = new Fields("_source", new JsonValue.Obj(Map.of("names", array), array.at()));
    return f.texts("names");
  }
}
