package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.TaskLoop;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real journal, catalog and search view on a disk; opening one recovers what is there. */
final class SearchNode implements AutoCloseable {
  static final int DEAD_LETTERS = 5_000;

  final Journal log;
  final Catalog catalog;
  final SearchIndexes search;
  final List<Throwable> fatal = Collections.synchronizedList(new ArrayList<>());
  private final Inbox inbox = new Inbox(64 << 20);
  private final TaskLoop searchLoop;
  private final TaskLoop catalogLoop;

  SearchNode(Disk disk) throws IOException {
    this(disk, SearchLimits.DEFAULTS);
  }

  SearchNode(Disk disk, SearchLimits limits) throws IOException {
    Clock clock = Clock.system();
    log =
        Journal.open(
            disk,
            clock,
            Journal.Settings.defaults().withSegmentBytes(4 << 20),
            this::route,
            fatal::add);
    DurableWaiters durable = new DurableWaiters(log);
    searchLoop = new TaskLoop("search", clock, fatal::add);
    catalogLoop = new TaskLoop("catalog", clock, fatal::add);
    inbox.ownedBy(searchLoop);
    catalog = new Catalog(catalogLoop, disk, () -> log, () -> durable);
    search =
        new SearchIndexes(
            searchLoop,
            clock,
            disk,
            inbox,
            () -> log,
            () -> durable,
            SearchNode::park,
            fatal::add,
            limits);
    recover();
    searchLoop.start();
    catalogLoop.start();
  }

  private void route(long position, long timeMs, Frame frame) {
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      if (part.count() == 0 || part.stream() == DEAD_LETTERS) {
        continue;
      }
      if (part.stream() == Log.CATALOG_STREAM || frame.origin() != Frame.Origin.SEARCH) {
        inbox.put(LoggedPart.copyOf(position, timeMs, part));
      }
    }
  }

  private static void park(
      Frame frame, String index, String projection, Bytes id, byte[] json, String reason) {
    Frame.Part letters = frame.part(DEAD_LETTERS);
    letters.payload().putString(index + " " + projection + " " + id + " " + reason);
    letters.addRecord();
  }

  private void recover() throws IOException {
    long end = log.appended();
    List<View> views = List.of(catalog, search);
    long[] loaded = {catalog.load(end), search.load(end)};
    try (LogCursor cursor = log.read(Math.min(loaded[0], loaded[1]))) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          for (int v = 0; v < 2; v++) {
            if (part.position() > loaded[v] && views.get(v).follows(part.stream())) {
              views.get(v).replay(part);
            }
          }
        }
      }
    }
    catalog.recovered(end);
    search.recovered(end);
  }

  /** Everything ever parked. */
  List<String> deadLetters() throws IOException {
    List<String> letters = new ArrayList<>();
    log.write();
    try (LogCursor cursor = log.read(log.start())) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          if (part.stream() == DEAD_LETTERS) {
            var in = part.payload();
            while (in.hasRemaining()) {
              letters.add(in.getString());
            }
          }
        }
      }
    }
    return letters;
  }

  void create(String name) {
    create(name, "{}", "{}", null);
  }

  void create(String name, String settings, String mappings, @Nullable String derivedBy) {
    change(state ->
        new CatalogEvent.IndexCreated(
            new Index(
                name,
                ("uuid" + name + "0000000000000000000000").substring(0, 22),
                state.nextStream(),
                settings,
                mappings,
                derivedBy,
                1)));
  }

  void change(
      java.util.function.Function<io.headwater.view.catalog.CatalogState, CatalogEvent> event) {
    catalog
        .change(state -> Catalog.Decision.accept(event.apply(state)))
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }

  WriteResult put(String index, String id, String json) {
    return write(new WriteOp.Put(index, id, utf8(json), WriteOp.Mode.INDEX, WriteOp.Condition.NONE))
        .getFirst();
  }

  WriteResult delete(String index, String id) {
    return write(new WriteOp.Delete(index, id, WriteOp.Condition.NONE)).getFirst();
  }

  List<WriteResult> write(WriteOp... ops) {
    return search.submit(List.of(ops)).orTimeout(60, TimeUnit.SECONDS).join();
  }

  /** What a projection does: a frame of another owner with a part for the index. */
  long project(String index, java.util.function.Consumer<Frame.Part> ops) throws IOException {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    Index known = catalog.state().index(index);
    ops.accept(frame.part(known == null ? -1 : known.stream()));
    long position = log.append(frame);
    log.sync(position);
    return position;
  }

  List<String> ids(String index, QueryNode query) {
    SearchRequest all = SearchRequest.of(query);
    SearchRequest many =
        new SearchRequest(
            all.query(),
            null,
            0,
            10_000,
            List.of(),
            null,
            Integer.MAX_VALUE,
            SourceFilter.ALL,
            List.of(),
            null,
            false,
            0,
            null,
            Map.of());
    return search.search(List.of(index), many).hits().stream().map(Hit::id).sorted().toList();
  }

  @Nullable String source(String index, String id) {
    byte[] source = search.get(index, List.of(id)).getFirst().source();
    return source == null ? null : new String(source, StandardCharsets.UTF_8);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ends as a killed process does, for all that the disk can tell: nothing is committed. */
  @Override
  public void close() throws IOException {
    searchLoop.close();
    catalogLoop.close();
    search.close();
    log.close();
  }
}
