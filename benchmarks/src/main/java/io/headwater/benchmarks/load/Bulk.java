package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/**
 * Package-like documents through {@code _bulk}. The server's CPU counts until it has come to rest:
 * flushes and merges behind the last reply are part of the work. Both sync before they reply.
 */
final class Bulk {
  /** What OpenSearch 3.8.0 took on a quiet machine, should it not be there to be measured. */
  private static final double RECORDED_OPENSEARCH_CPU_US = 128;

  private static final String AUTOMATIC = "auto";

  /** What is sent: {@code ids} is "explicit" or "auto". */
  private record Work(int documents, int batch, int connections, String ids) {}

  private Bulk() {}

  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    Work work =
        new Work(
            options.number("--documents", 200_000),
            options.number("--batch", 500),
            options.number("--connections", 4),
            options.text("--ids", "explicit"));
    int rounds = options.number("--rounds", 3);
    boolean withPeer = options.text("--peer", "opensearch").equals("opensearch");
    Results results = new Results();
    List<ServerUnderTest> servers = new ArrayList<>();
    try {
      servers.add(Servers.headwater(Servers.ELASTIC_PORT));
      if (withPeer) {
        servers.add(Servers.openSearch());
      }
      for (int round = 0; round <= rounds; round++) { // the first warms up
        for (ServerUnderTest server : servers) {
          Results.Sample sample = load(server, "packages-" + round, work);
          if (round > 0) {
            results.add(work.ids, server, sample);
          }
        }
      }
    } finally {
      for (ServerUnderTest server : servers) {
        server.close();
      }
    }
    out.printf(
        Locale.ROOT,
        "%,d documents of about 1 KB, %d per _bulk, %d connections, %s ids, medians of %d rounds;"
            + " latency is of a _bulk%n",
        work.documents,
        work.batch,
        work.connections,
        work.ids,
        rounds);
    results.print(out);
    if (!withPeer) {
      out.printf(
          Locale.ROOT,
          "no peer in this run; recorded earlier for OpenSearch 3.8.0: %.0f us CPU per document%n",
          RECORDED_OPENSEARCH_CPU_US);
    }
  }

  private static Results.Sample load(ServerUnderTest server, String index, Work work)
      throws IOException, InterruptedException {
    Histogram latencyUs = new Histogram(3);
    try (Elastic client = new Elastic(server);
        ExecutorService threads = Executors.newFixedThreadPool(work.connections)) {
      client.awaitReady();
      client.createPackages(index);
      server.settle();
      long cpuUs = server.cpuUs();
      long start = System.nanoTime();
      fill(client, threads, index, work, latencyUs);
      long wallNs = System.nanoTime() - start;
      client.call("POST", "/" + index + "/_refresh", "");
      server.settle();
      long usedUs = server.cpuUs() - cpuUs;
      long count = client.count(index);
      if (count != work.documents) {
        throw new IOException(server.name() + " holds " + count + " of " + work.documents);
      }
      client.call("DELETE", "/" + index, "");
      return new Results.Sample(work.documents, wallNs, usedUs, latencyUs);
    }
  }

  private static void fill(
      Elastic client, ExecutorService threads, String index, Work work, Histogram latencyUs)
      throws IOException, InterruptedException {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> senders = new ArrayList<>();
    for (int i = 0; i < work.connections; i++) {
      senders.add(
          threads.submit(() -> {
            int from = next.getAndAdd(work.batch);
            while (from < work.documents) {
              String lines = lines(from, Math.min(from + work.batch, work.documents), work.ids);
              long sentNs = System.nanoTime();
              client.bulk(index, lines);
              synchronized (latencyUs) {
                latencyUs.recordValue((System.nanoTime() - sentNs) / 1_000);
              }
              from = next.getAndAdd(work.batch);
            }
            return null;
          }));
    }
    try {
      for (Future<?> sender : senders) {
        sender.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("_bulk failed", e.getCause());
    }
  }

  /** The lines of {@code [from, to)}, each with a {@code seq} of 0. */
  static String lines(int from, int to, String ids) {
    StringBuilder lines = new StringBuilder((to - from) * 1_100);
    for (int i = from; i < to; i++) {
      if (ids.equals(AUTOMATIC)) {
        lines.append("{\"index\":{}}\n");
      } else {
        lines.append("{\"index\":{\"_id\":\"").append(Packages.name(i)).append("\"}}\n");
      }
      Packages.append(lines, i, 0);
      lines.append('\n');
    }
    return lines.toString();
  }
}
