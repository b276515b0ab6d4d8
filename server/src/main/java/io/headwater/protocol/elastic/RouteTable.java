package io.headwater.protocol.elastic;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The one table of endpoints. What stands here with a handler works, what stands here without one
 * is answered 501 by name, and what does not stand here Elasticsearch does not have either.
 */
final class RouteTable {
  /** Query parameters of every endpoint. */
  static final Set<String> COMMON =
      Set.of("pretty", "human", "error_trace", "filter_path", "format");

  private static final String[] WRITE_HINTS = {
    "routing", "timeout", "wait_for_active_shards", "include_source_on_error", "parent"
  };

  private static final String[] READ_HINTS = {"routing", "preference", "realtime", "refresh"};

  /** On one shard that is always fresh these change nothing. */
  private static final String[] SEARCH_HINTS = {
    "routing",
    "preference",
    "request_cache",
    "allow_partial_search_results",
    "batched_reduce_size",
    "ccs_minimize_roundtrips",
    "max_concurrent_shard_requests",
    "pre_filter_shard_size",
    "min_compatible_shard_node",
    "include_named_queries_score",
    "ignore_throttled",
    "stats",
    "source_content_type",
    "phase_took",
    "cancel_after_time_interval"
  };

  private static final String[] ADMIN_HINTS = {
    "timeout", "master_timeout", "cluster_manager_timeout", "wait_for_active_shards", "local"
  };

  private static final String FRESH = "every search is fresh anyway";

  static final List<Route> ROUTES =
      Stream.of(cluster(), cat(), indexes(), documents(), searches(), Unsupported.ROUTES.stream())
          .flatMap(routes -> routes)
          .toList();

  private RouteTable() {}

  private static Stream<Route> cluster() {
    return Stream.of(
            Route.of("GET|HEAD", "/", ClusterCalls::root),
            health("/_cluster/health"),
            health("/_cluster/health/{index}"),
            Route.of("GET", "/_cluster/settings", ClusterCalls::settings)
                .takes("include_defaults")
                .ignores("flat_settings")
                .note("always empty: the server's settings are not the client's to change"),
            Route.of("GET", "/_cluster/stats", ClusterCalls::stats).note("counts only"),
            Route.of("GET", "/_nodes", ClusterCalls::nodes),
            Route.of("GET", "/_nodes/http", ClusterCalls::nodes).note("what sniffers read"),
            Route.of("GET", "/_nodes/_all", ClusterCalls::nodes),
            Route.of("GET", "/_nodes/_all/http", ClusterCalls::nodes),
            Route.of("GET", "/_license", ClusterCalls::license)
                .ignores("accept_enterprise", "local"),
            Route.of("GET", "/_xpack", ClusterCalls::xpack)
                .ignores("categories", "accept_enterprise"))
        .map(route -> route.ignores("timeout", "master_timeout", "flat_settings", "node_id"));
  }

  private static Route health(String template) {
    return Route.of("GET", template, ClusterCalls::health)
        .takes(IndexNames.PARAMETERS)
        .takes("level", "wait_for_status")
        .ignores(
            "wait_for_active_shards",
            "wait_for_events",
            "wait_for_no_initializing_shards",
            "wait_for_no_relocating_shards",
            "local")
        .refuses("wait_for_nodes");
  }

  private static Stream<Route> cat() {
    return Stream.of(
            Route.of("GET", "/_cat", CatCalls::list),
            Route.of("GET", "/_cat/count", CatCalls::count).takes(IndexNames.PARAMETERS),
            Route.of("GET", "/_cat/count/{index}", CatCalls::count).takes(IndexNames.PARAMETERS),
            Route.of("GET", "/_cat/health", CatCalls::health).ignores("ts"),
            catIndices("/_cat/indices"),
            catIndices("/_cat/indices/{index}"),
            Route.of("GET", "/_cat/nodes", CatCalls::nodes).ignores("full_id", "bytes"))
        .map(route -> route.takes(CatTable.PARAMETERS).ignores("master_timeout", "local", "time"));
  }

  private static Route catIndices(String template) {
    return Route.of("GET", template, CatCalls::indices)
        .takes(IndexNames.PARAMETERS)
        .takes("bytes")
        .ignores("include_unloaded_segments")
        .refuses("health", "pri");
  }

  private static Stream<Route> indexes() {
    List<Route> routes = new ArrayList<>();
    routes.add(
        Route.of("PUT", "/{index}", IndexCalls::create)
            .ignores("include_type_name")
            .note("aliases are not supported"));
    routes.add(
        Route.of("DELETE", "/{index}", IndexCalls::delete)
            .takes(IndexNames.PARAMETERS)
            .note("names only, no wildcards"));
    routes.add(
        Route.of("GET", "/{index}", IndexCalls::get)
            .takes(IndexNames.PARAMETERS)
            .takes("flat_settings")
            .ignores("include_defaults", "features"));
    routes.add(Route.of("HEAD", "/{index}", IndexCalls::exists).takes(IndexNames.PARAMETERS));
    for (String prefix : List.of("/_mapping", "/{index}/_mapping", "/{index}/_mappings")) {
      routes.add(Route.of("GET", prefix, IndexCalls::getMapping).takes(IndexNames.PARAMETERS));
    }
    for (String template : List.of("/{index}/_mapping", "/{index}/_mappings")) {
      routes.add(
          Route.of("PUT|POST", template, IndexCalls::putMapping)
              .takes(IndexNames.PARAMETERS)
              .ignores("write_index_only"));
    }
    for (String template : List.of("/_settings", "/{index}/_settings")) {
      routes.add(
          Route.of("GET", template, IndexCalls::getSettings)
              .takes(IndexNames.PARAMETERS)
              .takes("flat_settings")
              .ignores("include_defaults"));
    }
    routes.add(
        Route.of("PUT", "/{index}/_settings", IndexCalls::putSettings)
            .takes(IndexNames.PARAMETERS)
            .takes("preserve_existing")
            .ignores("flat_settings", "reopen")
            .note("index.translog.durability and index.max_result_window have an effect"));
    for (String prefix : List.of("", "/{index}")) {
      routes.add(
          Route.of("GET|POST", prefix + "/_refresh", IndexCalls::refresh)
              .takes(IndexNames.PARAMETERS)
              .note(FRESH));
      routes.add(
          Route.of("GET|POST", prefix + "/_flush", IndexCalls::nothingToDo)
              .takes(IndexNames.PARAMETERS)
              .ignores("force", "wait_if_ongoing")
              .note("nothing to do: the log is the translog"));
      routes.add(
          Route.of("POST", prefix + "/_forcemerge", IndexCalls::nothingToDo)
              .takes(IndexNames.PARAMETERS)
              .ignores("max_num_segments", "only_expunge_deletes", "flush", "wait_for_completion")
              .note("nothing to do: merges follow the writes"));
      routes.add(Route.of("GET|POST", prefix + "/_analyze", IndexCalls::analyze));
    }
    return routes.stream().map(route -> route.ignores(ADMIN_HINTS));
  }

  private static Stream<Route> documents() {
    return Stream.of(
        write("POST", "/{index}/_doc", DocumentCalls::index).takes("op_type"),
        write("PUT|POST", "/{index}/_doc/{id}", DocumentCalls::index).takes("op_type"),
        write("PUT|POST", "/{index}/_create/{id}", DocumentCalls::create),
        write("POST", "/{index}/_update/{id}", DocumentCalls::update)
            .ignores("retry_on_conflict", "lang")
            .refuses("_source", "_source_includes", "_source_excludes")
            .note("doc, upsert, doc_as_upsert, detect_noop; no scripts"),
        write("DELETE", "/{index}/_doc/{id}", DocumentCalls::delete),
        read("GET", "/{index}/_doc/{id}", DocumentCalls::get),
        read("HEAD", "/{index}/_doc/{id}", DocumentCalls::exists),
        read("GET", "/{index}/_source/{id}", DocumentCalls::source),
        read("HEAD", "/{index}/_source/{id}", DocumentCalls::exists),
        multiGet("/_mget"),
        multiGet("/{index}/_mget"),
        bulk("/_bulk"),
        bulk("/{index}/_bulk"));
  }

  private static Route write(String methods, String template, Route.Handler handler) {
    return Route.of(methods, template, handler)
        .takes(
            "refresh", "if_seq_no", "if_primary_term", "version", "version_type", "require_alias")
        .ignores(WRITE_HINTS)
        .refuses("pipeline", "require_data_stream")
        .note("refresh: " + FRESH + "; routing: one shard");
  }

  private static Route read(String methods, String template, Route.Handler handler) {
    return Route.of(methods, template, handler)
        .takes("_source", "_source_includes", "_source_excludes", "version")
        .ignores(READ_HINTS)
        .ignores("version_type")
        .refuses("stored_fields", "force_synthetic_source")
        .note("the last acknowledged write, always");
  }

  private static Route multiGet(String template) {
    return Route.of("GET|POST", template, DocumentCalls::multiGet)
        .takes("_source", "_source_includes", "_source_excludes", "source")
        .ignores(READ_HINTS)
        .ignores("source_content_type")
        .refuses("stored_fields", "force_synthetic_source");
  }

  private static Route bulk(String template) {
    return Route.of("POST|PUT", template, BulkCall::bulk)
        .takes("refresh", "require_alias", "require_data_stream")
        .ignores(WRITE_HINTS)
        .ignores("list_executed_pipelines")
        .refuses("pipeline", "_source", "_source_includes", "_source_excludes")
        .note(
            "at most "
                + BulkReader.OPERATIONS_MAX
                + " operations; indexes are created on first use; refresh: "
                + FRESH
                + "; routing: one shard");
  }

  private static Stream<Route> searches() {
    List<Route> routes = new ArrayList<>();
    for (String prefix : List.of("", "/{index}")) {
      routes.add(
          Route.of("GET|POST", prefix + "/_search", SearchCalls::search)
              .takes(IndexNames.PARAMETERS)
              .takes(SearchCalls.URI_QUERY)
              .takes(
                  "_source",
                  "_source_includes",
                  "_source_excludes",
                  "docvalue_fields",
                  "from",
                  "rest_total_hits_as_int",
                  "search_type",
                  "seq_no_primary_term",
                  "size",
                  "sort",
                  "source",
                  "timeout",
                  "track_scores",
                  "track_total_hits",
                  "typed_keys",
                  "version")
              .ignores(SEARCH_HINTS)
              .refuses(
                  "explain",
                  "scroll",
                  "stored_fields",
                  "suggest_field",
                  "suggest_mode",
                  "suggest_size",
                  "suggest_text",
                  "terminate_after",
                  "force_synthetic_source"));
      routes.add(
          Route.of("GET|POST", prefix + "/_count", SearchCalls::count)
              .takes(IndexNames.PARAMETERS)
              .takes(SearchCalls.URI_QUERY)
              .takes("source")
              .ignores(SEARCH_HINTS)
              .refuses("terminate_after", "min_score"));
      routes.add(
          Route.of("GET|POST", prefix + "/_msearch", SearchCalls::multiSearch)
              .takes(IndexNames.PARAMETERS)
              .takes("typed_keys", "rest_total_hits_as_int")
              .ignores(SEARCH_HINTS)
              .ignores("max_concurrent_searches", "search_type"));
    }
    return routes.stream();
  }
}
