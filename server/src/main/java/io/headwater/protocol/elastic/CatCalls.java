package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.CatTable.Column;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.IndexStats;
import io.headwater.view.search.query.QueryNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Tables for people. */
final class CatCalls {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private CatCalls() {}

  static HttpResponse list(Node node, Call call) {
    StringBuilder text = new StringBuilder("=^.^=\n");
    for (Route route : RouteTable.ROUTES) {
      if (route.template().startsWith("/_cat/") && route.handler() != null) {
        text.append(route.template()).append('\n');
      }
    }
    return HttpResponse.of(200, "text/plain; charset=UTF-8", text.toString());
  }

  static HttpResponse indices(Node node, Call call) {
    CatTable table =
        new CatTable(
            new Column("health", "h", "current health status"),
            new Column("status", "s", "open/close status"),
            new Column("index", "i", "index name"),
            new Column("uuid", "id", "index uuid"),
            new Column("pri", "p", "number of primary shards"),
            new Column("rep", "r", "number of replica shards"),
            new Column("docs.count", "dc", "available docs"),
            new Column("docs.deleted", "dd", "deleted docs"),
            new Column("store.size", "ss", "store size of primaries and replicas"),
            new Column("pri.store.size", "pss", "store size of primaries"));
    String unit = call.param("bytes", "");
    for (Index index : IndexNames.resolve(node, call, call.value("index"))) {
      IndexStats stats = node.search().stats(index.name());
      if (stats == null) {
        continue; // deleted in between
      }
      String size = size(stats.bytes(), unit);
      table.row(
          ClusterCalls.status(node),
          "open",
          index.name(),
          index.uuid(),
          1,
          0,
          stats.docs(),
          stats.deletedDocs(),
          size,
          size);
    }
    return table.answer(call);
  }

  /** As a number of a unit, or with one digit and the largest fitting unit. */
  private static String size(long bytes, String unit) {
    int power =
        switch (unit) {
          case "b" -> 0;
          case "kb" -> 1;
          case "mb" -> 2;
          case "gb" -> 3;
          case "tb" -> 4;
          case "pb" -> 5;
          case "" -> -1;
          default ->
              throw ElasticError.illegalArgument(
                      "failed to parse [bytes]: unknown unit [" + unit + "]")
                  .exception();
        };
    if (power >= 0) {
      return Long.toString(bytes >> (10 * power));
    }
    int fitting = 0;
    double value = bytes;
    while (value >= 1024 && fitting < 4) {
      value /= 1024;
      fitting++;
    }
    String name = List.of("b", "kb", "mb", "gb", "tb").get(fitting);
    return fitting == 0
        ? bytes + name
        : String.format(Locale.ROOT, "%.1f%s", Math.floor(value * 10) / 10, name)
            .replace(".0" + name, name);
  }

  private static Column[] withTime(Column... columns) {
    Column[] all = new Column[columns.length + 2];
    all[0] = new Column("epoch", "t", "seconds since 1970-01-01 00:00:00");
    all[1] = new Column("timestamp", "ts", "time in HH:MM:SS");
    System.arraycopy(columns, 0, all, 2, columns.length);
    return all;
  }

  static HttpResponse health(Node node, Call call) {
    CatTable table =
        new CatTable(
            withTime(
                new Column("cluster", "cl", "cluster name"),
                new Column("status", "st", "health status"),
                new Column("node.total", "nt", "total number of nodes"),
                new Column("node.data", "nd", "number of nodes that can store data"),
                new Column("shards", "t", "total number of shards"),
                new Column("pri", "p", "number of primary shards"),
                new Column("relo", "r", "number of relocating shards"),
                new Column("init", "i", "number of initializing shards"),
                new Column("unassign", "u", "number of unassigned shards"),
                new Column("pending_tasks", "pt", "number of pending tasks"),
                new Column("max_task_wait_time", "mtwt", "wait time of longest task pending"),
                new Column("active_shards_percent", "asp", "active shards in percent")));
    Instant now = Instant.ofEpochMilli(node.clock().wallMs());
    int shards = node.search().indexes().size();
    table.row(
        now.getEpochSecond(),
        TIME.format(now),
        Node.CLUSTER_NAME,
        ClusterCalls.status(node),
        1,
        1,
        shards,
        shards,
        0,
        0,
        0,
        0,
        "-",
        "100.0%");
    return table.answer(call);
  }

  static HttpResponse count(Node node, Call call) {
    CatTable table = new CatTable(withTime(new Column("count", "dc", "the document count")));
    Instant now = Instant.ofEpochMilli(node.clock().wallMs());
    List<String> indexes =
        IndexNames.resolve(node, call, call.value("index")).stream().map(Index::name).toList();
    long count = indexes.isEmpty() ? 0 : node.search().count(indexes, new QueryNode.MatchAll());
    table.row(now.getEpochSecond(), TIME.format(now), count);
    return table.answer(call);
  }

  static HttpResponse nodes(Node node, Call call) {
    CatTable table =
        new CatTable(
            new Column("ip", "i", "ip address"),
            new Column("heap.percent", "hp", "used heap ratio"),
            new Column("node.role", "r", "d: data, i: ingest, m: master eligible"),
            new Column("master", "m", "*: current master"),
            new Column("name", "n", "node name"));
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    String address = node.options().publishAddress();
    table.row(
        address.substring(0, Math.max(0, address.lastIndexOf(':'))),
        used * 100 / runtime.maxMemory(),
        "dim",
        "*",
        Node.NAME);
    return table.answer(call);
  }
}
