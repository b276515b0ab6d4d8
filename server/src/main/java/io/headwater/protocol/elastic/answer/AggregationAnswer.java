package io.headwater.protocol.elastic.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.aggregation.AggregationResult;
import io.headwater.view.search.aggregation.AggregationResult.Bucket;
import io.headwater.view.search.aggregation.AggregationResult.RangeBucket;
import io.headwater.view.search.aggregation.AggregationResult.Single;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what aggregations found. */
final class AggregationAnswer {
  private final JsonGenerator out;
  private final SearchAnswer.Names names;

  AggregationAnswer(JsonGenerator out, SearchAnswer.Names names) {
    this.out = out;
    this.names = names;
  }

  /** Writes named aggregations as fields of the object that is open. */
  void write(Map<String, AggregationNode> asked, Map<String, AggregationResult> found)
      throws IOException {
    for (Map.Entry<String, AggregationResult> entry : found.entrySet()) {
      AggregationNode node = asked.get(entry.getKey());
      if (node == null) {
        throw new IllegalStateException("nobody asked for aggregation " + entry.getKey());
      }
      String name = entry.getKey();
      out.writeObjectFieldStart(
          names == SearchAnswer.Names.TYPED ? type(node, entry.getValue()) + "#" + name : name);
      write(node, entry.getValue());
      out.writeEndObject();
    }
  }

  /** The name under which a typed client finds the aggregation's class. */
  private static String type(AggregationNode node, AggregationResult result) {
    return switch (node) {
      case AggregationNode.Terms _ ->
          result instanceof AggregationResult.Terms terms
              ? switch (terms.keyKind()) {
                case STRING -> "sterms";
                case LONG -> "lterms";
                case DOUBLE -> "dterms";
              }
              : "sterms";
      case AggregationNode.DateHistogram _ -> "date_histogram";
      case AggregationNode.Histogram _ -> "histogram";
      case AggregationNode.Range _ -> "range";
      case AggregationNode.DateRange _ -> "date_range";
      case AggregationNode.Filter _ -> "filter";
      case AggregationNode.Filters _ -> "filters";
      case AggregationNode.Missing _ -> "missing";
      case AggregationNode.Global _ -> "global";
      case AggregationNode.Metric metric -> metric.kind().name().toLowerCase(Locale.ROOT);
    };
  }

  private void write(AggregationNode node, AggregationResult result) throws IOException {
    switch (result) {
      case AggregationResult.Terms terms -> {
        out.writeNumberField("doc_count_error_upper_bound", 0);
        out.writeNumberField("sum_other_doc_count", terms.others());
        writeBuckets(node, terms.buckets());
      }
      case AggregationResult.Histogram histogram -> writeBuckets(node, histogram.buckets());
      case AggregationResult.Ranges ranges -> {
        out.writeArrayFieldStart("buckets");
        for (RangeBucket bucket : ranges.buckets()) {
          write(node, bucket);
        }
        out.writeEndArray();
      }
      case Single single -> writeSingle(node, single);
      case AggregationResult.Named named -> {
        out.writeObjectFieldStart("buckets");
        for (Map.Entry<String, Single> bucket : named.buckets().entrySet()) {
          out.writeObjectFieldStart(bucket.getKey());
          writeSingle(node, bucket.getValue());
          out.writeEndObject();
        }
        out.writeEndObject();
      }
      case AggregationResult.Value value ->
          writeDouble("value", value.value(), value.valueAsString());
      case AggregationResult.Count count -> out.writeNumberField("value", count.value());
      case AggregationResult.Stats stats -> {
        out.writeNumberField("count", stats.count());
        writeDouble("min", stats.min(), stats.minAsString());
        writeDouble("max", stats.max(), stats.maxAsString());
        writeDouble("avg", stats.avg(), stats.avgAsString());
        writeDouble("sum", stats.sum(), stats.sumAsString());
      }
    }
  }

  private void writeBuckets(AggregationNode node, Iterable<Bucket> buckets) throws IOException {
    out.writeArrayFieldStart("buckets");
    for (Bucket bucket : buckets) {
      out.writeStartObject();
      if (bucket.keyAsString() != null && !(node instanceof AggregationNode.Terms)) {
        out.writeStringField("key_as_string", bucket.keyAsString());
      }
      out.writeFieldName("key");
      SearchAnswer.writeValue(out, bucket.key());
      if (bucket.keyAsString() != null && node instanceof AggregationNode.Terms) {
        out.writeStringField("key_as_string", bucket.keyAsString());
      }
      out.writeNumberField("doc_count", bucket.count());
      write(node.children(), bucket.children());
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private void write(AggregationNode node, RangeBucket bucket) throws IOException {
    out.writeStartObject();
    out.writeStringField("key", bucket.key());
    if (bucket.from() != null) {
      out.writeNumberField("from", bucket.from());
    }
    if (bucket.fromAsString() != null) {
      out.writeStringField("from_as_string", bucket.fromAsString());
    }
    if (bucket.to() != null) {
      out.writeNumberField("to", bucket.to());
    }
    if (bucket.toAsString() != null) {
      out.writeStringField("to_as_string", bucket.toAsString());
    }
    out.writeNumberField("doc_count", bucket.count());
    write(node.children(), bucket.children());
    out.writeEndObject();
  }

  private void writeSingle(AggregationNode node, Single single) throws IOException {
    out.writeNumberField("doc_count", single.count());
    write(node.children(), single.children());
  }

  private void writeDouble(String name, @Nullable Double value, @Nullable String asString)
      throws IOException {
    if (value == null) {
      out.writeNullField(name);
      return;
    }
    out.writeNumberField(name, value);
    if (asString != null) {
      out.writeStringField(name + "_as_string", asString);
    }
  }
}
