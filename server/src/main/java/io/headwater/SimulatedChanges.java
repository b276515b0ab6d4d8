package io.headwater;

import io.headwater.view.catalog.Projection;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Topics that hold each change of a simulated node's lists, sets and sorted sets. */
final class SimulatedChanges {
  /** Letters that the names of the keys begin with, as {@link SimulatedKeyspace} has them. */
  static final List<String> TYPES = List.of("l", "t", "z");

  private SimulatedChanges() {}

  static String projection(String type) {
    return "changes-" + type;
  }

  static String json(String type) {
    return "{\"from\":{\"keys\":\"%s:*\"},\"to\":[{\"topic\":\"%s\"}]}"
        .formatted(type, projection(type));
  }

  /** A key's last record says what the key holds; nothing is refused. */
  static void check(SimulatedNode node, SimulatedKeyspace keyspace, String when)
      throws IOException {
    for (String type : TYPES) {
      Projection projection = node.node.catalog.state().projection(projection(type));
      if (projection == null || !projection.filled()) {
        continue;
      }
      Map<String, List<String>> held = keyspace.held(type + ":");
      // What is past its time is deleted by a command that would write, or a little later.
      String nothing =
          switch (type) {
            case "l" -> "LREM %s 1 -";
            case "t" -> "SREM %s -";
            default -> "ZREM %s -";
          };
      StringBuilder request = new StringBuilder("SELECT 0\r\n");
      held.keySet().forEach(key -> request.append(nothing.formatted(key)).append("\r\n"));
      node.redis(request.toString());
      Map<String, @Nullable String> last = new HashMap<>();
      for (Map.Entry<@Nullable String, @Nullable String> record :
          SimulatedModel.records(node, projection(type), when)) {
        last.put(Objects.requireNonNull(record.getKey()), record.getValue());
      }
      held.forEach((key, value) -> {
        String expected = value.isEmpty() ? null : json(type, value);
        String found = last.get(key);
        if (!Objects.equals(found, expected)) {
          throw new AssertionError(
              when + ": the last change of " + key + " is " + found + ", it holds " + expected);
        }
      });
      if (!SimulatedModel.records(node, projection(type) + "-dead-letters", when).isEmpty()) {
        throw new AssertionError(when + ": dead letters of " + projection(type));
      }
    }
  }

  private static String json(String type, List<String> value) {
    List<String> elements =
        switch (type) {
          case "z" ->
              value.stream()
                  .sorted(java.util.Comparator.comparingInt(SimulatedChanges::score))
                  .map(pair ->
                      "{\"member\":\"%s\",\"score\":%d}".formatted(member(pair), score(pair)))
                  .toList();
          case "t" -> value.stream().map(pair -> '"' + member(pair) + '"').toList();
          default -> value.stream().map(element -> '"' + element + '"').toList();
        };
    return "[" + String.join(",", elements) + "]";
  }

  private static String member(String pair) {
    return pair.substring(0, pair.indexOf('='));
  }

  private static int score(String pair) {
    return Integer.parseInt(pair.substring(pair.indexOf('=') + 1));
  }
}
