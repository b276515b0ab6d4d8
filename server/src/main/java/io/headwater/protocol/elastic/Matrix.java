package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.dsl.AggregationReader;
import io.headwater.protocol.elastic.dsl.QueryReader;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes {@code docs/protocols/elasticsearch.md} from the tables that the server runs on. */
final class Matrix {
  private static final String HEAD =
      """
      # What the Elasticsearch protocol supports

      Written from the route table by a test; do not edit. The behaviour is that of Elasticsearch \
      %s, and media types compatible with 8 and 9 are spoken.

      What is not supported answers 501 with `not_supported_exception` and its name; unknown query \
      parameters and body fields answer 400. Every endpoint takes %s.

      Every answer carries `X-Headwater-Position`. A request with `X-Headwater-Read-After: \
      epoch:position` waits until this node shows that position, at most `X-Headwater-Timeout` \
      milliseconds (default 5,000): late is 504, a token of another log 409.

      ## Endpoints

      | methods | path | parameters | taken without effect | not supported | remarks |
      | --- | --- | --- | --- | --- | --- |
      """;

  private Matrix() {}

  static String text() {
    StringBuilder out =
        new StringBuilder(String.format(HEAD, Node.VERSION, names(RouteTable.COMMON)));
    for (Route route : RouteTable.ROUTES) {
      if (route.handler() != null) {
        out.append("| ").append(String.join(", ", route.methods()));
        out.append(" | `").append(route.template()).append('`');
        out.append(" | ").append(names(route.takes()));
        out.append(" | ").append(names(route.ignores()));
        out.append(" | ").append(names(route.refuses()));
        out.append(" | ").append(route.note()).append(" |\n");
      }
    }
    section(out, "Queries", QueryReader.supported(), QueryReader.unsupported());
    section(out, "Aggregations", AggregationReader.supported(), AggregationReader.unsupported());
    out.append("\n## Endpoints that answer 501\n\n");
    for (Route route : RouteTable.ROUTES) {
      if (route.handler() == null) {
        out.append("- `").append(route.template().replace("/**", "")).append("`\n");
      }
    }
    return out.toString();
  }

  private static void section(
      StringBuilder out, String title, List<String> supported, List<String> unsupported) {
    out.append("\n## ").append(title).append("\n\n");
    out.append("Supported: ").append(code(supported)).append(".\n\n");
    out.append("Refused by name: ").append(code(unsupported)).append(".\n");
  }

  private static String names(Set<String> names) {
    return code(names.stream().sorted().toList());
  }

  private static String code(List<String> names) {
    return names.stream().map(name -> '`' + name + '`').collect(Collectors.joining(" "));
  }
}
