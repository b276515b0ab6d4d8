package io.headwater.protocol.elastic.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.protocol.elastic.dsl.SearchBody;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.view.search.Hit;
import io.headwater.view.search.SearchRequest;
import io.headwater.view.search.SearchResult;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what a search found; sources are copied as they were stored. */
public final class SearchAnswer {
  /** How the number of matches is written. */
  public enum Total {
    OBJECT,
    NUMBER
  }

  /** Whether aggregation names carry their type, as {@code typed_keys} asks. */
  public enum Names {
    PLAIN,
    TYPED
  }

  private final JsonGenerator out;
  private final SearchBody body;
  private final SearchRequest request;
  private final Total total;
  private final Names names;
  private boolean status;

  public SearchAnswer(
      JsonGenerator out, SearchBody body, SearchRequest request, Total total, Names names) {
    this.out = out;
    this.body = body;
    this.request = request;
    this.total = total;
    this.names = names;
  }

  /** Answers inside an {@code _msearch} carry their status. */
  public SearchAnswer withStatus() {
    status = true;
    return this;
  }

  public void write(SearchResult result, long tookMs, int indexes) throws IOException {
    out.writeStartObject();
    out.writeNumberField("took", tookMs);
    out.writeBooleanField("timed_out", result.timedOut());
    writeShards(out, indexes);
    out.writeObjectFieldStart("hits");
    writeTotal(result);
    writeFloat("max_score", result.maxScore());
    out.writeArrayFieldStart("hits");
    for (Hit hit : result.hits()) {
      write(hit);
    }
    out.writeEndArray();
    out.writeEndObject();
    if (!request.aggregations().isEmpty()) {
      out.writeObjectFieldStart("aggregations");
      new AggregationAnswer(out, names).write(request.aggregations(), result.aggregations());
      out.writeEndObject();
    }
    if (status) {
      out.writeNumberField("status", 200);
    }
    out.writeEndObject();
  }

  public static void writeShards(JsonGenerator out, int indexes) throws IOException {
    out.writeObjectFieldStart("_shards");
    out.writeNumberField("total", indexes);
    out.writeNumberField("successful", indexes);
    out.writeNumberField("skipped", 0);
    out.writeNumberField("failed", 0);
    out.writeEndObject();
  }

  private void writeTotal(SearchResult result) throws IOException {
    if (total == Total.NUMBER) {
      out.writeNumberField("total", result.total());
    } else if (result.total() >= 0) {
      out.writeObjectFieldStart("total");
      out.writeNumberField("value", result.total());
      out.writeStringField("relation", result.totalExact() ? "eq" : "gte");
      out.writeEndObject();
    }
  }

  private void writeFloat(String name, float value) throws IOException {
    if (Float.isNaN(value)) {
      out.writeNullField(name);
    } else {
      out.writeNumberField(name, value);
    }
  }

  private void write(Hit hit) throws IOException {
    out.writeStartObject();
    out.writeStringField("_index", hit.index());
    out.writeStringField("_id", hit.id());
    if (body.version) {
      out.writeNumberField("_version", hit.version());
    }
    if (body.seqNoPrimaryTerm) {
      out.writeNumberField("_seq_no", hit.seqNo());
      out.writeNumberField("_primary_term", 1);
    }
    writeFloat("_score", hit.score());
    byte[] source = hit.source();
    if (source != null) {
      out.writeFieldName("_source");
      Json.raw(out, source);
    }
    if (!hit.fields().isEmpty()) {
      out.writeObjectFieldStart("fields");
      for (Map.Entry<String, List<Object>> field : hit.fields().entrySet()) {
        out.writeArrayFieldStart(field.getKey());
        for (Object value : field.getValue()) {
          writeValue(out, value);
        }
        out.writeEndArray();
      }
      out.writeEndObject();
    }
    writeHighlight(hit);
    List<@Nullable Object> sort = hit.sort();
    if (sort != null) {
      out.writeArrayFieldStart("sort");
      for (Object value : sort) {
        writeValue(out, value);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  private void writeHighlight(Hit hit) throws IOException {
    if (hit.highlight().isEmpty()) {
      return;
    }
    out.writeObjectFieldStart("highlight");
    for (Map.Entry<String, List<String>> field : hit.highlight().entrySet()) {
      out.writeArrayFieldStart(field.getKey());
      for (String fragment : field.getValue()) {
        out.writeString(fragment);
      }
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  static void writeValue(JsonGenerator out, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case String text -> out.writeString(text);
      case Long number -> out.writeNumber(number);
      case Integer number -> out.writeNumber(number);
      case Double number -> out.writeNumber(number);
      case Float number -> out.writeNumber(number);
      case Boolean flag -> out.writeBoolean(flag);
      default -> throw new IllegalStateException(value.getClass().toString());
    }
  }
}
