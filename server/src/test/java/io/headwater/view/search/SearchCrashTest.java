package io.headwater.view.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.Bytes;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedDisk.Death;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.WriteOp.Condition;
import io.headwater.view.search.WriteOp.Mode;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The view on a simulated disk that loses power at some change, again and again. After each restart
 * the index holds what a fold of its stream gives, nothing acknowledged is missing, and what did
 * not fit is parked once.
 */
@Timeout(120)
class SearchCrashTest {
  private static final int LETTERS = SearchNode.DEAD_LETTERS;

  private SplittableRandom random = new SplittableRandom(1);
  private SimulatedDisk disk = new SimulatedDisk(1);
  private final SimulatedClock clock = new SimulatedClock();
  private final Map<String, String> acknowledged = new HashMap<>();

  /** One life of the process. */
  private final class Life {
    final SimulatedLoop loop = new SimulatedLoop(clock);
    final Inbox inbox = new Inbox(1 << 20);
    final List<Throwable> fatal = new ArrayList<>();
    final Journal log;
    final Catalog catalog;
    final SearchIndexes search;

    Life() throws IOException {
      log =
          Journal.open(
              disk, clock, Journal.Settings.simulated(random.split()), this::route, fatal::add);
      DurableWaiters durable = new DurableWaiters(log);
      inbox.ownedBy(loop);
      catalog = new Catalog(loop, disk, () -> log, () -> durable);
      search =
          new SearchIndexes(
              loop,
              clock,
              disk,
              inbox,
              () -> log,
              () -> durable,
              (frame, index, projection, id, json, reason) -> {
                Frame.Part part = frame.part(LETTERS);
                part.payload().putString(index + "/" + id);
                part.addRecord();
              },
              fatal::add,
              SearchLimits.DEFAULTS);
      long end = log.appended();
      long covered = catalog.load(end);
      long searched = search.load(end);
      try (LogCursor cursor = log.read(Math.min(covered, searched))) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            if (part.position() > covered && catalog.follows(part.stream())) {
              catalog.replay(part);
            }
            if (part.position() > searched && search.follows(part.stream())) {
              search.replay(part);
            }
          }
        }
      }
      search.recovered(end);
    }

    private void route(long position, long timeMs, Frame frame) {
      for (int i = 0; i < frame.partCount(); i++) {
        Frame.Part part = frame.partAt(i);
        boolean ours = frame.origin() == Frame.Origin.SEARCH && part.stream() != 0;
        if (part.count() > 0 && part.stream() != LETTERS && !ours) {
          inbox.put(LoggedPart.copyOf(position, timeMs, part));
        }
      }
    }

    void create(String name, String derivedBy) {
      catalog.change(state ->
          state.index(name) != null
              ? Catalog.Decision.accept()
              : Catalog.Decision.accept(
                  new CatalogEvent.IndexCreated(
                      new Index(
                          name,
                          ("uuid-" + name + "-------------------").substring(0, 22),
                          state.nextStream(),
                          "{}",
                          "{\"properties\":{\"n\":{\"type\":\"long\"}}}",
                          derivedBy,
                          1))));
      loop.runUntilIdle();
    }

    void step() throws IOException {
      String id = "k" + random.nextInt(12);
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> put(id);
        case 3 -> delete(id);
        case 4, 5 -> project(id, "{\"n\":" + random.nextInt(100) + "}");
        case 6 -> project(id, "{\"n\":\"does not fit\"}");
        case 7 -> {
          loop.runUntilIdle();
          search.refresh("own");
        }
        case 8 -> sync();
        case 9 -> {
          CompletableFuture<Long> done = search.checkpoint();
          loop.runUntilIdle();
          if (done.isDone() && !done.isCompletedExceptionally() && random.nextInt(3) == 0) {
            search.retain(done.join());
          }
        }
        default -> loop.runUntilIdle();
      }
    }

    private void sync() throws IOException {
      loop.runUntilIdle();
      log.sync(log.appended());
      loop.runUntilIdle();
    }

    private void put(String id) throws IOException {
      String json = "{\"n\":" + random.nextInt(1_000) + ",\"t\":\"word " + id + "\"}";
      write(
          id, json, new WriteOp.Put("own", id, SearchNode.utf8(json), Mode.INDEX, Condition.NONE));
    }

    private void delete(String id) throws IOException {
      write(id, null, new WriteOp.Delete("own", id, Condition.NONE));
    }

    private void write(String id, String json, WriteOp op) throws IOException {
      CompletableFuture<List<WriteResult>> future = search.submit(List.of(op));
      acknowledged.remove(id); // either state is right until it is acknowledged
      loop.runUntilIdle();
      if (random.nextBoolean()) {
        sync();
      }
      if (future.isDone() && !future.isCompletedExceptionally()) {
        acknowledged.put(id, String.valueOf(json));
      }
    }

    private void project(String id, String json) throws IOException {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      Index index = catalog.state().index("derived");
      if (index != null) {
        IndexOps.put(frame.part(index.stream()), Bytes.utf8(id), SearchNode.utf8(json));
        log.append(frame);
      }
    }

    TreeMap<String, String> documents(String index) {
      TreeMap<String, String> all = new TreeMap<>();
      SearchRequest request =
          new SearchRequest(
              new QueryNode.MatchAll(),
              null,
              0,
              100,
              List.of(),
              null,
              1_000,
              SourceFilter.ALL,
              List.of(),
              null,
              false,
              0,
              null,
              Map.of());
      for (Hit hit : search.search(List.of(index), request).hits()) {
        all.put(hit.id(), hit.seqNo() + " " + new String(hit.source()));
        DocumentResult read = search.get(index, List.of(hit.id())).getFirst();
        assertThat(read.seqNo()).isEqualTo(hit.seqNo());
      }
      return all;
    }

    /** What the log says an index holds, and what stands in the dead letters. */
    TreeMap<String, String> folded(String name, List<String> letters) throws IOException {
      TreeMap<String, String> all = new TreeMap<>();
      log.write();
      Index index = catalog.state().index(name);
      try (LogCursor cursor = log.read(log.start())) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            var in = part.payload();
            for (int i = 0; i < part.count(); i++) {
              if (part.stream() == LETTERS) {
                letters.add(in.getString());
              } else if (index != null && part.stream() == index.stream()) {
                switch (IndexOps.read(in)) {
                  case IndexOps.Op.Put put when new String(put.json()).contains("not fit") ->
                      all.remove(new String(put.id()));
                  case IndexOps.Op.Put put ->
                      all.put(
                          new String(put.id()),
                          part.baseOffset() + i + " " + new String(put.json()));
                  case IndexOps.Op.Delete gone -> all.remove(new String(gone.id()));
                  default -> {}
                }
              }
            }
          }
        }
      }
      return all;
    }

    void check() throws IOException {
      create("own", null);
      create("derived", "p");
      sync();
      assertThat(documents("own")).isEqualTo(folded("own", new ArrayList<>()));
      List<String> letters = new ArrayList<>();
      assertThat(documents("derived")).isEqualTo(folded("derived", letters));
      TreeMap<String, String> own = documents("own");
      acknowledged.forEach((id, json) -> {
        String found = own.get(id);
        assertThat(found == null ? "null" : found.substring(found.indexOf(' ') + 1))
            .as(id)
            .isEqualTo(json);
      });
      assertThat(letters).hasSameSizeAs(misfits());
    }

    private Set<Long> misfits() throws IOException {
      Set<Long> offsets = new HashSet<>();
      Index index = catalog.state().index("derived");
      try (LogCursor cursor = log.read(log.start())) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            var in = part.payload();
            for (int i = 0;
                i < part.count() && index != null && part.stream() == index.stream();
                i++) {
              if (IndexOps.read(in) instanceof IndexOps.Op.Put put
                  && new String(put.json()).contains("not fit")) {
                offsets.add(part.baseOffset() + i);
              }
            }
          }
        }
      }
      return offsets;
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        26, 27, 28, 29, 30
      })
  void afterEveryPowerLossTheIndexIsAFoldOfItsStream(int seed) throws IOException {
    random = new SplittableRandom(seed);
    disk = new SimulatedDisk(seed);
    for (int life = 0; life < 12; life++) {
      disk.dieAt(
          disk.operations() + random.nextInt(1, 900),
          random.nextInt(4) == 0 ? Death.PROCESS_KILL : Death.POWER_LOSS);
      try {
        Life now = new Life();
        now.create("own", null);
        now.create("derived", "p");
        for (int i = 0; i < 150 && !disk.isDead(); i++) {
          now.step();
        }
      } catch (IOException | RuntimeException expected) {
        assertThat(disk.isDead()).as("a failure of the dead disk: " + expected).isTrue();
      }
      if (!disk.isDead()) {
        disk.die(Death.POWER_LOSS);
      }
      disk = disk.restart();
      Life after = new Life();
      after.check();
      assertThat(after.fatal).isEmpty();
      after.log.close();
    }
  }
}
