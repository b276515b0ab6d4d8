package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.protocol.http.HttpRequest;
import io.headwater.protocol.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request on its route. Belongs to the request's thread. */
final class Call {
  static final String JSON = "application/json";

  private final HttpRequest request;
  private final Route route;
  private final Map<String, String> values;
  private final long startNs = System.nanoTime();
  private long position = -1;

  Call(HttpRequest request, Router.Match match) {
    this.request = request;
    this.route = match.route();
    this.values = match.values();
  }

  HttpRequest request() {
    return request;
  }

  /** What a parameter of the route's template stands for, or null where the route has none. */
  @Nullable String value(String name) {
    return values.get(name);
  }

  String require(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalStateException(route.template() + " has no {" + name + "}");
    }
    return value;
  }

  /** A query parameter, which the route must have declared; null where it is not given. */
  @Nullable String param(String name) {
    assert route.takes().contains(name) || RouteTable.COMMON.contains(name)
        : route.template() + " does not declare " + name;
    return request.query().get(name);
  }

  String param(String name, String fallback) {
    String value = param(name);
    return value == null ? fallback : value;
  }

  /** A parameter that may stand without a value. */
  boolean flag(String name, boolean fallback) {
    return switch (param(name)) {
      case null -> fallback;
      case "", "true" -> true;
      case "false" -> false;
      case String other ->
          throw ElasticError.illegalArgument(
                  "Failed to parse value [" + other + "] as only [true] or [false] are allowed.")
              .exception();
    };
  }

  long number(String name, long fallback) {
    String text = param(name);
    if (text == null) {
      return fallback;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ElasticError.illegalArgument(
              "Failed to parse long parameter [" + name + "] with value [" + text + "]")
          .exception();
    }
  }

  /** The body, or the parameter {@code source} that stands for it; null where there is neither. */
  JsonValue.@Nullable Obj body() {
    return JsonValue.object(rawBody());
  }

  byte[] rawBody() {
    if (request.body().length == 0 && route.takes().contains("source")) {
      String source = param("source");
      return source == null ? request.body() : source.getBytes(StandardCharsets.UTF_8);
    }
    return request.body();
  }

  /** The body, which must be there. */
  byte[] requireBody() {
    byte[] body = rawBody();
    if (body.length == 0) {
      throw ElasticError.of(400, "parse_exception", "request body is required").exception();
    }
    return body;
  }

  JsonValue.Obj requireObject() {
    byte[] body = requireBody();
    return JsonValue.object(JsonValue.parse(body, 0, body.length));
  }

  /** The answer shows everything up to here; the highest counts. */
  void shows(long upTo) {
    position = Math.max(position, upTo);
  }

  /** What the answer's token says, or -1 where the handler did not set it. */
  long position() {
    return position;
  }

  long tookNs() {
    return System.nanoTime() - startNs;
  }

  long tookMs() {
    return tookNs() / 1_000_000;
  }

  HttpResponse json(int status, Json.Writing writing) {
    return HttpResponse.of(status, JSON, Json.write(writing));
  }

  HttpResponse acknowledged() {
    return json(
        200,
        out -> {
          out.writeStartObject();
          out.writeBooleanField("acknowledged", true);
          out.writeEndObject();
        });
  }
}
