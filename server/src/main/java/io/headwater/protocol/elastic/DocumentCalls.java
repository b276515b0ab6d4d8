package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.dsl.SourceReader;
import io.headwater.protocol.elastic.dsl.UpdateBody;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.search.DocumentResult;
import io.headwater.view.search.SearchIndexes;
import io.headwater.view.search.SourceFilter;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteResult;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Single documents, and {@code _mget}. */
final class DocumentCalls {
  private static final int MGET_MAX = 10_000;

  private DocumentCalls() {}

  static HttpResponse index(Node node, Call call) {
    WriteOp.Mode mode =
        switch (call.param("op_type")) {
          case null -> WriteOp.Mode.INDEX;
          case "index" -> WriteOp.Mode.INDEX;
          case "create" -> WriteOp.Mode.CREATE;
          case String other ->
              throw ElasticError.illegalArgument(
                      "opType must be 'create' or 'index', found: [" + other + "]")
                  .exception();
        };
    return put(node, call, mode);
  }

  static HttpResponse create(Node node, Call call) {
    return put(node, call, WriteOp.Mode.CREATE);
  }

  private static HttpResponse put(Node node, Call call, WriteOp.Mode mode) {
    String index = call.require("index");
    String id = call.value("id");
    if (id != null) {
      Writes.checkId(id);
    }
    boolean forcedRefresh = Writes.forcedRefresh(call);
    WriteOp.Condition condition = Writes.condition(call::param);
    byte[] source = call.requireBody();
    refuseAliases(call);
    IndexCreation.ensure(node, call, index);
    WriteResult.Done done =
        Writes.submit(node, call, new WriteOp.Put(index, id, source, mode, condition));
    return written(call, done, forcedRefresh);
  }

  private static void refuseAliases(Call call) {
    if (call.flag("require_alias", false)) {
      throw ElasticError.notSupported("parameter [require_alias]").exception();
    }
  }

  private static HttpResponse written(Call call, WriteResult.Done done, boolean forcedRefresh) {
    HttpResponse answer =
        call.json(
            Writes.status(done.kind()),
            out -> {
              out.writeStartObject();
              Writes.writeDone(out, done, forcedRefresh);
              out.writeEndObject();
            });
    return done.kind() == WriteResult.Kind.CREATED
        ? answer.with("Location", "/" + encode(done.index()) + "/_doc/" + encode(done.id()))
        : answer;
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  static HttpResponse update(Node node, Call call) {
    String index = call.require("index");
    String id = call.require("id");
    Writes.checkId(id);
    boolean forcedRefresh = Writes.forcedRefresh(call);
    byte[] body = call.requireBody();
    WriteOp.Update update =
        UpdateBody.read(index, id, Writes.condition(call::param), body, 0, body.length);
    refuseAliases(call);
    IndexCreation.ensure(node, call, index);
    return written(call, Writes.submit(node, call, update), forcedRefresh);
  }

  static HttpResponse delete(Node node, Call call) {
    String index = call.require("index");
    String id = call.require("id");
    Writes.checkId(id);
    boolean forcedRefresh = Writes.forcedRefresh(call);
    WriteOp.Condition condition = Writes.condition(call::param);
    // Elasticsearch too creates the index, but only for external versions; nobody needs it.
    IndexNames.concrete(node, index);
    WriteResult.Done done = Writes.submit(node, call, new WriteOp.Delete(index, id, condition));
    return written(call, done, forcedRefresh);
  }

  static HttpResponse get(Node node, Call call) {
    String index = call.require("index");
    SourceFilter filter = filter(call);
    DocumentResult document = document(node, call, index);
    return call.json(
        document.found() ? 200 : 404,
        out -> {
          out.writeStartObject();
          writeDocument(out, document, filter);
          out.writeEndObject();
        });
  }

  static HttpResponse exists(Node node, Call call) {
    DocumentResult document = document(node, call, call.require("index"));
    return call.json(document.found() ? 200 : 404, out -> out.writeRaw(""));
  }

  static HttpResponse source(Node node, Call call) {
    DocumentResult document = document(node, call, call.require("index"));
    byte[] source = document.source();
    if (!document.found() || source == null) {
      throw ElasticError.of(
              404,
              "resource_not_found_exception",
              "Document not found [" + document.index() + "]/[" + document.id() + "]")
          .exception();
    }
    SourceFilter filter = filter(call);
    if (!filter.enabled()) {
      throw ElasticError.validation("fetching source can not be disabled").exception();
    }
    return call.json(200, out -> Json.raw(out, narrowed(source, filter)));
  }

  private static DocumentResult document(Node node, Call call, String index) {
    String id = call.require("id");
    IndexNames.concrete(node, index);
    DocumentResult document = node.search().get(index, List.of(id)).getFirst();
    checkVersion(call, document);
    return document;
  }

  private static void checkVersion(Call call, DocumentResult document) {
    long wanted = call.number("version", -1);
    if (wanted >= 0 && document.found() && document.version() != wanted) {
      throw ElasticError.of(
              409,
              "version_conflict_engine_exception",
              "["
                  + document.id()
                  + "]: version conflict, current version ["
                  + document.version()
                  + "] is different than the one provided ["
                  + wanted
                  + "]")
          .exception();
    }
  }

  private static SourceFilter filter(Call call) {
    SourceFilter asked =
        SourceReader.parameters(
            call.param("_source"), call.param("_source_includes"), call.param("_source_excludes"));
    return asked == null ? SourceFilter.ALL : asked;
  }

  private static byte[] narrowed(byte[] source, SourceFilter filter) {
    return filter.equals(SourceFilter.ALL) ? source : SearchIndexes.filter(source, filter);
  }

  private static void writeDocument(JsonGenerator out, DocumentResult document, SourceFilter filter)
      throws IOException {
    out.writeStringField("_index", document.index());
    out.writeStringField("_id", document.id());
    if (document.found()) {
      out.writeNumberField("_version", document.version());
      out.writeNumberField("_seq_no", document.seqNo());
      out.writeNumberField("_primary_term", 1);
    }
    out.writeBooleanField("found", document.found());
    byte[] source = document.source();
    if (document.found() && source != null && filter.enabled()) {
      out.writeFieldName("_source");
      Json.raw(out, narrowed(source, filter));
    }
  }

  /** One line of {@code _mget}. */
  private record Wanted(String index, String id, SourceFilter filter) {}

  static HttpResponse multiGet(Node node, Call call) {
    List<Wanted> wanted = wanted(call);
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("docs");
          for (Wanted one : wanted) {
            out.writeStartObject();
            writeWanted(out, node, one);
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  private static List<Wanted> wanted(Call call) {
    Fields body = new Fields("mget", call.requireObject());
    String index = call.value("index");
    SourceFilter common = filter(call);
    List<Wanted> wanted = new ArrayList<>();
    for (JsonValue item : body.list("docs")) {
      Fields doc = new Fields("docs", item);
      JsonValue source = doc.take("_source");
      doc.hints("routing", "_routing");
      doc.unsupported("stored_fields", "version", "version_type", "_type");
      String ownIndex = doc.text("_index", index == null ? "" : index);
      if (ownIndex.isEmpty()) {
        throw ElasticError.validation("index is missing for doc " + wanted.size()).exception();
      }
      wanted.add(
          new Wanted(
              ownIndex,
              doc.requireText("_id"),
              source == null ? common : SourceReader.read(source)));
      doc.done();
    }
    for (String id : body.texts("ids")) {
      if (index == null) {
        throw ElasticError.validation("index is missing for doc " + wanted.size()).exception();
      }
      wanted.add(new Wanted(index, id, common));
    }
    body.done();
    if (wanted.isEmpty()) {
      throw ElasticError.validation("no documents to get").exception();
    }
    if (wanted.size() > MGET_MAX) {
      throw ElasticError.illegalArgument(
              "at most " + MGET_MAX + " documents in one request, got " + wanted.size())
          .exception();
    }
    return wanted;
  }

  private static void writeWanted(JsonGenerator out, Node node, Wanted one) throws IOException {
    String index = one.index();
    try {
      writeDocument(out, node.search().get(index, List.of(one.id())).getFirst(), one.filter());
    } catch (FailureException e) {
      out.writeStringField("_index", index);
      out.writeStringField("_id", one.id());
      out.writeFieldName("error");
      ElasticError.of(e.failure()).writeItem(out);
    }
  }
}
