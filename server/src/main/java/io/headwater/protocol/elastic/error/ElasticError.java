package io.headwater.protocol.elastic.error;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.failure.Failure;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An error as Elasticsearch's clients know it.
 *
 * @param type the class of the error in snake case, such as {@code parsing_exception}
 * @param details further fields: numbers, strings
 * @param cause what is behind it, or null
 * @param failedIndexes where a search failed with {@code cause}; empty for all other errors
 */
public record ElasticError(
    int status,
    String type,
    String reason,
    Map<String, Object> details,
    @Nullable ElasticError cause,
    List<String> failedIndexes) {

  public static ElasticError of(int status, String type, String reason) {
    return new ElasticError(status, type, reason, Map.of(), null, List.of());
  }

  /** Elasticsearch's words for a failure: the one place where they are chosen. */
  public static ElasticError of(Failure failure) {
    return switch (failure) {
      case Failure.ReadOnly f ->
          of(
              429,
              "cluster_block_exception",
              "blocked by: [TOO_MANY_REQUESTS/12/" + f.reason() + "];");
      case Failure.LogDead f ->
          of(503, "unavailable_shards_exception", "the log failed, writes are lost: " + f.reason());
      case Failure.Overloaded f ->
          of(
              429,
              "es_rejected_execution_exception",
              "queues are full, retry in " + f.retryAfterMs() + " ms");
      case Failure.TooLarge f -> tooLarge(f);
      case Failure.Derived f ->
          of(
              403,
              "cluster_block_exception",
              "index ["
                  + f.target()
                  + "] blocked by: [FORBIDDEN/8/derived from "
                  + f.source()
                  + " by projection ["
                  + f.projection()
                  + "], write to the source instead];");
      case Failure.NotFound f ->
          f.kind().equals("index")
              ? noSuchIndex(f.name())
              : of(
                  404, "resource_not_found_exception", f.kind() + " [" + f.name() + "] is missing");
      case Failure.AlreadyExists f ->
          of(
                  400,
                  "resource_already_exists_exception",
                  f.kind() + " [" + f.name() + "] already exists")
              .with(f.kind(), f.name());
      case Failure.Invalid f -> illegalArgument(f.reason());
      case Failure.NotSupported f -> notSupported(f.what());
      case Failure.Conflict f -> of(409, "version_conflict_engine_exception", f.reason());
      case Failure.TimedOut f ->
          of(504, "timeout_exception", f.what() + " not reached within " + f.afterMs() + " ms");
      case Failure.ShuttingDown _ ->
          of(503, "node_closed_exception", "the server ends and takes no new work");
    };
  }

  private static ElasticError tooLarge(Failure.TooLarge f) {
    return switch (f.what()) {
      case "result window" ->
          illegalArgument(
              "Result window is too large, from + size must be less than or equal to: ["
                  + f.limitBytes()
                  + "] but was ["
                  + f.bytes()
                  + "]. See the search_after parameter for a way to request large data sets.");
      case "clauses" -> of(400, "too_many_clauses", "maxClauseCount is set to " + f.limitBytes());
      case "buckets" ->
          of(
              400,
              "too_many_buckets_exception",
              "Trying to create too many buckets. Must be less than or equal to: ["
                  + f.limitBytes()
                  + "] but was ["
                  + f.bytes()
                  + "].");
      case "memory of the aggregations" ->
          of(
              429,
              "circuit_breaking_exception",
              "[request] Data too large, the aggregations would be ["
                  + f.bytes()
                  + "b], which is larger than the limit of ["
                  + f.limitBytes()
                  + "b]");
      default ->
          of(
              413,
              "content_too_long_exception",
              f.what() + " is too long [" + f.bytes() + "] for the limit [" + f.limitBytes() + "]");
    };
  }

  public static ElasticError illegalArgument(String reason) {
    return of(400, "illegal_argument_exception", reason);
  }

  /** A request that lacks something, or contradicts itself. */
  public static ElasticError validation(String what) {
    return of(400, "action_request_validation_exception", "Validation Failed: 1: " + what + ";");
  }

  /**
   * @param what names the thing, such as {@code query [geo_distance]}
   */
  public static ElasticError notSupported(String what) {
    return of(501, "not_supported_exception", what + " is not supported");
  }

  public static ElasticError noSuchIndex(String index) {
    return of(404, "index_not_found_exception", "no such index [" + index + "]")
        .with("resource.type", "index_or_alias")
        .with("resource.id", index)
        .with("index_uuid", "_na_")
        .with("index", index);
  }

  /** A search that failed in every index; {@code cause} says why and gives the status. */
  public static ElasticError searchFailed(ElasticError cause, List<String> indexes) {
    return new ElasticError(
        cause.status,
        "search_phase_execution_exception",
        "all shards failed",
        Map.of(),
        cause,
        indexes);
  }

  public ElasticError with(String detail, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(details);
    more.put(detail, value);
    return new ElasticError(status, type, reason, more, cause, failedIndexes);
  }

  public ElasticError causedBy(ElasticError because) {
    return new ElasticError(status, type, reason, details, because, failedIndexes);
  }

  public ElasticException exception() {
    return new ElasticException(this);
  }

  /** Writes {@code {"error": {…}, "status": …}}. */
  public void writeWhole(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeFieldName("error");
    out.writeStartObject();
    out.writeArrayFieldStart("root_cause");
    ElasticError root = failedIndexes.isEmpty() || cause == null ? this : cause;
    out.writeStartObject();
    root.writeOwnFields(out);
    out.writeEndObject();
    out.writeEndArray();
    writeFields(out);
    out.writeEndObject();
    out.writeNumberField("status", status);
    out.writeEndObject();
  }

  /** Writes {@code {"type": …, "reason": …}}, as items of a bulk answer carry it. */
  public void writeItem(JsonGenerator out) throws IOException {
    out.writeStartObject();
    writeFields(out);
    out.writeEndObject();
  }

  private void writeOwnFields(JsonGenerator out) throws IOException {
    out.writeStringField("type", type);
    out.writeStringField("reason", reason);
    for (Map.Entry<String, Object> detail : details.entrySet()) {
      if (detail.getValue() instanceof Integer number) {
        out.writeNumberField(detail.getKey(), number);
      } else {
        out.writeStringField(detail.getKey(), detail.getValue().toString());
      }
    }
  }

  private void writeFields(JsonGenerator out) throws IOException {
    writeOwnFields(out);
    if (cause == null) {
      return;
    }
    if (failedIndexes.isEmpty()) {
      out.writeFieldName("caused_by");
      cause.writeItem(out);
      return;
    }
    out.writeStringField("phase", "query");
    out.writeBooleanField("grouped", true);
    out.writeArrayFieldStart("failed_shards");
    for (String index : failedIndexes) {
      out.writeStartObject();
      out.writeNumberField("shard", 0);
      out.writeStringField("index", index);
      out.writeStringField("node", "headwater");
      out.writeFieldName("reason");
      cause.writeItem(out);
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
