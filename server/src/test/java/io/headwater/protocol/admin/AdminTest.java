package io.headwater.protocol.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import io.headwater.host.TaskLoop;
import io.headwater.log.Journal;
import io.headwater.log.Token;
import io.headwater.metrics.Metrics;
import io.headwater.protocol.http.HttpRequest;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.DurableWaiters;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class AdminTest {
  @TempDir Path folder;
  private final TaskLoop loop = new TaskLoop("catalog", Clock.system(), _ -> {});
  private Journal log;
  private Catalog catalog;
  private boolean ready;
  private Admin admin;

  @BeforeEach
  void open() throws IOException {
    RealDisk disk = RealDisk.at(folder);
    log = Journal.open(disk, Clock.system(), Journal.Settings.defaults(), (_, _, _) -> {}, _ -> {});
    DurableWaiters durable = new DurableWaiters(log);
    catalog = new Catalog(loop, disk, () -> log, () -> durable);
    catalog.load(log.appended());
    catalog.recovered(log.appended());
    loop.start();
    // Projections need every view: the conformance tests ask them of a whole server.
    admin =
        new Admin(
            null,
            catalog,
            log,
            List.of(catalog),
            new Metrics(),
            () -> ready,
            () -> CompletableFuture.completedFuture(42L));
  }

  @AfterEach
  void close() throws IOException {
    loop.close();
    log.close();
  }

  private HttpResponse call(String method, String path, Map<String, String> headers) {
    List<String> segments = Stream.of(path.split("/")).filter(s -> !s.isEmpty()).toList();
    return admin.answer(new HttpRequest(method, path, segments, Map.of(), headers, new byte[0]));
  }

  private HttpResponse get(String path) {
    return call("GET", path, Map.of());
  }

  private void createIndex() throws Exception {
    catalog
        .change(state ->
            Catalog.Decision.accept(
                new CatalogEvent.IndexCreated(
                    new Index("i", "u", state.nextStream(), "{}", "{}", null, 0))))
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void readyFollowsTheNodeAndLiveDoesNot() {
    assertThat(get("/health/ready").status()).isEqualTo(503);
    assertThat(get("/health/live").status()).isEqualTo(200);
    ready = true;
    assertThat(get("/health/ready").status()).isEqualTo(200);
    assertThat(call("HEAD", "/health/ready", Map.of()).status()).isEqualTo(200);
  }

  @Test
  void positionsAndCatalogSayWhatIsThere() throws Exception {
    createIndex();

    assertThat(get("/_positions").text())
        .contains("\"epoch\":\"" + String.format("%016x", log.epoch()))
        .contains("\"durable\":" + log.appended())
        .contains("\"applied\":{\"catalog\":" + log.appended());
    assertThat(get("/_catalog").text())
        .contains("\"indexes\":{\"i\":{\"uuid\":\"u\",\"stream\":16,\"derived_by\":null}}");
  }

  @Test
  void metricsShowTheLog() throws Exception {
    createIndex();

    HttpResponse metrics = get("/metrics");
    assertThat(metrics.headers())
        .containsEntry("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    assertThat(metrics.text())
        .contains("headwater_log_durable_bytes " + log.appended())
        .contains("headwater_view_applied_bytes{view=\"catalog\"} " + log.appended())
        .contains("headwater_ready 0");
  }

  @Test
  void checkpointsAnswerWithTheirPosition() {
    assertThat(call("POST", "/_checkpoint", Map.of()).text()).isEqualTo("{\"position\":42}");
  }

  @Test
  void whatIsNotThereIsSaidByName() {
    assertThat(get("/nothing").status()).isEqualTo(404);
    assertThat(get("/nothing").text())
        .isEqualTo(
            "{\"error\":{\"type\":\"not_found\",\"reason\":\"there is no path /nothing\"},"
                + "\"status\":404}");
    assertThat(call("DELETE", "/metrics", Map.of()).status()).isEqualTo(501);
    HttpRequest parameter =
        new HttpRequest(
            "GET", "/metrics", List.of("metrics"), Map.of("x", "1"), Map.of(), new byte[0]);
    assertThat(admin.answer(parameter).status()).isEqualTo(400);
  }

  @Test
  void tokensAreGivenAndWaitedFor() throws Exception {
    createIndex();
    String token = get("/_catalog").headers().get(Admin.POSITION_HEADER);
    assertThat(token).isEqualTo(new Token(log.epoch(), log.appended()).toString());

    assertThat(readAfter(token)).isEqualTo(200);
    assertThat(readAfter(new Token(log.epoch(), log.appended() + 1).toString())).isEqualTo(504);
    assertThat(readAfter(new Token(~log.epoch(), 1).toString())).isEqualTo(409);
    assertThat(readAfter("nonsense")).isEqualTo(400);
  }

  private int readAfter(String token) {
    return call(
            "GET",
            "/_catalog",
            Map.of("x-headwater-read-after", token, "x-headwater-timeout", "20"))
        .status();
  }

  /** Run with {@code -Dheadwater.docs.write=true} to bring the page up to date. */
  @Test
  void theMatrixIsTrue() throws IOException {
    Path page = docs().resolve("protocols/admin.md");
    if (Boolean.getBoolean("headwater.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, Admin.matrix());
    }
    assertThat(page).content().isEqualTo(Admin.matrix());
  }

  private static Path docs() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("docs/decisions"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs");
  }
}
