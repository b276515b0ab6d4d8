package io.headwater.protocol.admin;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.log.Log;
import io.headwater.log.Token;
import io.headwater.metrics.Metrics;
import io.headwater.projection.Projections;
import io.headwater.protocol.http.HttpRequest;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.protocol.http.HttpService;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The admin protocol: a plain object that takes requests and gives answers. */
public final class Admin implements HttpService {
  static final String POSITION_HEADER = "X-Headwater-Position";
  static final String READ_AFTER_HEADER = "X-Headwater-Read-After";
  static final String TIMEOUT_HEADER = "X-Headwater-Timeout";
  private static final String JSON = "application/json";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
  private static final long TIMEOUT_MS = 5_000;
  private static final long TIMEOUT_MS_MAX = 600_000;
  private static final long POLL_NS = 1_000_000;

  /** What handlers work on. */
  private final Projections projections;

  private final Catalog catalog;
  private final Log log;
  private final List<View> views;
  private final Metrics metrics;
  private final BooleanSupplier ready;
  private final Supplier<CompletableFuture<Long>> checkpoint;

  /**
   * One endpoint.
   *
   * @param path segments; {@code {name}} stands for any one
   */
  record Route(String methods, String path, Handler handler, String note) {
    boolean leads(List<String> segments) {
      List<String> own = List.of(path.substring(1).split("/"));
      if (own.size() != segments.size()) {
        return false;
      }
      for (int i = 0; i < own.size(); i++) {
        if (!own.get(i).startsWith("{") && !own.get(i).equals(segments.get(i))) {
          return false;
        }
      }
      return true;
    }

    boolean takes(String method) {
      return List.of(methods.split("\\|")).contains(method);
    }
  }

  /** Answers one request. */
  interface Handler {
    HttpResponse answer(Admin admin, HttpRequest request);
  }

  /** The one table: dispatch and the matrix follow from it. */
  static final List<Route> ROUTES =
      List.of(
          new Route(
              "GET|HEAD",
              "/health/live",
              (_, _) -> HttpResponse.of(200, JSON, "{\"status\":\"live\"}"),
              "200 while the process runs; depends on nothing else"),
          new Route(
              "GET|HEAD",
              "/health/ready",
              (admin, _) -> admin.health(),
              "200 once recovered and open, 503 before and while draining"),
          new Route(
              "GET",
              "/metrics",
              (admin, _) -> HttpResponse.of(200, PROMETHEUS, admin.metrics.prometheus()),
              "Prometheus text format 0.0.4"),
          new Route(
              "GET",
              "/_positions",
              (admin, _) -> HttpResponse.of(200, JSON, Status.positions(admin.log, admin.views)),
              "the log's epoch, start, appended and durable positions, and what each view applied"),
          new Route(
              "GET",
              "/_catalog",
              (admin, _) -> HttpResponse.of(200, JSON, Status.catalog(admin.catalog.state())),
              "topics, indexes and projections"),
          new Route(
              "POST",
              "/_checkpoint",
              (admin, _) -> admin.saved(),
              "saves all views and answers with the position covered"),
          new Route(
              "GET",
              "/_projections",
              (admin, _) -> HttpResponse.of(200, JSON, admin.projections.list()),
              "all projections by name"),
          new Route(
              "GET",
              "/_projections/{name}",
              (admin, request) ->
                  HttpResponse.of(200, JSON, admin.projections.get(request.segments().get(1))),
              "one projection: source, targets, whether it is filled, dead letters"),
          new Route(
              "PUT",
              "/_projections/{name}",
              (admin, request) ->
                  HttpResponse.of(
                      200,
                      JSON,
                      joined(admin.projections.create(request.segments().get(1), request.body()))),
              "creates a projection: `{\"from\": {\"keys\": \"product:*\"}, \"to\": [{\"index\":"
                  + " \"products\"}]}`"),
          new Route(
              "DELETE",
              "/_projections/{name}",
              (admin, request) -> admin.deleted(request.segments().get(1)),
              "the targets stay and take direct writes again"));

  /**
   * @param ready whether the node is recovered, open and not draining
   * @param checkpoint saves all views; completes with the position covered
   */
  public Admin(
      Projections projections,
      Catalog catalog,
      Log log,
      List<View> views,
      Metrics metrics,
      BooleanSupplier ready,
      Supplier<CompletableFuture<Long>> checkpoint) {
    this.projections = projections;
    this.catalog = catalog;
    this.log = log;
    this.views = List.copyOf(views);
    this.metrics = metrics;
    this.ready = ready;
    this.checkpoint = checkpoint;
    watch();
  }

  private void watch() {
    metrics.gauge("headwater_ready", "1 if ready", () -> ready.getAsBoolean() ? 1 : 0);
    metrics.gauge("headwater_log_start_bytes", "where the kept log begins", log::start);
    metrics.gauge("headwater_log_appended_bytes", "the log's end", log::appended);
    metrics.gauge("headwater_log_durable_bytes", "the log up to here is synced", log::durable);
    for (View view : views) {
      metrics.gauge(
          "headwater_view_applied_bytes",
          "the log position up to which a view has applied everything",
          view::applied,
          "view",
          view.name());
    }
  }

  @Override
  public HttpResponse answer(HttpRequest request) {
    HttpResponse answer;
    try {
      Route route = find(request);
      if (!request.query().isEmpty()) {
        throw new FailureException(
            new Failure.Invalid("no parameter is known here, got " + request.query().keySet()));
      }
      awaitToken(request);
      answer = route.handler.answer(this, request);
    } catch (FailureException e) {
      answer = error(e.failure());
    }
    return answer.with(POSITION_HEADER, new Token(log.epoch(), log.durable()).toString());
  }

  private static Route find(HttpRequest request) {
    boolean known = false;
    for (Route route : ROUTES) {
      if (route.leads(request.segments())) {
        if (route.takes(request.method())) {
          return route;
        }
        known = true;
      }
    }
    throw new FailureException(
        known
            ? new Failure.NotSupported(request.method() + " " + request.path())
            : new Failure.NotFound("path", request.path()));
  }

  @Override
  public HttpResponse refuse(Refusal refusal, String detail) {
    return Status.error(refusal.status(), refusal.name().toLowerCase(Locale.ROOT), detail);
  }

  /** This protocol's words for a failure: the one place where they are chosen. */
  private static HttpResponse error(Failure failure) {
    return switch (failure) {
      case Failure.ReadOnly f -> Status.error(503, "read_only", f.reason());
      case Failure.LogDead f -> Status.error(503, "log_dead", f.reason());
      case Failure.Overloaded f ->
          Status.error(429, "overloaded", "retry in " + f.retryAfterMs() + " ms");
      case Failure.TooLarge f ->
          Status.error(
              413, "too_large", f.what() + " has " + f.bytes() + ", at most " + f.limitBytes());
      case Failure.Derived f ->
          Status.error(
              409,
              "derived",
              f.target() + " is derived from " + f.source() + " by projection " + f.projection());
      case Failure.NotFound f ->
          Status.error(404, "not_found", "there is no " + f.kind() + " " + f.name());
      case Failure.AlreadyExists f ->
          Status.error(409, "already_exists", f.kind() + " " + f.name() + " is there already");
      case Failure.Invalid f -> Status.error(400, "invalid", f.reason());
      case Failure.NotSupported f -> Status.error(501, "not_supported", f.what());
      case Failure.Conflict f -> Status.error(409, "conflict", f.reason());
      case Failure.TimedOut f ->
          Status.error(504, "timed_out", f.what() + " not within " + f.afterMs() + " ms");
      case Failure.ShuttingDown _ -> Status.error(503, "shutting_down", "the server ends");
    };
  }

  private HttpResponse health() {
    return ready.getAsBoolean()
        ? HttpResponse.of(200, JSON, "{\"status\":\"ready\"}")
        : HttpResponse.of(503, JSON, "{\"status\":\"not ready\"}");
  }

  private HttpResponse saved() {
    long position = joined(checkpoint.get());
    return HttpResponse.of(200, JSON, "{\"position\":" + position + "}");
  }

  private HttpResponse deleted(String name) {
    var _ = joined(projections.delete(name).thenApply(_ -> name));
    return HttpResponse.of(200, JSON, "{\"deleted\":true}");
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof FailureException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** Waits until the catalog, which is what this protocol shows, has what the client saw. */
  private void awaitToken(HttpRequest request) {
    String text = request.header(READ_AFTER_HEADER);
    if (text == null) {
      return;
    }
    Token token =
        Token.parse(text)
            .orElseThrow(() ->
                new FailureException(
                    new Failure.Invalid(
                        "header " + READ_AFTER_HEADER + " is not epoch:position: " + text)));
    if (token.epoch() != log.epoch()) {
      throw new FailureException(
          new Failure.Conflict(
              "the token "
                  + text
                  + " belongs to another log; this one's epoch is "
                  + String.format("%016x", log.epoch())));
    }
    long timeoutMs = timeoutMs(request);
    long deadlineNs = System.nanoTime() + timeoutMs * 1_000_000;
    while (log.appended() < token.position()) {
      if (System.nanoTime() - deadlineNs >= 0) {
        throw new FailureException(new Failure.TimedOut("position " + token.position(), timeoutMs));
      }
      LockSupport.parkNanos(POLL_NS);
    }
    // The catalog's owner applies what it appends before it decides anything else.
    var _ = joined(catalog.change(_ -> Catalog.Decision.accept()));
  }

  private static long timeoutMs(HttpRequest request) {
    String text = request.header(TIMEOUT_HEADER);
    if (text == null) {
      return TIMEOUT_MS;
    }
    if (text.matches("\\d{1,6}") && Long.parseLong(text) <= TIMEOUT_MS_MAX) {
      return Long.parseLong(text);
    }
    throw new FailureException(
        new Failure.Invalid(
            "header " + TIMEOUT_HEADER + " is milliseconds from 0 to " + TIMEOUT_MS_MAX));
  }

  /** {@code docs/protocols/admin.md}. */
  static String matrix() {
    StringBuilder out =
        new StringBuilder(
            """
            # What the admin protocol answers

            Written from the table in `Admin` by a test; do not edit. Answers are JSON but for the \
            metrics; errors are `{"error": {"type": …, "reason": …}, "status": …}`.

            Every answer carries `X-Headwater-Position: epoch:position`. A request with \
            `X-Headwater-Read-After` waits until that position is there, at most \
            `X-Headwater-Timeout` milliseconds (default 5,000): late is 504, a token of another \
            log 409.

            | methods | path | answer |
            | --- | --- | --- |
            """);
    for (Route route : ROUTES) {
      out.append("| ").append(route.methods.replace("|", ", "));
      out.append(" | `").append(route.path).append("` | ").append(route.note).append(" |\n");
    }
    return out.toString();
  }
}
