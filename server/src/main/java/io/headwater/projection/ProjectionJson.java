package io.headwater.projection;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Form;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Projections as JSON: {@code {"from": {"keys": "product:*"}, "to": [{"index": "products"},
 * {"topic": "product-changes"}, {"memcached": true}]}}. Unknown fields are errors, never ignored.
 */
final class ProjectionJson {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");
  private static final int TARGETS_MAX = 16;
  private static final int PATTERN_BYTES_MAX = 512;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10)
                  .maxStringLength(10_000)
                  .maxDocumentLength(100_000)
                  .build())
          .build();

  private ProjectionJson() {}

  /**
   * Parses a projection that is yet to be filled.
   *
   * @throws FailureException with {@link Failure.Invalid} naming what is wrong
   */
  static Projection parse(String name, byte[] json) {
    if (!NAME.matcher(name).matches()) {
      throw invalid(
          "projection name '"
              + name
              + "' must be 1 to 100 of a-z, 0-9, '.', '_' and '-', beginning with a letter or"
              + " digit");
    }
    try (JsonParser p = JSON.createParser(json)) {
      Projection projection = parse(name, p);
      if (p.nextToken() != null) {
        throw invalid("text behind the projection's JSON object");
      }
      return projection;
    } catch (IOException e) {
      throw invalid("the projection is not valid JSON: " + firstLine(e));
    }
  }

  private static Projection parse(String name, JsonParser p) throws IOException {
    expect(p.nextToken(), JsonToken.START_OBJECT, "a projection is a JSON object");
    Source source = null;
    List<Target> targets = List.of();
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String field = p.currentName();
      p.nextToken();
      switch (field) {
        case "from" -> source = source(p);
        case "to" -> targets = targets(p);
        default -> throw invalid("unknown field [" + field + "] in a projection");
      }
    }
    if (source == null) {
      throw invalid("a projection needs [from]");
    }
    if (targets.isEmpty()) {
      throw invalid("a projection needs at least one target in [to]");
    }
    return new Projection(name, source, targets, false);
  }

  private static Source source(JsonParser p) throws IOException {
    expect(p.currentToken(), JsonToken.START_OBJECT, "[from] is an object");
    Source source = null;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String field = p.currentName();
      p.nextToken();
      if (source != null) {
        throw invalid("[from] names more than one source");
      }
      source =
          switch (field) {
            case "keys" -> new Source.Keys(prefix(text(p, "from.keys")));
            case "topic" -> new Source.TopicValues(text(p, "from.topic"));
            case "index" ->
                throw new FailureException(new Failure.NotSupported("a projection from an index"));
            default -> throw invalid("unknown source [" + field + "] in [from]");
          };
    }
    if (source == null) {
      throw invalid("[from] names no source");
    }
    return source;
  }

  private static List<Target> targets(JsonParser p) throws IOException {
    expect(p.currentToken(), JsonToken.START_ARRAY, "[to] is an array");
    List<Target> targets = new ArrayList<>();
    while (p.nextToken() != JsonToken.END_ARRAY) {
      expect(p.currentToken(), JsonToken.START_OBJECT, "each target in [to] is an object");
      targets.add(target(p));
      if (targets.size() > TARGETS_MAX) {
        throw invalid("more than " + TARGETS_MAX + " targets");
      }
    }
    return List.copyOf(targets);
  }

  private static Target target(JsonParser p) throws IOException {
    Target target = null;
    Form form = null;
    while (p.nextToken() != JsonToken.END_OBJECT) {
      String field = p.currentName();
      p.nextToken();
      if (field.equals("value")) {
        form = form(text(p, "to.value"));
        continue;
      }
      if (target != null) {
        throw invalid("one object of [to] names more than one target");
      }
      target =
          switch (field) {
            case "index" -> new Target.ToIndex(text(p, "to.index"));
            case "topic" -> new Target.ToTopic(text(p, "to.topic"), Form.FULL);
            case "keys" -> new Target.ToKeys(prefix(text(p, "to.keys")));
            case "memcached" -> {
              expect(p.currentToken(), JsonToken.VALUE_TRUE, "[to.memcached] can only be true");
              yield new Target.ToMemcached();
            }
            default -> throw invalid("unknown target [" + field + "] in [to]");
          };
    }
    if (target == null) {
      throw invalid("an object of [to] names no target");
    }
    if (form == null) {
      return target;
    }
    if (!(target instanceof Target.ToTopic(String topic, _))) {
      throw invalid("[to.value] stands beside [topic] only");
    }
    return new Target.ToTopic(topic, form);
  }

  private static Form form(String text) {
    return switch (text) {
      case "full" -> Form.FULL;
      case "change" -> Form.CHANGE;
      default -> throw invalid("[to.value] is \"full\" or \"change\", not \"" + text + "\"");
    };
  }

  private static Bytes prefix(String pattern) {
    int star = pattern.indexOf('*');
    if (star < 1 || star != pattern.length() - 1 || pattern.matches(".*[\\[\\]?\\\\].*")) {
      throw invalid("key pattern '" + pattern + "' must be a prefix followed by one '*'");
    }
    Bytes prefix = Bytes.utf8(pattern.substring(0, star));
    if (prefix.length() > PATTERN_BYTES_MAX) {
      throw invalid("key pattern longer than " + PATTERN_BYTES_MAX + " bytes");
    }
    return prefix;
  }

  private static String text(JsonParser p, String field) throws IOException {
    expect(p.currentToken(), JsonToken.VALUE_STRING, "[" + field + "] is a string");
    return p.getText();
  }

  private static void expect(@Nullable JsonToken actual, JsonToken expected, String otherwise) {
    if (actual != expected) {
      throw invalid(otherwise);
    }
  }

  static FailureException invalid(String reason) {
    return new FailureException(new Failure.Invalid(reason));
  }

  static String firstLine(IOException e) {
    String message = String.valueOf(e.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** The projection as it was put, with its name and whether it is filled. */
  static String write(Projection projection, long deadLetters) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator g = JSON.createGenerator(out)) {
      g.writeStartObject();
      g.writeStringField("name", projection.name());
      g.writeObjectFieldStart("from");
      switch (projection.source()) {
        case Source.Keys(Bytes prefix) -> g.writeStringField("keys", prefix.utf8() + "*");
        case Source.TopicValues(String topic) -> g.writeStringField("topic", topic);
      }
      g.writeEndObject();
      g.writeArrayFieldStart("to");
      for (Target target : projection.targets()) {
        g.writeStartObject();
        switch (target) {
          case Target.ToIndex(String index) -> g.writeStringField("index", index);
          case Target.ToTopic(String topic, Form form) -> {
            g.writeStringField("topic", topic);
            if (form == Form.CHANGE) {
              g.writeStringField("value", "change");
            }
          }
          case Target.ToKeys(Bytes prefix) -> g.writeStringField("keys", prefix.utf8() + "*");
          case Target.ToMemcached() -> g.writeBooleanField("memcached", true);
        }
        g.writeEndObject();
      }
      g.writeEndArray();
      g.writeBooleanField("filled", projection.filled());
      g.writeStringField("dead_letter_topic", Projections.deadLetterTopic(projection.name()));
      g.writeNumberField("dead_letters", deadLetters);
      g.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
