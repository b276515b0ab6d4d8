package io.headwater.view.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.RealDisk;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.search.WriteOp.Condition;
import io.headwater.view.search.WriteOp.Mode;
import io.headwater.view.search.WriteResult.Cause;
import io.headwater.view.search.WriteResult.Done;
import io.headwater.view.search.WriteResult.Failed;
import io.headwater.view.search.WriteResult.Kind;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class SearchIndexesTest {
  private static final QueryNode ALL = new QueryNode.MatchAll();

  @TempDir Path folder;

  private SearchNode node;

  @BeforeEach
  void open() throws IOException {
    node = new SearchNode(RealDisk.at(folder));
  }

  @AfterEach
  void close() throws IOException {
    node.close();
    assertThat(node.fatal).isEmpty();
  }

  private void restart() throws IOException {
    node.close();
    assertThat(node.fatal).isEmpty();
    open();
  }

  private void checkpoint() {
    node.search.checkpoint().orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Test
  void aDocumentIsCreatedUpdatedReadAndDeleted() {
    node.create("books");

    Done created = (Done) node.put("books", "1", "{\"title\":\"Moby Dick\"}");
    Done updated = (Done) node.put("books", "1", "{\"title\":\"Moby-Dick\"}");

    assertThat(created.kind()).isEqualTo(Kind.CREATED);
    assertThat(created.version()).isEqualTo(1);
    assertThat(created.seqNo()).isZero();
    assertThat(updated.kind()).isEqualTo(Kind.UPDATED);
    assertThat(updated.version()).isEqualTo(2);
    assertThat(updated.seqNo()).isEqualTo(1);
    assertThat(node.source("books", "1")).isEqualTo("{\"title\":\"Moby-Dick\"}");
    assertThat(node.ids("books", new QueryNode.Match("title", "dick"))).containsExactly("1");

    Done deleted = (Done) node.delete("books", "1");

    assertThat(deleted.kind()).isEqualTo(Kind.DELETED);
    assertThat(deleted.version()).isEqualTo(3);
    assertThat(node.source("books", "1")).isNull();
    assertThat(node.ids("books", ALL)).isEmpty();
    assertThat(((Done) node.delete("books", "1")).kind()).isEqualTo(Kind.NOT_FOUND);
    assertThat(((Done) node.put("books", "1", "{}")).version()).isEqualTo(4);
  }

  @Test
  void aBatchIsDecidedInOrderAndEachItemFailsAlone() {
    node.create("a");
    List<WriteResult> results =
        node.write(
            put("a", "1", "{\"n\":1}"),
            put("a", "1", "{\"n\":2}"),
            put("a", "2", "{\"n\":\"many\"}"),
            put("missing", "1", "{}"),
            new WriteOp.Put("a", "1", SearchNode.utf8("{}"), Mode.CREATE, Condition.NONE),
            new WriteOp.Delete("a", "1", Condition.NONE),
            new WriteOp.Put("a", "1", SearchNode.utf8("{\"n\":3}"), Mode.CREATE, Condition.NONE),
            new WriteOp.Put("a", null, SearchNode.utf8("{\"n\":4}"), Mode.INDEX, Condition.NONE));

    assertThat(results)
        .extracting(r -> r instanceof Done d ? d.kind() : ((Failed) r).cause())
        .containsExactly(
            Kind.CREATED,
            Kind.UPDATED,
            Cause.DOCUMENT_PARSING,
            Cause.INDEX_NOT_FOUND,
            Cause.VERSION_CONFLICT,
            Kind.DELETED,
            Kind.CREATED,
            Kind.CREATED);
    assertThat(((Failed) results.get(2)).failure().toString())
        .contains("failed to parse field [n] of type [long] in document with id '2'");
    assertThat(results.get(7).id()).hasSize(20);
    assertThat(node.source("a", "1")).isEqualTo("{\"n\":3}");
    assertThat(node.ids("a", ALL)).hasSize(2);
  }

  @Test
  void concurrencyControlRefusesWhatWasOvertaken() {
    node.create("a");
    Done first = (Done) node.put("a", "1", "{\"n\":1}");
    Condition at = new Condition.At(first.seqNo(), 1);
    byte[] two = SearchNode.utf8("{\"n\":2}");

    WriteResult won = node.write(new WriteOp.Put("a", "1", two, Mode.INDEX, at)).getFirst();
    WriteResult lost = node.write(new WriteOp.Put("a", "1", two, Mode.INDEX, at)).getFirst();
    WriteResult older =
        node.write(new WriteOp.Put("a", "1", two, Mode.INDEX, new Condition.External(2, false)))
            .getFirst();
    WriteResult newer =
        node.write(new WriteOp.Put("a", "1", two, Mode.INDEX, new Condition.External(9, false)))
            .getFirst();

    assertThat(won).isInstanceOf(Done.class);
    assertThat(lost).isInstanceOf(Failed.class);
    assertThat(((Failed) lost).failure().toString())
        .contains("required seqNo [0], primary term [1]. current document has seqNo [1]");
    assertThat(((Failed) older).cause()).isEqualTo(Cause.VERSION_CONFLICT);
    assertThat(((Done) newer).version()).isEqualTo(9);
  }

  @Test
  void updatesMergeUpsertAndNoticeWhatChangesNothing() {
    node.create("a");
    assertThat(((Failed) update("1", "{\"x\":1}", null, false)).cause())
        .isEqualTo(Cause.DOCUMENT_MISSING);
    assertThat(((Done) update("1", "{\"x\":1}", "{\"y\":{\"z\":1}}", false)).kind())
        .isEqualTo(Kind.CREATED);
    assertThat(((Done) update("1", "{\"y\":{\"w\":[2]}}", null, false)).kind())
        .isEqualTo(Kind.UPDATED);
    assertThat(node.source("a", "1")).isEqualTo("{\"y\":{\"z\":1,\"w\":[2]}}");
    assertThat(((Done) update("1", "{\"y\":{\"z\":1}}", null, false)).kind()).isEqualTo(Kind.NOOP);
    node.search.refresh("a");
    assertThat(((Done) update("1", "{\"v\":true}", null, false)).version()).isEqualTo(3);
    assertThat(((Done) update("2", "{\"v\":true}", null, true)).kind()).isEqualTo(Kind.CREATED);
    assertThat(node.source("a", "1")).isEqualTo("{\"y\":{\"z\":1,\"w\":[2]},\"v\":true}");
  }

  private WriteResult update(String id, String doc, String upsert, boolean docAsUpsert) {
    return node.write(
            new WriteOp.Update(
                "a",
                id,
                SearchNode.utf8(doc),
                upsert == null ? null : SearchNode.utf8(upsert),
                docAsUpsert,
                true,
                Condition.NONE))
        .getFirst();
  }

  private static WriteOp put(String index, String id, String json) {
    return new WriteOp.Put(index, id, SearchNode.utf8(json), Mode.INDEX, Condition.NONE);
  }

  @Test
  void directWritesToADerivedIndexAreRefused() {
    node.create("d", "{}", "{}", "products");
    Failed refused = (Failed) node.put("d", "1", "{}");
    assertThat(refused.failure()).isInstanceOf(Failure.Derived.class);
  }

  @Test
  void projectedDocumentsAreFoundByTheNextSearchAndByGet() throws IOException {
    node.create("d", "{}", "{}", "products");
    for (int i = 0; i < 200; i++) {
      int n = i;
      node.project("d", part -> IndexOps.put(part, Bytes.utf8("k" + n), json("{\"n\":" + n + "}")));
      assertThat(node.ids("d", new QueryNode.Term("n", (long) n, false))).containsExactly("k" + n);
      node.project("d", part -> IndexOps.delete(part, Bytes.utf8("k" + n)));
      assertThat(node.source("d", "k" + n)).isNull();
      assertThat(node.ids("d", ALL)).isEmpty();
    }
  }

  private static byte[] json(String text) {
    return SearchNode.utf8(text);
  }

  @Test
  void whatDoesNotFitIsParkedExactlyOnceAndBlocksNothing() throws IOException {
    node.create("d", "{}", "{\"properties\":{\"n\":{\"type\":\"long\"}}}", "products");
    node.project(
        "d",
        part -> {
          IndexOps.put(part, Bytes.utf8("good"), json("{\"n\":1}"));
          IndexOps.put(part, Bytes.utf8("bad"), json("{\"n\":\"x\"}"));
          IndexOps.put(part, Bytes.utf8("torn"), json("{\"n\":"));
          IndexOps.put(part, Bytes.utf8("late"), json("{\"n\":2}"));
        });
    assertThat(node.ids("d", ALL)).containsExactly("good", "late");
    await(() -> node.deadLetters().size() == 2);
    restart();
    assertThat(node.ids("d", ALL)).containsExactly("good", "late");
    node.project("d", part -> IndexOps.put(part, Bytes.utf8("bad"), json("{\"n\":3}")));
    assertThat(node.ids("d", ALL)).containsExactly("bad", "good", "late");
    assertThat(node.deadLetters()).hasSize(2);
    assertThat(node.deadLetters().getFirst()).startsWith("d products bad [");
    checkpoint();
    restart();
    assertThat(node.ids("d", ALL)).containsExactly("bad", "good", "late");
    assertThat(node.deadLetters()).hasSize(2);
  }

  private interface Holding {
    boolean holds() throws IOException;
  }

  private static void await(Holding condition) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void deletingAllKeepsTheMapping() throws IOException {
    node.create("d", "{}", "{}", "products");
    node.project("d", part -> IndexOps.put(part, Bytes.utf8("a"), json("{\"n\":1}")));
    String mapping = node.search.mapping("d");
    node.project(
        "d",
        part -> {
          IndexOps.deleteAll(part);
          IndexOps.put(part, Bytes.utf8("b"), json("{\"n\":2}"));
        });
    assertThat(node.ids("d", ALL)).containsExactly("b");
    assertThat(node.source("d", "a")).isNull();
    assertThat(node.search.mapping("d")).isEqualTo(mapping);
    restart();
    assertThat(node.ids("d", ALL)).containsExactly("b");
  }

  @Test
  void theMappingIsMergedAndConflictsAreRefused() {
    node.create("a");
    node.put("a", "1", "{\"n\":1}");
    node.search
        .putMapping("a", "{\"properties\":{\"s\":{\"type\":\"keyword\"}}}")
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
    assertThat(node.search.mapping("a"))
        .isEqualTo("{\"properties\":{\"n\":{\"type\":\"long\"},\"s\":{\"type\":\"keyword\"}}}");
    assertThatThrownBy(() ->
            node.search.putMapping("a", "{\"properties\":{\"n\":{\"type\":\"text\"}}}").join())
        .hasMessageContaining("mapper [n] cannot be changed from type [long] to [text]");
  }

  @Test
  void indexesComeAndGoAndAreNamedWhenMissing() throws IOException {
    node.create("a");
    node.put("a", "1", "{}");
    node.change(_ -> new CatalogEvent.IndexDeleted("a"));
    assertThatThrownBy(() -> node.ids("a", ALL))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isEqualTo(new Failure.NotFound("index", "a")));
    checkpoint();
    node.search.retain(node.log.appended());
    assertThat(RealDisk.at(folder).list("views/search")).containsExactly("checkpoints");
  }

  @Test
  void replayGivesWhatWasThereLive() throws IOException {
    node.create("a");
    node.create("d", "{}", "{}", "products");
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 12; round++) {
      churn(random);
      TreeMap<String, String> live = everything();
      if (round % 3 == 1) {
        checkpoint();
        churn(random);
        live = everything();
      }
      restart();
      assertThat(everything()).as("round %d", round).isEqualTo(live);
    }
    checkpoint();
    node.search.retain(node.log.appended());
  }

  private void churn(SplittableRandom random) throws IOException {
    for (int i = 0; i < 40; i++) {
      String id = "k" + random.nextInt(30);
      String json = RandomJson.object(random, 3);
      switch (random.nextInt(5)) {
        case 0 -> node.delete("a", id);
        case 1 -> node.project("d", part -> IndexOps.put(part, Bytes.utf8(id), json(json)));
        case 2 -> node.project("d", part -> IndexOps.delete(part, Bytes.utf8(id)));
        default -> node.put("a", id, json);
      }
    }
  }

  private TreeMap<String, String> everything() {
    TreeMap<String, String> all = new TreeMap<>();
    for (String index : List.of("a", "d")) {
      all.put(index, String.valueOf(node.search.mapping(index)));
      for (String id : node.ids(index, ALL)) {
        DocumentResult doc = node.search.get(index, List.of(id)).getFirst();
        all.put(
            index + "/" + id,
            doc.version() + " " + doc.seqNo() + " " + Bytes.wrap(doc.source()).utf8());
      }
    }
    return all;
  }

  @Test
  void everySearchSeesWhatWasAcknowledgedBeforeIt() throws Exception {
    node.create("a");
    ConcurrentHashMap<String, Long> acknowledged = new ConcurrentHashMap<>();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      int writer = t;
      threads.add(
          guarded(
              failure,
              () -> {
                for (long n = 1; !stop.get(); n++) {
                  node.put("a", "w" + writer, "{\"n\":" + n + "}");
                  acknowledged.put("w" + writer, n);
                }
              }));
    }
    for (int t = 0; t < 3; t++) {
      threads.add(
          guarded(
              failure,
              () -> {
                for (int i = 0; i < 150; i++) {
                  for (var known : List.copyOf(acknowledged.entrySet())) {
                    QueryNode fresh =
                        new QueryNode.Range("n", null, known.getValue(), null, null, null, null);
                    assertThat(node.ids("a", fresh)).contains(known.getKey());
                  }
                }
                stop.set(true);
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
  }

  private static Thread guarded(AtomicReference<Throwable> failure, Runnable work) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (Throwable e) {
            failure.compareAndSet(null, e);
          }
        });
  }

  @Test
  void checkpointsUnderLoadHoldExactlyWhatTheySay() throws Exception {
    node.create("a");
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    ConcurrentHashMap<String, Long> acknowledged = new ConcurrentHashMap<>();
    Thread writer =
        guarded(
            failure,
            () -> {
              for (long n = 1; !stop.get(); n++) {
                node.put("a", "k" + n % 50, "{\"n\":" + n + ",\"f" + n % 90 + "\":\"x\"}");
                acknowledged.put("k" + n % 50, n);
              }
            });
    for (int i = 0; i < 6; i++) {
      checkpoint();
      node.create("b" + i);
      node.put("b" + i, "1", "{}");
      int gone = i;
      var checkpointed = node.search.checkpoint();
      node.change(_ -> new CatalogEvent.IndexDeleted("b" + gone));
      node.search.retain(checkpointed.orTimeout(60, TimeUnit.SECONDS).join());
    }
    stop.set(true);
    writer.join();
    assertThat(failure.get()).isNull();
    TreeMap<String, String> live = new TreeMap<>();
    acknowledged.forEach((id, n) -> live.put(id, node.source("a", id)));
    String mapping = node.search.mapping("a");
    restart();
    acknowledged.forEach((id, n) -> assertThat(node.source("a", id)).isEqualTo(live.get(id)));
    assertThat(node.search.mapping("a")).isEqualTo(mapping);
    assertThat(node.search.indexes()).hasSize(1);
    assertThat(node.ids("a", ALL)).hasSameSizeAs(acknowledged.keySet());
  }

  @Test
  void oddDocumentsGiveErrorsNotCrashes() {
    node.create("a");
    String deep = "{\"a\":".repeat(150) + "1" + "}".repeat(150);
    String arrays = "{\"a\":" + "[".repeat(500) + "]".repeat(500) + "}";
    StringBuilder wide = new StringBuilder("{\"x0\":0");
    for (int i = 1; i < 1200; i++) {
      wide.append(",\"x").append(i).append("\":").append(i);
    }
    wide.append('}');
    String immense = "{\"k\":\"" + "y".repeat(40_000) + "\"}";
    for (String json :
        List.of(
            deep,
            arrays,
            wide.toString(),
            "[]",
            "",
            "nope",
            "{\"_id\":1}",
            "{\"\":1}",
            "{\"a\":1}}",
            "{\"n\":1e999999999}",
            "{\"a..b\":1}",
            "{\"l\":123456789012345678901}")) {
      assertThat(node.put("a", "1", json))
          .as(json.substring(0, Math.min(40, json.length())))
          .isInstanceOf(Failed.class);
    }
    assertThat(node.put("a", "1", immense)).isInstanceOf(Done.class);
    assertThat(node.put("a", "x".repeat(513), "{}")).isInstanceOf(Failed.class);
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = json(RandomJson.object(random, 4));
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      node.write(new WriteOp.Put("a", "r", bytes, Mode.INDEX, Condition.NONE));
    }
    assertThat(node.fatal).isEmpty();
  }
}
