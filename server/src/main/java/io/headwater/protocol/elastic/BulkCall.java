package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code _bulk}: many writes, each succeeding or failing alone, decided in order. */
final class BulkCall {
  private BulkCall() {}

  static HttpResponse bulk(Node node, Call call) {
    boolean forcedRefresh = Writes.forcedRefresh(call);
    if (call.flag("require_alias", false) || call.flag("require_data_stream", false)) {
      throw ElasticError.notSupported("parameter [require_alias]").exception();
    }
    List<BulkReader.Item> items = BulkReader.read(call.requireBody(), call.value("index"));
    Map<String, @Nullable ElasticError> indexes = new HashMap<>();
    List<WriteOp> ops = new ArrayList<>(items.size());
    for (BulkReader.Item item : items) {
      WriteOp op = item.op();
      // A delete creates no index; the view says that there is none.
      if (op instanceof WriteOp.Delete
          || (op != null && ready(node, call, item, indexes) == null)) {
        ops.add(op);
      }
    }
    List<WriteResult> results = ops.isEmpty() ? List.of() : Waiting.on(node.search().submit(ops));
    boolean errors = ops.size() < items.size();
    for (WriteResult result : results) {
      switch (result) {
        case WriteResult.Done done -> call.shows(done.position());
        case WriteResult.Failed _ -> errors = true;
      }
    }
    boolean anyErrors = errors;
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeBooleanField("errors", anyErrors);
          out.writeNumberField("took", call.tookMs());
          out.writeArrayFieldStart("items");
          Iterator<WriteResult> done = results.iterator();
          for (BulkReader.Item item : items) {
            ElasticError error = item.error();
            if (error == null && !(item.op() instanceof WriteOp.Delete)) {
              error = indexes.get(item.index());
            }
            write(out, node, item, error, error == null ? done.next() : null, forcedRefresh);
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  /** Creates the operation's index where there is none; the answer is why that failed, or null. */
  private static @Nullable ElasticError ready(
      Node node, Call call, BulkReader.Item item, Map<String, @Nullable ElasticError> indexes) {
    String index = item.index();
    if (indexes.containsKey(index)) {
      return indexes.get(index);
    }
    ElasticError error = null;
    try {
      IndexCreation.ensure(node, call, index);
    } catch (ElasticException e) {
      error = e.error();
    } catch (FailureException e) {
      error = ElasticError.of(e.failure());
    }
    indexes.put(index, error);
    return error;
  }

  private static void write(
      JsonGenerator out,
      Node node,
      BulkReader.Item item,
      @Nullable ElasticError before,
      @Nullable WriteResult result,
      boolean forcedRefresh)
      throws IOException {
    out.writeStartObject();
    out.writeObjectFieldStart(item.action());
    switch (result) {
      case WriteResult.Done done -> {
        Writes.writeDone(out, done, forcedRefresh);
        out.writeNumberField("status", Writes.status(done.kind()));
      }
      case WriteResult.Failed failed ->
          writeError(out, failed.index(), failed.id(), Writes.error(node, failed));
      case null -> {
        if (before == null) {
          throw new IllegalStateException("neither result nor error");
        }
        writeError(out, item.index(), item.id(), before);
      }
    }
    out.writeEndObject();
    out.writeEndObject();
  }

  private static void writeError(
      JsonGenerator out, String index, @Nullable String id, ElasticError error) throws IOException {
    out.writeStringField("_index", index);
    out.writeStringField("_id", id);
    out.writeNumberField("status", error.status());
    out.writeFieldName("error");
    error.writeItem(out);
  }
}
