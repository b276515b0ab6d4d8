package io.headwater.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.metrics.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class HttpServerTest {
  private static final int BODY_BYTES = 100_000;

  private final Metrics metrics = new Metrics();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch leave = new CountDownLatch(1);
  private HttpServer server;
  private InetSocketAddress address;
  private HttpClient client;

  /** Says what it got; {@code /large} is long, {@code /slow} waits, {@code /bug} throws. */
  private final HttpService echo =
      new HttpService() {
        @Override
        public HttpResponse answer(HttpRequest request) {
          switch (request.path()) {
            case "/bug" -> throw new IllegalStateException("secret");
            case "/huge" -> {
              return HttpResponse.of(200, "text/plain", "x".repeat(2 << 20));
            }
            case "/large" -> {
              return HttpResponse.of(200, "text/plain", "large ".repeat(10_000));
            }
            case "/slow" -> {
              entered.countDown();
              try {
                leave.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
            default -> {}
          }
          String said =
              request.method()
                  + " "
                  + request.segments()
                  + " "
                  + request.query()
                  + " "
                  + request.body().length
                  + " "
                  + Thread.currentThread().isVirtual();
          return HttpResponse.of(200, "text/plain", said).with("X-Test", "yes");
        }

        @Override
        public HttpResponse refuse(Refusal refusal, String detail) {
          return HttpResponse.of(refusal.status(), "text/plain", refusal + ": " + detail);
        }
      };

  @BeforeEach
  void start() throws IOException {
    server = server(new HttpLimits(100, BODY_BYTES, 2 * BODY_BYTES, 1 << 20, 4096, 10_000), 0);
    address = server.start();
    client = HttpClient.newHttpClient();
  }

  private HttpServer server(HttpLimits limits, int port) {
    return new HttpServer("test", new InetSocketAddress("127.0.0.1", port), limits, echo, metrics);
  }

  @AfterEach
  void stop() {
    leave.countDown();
    client.close();
    server.close();
  }

  private java.net.http.HttpRequest.Builder to(String path) {
    return java.net.http.HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + address.getPort() + path));
  }

  private java.net.http.HttpResponse<String> post(String path, byte[] body, String... headers)
      throws Exception {
    var request = to(path).POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  /** Sends bytes as they are and reads until the server closes or goes quiet. */
  private String raw(byte[] bytes) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", address.getPort())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    } catch (java.net.SocketException reset) {
      return "";
    }
  }

  @Test
  void requestsComeWholeOnVirtualThreads() throws Exception {
    var response = post("/a/b%2Fc?x=1", "12345".getBytes(UTF_8));

    assertThat(response.body()).isEqualTo("POST [a, b/c] {x=1} 5 true");
    assertThat(response.headers().firstValue("X-Test")).hasValue("yes");
    assertThat(response.headers().firstValue("Server")).isEmpty();
  }

  @Test
  void headHasTheLengthButNoBody() throws Exception {
    String response =
        raw("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".getBytes(UTF_8));

    assertThat(response)
        .startsWith("HTTP/1.1 200")
        .contains("Content-Length: ")
        .endsWith("\r\n\r\n");
  }

  @Test
  void pipelinedRequestsAreAnsweredInTurn() throws Exception {
    String response =
        raw(
            ("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                    + "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
                .getBytes(UTF_8));

    assertThat(response).containsSubsequence("GET [1]", "POST [2] {} 3", "GET [3]");
  }

  @Test
  void aRequestMayComeByteByByte() throws Exception {
    byte[] request =
        "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
            .getBytes(UTF_8);
    try (Socket socket = new Socket("127.0.0.1", address.getPort())) {
      socket.setTcpNoDelay(true);
      for (byte b : request) {
        socket.getOutputStream().write(b);
        socket.getOutputStream().flush();
      }
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .contains("POST [p] {} 5");
    }
  }

  @Test
  void tooLargeBodiesAreRefusedBeforeTheyAreRead() throws Exception {
    String declared =
        raw("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nx".getBytes(UTF_8));

    assertThat(declared)
        .startsWith("HTTP/1.1 413")
        .contains("TOO_LARGE: entity content is too long [1000000000] for [100000]");
    assertThat(post("/", new byte[BODY_BYTES]).statusCode()).isEqualTo(200);
  }

  @Test
  void chunkedBodiesHaveTheSameLimit() throws Exception {
    assertThat(raw(chunked(BODY_BYTES))).contains("POST [] {} " + BODY_BYTES);
    assertThat(raw(chunked(BODY_BYTES + 1))).startsWith("HTTP/1.1 413");
    awaitNoBodies();
  }

  /** The bytes of a body are given back just after the answer has left. */
  private void awaitNoBodies() throws InterruptedException {
    String none = "headwater_http_body_bytes{listener=\"test\"} 0\n";
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!metrics.prometheus().contains(none) && System.nanoTime() < deadline) {
      Thread.sleep(1);
    }
    assertThat(metrics.prometheus()).contains(none);
  }

  private static byte[] chunked(int bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            .getBytes(UTF_8));
    for (int sent = 0; sent < bytes; ) {
      int chunk = Math.min(777, bytes - sent);
      out.write((Integer.toHexString(chunk) + "\r\n").getBytes(UTF_8));
      out.write(new byte[chunk]);
      out.write("\r\n".getBytes(UTF_8));
      sent += chunk;
    }
    out.write("0\r\n\r\n".getBytes(UTF_8));
    return out.toByteArray();
  }

  @Test
  void gzipBodiesAreUnpackedWithinTheLimit() throws Exception {
    assertThat(post("/", gzip(50_000), "Content-Encoding", "gzip").body()).contains("{} 50000");
    var bomb = post("/", gzip(50_000_000), "Content-Encoding", "gzip");
    assertThat(bomb.statusCode()).isEqualTo(413);
    assertThat(bomb.body()).contains("TOO_LARGE");
    byte[] cut = java.util.Arrays.copyOf(gzip(50_000), 30);
    assertThat(post("/", cut, "Content-Encoding", "gzip").body())
        .isEqualTo("MALFORMED: the body is not valid gzip");
    assertThat(post("/", new byte[5], "Content-Encoding", "br").statusCode()).isEqualTo(415);
  }

  private static byte[] gzip(int zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(new byte[zeros]);
    }
    return out.toByteArray();
  }

  @Test
  void anAnswerThatFindsNoRoomBesideThoseNotTakenIsRefusedAndOthersGoOn() throws Exception {
    var huge = client.send(to("/huge").build(), BodyHandlers.ofString());

    assertThat(huge.statusCode()).isEqualTo(429);
    assertThat(huge.body()).contains("answers that clients have not taken hold 0 bytes");
    assertThat(post("/", new byte[10]).statusCode()).isEqualTo(200);
  }

  @Test
  void largeAnswersAreCompressedWhenAsked() throws Exception {
    var response =
        client.send(
            to("/large").header("Accept-Encoding", "gzip, deflate").build(),
            BodyHandlers.ofByteArray());

    assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
    assertThat(response.body().length).isLessThan(5_000);
    try (var in = new GZIPInputStream(new java.io.ByteArrayInputStream(response.body()))) {
      assertThat(in.readAllBytes()).hasSize(60_000);
    }
    var plain =
        client.send(
            to("/large").header("Accept-Encoding", "gzip;q=0").build(), BodyHandlers.ofString());
    assertThat(plain.body()).hasSize(60_000);
  }

  @Test
  void aBugSaysNothingAboutItselfToTheClient() throws Exception {
    var response = client.send(to("/bug").build(), BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body()).startsWith("INTERNAL").doesNotContain("secret", "at io.");
  }

  @Test
  void malformedTargetsAreRefused() throws Exception {
    assertThat(raw("GET /a%ff HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(UTF_8)))
        .startsWith("HTTP/1.1 400")
        .contains("MALFORMED: invalid UTF-8 in [a%ff]");
  }

  @Test
  void tooLongHeadersAreRefused() throws Exception {
    String response =
        raw(("GET / HTTP/1.1\r\nHost: h\r\nX: " + "y".repeat(10_000) + "\r\n\r\n").getBytes(UTF_8));

    assertThat(response).startsWith("HTTP/1.1 431").contains("PROTOCOL");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void garbageIsRefusedOrTheConnectionClosed(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 25; i++) {
      byte[] garbage = new byte[random.nextInt(1, 2_000)];
      random.nextBytes(garbage);
      String response = raw(garbage);
      assertThat(response.isEmpty() || response.startsWith("HTTP/1.1 4"))
          .as("seed %d: %s", seed, response)
          .isTrue();
    }
    assertThat(post("/", new byte[1]).statusCode()).isEqualTo(200);
  }

  @Test
  void drainingAnswersWhatHasBegunAndClosesConnections() throws Exception {
    var slow = client.sendAsync(to("/slow").build(), BodyHandlers.ofString());
    assertThat(entered.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(server.drain(1)).isFalse();
    CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> server.drain(10_000));
    leave.countDown();

    assertThat(slow.get(60, TimeUnit.SECONDS).headers().firstValue("Connection")).hasValue("close");
    assertThat(drained.get(60, TimeUnit.SECONDS)).isTrue();
    assertThatThrownBy(() -> new Socket("127.0.0.1", address.getPort()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void aTakenPortIsSaidInOneLine() {
    try (HttpServer second = server(HttpLimits.of(BODY_BYTES, 1L << 30), address.getPort())) {
      assertThatThrownBy(second::start)
          .isInstanceOf(IOException.class)
          .hasMessage(
              "cannot listen for test on 127.0.0.1:%d: the port is taken", address.getPort());
    }
  }

  @Test
  void requestsAreCountedAndTimed() throws Exception {
    post("/", new byte[1]);

    assertThat(metrics.prometheus())
        .contains("headwater_http_requests_total{listener=\"test\",status=\"2xx\"} 1\n")
        .contains("headwater_http_queued_seconds_count{listener=\"test\"} 1\n");
  }
}
