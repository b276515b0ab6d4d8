package io.headwater.protocol.http;

import io.headwater.metrics.Counter;
import io.headwater.metrics.Latency;
import io.headwater.metrics.Metrics;
import io.headwater.protocol.http.HttpService.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings Jetty's requests to the service as values, and the service's answers back. */
final class JettyHandler extends Handler.Abstract {
  private static final Logger log = LoggerFactory.getLogger(JettyHandler.class);

  /** Answers up to here are always sent. */
  private static final int SMALL_ANSWER_BYTES = 64 << 10;

  private static final long IDLE_POLL_NS = 1_000_000;

  private final String name;
  private final HttpLimits limits;
  private final HttpService service;
  private final BodyBudget budget;
  private final BodyBudget answers;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean draining;
  private final Counter[] byStatusClass = new Counter[6];
  private final Latency queued;
  private final Latency served;

  JettyHandler(String name, HttpLimits limits, HttpService service, Metrics metrics) {
    this.name = name;
    this.limits = limits;
    this.service = service;
    this.budget = new BodyBudget(limits.bodiesBytes());
    this.answers = new BodyBudget(limits.answersBytes());
    for (int i = 1; i < byStatusClass.length; i++) {
      byStatusClass[i] =
          metrics.counter(
              "headwater_http_requests_total",
              "answered requests",
              "listener",
              name,
              "status",
              i + "xx");
    }
    queued =
        metrics.latency(
            "headwater_http_queued_seconds",
            "from the request's headers to a thread for it",
            "listener",
            name);
    served =
        metrics.latency(
            "headwater_http_served_seconds",
            "from a thread for the request to its answer sent",
            "listener",
            name);
    metrics.gauge(
        "headwater_http_body_bytes", "request bodies in memory", budget::used, "listener", name);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    long startNs = System.nanoTime();
    queued.record(startNs - request.getHeadersNanoTime());
    inFlight.incrementAndGet();
    try (BodyReader body = new BodyReader(budget, limits.bodyBytes())) {
      HttpResponse answer = answer(request, body);
      body.close();
      if (answer.length() <= SMALL_ANSWER_BYTES) {
        count(answer);
        send(request, response, answer);
      } else {
        sendLarge(request, response, answer);
      }
      callback.succeeded();
    } catch (IOException e) {
      // The client went away, or its connection broke: nobody is left to be told.
      callback.failed(e);
    } finally {
      inFlight.decrementAndGet();
      served.record(System.nanoTime() - startNs);
    }
    return true;
  }

  /**
   * A client that does not read holds its answer: all of them have a share, then it is an error.
   */
  private void sendLarge(Request request, Response response, HttpResponse answer)
      throws IOException {
    int held = answer.array().length;
    if (!answers.take(held)) {
      String detail = "answers that clients have not taken hold " + answers.used() + " bytes";
      HttpResponse refused = service.refuse(Refusal.OVERLOADED, detail + "; try later");
      count(refused);
      send(request, response, refused);
      return;
    }
    try {
      count(answer);
      send(request, response, answer);
    } finally {
      answers.giveBack(held);
    }
  }

  private HttpResponse answer(Request request, BodyReader body) throws IOException {
    try {
      HttpURI uri = request.getHttpURI();
      String path = uri.getPath();
      String query = uri.getQuery();
      var segments = RequestTarget.segments(path);
      var parameters = query == null ? Map.<String, String>of() : RequestTarget.query(query);
      byte[] bytes =
          body.read(
              Content.Source.asInputStream(request),
              request.getLength(),
              request.getHeaders().get("Content-Encoding"));
      return service.answer(
          new HttpRequest(
              request.getMethod(), path, segments, parameters, headers(request), bytes));
    } catch (RequestTarget.Malformed e) {
      return unread(Refusal.MALFORMED, e.getMessage());
    } catch (BodyReader.Refused e) {
      return unread(e.refusal, e.getMessage());
    } catch (RuntimeException | AssertionError e) {
      log.error(
          "{}: a bug while serving {} {}", name, request.getMethod(), request.getHttpURI(), e);
      return service.refuse(Refusal.INTERNAL, "internal error, see the server's log");
    }
  }

  /** The body may not have been read: what follows on the connection is not a request. */
  private HttpResponse unread(Refusal refusal, @Nullable String detail) {
    return service
        .refuse(refusal, detail == null ? "malformed request" : detail)
        .with("Connection", "close");
  }

  private static Map<String, String> headers(Request request) {
    Map<String, String> headers = new HashMap<>();
    for (HttpField field : request.getHeaders()) {
      headers.merge(
          field.getName().toLowerCase(Locale.ROOT),
          field.getValue() == null ? "" : field.getValue(),
          (a, b) -> a + "," + b);
    }
    return headers;
  }

  private void send(Request request, Response response, HttpResponse answer) throws IOException {
    ByteBuffer body = ByteBuffer.wrap(answer.array(), 0, answer.length());
    var headers = response.getHeaders();
    answer.headers().forEach(headers::put);
    if (Gzip.pays(answer.length())) {
      headers.put("Vary", "Accept-Encoding");
      if (Gzip.accepted(request.getHeaders().get("Accept-Encoding"))) {
        body = Gzip.compress(answer.array(), answer.length());
        headers.put("Content-Encoding", "gzip");
      }
    }
    if (draining) {
      headers.put("Connection", "close");
    }
    response.setStatus(answer.status());
    headers.put("Content-Length", Integer.toString(body.remaining()));
    Content.Sink.write(response, true, body);
  }

  private void count(HttpResponse answer) {
    Counter counter = byStatusClass[Math.clamp(answer.status() / 100, 1, 5)];
    assert counter != null;
    counter.add(1);
  }

  /** What Jetty refuses by itself, in the protocol's words instead of an HTML page. */
  boolean error(Request request, Response response, Callback callback) {
    int status =
        request.getAttribute(ErrorHandler.ERROR_STATUS) instanceof Integer code ? code : 500;
    Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
    Refusal refusal = status >= 500 ? Refusal.INTERNAL : Refusal.PROTOCOL;
    HttpResponse worded =
        service.refuse(refusal, message == null ? "malformed request" : message.toString());
    HttpResponse answer =
        new HttpResponse(status, worded.headers(), worded.array(), worded.length());
    count(answer);
    response.setStatus(status);
    answer.headers().forEach(response.getHeaders()::put);
    response.getHeaders().put("Connection", "close");
    response.write(true, ByteBuffer.wrap(answer.array(), 0, answer.length()), callback);
    return true;
  }

  void drain() {
    draining = true;
  }

  boolean awaitIdle(long timeoutMs) {
    long deadlineNs = System.nanoTime() + timeoutMs * 1_000_000;
    while (inFlight.get() > 0) {
      if (System.nanoTime() - deadlineNs >= 0) {
        return false;
      }
      LockSupport.parkNanos(IDLE_POLL_NS);
    }
    return true;
  }
}
