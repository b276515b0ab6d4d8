package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.IndexStats;
import java.io.IOException;
import java.util.List;

/** The node as a cluster of one, with what clients ask before they begin. */
final class ClusterCalls {
  private static final String BUILD_DATE = "2025-07-01T00:00:00.000000000Z";
  private static final String BUILD_HASH = "headwater";
  private static final String LUCENE = "10.6.0";
  private static final List<String> ROLES = List.of("data", "ingest", "master");

  private ClusterCalls() {}

  static HttpResponse root(Node node, Call call) {
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeStringField("name", Node.NAME);
          out.writeStringField("cluster_name", Node.CLUSTER_NAME);
          out.writeStringField("cluster_uuid", node.uuid());
          out.writeObjectFieldStart("version");
          out.writeStringField("number", Node.VERSION);
          // OpenSearch's clients insist on it; any word but theirs is fine with Elasticsearch's.
          out.writeStringField("distribution", Node.CLUSTER_NAME);
          writeBuild(out);
          out.writeBooleanField("build_snapshot", false);
          out.writeStringField("lucene_version", LUCENE);
          out.writeStringField("minimum_wire_compatibility_version", "7.17.0");
          out.writeStringField("minimum_index_compatibility_version", "7.0.0");
          out.writeEndObject();
          out.writeStringField("tagline", "You Know, for Search");
          out.writeEndObject();
        });
  }

  private static void writeBuild(JsonGenerator out) throws IOException {
    out.writeStringField("build_flavor", "default");
    out.writeStringField("build_type", "tar");
    out.writeStringField("build_hash", BUILD_HASH);
    out.writeStringField("build_date", BUILD_DATE);
  }

  /** Green, or red where the log takes no writes. */
  static String status(Node node) {
    return node.log().refusal(0) == null ? "green" : "red";
  }

  static HttpResponse health(Node node, Call call) {
    String level = call.param("level", "cluster");
    if (!level.equals("cluster")) {
      throw ElasticError.notSupported("parameter [level] other than cluster").exception();
    }
    List<Index> indexes = IndexNames.resolve(node, call, call.value("index"));
    String status = status(node);
    String wanted = call.param("wait_for_status", "red");
    boolean timedOut = status.equals("red") && !wanted.equals("red");
    return call.json(
        timedOut ? 408 : 200,
        out -> {
          out.writeStartObject();
          out.writeStringField("cluster_name", Node.CLUSTER_NAME);
          out.writeStringField("status", status);
          out.writeBooleanField("timed_out", timedOut);
          out.writeNumberField("number_of_nodes", 1);
          out.writeNumberField("number_of_data_nodes", 1);
          out.writeNumberField("active_primary_shards", indexes.size());
          out.writeNumberField("active_shards", indexes.size());
          for (String nothing :
              List.of(
                  "relocating_shards",
                  "initializing_shards",
                  "unassigned_shards",
                  "unassigned_primary_shards",
                  "delayed_unassigned_shards",
                  "number_of_pending_tasks",
                  "number_of_in_flight_fetch",
                  "task_max_waiting_in_queue_millis")) {
            out.writeNumberField(nothing, 0);
          }
          out.writeNumberField("active_shards_percent_as_number", 100.0);
          out.writeEndObject();
        });
  }

  static HttpResponse settings(Node node, Call call) {
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          for (String kind : List.of("persistent", "transient")) {
            out.writeObjectFieldStart(kind);
            out.writeEndObject();
          }
          if (call.flag("include_defaults", false)) {
            out.writeObjectFieldStart("defaults");
            out.writeEndObject();
          }
          out.writeEndObject();
        });
  }

  static HttpResponse stats(Node node, Call call) {
    List<Index> indexes = node.search().indexes();
    long docs = 0;
    long deleted = 0;
    long bytes = 0;
    for (Index index : indexes) {
      IndexStats stats = node.search().stats(index.name());
      docs += stats == null ? 0 : stats.docs();
      deleted += stats == null ? 0 : stats.deletedDocs();
      bytes += stats == null ? 0 : stats.bytes();
    }
    long allDocs = docs;
    long allDeleted = deleted;
    long allBytes = bytes;
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          writeNodesHeader(out);
          out.writeStringField("cluster_name", Node.CLUSTER_NAME);
          out.writeStringField("cluster_uuid", node.uuid());
          out.writeNumberField("timestamp", node.clock().wallMs());
          out.writeStringField("status", status(node));
          out.writeObjectFieldStart("indices");
          out.writeNumberField("count", indexes.size());
          out.writeObjectFieldStart("shards");
          out.writeNumberField("total", indexes.size());
          out.writeNumberField("primaries", indexes.size());
          out.writeEndObject();
          out.writeObjectFieldStart("docs");
          out.writeNumberField("count", allDocs);
          out.writeNumberField("deleted", allDeleted);
          out.writeEndObject();
          out.writeObjectFieldStart("store");
          out.writeNumberField("size_in_bytes", allBytes);
          out.writeEndObject();
          out.writeEndObject();
          out.writeObjectFieldStart("nodes");
          out.writeObjectFieldStart("count");
          out.writeNumberField("total", 1);
          out.writeNumberField("data", 1);
          out.writeEndObject();
          writeTexts(out, "versions", List.of(Node.VERSION));
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  private static void writeNodesHeader(JsonGenerator out) throws IOException {
    out.writeObjectFieldStart("_nodes");
    out.writeNumberField("total", 1);
    out.writeNumberField("successful", 1);
    out.writeNumberField("failed", 0);
    out.writeEndObject();
  }

  private static void writeTexts(JsonGenerator out, String name, List<String> texts)
      throws IOException {
    out.writeArrayFieldStart(name);
    for (String text : texts) {
      out.writeString(text);
    }
    out.writeEndArray();
  }

  /** What sniffing clients read: where the node is reached. */
  static HttpResponse nodes(Node node, Call call) {
    String address = node.options().publishAddress();
    String host = address.substring(0, Math.max(0, address.lastIndexOf(':')));
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          writeNodesHeader(out);
          out.writeStringField("cluster_name", Node.CLUSTER_NAME);
          out.writeObjectFieldStart("nodes");
          out.writeObjectFieldStart(node.uuid());
          out.writeStringField("name", Node.NAME);
          out.writeStringField("transport_address", address);
          out.writeStringField("host", host);
          out.writeStringField("ip", host);
          out.writeStringField("version", Node.VERSION);
          writeBuild(out);
          writeTexts(out, "roles", ROLES);
          out.writeObjectFieldStart("attributes");
          out.writeEndObject();
          out.writeObjectFieldStart("http");
          writeTexts(out, "bound_address", List.of(address));
          out.writeStringField("publish_address", address);
          out.writeNumberField("max_content_length_in_bytes", node.options().maxContentBytes());
          out.writeEndObject();
          out.writeEndObject();
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  /** Shippers and Logstash insist on an active licence. */
  static HttpResponse license(Node node, Call call) {
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeObjectFieldStart("license");
          writeLicense(out, node);
          out.writeStringField("issue_date", "2025-01-01T00:00:00.000Z");
          out.writeNumberField("issue_date_in_millis", 1_735_689_600_000L);
          out.writeNumberField("max_nodes", 1000);
          out.writeNullField("max_resource_units");
          out.writeStringField("issued_to", Node.CLUSTER_NAME);
          out.writeStringField("issuer", Node.CLUSTER_NAME);
          out.writeNumberField("start_date_in_millis", -1);
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  private static void writeLicense(JsonGenerator out, Node node) throws IOException {
    out.writeStringField("status", "active");
    out.writeStringField("uid", node.uuid());
    out.writeStringField("type", "basic");
  }

  static HttpResponse xpack(Node node, Call call) {
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeObjectFieldStart("build");
          out.writeStringField("hash", BUILD_HASH);
          out.writeStringField("date", BUILD_DATE);
          out.writeEndObject();
          out.writeObjectFieldStart("license");
          writeLicense(out, node);
          out.writeStringField("mode", "basic");
          out.writeEndObject();
          out.writeObjectFieldStart("features");
          out.writeEndObject();
          out.writeStringField("tagline", "You know, for X");
          out.writeEndObject();
        });
  }
}
