package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Records of 100 bytes through the stock Java producer, as fast as it goes. Headwater syncs before
 * each reply; Kafka as it comes does not.
 */
final class KafkaProduce {
  private static final String TOPIC = "load";
  private static final int SAMPLE_EVERY = 64;

  /** Held here, for the logging library forgets loggers that nobody holds, and their levels. */
  private static final Logger CLIENT_LOG = Logger.getLogger("org.apache.kafka");

  private KafkaProduce() {}

  static void run(Options options, PrintStream out)
      throws IOException, InterruptedException, WrongOption {
    CLIENT_LOG.setLevel(Level.WARNING);
    int rounds = options.number("--rounds", 4);
    int partitions = options.number("--partitions", 1);
    int bytes = options.number("--bytes", 100);
    long ns = options.seconds(10);
    Results results = new Results();
    boolean alsoSynced = options.text("--peer-synced", "no").equals("yes");
    List<ServerUnderTest> servers = new ArrayList<>();
    try {
      servers.add(Servers.headwater(Servers.KAFKA_PORT));
      servers.add(Servers.kafka(alsoSynced));
      for (ServerUnderTest server : servers) {
        createTopic(server, partitions);
        produce(server, bytes, 2 * ns); // warm-up, not counted
      }
      for (int round = 0; round < rounds; round++) {
        for (ServerUnderTest server : servers) {
          results.add(bytes + " bytes", server, produce(server, bytes, ns));
        }
      }
    } finally {
      for (ServerUnderTest server : servers) {
        server.close();
      }
    }
    out.printf(
        Locale.ROOT,
        "one stock Java producer, acks=all, linger 5 ms, %d partition(s), medians of %d rounds of"
            + " %d s; headwater syncs before it replies, Kafka %s; latency is from send() to the"
            + " acknowledgement, with a full buffer%n",
        partitions,
        rounds,
        ns / 1_000_000_000L,
        alsoSynced ? "too" : "does not");
    results.print(out);
  }

  private static void createTopic(ServerUnderTest server, int partitions)
      throws IOException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", address(server)))) {
      admin
          .createTopics(List.of(new NewTopic(TOPIC, partitions, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException(server.name() + ": cannot create a topic", e);
    }
  }

  private static Results.Sample produce(ServerUnderTest server, int bytes, long durationNs)
      throws IOException {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            address(server),
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.LINGER_MS_CONFIG,
            5);
    Histogram latencyUs = new Histogram(3);
    AtomicReference<Exception> failure = new AtomicReference<>();
    byte[] value = new byte[bytes];
    long sent = 0;
    long cpuUs = server.cpuUs();
    long start = System.nanoTime();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      while (System.nanoTime() - start < durationNs) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(TOPIC, value);
        long sentNs = System.nanoTime();
        boolean sampled = sent++ % SAMPLE_EVERY == 0;
        producer.send(
            record,
            (_, e) -> {
              if (e != null) {
                failure.compareAndSet(null, e);
              } else if (sampled) { // all callbacks come on one thread
                latencyUs.recordValue((System.nanoTime() - sentNs) / 1_000);
              }
            });
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new IOException(server.name() + " refused records", failure.get());
    }
    long wallNs = System.nanoTime() - start;
    return new Results.Sample(sent, wallNs, server.cpuUs() - cpuUs, latencyUs);
  }

  private static String address(ServerUnderTest server) {
    return "127.0.0.1:" + server.port();
  }
}
