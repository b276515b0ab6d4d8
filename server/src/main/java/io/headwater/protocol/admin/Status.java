package io.headwater.protocol.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.log.Log;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.View;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Topic;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;

/** Writes what the node knows about itself as JSON. */
final class Status {
  private static final JsonFactory JSON = new JsonFactory();

  private Status() {}

  private interface Writing {
    void to(JsonGenerator out) throws IOException;
  }

  private static String json(Writing writing) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      writing.to(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return text.toString();
  }

  static HttpResponse error(int status, String type, String reason) {
    return HttpResponse.of(
        status,
        "application/json",
        json(out -> {
          out.writeObjectFieldStart("error");
          out.writeStringField("type", type);
          out.writeStringField("reason", reason);
          out.writeEndObject();
          out.writeNumberField("status", status);
        }));
  }

  static String positions(Log log, List<View> views) {
    return json(out -> {
      out.writeStringField("epoch", String.format("%016x", log.epoch()));
      out.writeNumberField("start", log.start());
      out.writeNumberField("durable", log.durable());
      out.writeNumberField("appended", log.appended());
      out.writeObjectFieldStart("applied");
      for (View view : views) {
        out.writeNumberField(view.name(), view.applied());
      }
      out.writeEndObject();
    });
  }

  static String catalog(CatalogState state) {
    return json(out -> {
      out.writeObjectFieldStart("topics");
      for (Topic topic : state.topics().values()) {
        out.writeObjectFieldStart(topic.name());
        out.writeStringField("id", new UUID(topic.idHigh(), topic.idLow()).toString());
        out.writeNumberField("partitions", topic.partitions());
        out.writeArrayFieldStart("streams");
        for (int stream : topic.streams()) {
          out.writeNumber(stream);
        }
        out.writeEndArray();
        out.writeObjectFieldStart("config");
        for (var entry : topic.config().entrySet()) {
          out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
        out.writeStringField("derived_by", topic.derivedBy());
        out.writeEndObject();
      }
      out.writeEndObject();
      out.writeObjectFieldStart("indexes");
      for (Index index : state.indexes().values()) {
        out.writeObjectFieldStart(index.name());
        out.writeStringField("uuid", index.uuid());
        out.writeNumberField("stream", index.stream());
        out.writeStringField("derived_by", index.derivedBy());
        out.writeEndObject();
      }
      out.writeEndObject();
      out.writeObjectFieldStart("projections");
      for (Projection projection : state.projections().values()) {
        out.writeObjectFieldStart(projection.name());
        out.writeBooleanField("filled", projection.filled());
        out.writeEndObject();
      }
      out.writeEndObject();
    });
  }
}
