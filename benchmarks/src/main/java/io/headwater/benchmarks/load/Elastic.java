package io.headwater.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** As much of an Elasticsearch client as a load needs. Any thread. */
final class Elastic implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long READY_MS_MAX = 60_000;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String root;

  Elastic(ServerUnderTest server) {
    root = "http://127.0.0.1:" + server.port();
  }

  /** Waits until the server answers: its port opens earlier. */
  void awaitReady() throws IOException, InterruptedException {
    long deadlineNs = System.nanoTime() + READY_MS_MAX * 1_000_000;
    while (true) {
      try {
        call("GET", "/_cluster/health", "");
        return;
      } catch (IOException e) {
        if (System.nanoTime() - deadlineNs > 0) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  /** Creates an index for {@link Packages}. */
  void createPackages(String index) throws IOException, InterruptedException {
    call("PUT", "/" + index, Packages.MAPPING);
  }

  /** Sends lines; throws if one of them failed. */
  void bulk(String index, String lines) throws IOException, InterruptedException {
    String answer = text("POST", "/" + index + "/_bulk", lines, "application/x-ndjson");
    if (!answer.substring(0, Math.min(answer.length(), 200)).contains("\"errors\":false")) {
      throw new IOException("_bulk: " + answer.substring(0, Math.min(answer.length(), 1_000)));
    }
  }

  long count(String index) throws IOException, InterruptedException {
    return call("GET", "/" + index + "/_count", "").path("count").asLong();
  }

  /**
   * One request with a JSON answer.
   *
   * @throws IOException on a status of 400 and more
   */
  JsonNode call(String method, String path, String body) throws IOException, InterruptedException {
    return JSON.readTree(text(method, path, body, "application/json"));
  }

  private String text(String method, String path, String body, String type)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(root + path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", type)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 400) {
      throw new IOException(
          method + " " + path + ": " + response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  @Override
  public void close() {
    http.close();
  }
}
