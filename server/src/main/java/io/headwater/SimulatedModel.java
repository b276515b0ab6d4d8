package io.headwater;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Topic;
import io.headwater.view.search.DocumentResult;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteResult;
import io.headwater.view.topics.BatchBuilder;
import io.headwater.view.topics.BatchRecords;
import io.headwater.view.topics.FetchSlice;
import io.headwater.view.topics.ProduceWrite;
import io.headwater.view.topics.Produced;
import io.headwater.view.topics.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What the clients of a simulated node know: what was acknowledged, and what was only tried. After
 * a restart each key, record and document must be what was acknowledged last or something tried
 * after it, and the views must agree with each other.
 */
final class SimulatedModel {
  private static final int KEYS = 12;
  private static final String PROJECTION =
      "{\"from\":{\"keys\":\"sim:*\"},\"to\":[{\"index\":\"sim\"},{\"topic\":\"sim-changes\"}]}";
  private static final String ABSENT = "";

  /** A register: its acknowledged value and those tried since; {@link #ABSENT} when deleted. */
  private static final class Register {
    String acknowledged = ABSENT;
    final Set<String> tried = new HashSet<>();

    void settle(String value) {
      acknowledged = value;
      tried.clear();
    }

    boolean allows(String value) {
      return value.equals(acknowledged) || tried.contains(value);
    }
  }

  private final Map<String, Register> hashes = new TreeMap<>();
  private final Map<String, Register> strings = new TreeMap<>();
  private final Map<String, Register> documents = new TreeMap<>();
  private final List<String> acknowledgedRecords = new ArrayList<>();
  private final Set<String> triedRecords = new HashSet<>();
  private boolean prepared;
  private long counter;

  /** Creates what the operations need; what was interrupted is done again. */
  void prepare(SimulatedNode node) {
    if (node.node.catalog.state().projection("sim") == null) {
      node.await(node.node.projections.create("sim", PROJECTION.getBytes(StandardCharsets.UTF_8)));
    }
    node.await(
        node.node.catalog.change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          if (state.topic("events") == null) {
            events.add(
                new CatalogEvent.TopicCreated(
                    new Topic(
                        "events",
                        1,
                        2,
                        List.of(state.nextStream()),
                        Map.of("retention.ms", "-1"), // its records carry no real time
                        null,
                        0)));
          }
          int stream = state.nextStream() + events.size();
          if (state.index("docs") == null) {
            events.add(
                new CatalogEvent.IndexCreated(
                    new Index("docs", "docs-uuid", stream, "{}", "{}", null, 0)));
          }
          return new Decision.Accept(events);
        }));
    node.settle();
    prepared = true;
  }

  /** Does one thing as a client and notes what was acknowledged. */
  void operate(SimulatedNode node, SplittableRandom random) {
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> hashes(node, random, 1 + random.nextInt(4));
      case 4, 5 -> string(node, random);
      case 6, 7 -> produce(node, random);
      case 8, 9 -> document(node, random);
      case 10 -> node.advanceMs(random.nextInt(300));
      default -> {
        if (random.nextInt(4) == 0) {
          node.node.checkpoints.run();
          node.settle();
        }
      }
    }
  }

  private void hashes(SimulatedNode node, SplittableRandom random, int commands) {
    StringBuilder request = new StringBuilder();
    List<Register> touched = new ArrayList<>();
    List<String> values = new ArrayList<>();
    boolean transaction = random.nextInt(4) == 0;
    request.append(transaction ? "MULTI\r\n" : "");
    for (int i = 0; i < commands; i++) {
      String key = "sim:" + random.nextInt(KEYS);
      Register register = hashes.computeIfAbsent(key, _ -> new Register());
      boolean delete = random.nextInt(5) == 0;
      String value = delete ? ABSENT : "v" + counter++;
      request.append(delete ? "DEL " + key : "HSET " + key + " v " + value).append("\r\n");
      register.tried.add(value);
      touched.add(register);
      values.add(value);
    }
    request.append(transaction ? "EXEC\r\n" : "");
    String reply = node.redis(request.toString());
    if (reply.isEmpty()) {
      return; // not acknowledged
    }
    if (reply.contains("-")) {
      refused(reply);
      return;
    }
    for (int i = 0; i < commands; i++) {
      touched.get(i).settle(values.get(i));
    }
  }

  /** An error may only be the full disk's; then nothing was acknowledged, and perhaps some done. */
  private static void refused(String reply) {
    if (!reply.contains("MISCONF") && !reply.contains("EXECABORT")) {
      throw new AssertionError("unexpected reply: " + reply);
    }
  }

  private void string(SimulatedNode node, SplittableRandom random) {
    String key = "plain:" + random.nextInt(KEYS);
    Register register = strings.computeIfAbsent(key, _ -> new Register());
    String value = "s" + counter++ + "x".repeat(random.nextInt(3_000));
    register.tried.add(value);
    String reply = node.redis("SET " + key + " " + value + "\r\n");
    if (reply.equals("+OK\r\n")) {
      register.settle(value);
    } else if (!reply.isEmpty()) {
      refused(reply);
    }
  }

  private void produce(SimulatedNode node, SplittableRandom random) {
    ByteWriter bytes = new ByteWriter();
    BatchBuilder batch = new BatchBuilder();
    batch.begin(bytes);
    List<String> values = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      String value = "r" + counter++;
      values.add(value);
      batch.add(node.wallMs(), null, value.getBytes(StandardCharsets.UTF_8));
    }
    batch.end();
    triedRecords.addAll(values);
    ByteBuffer records = ByteBuffer.wrap(bytes.toByteArray());
    Produced produced;
    try {
      produced = node.node.topics.produce(List.of(new ProduceWrite("events", 0, records)));
    } catch (io.headwater.failure.FailureException e) {
      if (e.failure() instanceof io.headwater.failure.Failure.ReadOnly) {
        return;
      }
      throw e;
    }
    node.await(node.node.durable.at(produced.position()));
    if (produced.partitions().getFirst().baseOffset() >= 0) {
      acknowledgedRecords.addAll(values);
    }
  }

  private void document(SimulatedNode node, SplittableRandom random) {
    String id = "d" + random.nextInt(KEYS);
    Register register = documents.computeIfAbsent(id, _ -> new Register());
    boolean delete = random.nextInt(5) == 0;
    String value = delete ? ABSENT : "{\"n\":" + counter++ + "}";
    register.tried.add(value);
    WriteOp op =
        delete
            ? new WriteOp.Delete("docs", id, WriteOp.Condition.NONE)
            : new WriteOp.Put(
                "docs",
                id,
                value.getBytes(StandardCharsets.UTF_8),
                WriteOp.Mode.INDEX,
                WriteOp.Condition.NONE);
    List<WriteResult> results;
    try {
      results = node.await(node.node.search.submit(List.of(op)));
    } catch (CompletionException e) {
      if (e.getCause() instanceof io.headwater.failure.FailureException f
          && f.failure() instanceof io.headwater.failure.Failure.ReadOnly) {
        return;
      }
      throw e;
    }
    switch (results.getFirst()) {
      case WriteResult.Done _ -> register.settle(value);
      case WriteResult.Failed failed -> {
        if (!(failed.failure() instanceof io.headwater.failure.Failure.ReadOnly)) {
          throw new AssertionError("unexpected result: " + failed);
        }
      }
    }
  }

  /** Everything acknowledged is there, nothing is invented, the views agree. */
  void check(SimulatedNode node, String when) throws IOException {
    node.settle();
    for (Map.Entry<String, Register> e : strings.entrySet()) {
      checkRegister(when, e.getKey(), e.getValue(), bulk(node.redis("GET " + e.getKey() + "\r\n")));
    }
    for (Map.Entry<String, Register> e : hashes.entrySet()) {
      String value = bulk(node.redis("HGET " + e.getKey() + " v\r\n"));
      checkRegister(when, e.getKey(), e.getValue(), value);
    }
    if (!prepared || node.node.catalog.state().projection("sim") == null) {
      return; // the crash came before it was acknowledged
    }
    checkDerived(node, when);
    if (node.node.catalog.state().index("docs") != null) {
      for (Map.Entry<String, Register> e : documents.entrySet()) {
        checkRegister(when, e.getKey(), e.getValue(), source(node, "docs", e.getKey()));
      }
    }
    if (node.node.catalog.state().topic("events") != null) {
      checkRecords(node, when);
    }
  }

  private static void checkRegister(String when, String key, Register register, String found) {
    require(
        register.allows(found),
        when
            + ": "
            + key
            + " is '"
            + found
            + "', acknowledged was '"
            + register.acknowledged
            + "'");
    register.settle(found);
  }

  private void checkDerived(SimulatedNode node, String when) throws IOException {
    Map<String, @Nullable String> last = new HashMap<>();
    for (Map.Entry<@Nullable String, @Nullable String> record :
        records(node, "sim-changes", when)) {
      last.put(Objects.requireNonNull(record.getKey()), record.getValue());
    }
    for (Map.Entry<String, Register> e : hashes.entrySet()) {
      String value = e.getValue().acknowledged;
      String json = value.equals(ABSENT) ? ABSENT : "{\"v\":\"" + value + "\"}";
      String document = source(node, "sim", e.getKey());
      require(
          document.equals(json),
          when + ": document " + e.getKey() + " is " + document + ", the hash says " + json);
      String event = Objects.requireNonNullElse(last.get(e.getKey()), ABSENT);
      require(
          event.equals(json),
          when + ": the last event of " + e.getKey() + " is " + event + ", the hash says " + json);
    }
  }

  private void checkRecords(SimulatedNode node, String when) throws IOException {
    List<String> found = new ArrayList<>();
    for (Map.Entry<@Nullable String, @Nullable String> record : records(node, "events", when)) {
      found.add(Objects.requireNonNull(record.getValue()));
    }
    require(triedRecords.containsAll(found), when + ": records were invented");
    require(new HashSet<>(found).size() == found.size(), when + ": records are there twice");
    List<String> kept = new ArrayList<>(found);
    kept.retainAll(new HashSet<>(acknowledgedRecords));
    require(
        kept.equals(acknowledgedRecords),
        when + ": acknowledged records " + acknowledgedRecords + ", found " + found);
    acknowledgedRecords.clear();
    acknowledgedRecords.addAll(found);
  }

  private static List<Map.Entry<@Nullable String, @Nullable String>> records(
      SimulatedNode node, String topic, String when) throws IOException {
    node.await(node.node.durable.at(node.node.log.appended()));
    node.settle();
    int stream = node.node.topics.stream(topic, 0);
    List<Map.Entry<@Nullable String, @Nullable String>> records = new ArrayList<>();
    long end = node.node.topics.highWatermark(stream);
    long[] next = {0};
    while (next[0] < end) {
      FetchSlice slice =
          node.node.topics.read(stream, next[0], 1 << 20, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
      require(slice.length() > 0, when + ": " + topic + " ends at " + next[0] + ", not " + end);
      BatchRecords.visit(
          slice.copy(),
          (offset, _, key, value) -> {
            require(offset == next[0], when + ": offset " + offset + " after " + (next[0] - 1));
            next[0]++;
            records.add(new java.util.AbstractMap.SimpleEntry<>(text(key), text(value)));
          });
    }
    return records;
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static String source(SimulatedNode node, String index, String id) {
    DocumentResult result = node.node.search.get(index, List.of(id)).getFirst();
    byte[] source = result.source();
    return source == null ? ABSENT : new String(source, StandardCharsets.UTF_8);
  }

  private static String bulk(String reply) {
    if (reply.equals("$-1\r\n") || reply.equals("_\r\n")) {
      return ABSENT;
    }
    require(reply.startsWith("$"), "unexpected reply: " + reply);
    return reply.substring(reply.indexOf('\n') + 1, reply.length() - 2);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
