package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.catalog.Index;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Index settings as the catalog keeps them: one flat JSON object, names without {@code index.},
 * values as text or arrays of text. What they mean is the search view's affair.
 */
final class IndexSettings {
  /** Fixed once the index is there. */
  private static final Set<String> STATIC =
      Set.of("number_of_shards", "number_of_routing_shards", "codec", "uuid", "creation_date");

  private static final Set<String> STATIC_FAMILIES =
      Set.of("analysis.", "sort.", "similarity.", "store.", "version.");

  private IndexSettings() {}

  /** Flattens what a client wrote: nested or dotted, with or without {@code index.}. */
  static Map<String, JsonValue> flat(@Nullable JsonValue settings) {
    Map<String, JsonValue> flat = new TreeMap<>();
    if (settings != null) {
      flatten("", JsonValue.object(settings), flat);
    }
    return flat;
  }

  private static void flatten(String prefix, JsonValue.Obj object, Map<String, JsonValue> flat) {
    for (Map.Entry<String, JsonValue> entry : object.fields().entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof JsonValue.Obj inner) {
        flatten(name + ".", inner, flat);
      } else {
        String bare = name.startsWith("index.") ? name.substring("index.".length()) : name;
        flat.put(bare, text(entry.getValue()));
      }
    }
  }

  private static JsonValue text(JsonValue value) {
    return switch (value) {
      case JsonValue.Num n -> new JsonValue.Text(n.text(), n.at());
      case JsonValue.Bool b -> new JsonValue.Text(String.valueOf(b.value()), b.at());
      case JsonValue.Arr(List<JsonValue> items, var at) ->
          new JsonValue.Arr(items.stream().map(IndexSettings::text).toList(), at);
      case JsonValue.Text _, JsonValue.Null _, JsonValue.Obj _ -> value;
    };
  }

  static String json(Map<String, JsonValue> flat) {
    return new JsonValue.Obj(flat, new JsonValue.Place(1, 1)).json();
  }

  static Map<String, JsonValue> of(Index index) {
    byte[] json = index.settings().getBytes(StandardCharsets.UTF_8);
    return flat(JsonValue.parse(json, 0, json.length));
  }

  /** The settings after a change; {@code null} goes back to the default. */
  static String changed(Index index, Map<String, JsonValue> change, boolean preserveExisting) {
    Map<String, JsonValue> settings = of(index);
    change.forEach((name, value) -> {
      if (STATIC.contains(name) || STATIC_FAMILIES.stream().anyMatch(name::startsWith)) {
        throw ElasticError.illegalArgument(
                "Can't update non dynamic settings [[index."
                    + name
                    + "]] for open indices [["
                    + index.name()
                    + "/"
                    + index.uuid()
                    + "]]")
            .exception();
      }
      if (value instanceof JsonValue.Null) {
        settings.remove(name);
      } else if (!preserveExisting || !settings.containsKey(name)) {
        settings.put(name, value);
      }
    });
    return json(settings);
  }

  /** Everything an index's {@code settings} show, flat and with {@code index.}. */
  private static Map<String, JsonValue> shown(Index index) {
    JsonValue.Place nowhere = new JsonValue.Place(1, 1);
    Map<String, JsonValue> all = new TreeMap<>();
    Map<String, String> given = new LinkedHashMap<>();
    given.put("number_of_shards", "1");
    given.put("number_of_replicas", "0");
    given.put("creation_date", Long.toString(index.createdMs()));
    given.put("uuid", index.uuid());
    given.put("provided_name", index.name());
    given.put("version.created", "8536000"); // 8.19's number on disk, which clients only show
    given.forEach((name, value) -> all.put("index." + name, new JsonValue.Text(value, nowhere)));
    of(index).forEach((name, value) -> all.put("index." + name, value));
    return all;
  }

  static void write(JsonGenerator out, Index index, boolean flat) throws IOException {
    Map<String, JsonValue> shown = shown(index);
    if (flat) {
      new JsonValue.Obj(shown, new JsonValue.Place(1, 1)).write(out);
      return;
    }
    Json.raw(out, nested(shown).json().getBytes(StandardCharsets.UTF_8));
  }

  private static JsonValue.Obj nested(Map<String, JsonValue> flat) {
    JsonValue.Place nowhere = new JsonValue.Place(1, 1);
    JsonValue.Obj root = new JsonValue.Obj(new LinkedHashMap<>(), nowhere);
    for (Map.Entry<String, JsonValue> entry : flat.entrySet()) {
      List<String> names = List.of(entry.getKey().split("\\."));
      JsonValue.Obj object = root;
      for (String name : names.subList(0, names.size() - 1)) {
        JsonValue inner = object.fields().get(name);
        if (!(inner instanceof JsonValue.Obj)) {
          inner = new JsonValue.Obj(new LinkedHashMap<>(), nowhere);
          object.fields().put(name, inner);
        }
        object = (JsonValue.Obj) inner;
      }
      object.fields().put(names.getLast(), entry.getValue());
    }
    return root;
  }
}
