package io.headwater.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The main job on real data: WordNet's synsets as Redis hashes, one projection, and then a search,
 * a change seen through all four protocols, a SIGKILL in the middle of writes, and a FLUSHALL
 * undone.
 */
public final class Demo {
  private static final int PIPELINE = 500;
  private static final int KILL_WRITERS = 4;
  private static final long KILL_AFTER_MS = 2_000;
  private static final String PROJECTION =
      "{\"from\": {\"keys\": \"synset:*\"}, \"to\": [{\"index\": \"synsets\"}, {\"topic\":"
          + " \"synset-changes\"}, {\"memcached\": true}]}";

  private final Ports ports;
  private final Path wordnet;
  private final PrintStream out;
  private final Clients clients;

  private Demo(Ports ports, Path wordnet, PrintStream out) {
    this.ports = ports;
    this.wordnet = wordnet;
    this.out = out;
    this.clients = new Clients(ports);
  }

  /**
   * Runs the demo and stays until the server is stopped.
   *
   * @param wordnet the jar with WordNet's data files
   * @return the exit status: 0, or 1 when a step did not hold, 2 when the options are wrong
   */
  public static int run(List<String> options, Path wordnet, PrintStream out, PrintStream err) {
    Logger.getLogger("org.apache.kafka").setLevel(Level.SEVERE);
    try {
      new Demo(Ports.of(options), wordnet, out).run();
      return 0;
    } catch (IllegalArgumentException e) {
      err.println("headwater: demo: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      err.println("headwater: demo: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /**
   * A little of each protocol on a running server, so that a training run loads its classes.
   *
   * @param ports of Redis, memcached, Kafka, Elasticsearch and admin; the last three are all 0 if
   *     the server has none of them
   */
  public static void exercise(List<Integer> ports) throws IOException, InterruptedException {
    Ports at =
        new Ports(
            "127.0.0.1", ports.get(0), ports.get(1), ports.get(2), ports.get(3), ports.get(4));
    Clients clients = new Clients(at);
    boolean views = at.admin() != 0;
    if (views) {
      clients.admin("PUT", "/_projections/synsets", PROJECTION);
    }
    try (RedisWire redis = clients.redis();
        MemcachedWire memcached = clients.memcached()) {
      for (int i = 0; i < 200; i++) {
        redis.call("HSET", "synset:" + i, "gloss", "a spring of cold water " + i);
        redis.call("SET", "s" + i, "v");
        redis.call("GET", "s" + i);
        memcached.get("synset:" + i);
        memcached.set("m" + i, "v");
      }
      redis.call("INFO");
      redis.call("SAVE");
    }
    if (views) {
      for (int i = 0; i < 5; i++) {
        clients.elastic(
            "POST", "/synsets/_search", "{\"query\":{\"match\":{\"gloss\":\"water\"}}}");
      }
      clients.lastRecords("synset-changes", 100);
    }
  }

  private void run() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("headwater-demo");
    Path data = folder.resolve("data");
    List<WordNet.Synset> synsets = WordNet.read(wordnet);
    ServerProcess server = null;
    try {
      title("Start one server on an empty data folder: " + data);
      server = ServerProcess.start(data, ports.serveOptions());
      say("pid %d, %s", server.pid(), server.readyLine());
      project();
      load(synsets);
      search();
      change();
      server = killAndRestart(server, data);
      server = flushAndRestore(server, data, folder.resolve("restored"));
      stay(server);
    } finally {
      if (server != null) {
        server.close();
      }
      deleteAll(folder);
    }
  }

  private void project() throws IOException, InterruptedException {
    title("One projection: every synset:* hash is also a document, an event and a cached item");
    sent("PUT http://%s:%d/_projections/synsets", ports.bind(), ports.admin());
    sent("%s", PROJECTION);
    long start = System.nanoTime();
    JsonNode answer = clients.admin("PUT", "/_projections/synsets", PROJECTION);
    came(start, "%s", answer);
  }

  private void load(List<WordNet.Synset> synsets) throws IOException {
    title(
        String.format(
            Locale.ROOT,
            "Load WordNet 3.1 through Redis: %,d synsets as hashes, %d a pipeline, each synced to"
                + " disk before its reply",
            synsets.size(),
            PIPELINE));
    sent("HSET synset:n00001740 id … part_of_speech … words … gloss …");
    long start = System.nanoTime();
    try (RedisWire redis = clients.redis()) {
      for (int from = 0; from < synsets.size(); from += PIPELINE) {
        List<WordNet.Synset> some =
            synsets.subList(from, Math.min(synsets.size(), from + PIPELINE));
        for (WordNet.Synset s : some) {
          redis.send(
              "HSET",
              s.key(),
              "id",
              s.id(),
              "part_of_speech",
              s.partOfSpeech(),
              "words",
              s.words(),
              "gloss",
              s.gloss());
        }
        redis.flush();
        for (int i = 0; i < some.size(); i++) {
          redis.reply();
        }
        bar(from + some.size(), synsets.size());
      }
      out.println();
      double seconds = (System.nanoTime() - start) / 1e9;
      came(start, "%,.0f synsets/s into four views", synsets.size() / seconds);
      came(System.nanoTime(), "DBSIZE → %s", redis.call("DBSIZE"));
    }
  }

  private void bar(int done, int all) {
    int width = 50;
    int filled = (int) ((long) width * done / all);
    out.printf(
        Locale.ROOT,
        "\r   [%s%s] %3d %%  %,d",
        "#".repeat(filled),
        ".".repeat(width - filled),
        100L * done / all,
        done);
    out.flush();
  }

  private void search() throws IOException, InterruptedException {
    title("(1) Full-text search over the glosses, through the Elasticsearch protocol");
    String query =
        "{\"query\":{\"match\":{\"gloss\":\"domesticated carnivorous mammal\"}},\"size\":3}";
    sent("POST http://%s:%d/synsets/_search", ports.bind(), ports.elastic());
    sent("%s", query);
    long start = System.nanoTime();
    JsonNode answer = clients.elastic("POST", "/synsets/_search", query);
    came(start, "%s hits", answer.at("/hits/total/value").asText());
    for (JsonNode hit : answer.at("/hits/hits")) {
      say(
          "   %.2f  %s: %s",
          hit.path("_score").asDouble(),
          hit.at("/_source/words").asText(),
          hit.at("/_source/gloss").asText());
    }
    check(!answer.at("/hits/hits").isEmpty(), "the search finds glosses");
  }

  private void change() throws IOException, InterruptedException {
    title("(2) One change through Redis, seen at once by search, memcached and Kafka");
    String key = "synset:demo";
    try (RedisWire redis = clients.redis();
        MemcachedWire memcached = clients.memcached()) {
      for (String gloss :
          List.of("a spring of cold water", "where a quokka drinks at the headwater")) {
        sent("HSET %s words headwater gloss \"%s\"", key, gloss);
        long start = System.nanoTime();
        Object reply = redis.call("HSET", key, "words", "headwater", "gloss", gloss);
        came(start, "%s", reply);
      }
      sent("the very next search: match gloss quokka");
      long start = System.nanoTime();
      JsonNode answer =
          clients.elastic(
              "POST", "/synsets/_search", "{\"query\":{\"match\":{\"gloss\":\"quokka\"}}}");
      came(start, "%s", answer.at("/hits/hits/0/_source"));
      check(
          answer.at("/hits/hits/0/_id").asText().equals(key),
          "the next search finds the changed hash");
      sent("memcached: get %s", key);
      start = System.nanoTime();
      String item = memcached.get(key);
      came(start, "%s", item);
      check(item != null && item.contains("quokka"), "memcached reads the changed hash");
      sent("memcached: set %s stale", key);
      came(System.nanoTime(), "%s", memcached.set(key, "stale"));
    }
    sent("Kafka: the last 2 records of synset-changes");
    long start = System.nanoTime();
    List<ConsumerRecord<String, String>> records = clients.lastRecords("synset-changes", 2);
    for (ConsumerRecord<String, String> r : records) {
      came(start, "offset %d, key %s: %s", r.offset(), r.key(), r.value());
    }
    check(
        records.size() == 2
            && records.get(0).value().contains("cold water")
            && records.get(1).value().contains("quokka"),
        "Kafka has both changes, in order");
  }

  private ServerProcess killAndRestart(ServerProcess server, Path data)
      throws IOException, InterruptedException {
    title("(3) SIGKILL in the middle of writes; every acknowledged write must be there after it");
    Set<String> acknowledged = writeUntilKilled(server);
    say(
        "killed pid %d after %,d acknowledged writes from %d clients",
        server.pid(), acknowledged.size(), KILL_WRITERS);
    ServerProcess restarted = ServerProcess.start(data, ports.serveOptions());
    say("restarted: pid %d, %s", restarted.pid(), restarted.readyLine());
    List<String> keys = new ArrayList<>(acknowledged);
    Collections.sort(keys);
    long start = System.nanoTime();
    int inRedis = 0;
    int inMemcached = 0;
    try (RedisWire redis = clients.redis();
        MemcachedWire memcached = clients.memcached()) {
      for (String key : keys) {
        inRedis += key.equals(redis.call("HGET", key, "id")) ? 1 : 0;
        String item = memcached.get(key);
        inMemcached += item != null && item.contains(key) ? 1 : 0;
      }
    }
    int inSearch = clients.found("synsets", keys);
    Set<String> events = new HashSet<>(clients.keys("synset-changes"));
    int inKafka = (int) keys.stream().filter(events::contains).count();
    came(
        start,
        "of %,d acknowledged: Redis %,d, search %,d, memcached %,d, Kafka %,d",
        keys.size(),
        inRedis,
        inSearch,
        inMemcached,
        inKafka);
    check(
        inRedis == keys.size()
            && inSearch == keys.size()
            && inMemcached == keys.size()
            && inKafka == keys.size(),
        "nothing acknowledged is lost in any of the four views");
    return restarted;
  }

  private Set<String> writeUntilKilled(ServerProcess server) throws InterruptedException {
    Set<String> acknowledged = Collections.synchronizedSet(new HashSet<>());
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (int w = 0; w < KILL_WRITERS; w++) {
      int writer = w;
      writers.add(Thread.ofVirtual().start(() -> write(writer, acknowledged, stop)));
    }
    TimeUnit.MILLISECONDS.sleep(KILL_AFTER_MS);
    server.kill();
    stop.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
    return acknowledged;
  }

  private void write(int writer, Set<String> acknowledged, AtomicBoolean stop) {
    try (RedisWire redis = clients.redis()) {
      for (int i = 0; !stop.get(); i++) {
        String key = "synset:killed-" + writer + "-" + i;
        redis.call("HSET", key, "id", key, "gloss", "written while the server is being killed");
        acknowledged.add(key);
      }
    } catch (IOException e) {
      // The kill cuts the connection: what was not acknowledged by now does not count.
      return;
    }
  }

  private ServerProcess flushAndRestore(ServerProcess server, Path data, Path restored)
      throws IOException, InterruptedException {
    title("(4) FLUSHALL by mistake, undone by a restore to the position before it");
    String position;
    long before;
    try (RedisWire redis = clients.redis()) {
      position = String.valueOf(redis.call("HEADWATER", "POSITION"));
      before = Long.parseLong(String.valueOf(redis.call("DBSIZE")));
      say("position %s, DBSIZE %,d, documents %,d", position, before, documents());
      sent("FLUSHALL");
      long start = System.nanoTime();
      came(start, "%s", redis.call("FLUSHALL"));
      say("DBSIZE %s, documents %,d", redis.call("DBSIZE"), documents());
    }
    server.close();
    String to = position.substring(position.indexOf(':') + 1);
    sent("headwater restore --data %s --to %s --into %s", data, to, restored);
    long start = System.nanoTime();
    restore(data, to, restored);
    came(start, "restored");
    ServerProcess again = ServerProcess.start(restored, ports.serveOptions());
    say("started on the restored folder: pid %d, %s", again.pid(), again.readyLine());
    try (RedisWire redis = clients.redis()) {
      Object size = redis.call("DBSIZE");
      long documents = documents();
      say("DBSIZE %s, documents %,d", size, documents);
      check(
          String.valueOf(size).equals("" + before) && documents == before,
          "keys and documents are back");
    }
    return again;
  }

  private long documents() throws IOException, InterruptedException {
    return clients.elastic("GET", "/synsets/_count", "").path("count").asLong();
  }

  private static void restore(Path data, String to, Path into)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.headwater.Main",
                "restore",
                "--data",
                data.toString(),
                "--to",
                to,
                "--into",
                into.toString())
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("the restore failed");
    }
  }

  private void stay(ServerProcess server) throws InterruptedException {
    title("The server stays up. Try it:");
    say("redis-cli -p %d HGETALL synset:demo", ports.redis());
    say("redis-cli -p %d HSET synset:demo gloss 'something new'", ports.redis());
    say("curl 'http://%s:%d/synsets/_search?q=gloss:quokka&pretty'", ports.bind(), ports.elastic());
    say("kcat -b %s:%d -t synset-changes -C -o -5 -e -K ' → '", ports.bind(), ports.kafka());
    say("printf 'get synset:demo\\r\\nquit\\r\\n' | nc %s %d", ports.bind(), ports.memcached());
    say("curl http://%s:%d/_projections", ports.bind(), ports.admin());
    say("Ctrl-C ends it and deletes its data.");
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    server.await();
  }

  private void title(String text) {
    out.println();
    out.println("== " + text);
  }

  private void sent(String format, @Nullable Object... arguments) {
    out.printf(Locale.ROOT, "   > " + format + "%n", arguments);
  }

  private void say(String format, @Nullable Object... arguments) {
    out.printf(Locale.ROOT, "   " + format + "%n", arguments);
  }

  private void came(long startNs, String format, @Nullable Object... arguments) {
    double ms = (System.nanoTime() - startNs) / 1e6;
    String text = String.format(Locale.ROOT, format, arguments);
    out.printf(Locale.ROOT, "   < %s   (%.1f ms)%n", text, ms);
  }

  private void check(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException("did not hold: " + what);
    }
    out.println("   ok: " + what);
  }

  private static void deleteAll(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
