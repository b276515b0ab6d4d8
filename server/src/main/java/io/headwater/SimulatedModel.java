package io.headwater;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Projection;
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
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final String TYPED =
      "{\"from\":{\"keys\":\"typed:*\"},\"to\":[{\"index\":\"typed\"}]}";
  private static final String FED =
      "{\"from\":{\"topic\":\"feed\"},\"to\":[{\"keys\":\"fed:*\"},{\"index\":\"feed-docs\"}]}";
  private static final String SCRATCH =
      "{\"from\":{\"keys\":\"sim:*\"},\"to\":[{\"index\":\"scratch\"},{\"topic\":\"scratch\"}]}";
  private static final String NUMBERS = "{\"properties\":{\"n\":{\"type\":\"long\"}}}";
  private static final Pattern MISFIT = Pattern.compile("bad[0-9]+");
  private static final Pattern ENCODED = Pattern.compile("\"value_base64\":\"([^\"]*)\"");
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

  final SimulatedKeyspace keyspace = new SimulatedKeyspace();
  private final Map<String, Register> fed = new TreeMap<>();
  private final Set<String> misfits = new HashSet<>();
  private final Set<String> triedMisfits = new HashSet<>();
  private final Map<String, Register> documents = new TreeMap<>();

  /** No checkpoint covers more than this: a restore to it or later has what it needs. */
  long checkpointedBefore;

  private final List<String> acknowledgedRecords = new ArrayList<>();
  private final Set<String> triedRecords = new HashSet<>();
  private boolean prepared;
  private long counter;

  /** Creates what the operations need; what was interrupted is done again. */
  void prepare(SimulatedNode node) {
    node.await(
        node.node.catalog.change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          int stream = state.nextStream();
          for (String topic : List.of("events", "feed")) {
            if (state.topic(topic) == null) {
              events.add(new CatalogEvent.TopicCreated(topic(topic, stream++)));
            }
          }
          for (String index : List.of("docs", "typed")) {
            if (state.index(index) == null) {
              events.add(new CatalogEvent.IndexCreated(index(index, stream++)));
            }
          }
          return new Decision.Accept(events);
        }));
    project(node, "sim", PROJECTION);
    project(node, "typed", TYPED);
    project(node, "fed", FED);
    for (String type : SimulatedChanges.TYPES) {
      project(node, SimulatedChanges.projection(type), SimulatedChanges.json(type));
    }
    for (String type : SimulatedChanges.FOLLOWED_TYPES) {
      project(
          node,
          SimulatedChanges.following(type),
          SimulatedChanges.followingJson(type, SimulatedChanges.following(type)));
    }
    node.settle();
    prepared = true;
  }

  private static Topic topic(String name, int stream) {
    Map<String, String> config = Map.of("retention.ms", "-1"); // its records carry no real time
    return new Topic(name, 1, stream, List.of(stream), config, null, 0);
  }

  private static Index index(String name, int stream) {
    String mappings = name.equals("typed") ? NUMBERS : "{}";
    return new Index(name, name + "-uuid", stream, "{}", mappings, null, 0);
  }

  private static void project(SimulatedNode node, String name, String json) {
    if (node.node.catalog.state().projection(name) == null) {
      node.await(node.node.projections.create(name, json.getBytes(StandardCharsets.UTF_8)));
    }
  }

  /** Does one thing as a client and notes what was acknowledged. */
  void operate(SimulatedNode node, SplittableRandom random) {
    switch (random.nextInt(15)) {
      case 0, 1, 2, 3, 4 -> keyspace.operate(node, random);
      case 5 -> keyspace.operateTyped(node, random);
      case 6, 7 -> produce(node, random);
      case 8 -> feed(node, random);
      case 9, 10 -> document(node, random);
      case 12 -> scratch(node, random);
      case 11 -> node.advanceMs(2 * random.nextInt(150));
      default -> {
        if (random.nextInt(4) == 0) {
          checkpointedBefore = node.node.log.appended();
          node.node.checkpoints.run();
          node.settle();
        }
      }
    }
  }

  private void produce(SimulatedNode node, SplittableRandom random) {
    List<String> values = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      values.add("r" + counter++);
    }
    triedRecords.addAll(values);
    if (produced(node, "events", values.stream().map(v -> Map.entry("", v)).toList())) {
      acknowledgedRecords.addAll(values);
    }
  }

  /** Into a topic that becomes keys and documents; a value that is no JSON takes them away. */
  private void feed(SimulatedNode node, SplittableRandom random) {
    String key = Integer.toString(random.nextInt(KEYS));
    Register register = fed.computeIfAbsent(key, _ -> new Register());
    String token = random.nextInt(4) == 0 ? "bad" + counter++ : "f" + counter++;
    boolean bad = token.startsWith("bad");
    String value = bad ? "{" + token : "{\"x\":\"" + token + "\"}";
    register.tried.add(bad ? ABSENT : token);
    if (bad) {
      triedMisfits.add(token);
    }
    if (produced(node, "feed", List.of(Map.entry(key, value)))) {
      register.settle(bad ? ABSENT : token);
      if (bad) {
        misfits.add(token);
      }
    }
  }

  /** Whether it was acknowledged. An empty key is none. */
  private static boolean produced(
      SimulatedNode node, String topic, List<Map.Entry<String, String>> values) {
    ByteWriter bytes = new ByteWriter();
    BatchBuilder batch = new BatchBuilder();
    batch.begin(bytes);
    for (Map.Entry<String, String> record : values) {
      byte[] key = record.getKey().getBytes(StandardCharsets.UTF_8);
      byte[] value = record.getValue().getBytes(StandardCharsets.UTF_8);
      batch.add(node.wallMs(), key.length == 0 ? null : key, value);
    }
    batch.end();
    ByteBuffer records = ByteBuffer.wrap(bytes.toByteArray());
    Produced produced;
    try {
      produced = node.node.topics.produce(List.of(new ProduceWrite(topic, 0, records)));
    } catch (io.headwater.failure.FailureException e) {
      if (e.failure() instanceof io.headwater.failure.Failure.ReadOnly) {
        return false;
      }
      throw e;
    }
    node.await(node.node.durable.at(produced.position()));
    return produced.partitions().getFirst().baseOffset() >= 0;
  }

  /** A projection comes, and goes with its targets, under the same names. */
  private static void scratch(SimulatedNode node, SplittableRandom random) {
    if (random.nextInt(3) > 0) {
      return;
    }
    String type = SimulatedChanges.drawType(random);
    boolean isIndex = random.nextBoolean();
    String name = isIndex ? "scratch" : SimulatedChanges.again(type);
    String json = isIndex ? SCRATCH : SimulatedChanges.followingJson(type, name);
    try {
      if (node.node.catalog.state().projection(name) == null) {
        project(node, name, json);
      } else {
        node.await(node.node.projections.delete(name));
        List<CatalogEvent> events = new ArrayList<>();
        events.add(new CatalogEvent.TopicDeleted(name));
        events.add(new CatalogEvent.TopicDeleted(name + "-dead-letters"));
        if (isIndex) {
          events.add(new CatalogEvent.IndexDeleted(name));
        }
        node.await(node.node.catalog.change(_ -> new Decision.Accept(events)));
      }
      node.settle();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof io.headwater.failure.FailureException f
          && f.failure() instanceof io.headwater.failure.Failure.ReadOnly)) {
        throw e;
      }
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
          throw new io.headwater.failure.FailureException(failed.failure());
        }
      }
    }
  }

  /** Everything acknowledged is there, nothing is invented, the views agree. */
  void check(SimulatedNode node, String when) throws IOException {
    node.settle();
    keyspace.check(node, when);
    if (!prepared) {
      return; // the crash came before it was acknowledged
    }
    checkDerived(node, when);
    checkScratch(node, when);
    checkTyped(node, when);
    checkFed(node, when);
    SimulatedChanges.check(node, keyspace, when);
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
    // What is past its time is deleted by a command that would write, or a little later.
    StringBuilder request = new StringBuilder("SELECT 0\r\n");
    for (String key : keyspace.hashes(SimulatedKeyspace.FOLLOWED).keySet()) {
      request.append("HDEL ").append(key).append(" -\r\n");
    }
    node.redis(request.toString());
    node.settle();
    Map<String, @Nullable String> last = new HashMap<>();
    for (Map.Entry<@Nullable String, @Nullable String> record :
        records(node, "sim-changes", when)) {
      last.put(Objects.requireNonNull(record.getKey()), record.getValue());
    }
    for (Map.Entry<String, String> e : keyspace.hashes(SimulatedKeyspace.FOLLOWED).entrySet()) {
      String value = e.getValue();
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

  /**
   * Its index may be an older one's, with keys that went meanwhile; those that are must be there.
   */
  private void checkScratch(SimulatedNode node, String when) throws IOException {
    Projection scratch = node.node.catalog.state().projection("scratch");
    if (scratch == null || !scratch.filled()) {
      return;
    }
    for (Map.Entry<String, String> e : keyspace.hashes(SimulatedKeyspace.FOLLOWED).entrySet()) {
      String json = "{\"v\":\"" + e.getValue() + "\"}";
      String document = source(node, "scratch", e.getKey());
      require(
          e.getValue().equals(ABSENT) || document.equals(json),
          when + ": scratch " + e.getKey() + " is " + document + ", the hash says " + json);
    }
  }

  private void checkTyped(SimulatedNode node, String when) throws IOException {
    for (Map.Entry<String, String> e : keyspace.hashes(SimulatedKeyspace.TYPED).entrySet()) {
      String value = e.getValue();
      boolean gone = value.isEmpty() || value.startsWith("bad");
      String json = gone ? ABSENT : "{\"n\":\"" + value + "\"}";
      String document = source(node, "typed", e.getKey());
      require(
          document.equals(json),
          when + ": document " + e.getKey() + " is " + document + ", the hash says " + json);
    }
    checkParked(node, "typed-dead-letters", keyspace.misfits(), keyspace.triedMisfits(), when);
  }

  private void checkFed(SimulatedNode node, String when) throws IOException {
    for (Map.Entry<String, Register> e : fed.entrySet()) {
      String key = SimulatedKeyspace.DERIVED + e.getKey();
      String token = bulk(node.redis("HGET " + key + " x\r\n"));
      checkRegister(when, key, e.getValue(), token);
      String json = token.equals(ABSENT) ? ABSENT : "{\"x\":\"" + token + "\"}";
      String document = source(node, "feed-docs", e.getKey());
      require(
          document.equals(json),
          when + ": document " + e.getKey() + " is " + document + ", the key says " + json);
    }
    checkParked(node, "fed-dead-letters", misfits, triedMisfits, when);
  }

  /** What could not be derived is in the dead-letter topic, once. */
  private static void checkParked(
      SimulatedNode node, String topic, Set<String> acknowledged, Set<String> tried, String when)
      throws IOException {
    Set<String> parked = new HashSet<>();
    for (Map.Entry<@Nullable String, @Nullable String> record : records(node, topic, when)) {
      Matcher token = MISFIT.matcher(readable(Objects.requireNonNull(record.getValue())));
      require(token.find(), when + ": a strange dead letter: " + record.getValue());
      require(parked.add(token.group()), when + ": parked twice: " + token.group());
    }
    require(parked.containsAll(acknowledged), when + ": of " + acknowledged + " parked: " + parked);
    require(tried.containsAll(parked), when + ": dead letters were invented: " + parked);
    acknowledged.addAll(parked);
  }

  private static String readable(String deadLetter) {
    Matcher encoded = ENCODED.matcher(deadLetter);
    return encoded.find()
        ? new String(Base64.getDecoder().decode(encoded.group(1)), StandardCharsets.UTF_8)
        : deadLetter;
  }

  /** Whether no projection is being filled: that would go on where the node is opened again. */
  static boolean isFilled(SimulatedNode node) {
    return node.node.catalog.state().projections().values().stream().allMatch(Projection::filled);
  }

  /** All that can be read of a node through its protocols. */
  record Contents(
      Map<String, SimulatedKeyspace.Entry> keys,
      Map<String, String> documents,
      Map<String, String> records) {

    void requireSame(SimulatedNode node, String when) throws IOException {
      SimulatedKeyspace.requireSame(keys, node, when);
      Contents found = of(node);
      requireSame(documents, found.documents, when);
      requireSame(records, found.records, when);
    }

    private static void requireSame(
        Map<String, String> expected, Map<String, String> found, String when) {
      Set<String> names = new HashSet<>(expected.keySet());
      names.addAll(found.keySet());
      for (String name : names) {
        String is = found.get(name);
        require(
            Objects.equals(expected.get(name), is),
            when + ": " + name + " is " + is + ", not " + expected.get(name));
      }
    }

    static Contents of(SimulatedNode node) throws IOException {
      Map<String, SimulatedKeyspace.Entry> keys = SimulatedKeyspace.read(node);
      node.settle(); // reading may find that keys ended
      Map<String, String> documents = new TreeMap<>();
      for (String index : node.node.catalog.state().indexes().keySet()) {
        for (int i = 0; i < KEYS; i++) {
          for (String prefix : List.of("", "d", "sim:", "typed:")) {
            documents.put(index + "/" + prefix + i, source(node, index, prefix + i));
          }
        }
      }
      Map<String, String> records = new TreeMap<>();
      for (String topic : node.node.catalog.state().topics().keySet()) {
        if (!SimulatedChanges.growsByReading(topic)) {
          records.put(topic, SimulatedModel.records(node, topic, "reading").toString());
        }
      }
      return new Contents(keys, documents, records);
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

  static List<Map.Entry<@Nullable String, @Nullable String>> records(
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
      BatchRecords.visitAll(
          slice.copy(),
          (offset, _, key, value) -> {
            require(offset == next[0], when + ": offset " + offset + " after " + (next[0] - 1));
            next[0]++;
            records.add(new java.util.AbstractMap.SimpleEntry<>(text(key), text(value)));
          },
          (first, _, reason) -> {
            throw new AssertionError(when + ": the batch at " + first + ": " + reason);
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
