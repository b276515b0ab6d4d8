package io.headwater.view.search;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.Json;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The settings that mean something here. Others are taken where they cannot change any result, and
 * refused by name where they could.
 *
 * @param synced whether a write is acknowledged only when it is durable
 * @param resultWindow {@code from + size} of one search
 */
record IndexSettings(boolean synced, int resultWindow) {
  /** About shards, caches, merges, logs: no result depends on them. */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "number_of_shards",
          "number_of_replicas",
          "refresh_interval",
          "auto_expand_replicas",
          "translog.sync_interval",
          "translog.flush_threshold_size",
          "codec",
          "uuid",
          "creation_date",
          "provided_name",
          "version.created",
          "priority",
          "write.wait_for_active_shards",
          "number_of_routing_shards",
          "max_ngram_diff",
          "max_shingle_diff",
          "unassigned.node_left.delayed_timeout",
          "gc_deletes",
          "store.type",
          "mapping.total_fields.limit",
          "mapping.depth.limit",
          "mapping.nested_fields.limit",
          "mapping.nested_objects.limit",
          "requests.cache.enable",
          "queries.cache.enabled");

  private static final Set<String> PREFIXES_WITHOUT_EFFECT =
      Set.of("merge.", "search.slowlog.", "indexing.slowlog.", "routing.allocation.");

  static IndexSettings of(String json, int defaultResultWindow) {
    Map<String, Object> flat = new TreeMap<>();
    try {
      flatten("", Json.object(json), flat);
    } catch (Json.MalformedJson e) {
      throw new FailureException(new Failure.Invalid("settings: " + e.getMessage()));
    }
    boolean synced = true;
    int resultWindow = defaultResultWindow;
    for (Map.Entry<String, Object> entry : flat.entrySet()) {
      String name = entry.getKey();
      String value = String.valueOf(entry.getValue());
      switch (name) {
        case "translog.durability" ->
            synced =
                switch (value.toLowerCase(java.util.Locale.ROOT)) {
                  case "request" -> true;
                  case "async" -> false;
                  default -> throw invalid(name, value, "must be [request] or [async]");
                };
        case "max_result_window" -> resultWindow = positive(name, value);
        default -> {
          if (!WITHOUT_EFFECT.contains(name)
              && PREFIXES_WITHOUT_EFFECT.stream().noneMatch(name::startsWith)) {
            throw new FailureException(
                new Failure.NotSupported("index setting [index." + name + "]"));
          }
        }
      }
    }
    return new IndexSettings(synced, resultWindow);
  }

  private static int positive(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1 && number <= 1_000_000) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw invalid(name, value, "must be a number");
    }
    throw invalid(name, value, "must be in 1..1000000");
  }

  private static FailureException invalid(String name, String value, String why) {
    return new FailureException(
        new Failure.Invalid(
            "Failed to parse value [" + value + "] for setting [index." + name + "] " + why));
  }

  /** Nested objects and dotted names mean the same, with or without {@code index.} before them. */
  private static void flatten(
      String prefix, Map<String, @Nullable Object> tree, Map<String, Object> flat) {
    for (Map.Entry<String, @Nullable Object> entry : tree.entrySet()) {
      String name = prefix + entry.getKey();
      Object value = entry.getValue();
      if (value instanceof Map<?, ?> inner) {
        @SuppressWarnings("unchecked") // Json makes maps with string keys only
        Map<String, @Nullable Object> map = (Map<String, @Nullable Object>) inner;
        flatten(name + ".", map, flat);
      } else if (value != null) {
        flat.put(name.startsWith("index.") ? name.substring(6) : name, value);
      }
    }
  }
}
