package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteOp.Condition;
import io.headwater.view.search.WriteResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What all writes share: conditions, checks and answers. */
final class Writes {
  private static final int ID_BYTES_MAX = 512;

  private Writes() {}

  /**
   * The condition that parameters, or fields of a bulk line, ask for.
   *
   * @param given the text of {@code if_seq_no}, {@code if_primary_term}, {@code version}, {@code
   *     version_type}
   */
  static Condition condition(Function<String, @Nullable String> given) {
    String seqNo = given.apply("if_seq_no");
    String term = given.apply("if_primary_term");
    String version = given.apply("version");
    String type = given.apply("version_type");
    if (seqNo != null || term != null) {
      if (seqNo == null || term == null) {
        throw ElasticError.validation(
                seqNo == null
                    ? "ifSeqNo is unassigned, but primary term is [" + term + "]"
                    : "ifSeqNo is set, but primary term is [0]")
            .exception();
      }
      return new Condition.At(number("if_seq_no", seqNo), number("if_primary_term", term));
    }
    boolean external = false;
    boolean orEqual = false;
    switch (type == null ? "internal" : type) {
      case "internal" -> {}
      case "external", "external_gt" -> external = true;
      case "external_gte" -> {
        external = true;
        orEqual = true;
      }
      default ->
          throw ElasticError.illegalArgument("No version type match [" + type + "]").exception();
    }
    if (!external) {
      if (version != null) {
        throw ElasticError.validation(
                "internal versioning can not be used for optimistic concurrency control. Please use"
                    + " `if_seq_no` and `if_primary_term` instead")
            .exception();
      }
      return Condition.NONE;
    }
    if (version == null) {
      throw ElasticError.validation("illegal version value [-3] for version type [EXTERNAL]")
          .exception();
    }
    return new Condition.External(number("version", version), orEqual);
  }

  private static long number(String name, String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw ElasticError.illegalArgument(
            "[" + name + "] must be a number not below 0, got [" + text + "]")
        .exception();
  }

  static void checkId(String id) {
    if (id.isEmpty()) {
      throw ElasticError.illegalArgument("if _id is specified it must not be empty").exception();
    }
    if (id.length() > ID_BYTES_MAX / 4) {
      int bytes = id.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > ID_BYTES_MAX) {
        throw ElasticError.validation(
                "id [" + id + "] is too long, must be no longer than 512 bytes but was: " + bytes)
            .exception();
      }
    }
  }

  /** True for {@code refresh=true}; any refresh is honoured, since every search is fresh. */
  static boolean forcedRefresh(Call call) {
    return switch (call.param("refresh")) {
      case null -> false;
      case "false", "wait_for" -> false;
      case "", "true" -> true;
      case String other ->
          throw ElasticError.illegalArgument("Unknown value for refresh: [" + other + "].")
              .exception();
    };
  }

  /** The HTTP status of a write that happened. */
  static int status(WriteResult.Kind kind) {
    return switch (kind) {
      case CREATED -> 201;
      case UPDATED, DELETED, NOOP -> 200;
      case NOT_FOUND -> 404;
    };
  }

  /** The fields of a write's answer, without the braces. */
  static void writeDone(JsonGenerator out, WriteResult.Done done, boolean forcedRefresh)
      throws IOException {
    out.writeStringField("_index", done.index());
    out.writeStringField("_id", done.id());
    out.writeNumberField("_version", done.version());
    out.writeStringField(
        "result",
        switch (done.kind()) {
          case CREATED -> "created";
          case UPDATED -> "updated";
          case DELETED -> "deleted";
          case NOOP -> "noop";
          case NOT_FOUND -> "not_found";
        });
    if (forcedRefresh && done.kind() != WriteResult.Kind.NOOP) {
      out.writeBooleanField("forced_refresh", true);
    }
    writeShards(out, done.kind() == WriteResult.Kind.NOOP ? 0 : 1);
    out.writeNumberField("_seq_no", done.seqNo());
    out.writeNumberField("_primary_term", 1);
  }

  private static void writeShards(JsonGenerator out, int shards) throws IOException {
    out.writeObjectFieldStart("_shards");
    out.writeNumberField("total", shards);
    out.writeNumberField("successful", shards);
    out.writeNumberField("failed", 0);
    out.writeEndObject();
  }

  static ElasticError error(Node node, WriteResult.Failed failed) {
    ElasticError error = ElasticError.of(failed.failure());
    String reason = error.reason();
    return switch (failed.cause()) {
      case VERSION_CONFLICT ->
          located(node, failed, ElasticError.of(409, "version_conflict_engine_exception", reason));
      case DOCUMENT_PARSING -> ElasticError.of(400, "document_parsing_exception", reason);
      case STRICT_DYNAMIC_MAPPING ->
          ElasticError.of(400, "strict_dynamic_mapping_exception", reason);
      case DOCUMENT_MISSING ->
          located(
              node,
              failed,
              ElasticError.of(
                  404, "document_missing_exception", "[" + failed.id() + "]: document missing"));
      case INDEX_NOT_FOUND -> ElasticError.noSuchIndex(failed.index());
      case ILLEGAL_ARGUMENT -> ElasticError.illegalArgument(reason);
      case OTHER -> error;
    };
  }

  private static ElasticError located(Node node, WriteResult.Failed failed, ElasticError error) {
    var index = node.search().index(failed.index());
    return error
        .with("index_uuid", index == null ? "_na_" : index.uuid())
        .with("shard", "0")
        .with("index", failed.index());
  }

  /** Submits one write and gives back what was done. */
  static WriteResult.Done submit(Node node, Call call, WriteOp op) {
    WriteResult result = Waiting.on(node.search().submit(List.of(op))).getFirst();
    return switch (result) {
      case WriteResult.Done done -> {
        call.shows(done.position());
        yield done;
      }
      case WriteResult.Failed failed -> throw error(node, failed).exception();
    };
  }
}
