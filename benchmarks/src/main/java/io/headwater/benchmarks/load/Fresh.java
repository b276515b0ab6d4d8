package io.headwater.benchmarks.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Searches that must see every acknowledged write, while writes go on: one document per request,
 * one in five an update, all sent on schedule. Each write has a number of its own, so a search can
 * be checked: it must find as many numbered documents as were acknowledged before it was sent, and
 * the newest of those on top. OpenSearch gives that promise when each search is preceded by {@code
 * _refresh}.
 */
final class Fresh {
  private static final String INDEX = "packages";
  private static final int UPDATE_EVERY = 5;
  private static final int BATCH = 500;

  private final Elastic client;
  private final boolean refreshFirst;
  private final int preloaded;
  private final Histogram searchUs = new ConcurrentHistogram(3);
  private final Histogram writeUs = new ConcurrentHistogram(3);
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile Acknowledged acknowledged = new Acknowledged(0, 0);

  /** How many writes are acknowledged, and the number of one that was among the last. */
  private record Acknowledged(long count, long newest) {}

  private Fresh(Elastic client, boolean refreshFirst, int preloaded) {
    this.client = client;
    this.refreshFirst = refreshFirst;
    this.preloaded = preloaded;
  }

  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    int preloaded = options.number("--documents", 60_000);
    int writes = options.number("--writes", 1_000);
    int searches = options.number("--searches", 10);
    long ns = options.seconds(60);
    String peer = options.text("--peer", "none");
    try (ServerUnderTest ours = Servers.headwater(Servers.ELASTIC_PORT)) {
      one(ours, false, preloaded, writes, searches, ns, out);
    }
    if (peer.equals("opensearch")) {
      try (ServerUnderTest theirs = Servers.openSearch()) {
        one(theirs, true, preloaded, writes, searches, ns, out);
      }
    }
  }

  private static void one(
      ServerUnderTest server,
      boolean refreshFirst,
      int preloaded,
      int writes,
      int searches,
      long ns,
      PrintStream out)
      throws IOException, InterruptedException {
    try (Elastic client = new Elastic(server)) {
      client.awaitReady();
      client.createPackages(INDEX);
      for (int from = 0; from < preloaded; from += BATCH) {
        int to = Math.min(from + BATCH, preloaded);
        client.bulk(INDEX, Bulk.lines(from, to, "explicit"));
      }
      Fresh warmUp = new Fresh(client, refreshFirst, preloaded);
      warmUp.drive(writes, searches, ns / 4, 0);
      server.settle();
      Fresh measured = new Fresh(client, refreshFirst, preloaded);
      measured.acknowledged = warmUp.acknowledged;
      long cpuUs = server.cpuUs();
      long start = System.nanoTime();
      measured.drive(writes, searches, ns, warmUp.acknowledged.count());
      double cores = (server.cpuUs() - cpuUs) * 1e3 / (System.nanoTime() - start);
      out.printf(
          "%s: %,d documents there, %d writes/s (every %dth an update), %d searches/s%s, %d s%n",
          server.name(),
          preloaded,
          writes,
          UPDATE_EVERY,
          searches,
          refreshFirst ? " each behind a _refresh" : "",
          ns / 1_000_000_000L);
      out.println("  search " + percentiles(measured.searchUs));
      out.println("  write  " + percentiles(measured.writeUs));
      out.printf(
          Locale.ROOT,
          "  %.2f server cores; every one of %,d searches saw every acknowledged write%n",
          cores,
          measured.searchUs.getTotalCount());
    }
  }

  private static String percentiles(Histogram us) {
    StringBuilder text = new StringBuilder();
    Map<String, Double> wanted =
        new TreeMap<>(Map.of("p50", 50.0, "p90", 90.0, "p99", 99.0, "p99.9", 99.9));
    wanted.forEach((name, percentile) ->
        text.append(
            String.format(
                Locale.ROOT, "%s %.1f  ", name, us.getValueAtPercentile(percentile) / 1e3)));
    return text
        + String.format(
            Locale.ROOT, "max %.1f ms of %,d", us.getMaxValue() / 1e3, us.getTotalCount());
  }

  /** Writes and searches on schedule, then waits for the last and checks the whole index. */
  private void drive(int writes, int searches, long ns, long numberedBefore)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    try (ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      Thread writer =
          Thread.ofPlatform()
              .start(() ->
                  onSchedule(
                      writes,
                      start,
                      ns,
                      (i, due) -> requests.execute(() -> write(numberedBefore + i + 1, due))));
      onSchedule(searches, start, ns, (_, due) -> requests.execute(() -> search(due)));
      writer.join();
    }
    if (failure.get() != null) {
      throw new IOException("a request failed or a search missed a write", failure.get());
    }
    checkAll();
  }

  /** A request with its number and the time at which it is due. */
  private interface Request {
    void send(long number, long dueNs);
  }

  private void onSchedule(int perSecond, long start, long ns, Request request) {
    long total = ns * perSecond / 1_000_000_000L;
    for (long i = 0; i < total && failure.get() == null; i++) {
      long due = start + i * 1_000_000_000L / perSecond;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      request.send(i, due);
    }
  }

  /** Numbers begin at 1; every fifth replaces a document that was there before the load. */
  private void write(long number, long dueNs) {
    boolean update = number % UPDATE_EVERY == 0 && number / UPDATE_EVERY <= preloaded;
    int document = (int) (update ? number / UPDATE_EVERY - 1 : preloaded + number);
    StringBuilder body = new StringBuilder(1_100);
    Packages.append(body, document, number);
    try {
      client.call("PUT", "/" + INDEX + "/_doc/" + Packages.name(document), body.toString());
      acknowledge(number);
      writeUs.recordValue((System.nanoTime() - dueNs) / 1_000);
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure.compareAndSet(null, e);
    }
  }

  private synchronized void acknowledge(long number) {
    acknowledged = new Acknowledged(acknowledged.count() + 1, number);
  }

  private void search(long dueNs) {
    Acknowledged before = acknowledged;
    String word = Packages.commonWord((int) before.count());
    String query =
        """
        {"size":10,"track_total_hits":true,"query":{"bool":{
          "filter":[{"range":{"seq":{"gte":1}}}],
          "should":[{"match":{"description":"%s"}},
                    {"term":{"seq":{"value":%d,"boost":1000000}}}]}}}
        """
            .formatted(word, before.newest());
    try {
      if (refreshFirst) {
        client.call("POST", "/" + INDEX + "/_refresh", "");
      }
      JsonNode hits = client.call("POST", "/" + INDEX + "/_search", query).path("hits");
      searchUs.recordValue((System.nanoTime() - dueNs) / 1_000);
      check(before, hits);
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure.compareAndSet(null, e);
    }
  }

  private static void check(Acknowledged before, JsonNode hits) throws IOException {
    long found = hits.path("total").path("value").asLong();
    if (found < before.count()) {
      throw new IOException(
          "a search found %d writes of %d acknowledged".formatted(found, before.count()));
    }
    long top = hits.path("hits").path(0).path("_source").path("seq").asLong();
    if (before.count() > 0 && top != before.newest()) {
      throw new IOException(
          "a search did not find write %d but %d on top".formatted(before.newest(), top));
    }
  }

  /** With all writes acknowledged: each is found once, and no replaced document still is. */
  private void checkAll() throws IOException, InterruptedException {
    if (refreshFirst) {
      client.call("POST", "/" + INDEX + "/_refresh", "");
    }
    long writes = acknowledged.count();
    long updates = Math.min(writes / UPDATE_EVERY, preloaded);
    long total = client.count(INDEX);
    if (total != preloaded + writes - updates) {
      throw new IOException(
          "%d documents instead of %d".formatted(total, preloaded + writes - updates));
    }
  }
}
