package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.SearchIndexes;
import io.headwater.view.search.SearchIndexes.AnalyzedToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Indexes as a whole: creation, mappings, settings. */
final class IndexCalls {
  private IndexCalls() {}

  static HttpResponse create(Node node, Call call) {
    String name = call.require("index");
    IndexNames.check(name);
    JsonValue.Obj body = call.body();
    String settings = "{}";
    String mappings = "{}";
    if (body != null) {
      Fields f = new Fields("create_index", body);
      settings = IndexSettings.json(IndexSettings.flat(f.take("settings")));
      JsonValue given = f.take("mappings");
      mappings = given == null ? "{}" : JsonValue.object(given).json();
      JsonValue aliases = f.take("aliases");
      if (aliases != null && !JsonValue.object(aliases).fields().isEmpty()) {
        throw ElasticError.notSupported("[aliases]").exception();
      }
      f.done();
    }
    Index twin = node.search().index(name);
    if (twin != null) {
      throw IndexCreation.exists(twin).exception();
    }
    Index created = IndexCreation.create(node, call, name, settings, mappings);
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeBooleanField("acknowledged", true);
          out.writeBooleanField("shards_acknowledged", true);
          out.writeStringField("index", created.name());
          out.writeEndObject();
        });
  }

  static HttpResponse delete(Node node, Call call) {
    String expression = call.require("index");
    if (expression.contains("*") || expression.equals("_all")) {
      throw ElasticError.illegalArgument("Wildcard expressions or all indices are not allowed")
          .exception();
    }
    for (Index index : IndexNames.resolve(node, call, expression)) {
      IndexCreation.delete(node, call, index);
    }
    return call.acknowledged();
  }

  static HttpResponse exists(Node node, Call call) {
    boolean exists;
    try {
      exists = !IndexNames.resolve(node, call, call.require("index")).isEmpty();
    } catch (ElasticException e) {
      exists = false;
    }
    return call.json(exists ? 200 : 404, out -> out.writeRaw(""));
  }

  /** Writes something about each index that the address means. */
  private interface PerIndex {
    void write(JsonGenerator out, Index index) throws IOException;
  }

  private static HttpResponse forEach(Node node, Call call, PerIndex writing) {
    List<Index> indexes = IndexNames.resolve(node, call, call.value("index"));
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          for (Index index : indexes) {
            out.writeObjectFieldStart(index.name());
            writing.write(out, index);
            out.writeEndObject();
          }
          out.writeEndObject();
        });
  }

  static HttpResponse get(Node node, Call call) {
    boolean flat = call.flag("flat_settings", false);
    return forEach(
        node,
        call,
        (out, index) -> {
          out.writeObjectFieldStart("aliases");
          out.writeEndObject();
          writeMappings(out, node, index);
          writeSettings(out, index, flat);
        });
  }

  static HttpResponse getMapping(Node node, Call call) {
    return forEach(node, call, (out, index) -> writeMappings(out, node, index));
  }

  private static void writeMappings(JsonGenerator out, Node node, Index index) throws IOException {
    String mapping = node.search().mapping(index.name());
    out.writeFieldName("mappings");
    Json.raw(out, (mapping == null ? "{}" : mapping).getBytes(StandardCharsets.UTF_8));
  }

  static HttpResponse getSettings(Node node, Call call) {
    boolean flat = call.flag("flat_settings", false);
    return forEach(node, call, (out, index) -> writeSettings(out, index, flat));
  }

  private static void writeSettings(JsonGenerator out, Index index, boolean flat)
      throws IOException {
    out.writeFieldName("settings");
    IndexSettings.write(out, index, flat);
  }

  static HttpResponse putMapping(Node node, Call call) {
    String json = call.requireObject().json();
    for (Index index : IndexNames.resolve(node, call, call.value("index"))) {
      call.shows(Waiting.on(node.search().putMapping(index.name(), json)));
    }
    return call.acknowledged();
  }

  static HttpResponse putSettings(Node node, Call call) {
    boolean preserve = call.flag("preserve_existing", false);
    JsonValue.Obj body = call.requireObject();
    JsonValue inner = body.fields().get("settings");
    Map<String, JsonValue> change = IndexSettings.flat(inner == null ? body : inner);
    for (Index index : IndexNames.resolve(node, call, call.value("index"))) {
      configure(node, call, index, change, preserve);
    }
    return call.acknowledged();
  }

  private static void configure(
      Node node, Call call, Index index, Map<String, JsonValue> change, boolean preserve) {
    // What is wrong with the change does not depend on what else stands in the catalog.
    Failure wrong = SearchIndexes.check(IndexSettings.changed(index, change, preserve), "{}");
    if (wrong != null) {
      throw new FailureException(wrong);
    }
    Catalog.Changed changed =
        Waiting.on(
            node.catalog()
                .change(state -> {
                  Index now = state.index(index.name());
                  if (now == null) {
                    return Decision.refuse(new Failure.NotFound("index", index.name()));
                  }
                  String settings = IndexSettings.changed(now, change, preserve);
                  return settings.equals(now.settings())
                      ? Decision.accept()
                      : Decision.accept(new CatalogEvent.IndexConfigured(now.name(), settings));
                }));
    call.shows(changed.position());
  }

  /** Nothing to do but to make sure that the indexes are there: every search is fresh. */
  static HttpResponse refresh(Node node, Call call) {
    List<Index> indexes = IndexNames.resolve(node, call, call.value("index"));
    indexes.forEach(index -> node.search().refresh(index.name()));
    return shards(call, indexes.size());
  }

  /** The log holds every acknowledged write and Lucene merges by itself. */
  static HttpResponse nothingToDo(Node node, Call call) {
    return shards(call, IndexNames.resolve(node, call, call.value("index")).size());
  }

  private static HttpResponse shards(Call call, int shards) {
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeObjectFieldStart("_shards");
          out.writeNumberField("total", shards);
          out.writeNumberField("successful", shards);
          out.writeNumberField("failed", 0);
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  static HttpResponse analyze(Node node, Call call) {
    Fields f = new Fields("analyze", call.requireObject());
    f.unsupported("tokenizer", "filter", "char_filter", "normalizer", "attributes");
    if (f.flag("explain", false)) {
      throw ElasticError.notSupported("[analyze] option [explain]").exception();
    }
    List<String> texts = f.texts("text");
    if (texts.size() != 1) {
      if (texts.isEmpty()) {
        throw ElasticError.validation("text is missing").exception();
      }
      throw ElasticError.notSupported("[analyze] of several texts").exception();
    }
    String analyzer = f.text("analyzer");
    String field = f.text("field");
    f.done();
    @Nullable String index = call.value("index");
    List<AnalyzedToken> tokens = node.search().analyze(index, field, analyzer, texts.getFirst());
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeArrayFieldStart("tokens");
          for (AnalyzedToken token : tokens) {
            out.writeStartObject();
            out.writeStringField("token", token.token());
            out.writeNumberField("start_offset", token.startOffset());
            out.writeNumberField("end_offset", token.endOffset());
            out.writeStringField("type", token.type());
            out.writeNumberField("position", token.position());
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }
}
