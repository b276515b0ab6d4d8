package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.http.HttpResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A {@code _cat} table: text in columns, or JSON; {@code h} picks columns, {@code s} sorts. */
final class CatTable {
  static final String[] PARAMETERS = {"v", "h", "s", "help"};

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?");

  /**
   * @param alias another name for the column
   * @param meaning for {@code help}
   */
  record Column(String name, String alias, String meaning) {}

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  CatTable(Column... columns) {
    this.columns = List.of(columns);
  }

  void row(Object... cells) {
    assert cells.length == columns.size();
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell.toString());
    }
    rows.add(row);
  }

  HttpResponse answer(Call call) {
    if (call.flag("help", false)) {
      return text(help());
    }
    sort(call.param("s"));
    List<Integer> shown = shown(call.param("h"));
    return switch (format(call)) {
      case "json" -> json(call, shown);
      case "text", "txt" -> text(lines(shown, call.flag("v", false)));
      case String other -> throw ElasticError.notSupported("format [" + other + "]").exception();
    };
  }

  private static String format(Call call) {
    String format = call.param("format");
    if (format != null) {
      return format;
    }
    String accept = call.request().header("accept");
    return accept != null && accept.contains("json") ? "json" : "text";
  }

  private static HttpResponse text(String text) {
    return HttpResponse.of(200, "text/plain; charset=UTF-8", text);
  }

  private String help() {
    StringBuilder out = new StringBuilder();
    for (Column column : columns) {
      out.append(column.name).append(" | ").append(column.alias).append(" | ");
      out.append(column.meaning).append('\n');
    }
    return out.toString();
  }

  private int find(String name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name.equals(name) || columns.get(i).alias.equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private List<Integer> shown(@Nullable String names) {
    List<Integer> shown = new ArrayList<>();
    if (names == null || names.isEmpty()) {
      for (int i = 0; i < columns.size(); i++) {
        shown.add(i);
      }
      return shown;
    }
    for (String name : names.split(",")) {
      Pattern pattern = Pattern.compile(name.replace(".", "\\.").replace("*", ".*"));
      for (int i = 0; i < columns.size(); i++) {
        Column column = columns.get(i);
        if (column.alias.equals(name) || pattern.matcher(column.name).matches()) {
          shown.add(i);
        }
      }
    }
    return shown;
  }

  private void sort(@Nullable String by) {
    if (by == null || by.isEmpty()) {
      return;
    }
    Comparator<List<String>> order = (a, b) -> 0;
    for (String key : by.split(",")) {
      String[] parts = key.split(":");
      int column = find(parts[0]);
      if (column < 0) {
        throw ElasticError.of(
                400,
                "unsupported_operation_exception",
                "Unable to sort by unknown sort key `" + parts[0] + "`")
            .exception();
      }
      Comparator<List<String>> one = (a, b) -> compare(a.get(column), b.get(column));
      order =
          order.thenComparing(parts.length > 1 && parts[1].equals("desc") ? one.reversed() : one);
    }
    rows.sort(order);
  }

  private static int compare(String a, String b) {
    return NUMBER.matcher(a).matches() && NUMBER.matcher(b).matches()
        ? Double.compare(Double.parseDouble(a), Double.parseDouble(b))
        : a.compareTo(b);
  }

  private HttpResponse json(Call call, List<Integer> shown) {
    return call.json(
        200,
        out -> {
          out.writeStartArray();
          for (List<String> row : rows) {
            out.writeStartObject();
            for (int column : shown) {
              out.writeStringField(columns.get(column).name, row.get(column));
            }
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  /** Numbers stand to the right, as in Elasticsearch. */
  private String lines(List<Integer> shown, boolean headers) {
    int[] widths = new int[columns.size()];
    for (int column : shown) {
      widths[column] = headers ? columns.get(column).name.length() : 0;
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    StringBuilder out = new StringBuilder();
    if (headers) {
      line(out, columns.stream().map(Column::name).toList(), shown, widths);
    }
    rows.forEach(row -> line(out, row, shown, widths));
    return out.toString();
  }

  private static void line(
      StringBuilder out, List<String> cells, List<Integer> shown, int[] widths) {
    for (int i = 0; i < shown.size(); i++) {
      String cell = cells.get(shown.get(i));
      String blanks = " ".repeat(widths[shown.get(i)] - cell.length());
      boolean right = NUMBER.matcher(cell).matches();
      out.append(i == 0 ? "" : " ").append(right ? blanks : "").append(cell);
      out.append(right || i == shown.size() - 1 ? "" : blanks);
    }
    out.append('\n');
  }
}
