package io.headwater.protocol.elastic;

import java.util.ArrayList;
import java.util.List;

/** What Elasticsearch 8 and 9 have besides, by family: answered 501 with its name. */
final class Unsupported {
  private static final String ANY = "GET|POST|PUT|DELETE|HEAD";

  /** Families whose endpoints all begin alike. */
  private static final List<String> FAMILIES =
      List.of(
          "_alias",
          "_aliases",
          "_application",
          "_async_search",
          "_autoscaling",
          "_ccr",
          "_component_template",
          "_connector",
          "_create_from",
          "_dangling",
          "_data_stream",
          "_delete_by_query",
          "_eql",
          "_enrich",
          "_features",
          "_field_caps",
          "_fleet",
          "_health_report",
          "_ilm",
          "_index_template",
          "_inference",
          "_info",
          "_ingest",
          "_knn_search",
          "_logstash",
          "_migration",
          "_ml",
          "_monitoring",
          "_msearch/template",
          "_mtermvectors",
          "_pit",
          "_plugins",
          "_profiling",
          "_query",
          "_query_rules",
          "_rank_eval",
          "_reindex",
          "_remote",
          "_render",
          "_resolve",
          "_rollup",
          "_script_context",
          "_script_language",
          "_scripts",
          "_search/scroll",
          "_search/template",
          "_searchable_snapshots",
          "_search_shards",
          "_security",
          "_segments",
          "_shard_stores",
          "_slm",
          "_snapshot",
          "_sql",
          "_ssl",
          "_stats",
          "_synonyms",
          "_tasks",
          "_template",
          "_text_structure",
          "_transform",
          "_update_by_query",
          "_validate",
          "_watcher",
          "_cat/aliases",
          "_cat/allocation",
          "_cat/component_templates",
          "_cat/fielddata",
          "_cat/master",
          "_cat/ml",
          "_cat/nodeattrs",
          "_cat/pending_tasks",
          "_cat/plugins",
          "_cat/recovery",
          "_cat/repositories",
          "_cat/segments",
          "_cat/shards",
          "_cat/snapshots",
          "_cat/tasks",
          "_cat/templates",
          "_cat/thread_pool",
          "_cat/transforms",
          "_cluster/allocation",
          "_cluster/pending_tasks",
          "_cluster/remote",
          "_cluster/reroute",
          "_cluster/state",
          "_cluster/voting_config_exclusions",
          "_nodes/stats",
          "_nodes/usage",
          "_nodes/hot_threads",
          "_nodes/reload_secure_settings",
          "_xpack/usage");

  /** Endpoints of one index. */
  private static final List<String> OF_AN_INDEX =
      List.of(
          "_alias",
          "_aliases",
          "_async_search",
          "_block",
          "_cache",
          "_clone",
          "_close",
          "_delete_by_query",
          "_disk_usage",
          "_downsample",
          "_explain",
          "_field_caps",
          "_field_usage_stats",
          "_graph",
          "_ilm",
          "_knn_search",
          "_lifecycle",
          "_msearch/template",
          "_mtermvectors",
          "_mvt",
          "_open",
          "_pit",
          "_rank_eval",
          "_recovery",
          "_reload_search_analyzers",
          "_rollover",
          "_search/template",
          "_search_shards",
          "_segments",
          "_shard_stores",
          "_shrink",
          "_split",
          "_stats",
          "_termvectors",
          "_unfreeze",
          "_update_by_query",
          "_validate",
          "_eql",
          "_ccr",
          "_mapping/field",
          "_settings/{name}");

  static final List<Route> ROUTES = routes();

  private Unsupported() {}

  private static List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (String family : FAMILIES) {
      routes.add(Route.unsupported(ANY, "/" + family + "/**"));
    }
    for (String endpoint : OF_AN_INDEX) {
      routes.add(Route.unsupported(ANY, "/{index}/" + endpoint + "/**"));
    }
    routes.add(Route.unsupported("PUT", "/_cluster/settings"));
    routes.add(Route.unsupported("PUT", "/_settings"));
    routes.add(Route.unsupported("PUT|POST|DELETE", "/_license/**"));
    routes.add(Route.unsupported("GET", "/_nodes/{node}/**"));
    routes.add(Route.unsupported("POST", "/_cache/clear"));
    routes.add(Route.unsupported("GET", "/_recovery"));
    return routes;
  }
}
