package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.log.Log;
import io.headwater.log.Token;
import io.headwater.metrics.Latency;
import io.headwater.metrics.Metrics;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.FilterPath;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.http.HttpRequest;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.protocol.http.HttpService;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.search.SearchIndexes;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The Elasticsearch protocol: a plain object that takes requests and gives answers. */
public final class Elasticsearch implements HttpService {
  static final String POSITION_HEADER = "X-Headwater-Position";
  static final String READ_AFTER_HEADER = "X-Headwater-Read-After";
  static final String TIMEOUT_HEADER = "X-Headwater-Timeout";
  private static final long TIMEOUT_MS = 5_000;
  private static final long TIMEOUT_MS_MAX = 600_000;

  private static final Router ROUTER = new Router(RouteTable.ROUTES);

  private static final Pattern READS = Pattern.compile("_search|_msearch|_count|_mget");
  private static final int LIGHT_BODY_BYTES = 64 << 10;
  private static final long GATE_MS = 30_000;

  /** Heavy requests at once, one for 64 MiB of heap: each may hold some thirty-seconds of it. */
  private static final int HEAVY_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() >> 26, 4, 256);

  private final Node node;
  private final Semaphore gate = new Semaphore(HEAVY_MAX);
  private final Map<Route, Latency> served = new IdentityHashMap<>();

  public Elasticsearch(
      SearchIndexes search,
      Catalog catalog,
      Log log,
      Clock clock,
      Metrics metrics,
      ElasticOptions options) {
    this.node = new Node(search, catalog, log, clock, options);
    for (Route route : RouteTable.ROUTES) {
      if (route.handler() != null) {
        served.put(
            route,
            metrics.latency(
                "headwater_elasticsearch_served_seconds",
                "from a request read to its answer written, waits for the log included",
                "methods",
                String.join(",", route.methods()),
                "path",
                route.template()));
      }
    }
  }

  @Override
  public HttpResponse answer(HttpRequest request) {
    String mediaType = Call.JSON;
    HttpResponse answer;
    try {
      mediaType = MediaTypes.answer(request.header("accept"));
      MediaTypes.checkContentType(request);
      answer = dispatch(request);
    } catch (ElasticException e) {
      answer = error(e.error());
    } catch (FailureException e) {
      answer = error(ElasticError.of(e.failure()));
    }
    return dressed(request, answer, mediaType);
  }

  @Override
  public HttpResponse refuse(Refusal refusal, String detail) {
    String type =
        switch (refusal) {
          case MALFORMED, PROTOCOL -> "bad_http_request_exception";
          case UNKNOWN_ENCODING -> "media_type_header_exception";
          case TOO_LARGE -> "content_too_long_exception";
          case OVERLOADED -> "circuit_breaking_exception";
          case SHUTTING_DOWN -> "node_closed_exception";
          case INTERNAL -> "internal_server_error";
        };
    return product(error(ElasticError.of(refusal.status(), type, detail)));
  }

  private HttpResponse dispatch(HttpRequest request) {
    Router.Match match = ROUTER.find(request.method(), request.segments());
    if (match == null) {
      return lost(request);
    }
    Route route = match.route();
    Route.Handler handler = route.handler();
    if (handler == null) {
      throw ElasticError.notSupported(request.method() + " " + route.template()).exception();
    }
    checkParameters(request, route);
    String format = request.query().get("format");
    if (format != null && !format.equals("json") && !route.template().startsWith("/_cat")) {
      throw ElasticError.notSupported("format [" + format + "]").exception();
    }
    awaitToken(request);
    Call call = new Call(request, match);
    HttpResponse answer;
    boolean gated = isHeavy(request, route);
    if (gated) {
      enter();
    }
    try {
      answer = handler.answer(node, call);
    } finally {
      if (gated) {
        gate.release();
      }
      Latency latency = served.get(route);
      if (latency != null) {
        latency.record(call.tookNs());
      }
    }
    // What a read showed was durable before it was answered, so this is no less than that.
    long shown = call.position() >= 0 ? call.position() : node.log().durable();
    return answer.with(POSITION_HEADER, node.token(shown).toString());
  }

  /** Whether it may take much memory beside its body: it reads documents, or is a tree of JSON. */
  private static boolean isHeavy(HttpRequest request, Route route) {
    boolean writes = route.template().endsWith("_bulk") || route.template().contains("/_doc");
    return READS.matcher(route.template()).find()
        || (!writes && request.body().length > LIGHT_BODY_BYTES);
  }

  private void enter() {
    try {
      if (gate.tryAcquire(GATE_MS, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw ElasticError.of(
            429,
            "es_rejected_execution_exception",
            "rejected execution: " + HEAVY_MAX + " requests like this are being served")
        .exception();
  }

  /** No route: either the path leads nowhere, or it takes other methods. */
  private static HttpResponse lost(HttpRequest request) {
    Set<String> methods = ROUTER.methods(request.segments());
    String uri = request.path();
    if (methods.isEmpty()) {
      return plainError(
          400, "no handler found for uri [" + uri + "] and method [" + request.method() + "]");
    }
    return plainError(
            405,
            "Incorrect HTTP method for uri ["
                + uri
                + "] and method ["
                + request.method()
                + "], allowed: ["
                + String.join(", ", methods)
                + "]")
        .with("Allow", String.join(", ", methods));
  }

  /** An error without a type, as Elasticsearch answers before it knows what was asked. */
  private static HttpResponse plainError(int status, String reason) {
    return HttpResponse.of(
        status,
        Call.JSON,
        Json.write(out -> {
          out.writeStartObject();
          out.writeStringField("error", reason);
          out.writeNumberField("status", status);
          out.writeEndObject();
        }));
  }

  private static void checkParameters(HttpRequest request, Route route) {
    List<String> unknown =
        request.query().keySet().stream()
            .filter(name ->
                !route.takes().contains(name)
                    && !route.ignores().contains(name)
                    && !RouteTable.COMMON.contains(name))
            .toList();
    for (String name : unknown) {
      if (route.refuses().contains(name)) {
        throw ElasticError.notSupported("parameter [" + name + "] of " + route.template())
            .exception();
      }
    }
    if (!unknown.isEmpty()) {
      throw ElasticError.illegalArgument(
              "request ["
                  + request.path()
                  + "] contains unrecognized parameter"
                  + (unknown.size() == 1 ? ": [" : "s: [")
                  + String.join("], [", unknown)
                  + "]")
          .exception();
    }
  }

  /** Waits until this node shows what the client saw elsewhere; never answers with less. */
  private void awaitToken(HttpRequest request) {
    String text = request.header(READ_AFTER_HEADER);
    if (text == null) {
      return;
    }
    Optional<Token> token = Token.parse(text);
    if (token.isEmpty()) {
      throw ElasticError.illegalArgument(
              "header [" + READ_AFTER_HEADER + "] is not epoch:position: [" + text + "]")
          .exception();
    }
    if (token.get().epoch() != node.log().epoch()) {
      throw ElasticError.of(
              409,
              "foreign_epoch_exception",
              "token ["
                  + text
                  + "] belongs to another log; this one's epoch is ["
                  + String.format("%016x", node.log().epoch())
                  + "]")
          .exception();
    }
    node.search().await(token.get().position(), timeoutMs(request));
  }

  private static long timeoutMs(HttpRequest request) {
    String text = request.header(TIMEOUT_HEADER);
    if (text == null) {
      return TIMEOUT_MS;
    }
    try {
      long ms = Long.parseLong(text);
      if (ms >= 0 && ms <= TIMEOUT_MS_MAX) {
        return ms;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw new FailureException(
        new Failure.Invalid(
            "header ["
                + TIMEOUT_HEADER
                + "] must be milliseconds from 0 to "
                + TIMEOUT_MS_MAX
                + ", got ["
                + text
                + "]"));
  }

  private static HttpResponse error(ElasticError error) {
    return HttpResponse.of(
        error.status(), Call.JSON, Json.write((JsonGenerator out) -> error.writeWhole(out)));
  }

  /** What every answer gets: filtering, indentation, media type and headers. */
  private HttpResponse dressed(HttpRequest request, HttpResponse answer, String mediaType) {
    HttpResponse dressed = answer;
    if (Call.JSON.equals(answer.headers().get("Content-Type"))) {
      dressed = rewritten(request, answer).with("Content-Type", mediaType);
    }
    String opaqueId = request.header("x-opaque-id");
    if (opaqueId != null) {
      dressed = dressed.with("X-Opaque-Id", opaqueId.replaceAll("[^\\x20-\\x7e]", "?"));
    }
    return product(dressed);
  }

  private static HttpResponse rewritten(HttpRequest request, HttpResponse answer) {
    String pretty = request.query().get("pretty");
    String filter = request.query().get("filter_path");
    boolean indent = pretty != null && !pretty.equals("false");
    String patterns = filter == null || answer.status() >= 400 ? "" : filter;
    if (!indent && patterns.isEmpty()) {
      return answer;
    }
    ByteWriter body =
        new FilterPath(patterns)
            .rewrite(
                answer.array(),
                answer.length(),
                indent ? FilterPath.Layout.PRETTY : FilterPath.Layout.COMPACT);
    return new HttpResponse(answer.status(), answer.headers(), body.array(), body.size());
  }

  private HttpResponse product(HttpResponse answer) {
    return node.options().productHeader()
        ? answer.with("X-Elastic-Product", "Elasticsearch")
        : answer;
  }
}
