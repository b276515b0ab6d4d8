package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.DiskFullException;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.SearchIndex.DocState;
import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;

/** The search view's front door. Every public method may be called from any thread. */
@AnyThread
public final class SearchIndexes implements View {
  private final Loop loop;
  private final Disk disk;
  private final Supplier<Log> log;
  private final Supplier<DurableWaiters> durable;
  private final Consumer<Throwable> fatal;
  private final SearchLimits limits;
  private final SearchOwner owner;
  private final OpenIndexes indexes;
  private final Writes writes;
  private final Searches searches;
  private final Checkpoints checkpoints;
  private final AtomicLong queuedBytes = new AtomicLong();
  private volatile @Nullable CompletableFuture<Long> checkpointing;

  /**
   * @param loop the search owner; this registers its turn hook there
   * @param inbox brings parts of index streams and of the catalog that others append
   * @param log asked for after recovery
   * @param park keeps what an index cannot take
   * @param fatal hears of an error after which this view cannot go on: the process must end
   */
  public SearchIndexes(
      Loop loop,
      Clock clock,
      Disk disk,
      Inbox inbox,
      Supplier<Log> log,
      Supplier<DurableWaiters> durable,
      ParkHook park,
      Consumer<Throwable> fatal,
      SearchLimits limits) {
    this.loop = loop;
    this.disk = disk;
    this.log = log;
    this.durable = durable;
    this.fatal = fatal;
    this.limits = limits;
    owner = new SearchOwner(loop, clock, disk, inbox, log, park, fatal, limits);
    indexes = owner.indexes();
    writes = new Writes(indexes, limits, new Ids(clock), owner::append);
    searches = new Searches(clock, limits);
    checkpoints = new Checkpoints(disk);
    loop.addTurnHook(owner);
  }

  /**
   * Decides, logs and applies writes in order: one {@code _bulk} request is one call. Indexes must
   * exist. Each operation succeeds or fails alone.
   *
   * @return one result for each operation, in order; completes when they are durable (or applied,
   *     for indexes with {@code index.translog.durability: async}); fails with {@link
   *     FailureException}: {@link Failure.Overloaded} where too much is queued
   */
  public CompletableFuture<List<WriteResult>> submit(List<WriteOp> ops) {
    if (ops.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    long bytes = Writes.bytes(ops);
    if (queuedBytes.addAndGet(bytes) > limits.queuedBytes() && queuedBytes.get() != bytes) {
      queuedBytes.addAndGet(-bytes);
      return CompletableFuture.failedFuture(new FailureException(new Failure.Overloaded(100)));
    }
    CompletableFuture<List<WriteResult>> future = new CompletableFuture<>();
    future.whenComplete((_, _) -> queuedBytes.addAndGet(-bytes));
    List<Writes.Prepared> prepared = writes.prepare(ops);
    owner.execute(
        future,
        () -> {
          owner.catchUp();
          Writes.Outcome outcome = writes.write(prepared);
          refreshWhereDue(ops);
          if (outcome.waitFor() == 0) {
            future.complete(outcome.results());
          } else {
            durable.get().at(outcome.waitFor()).thenRun(() -> future.complete(outcome.results()));
          }
        });
    return future;
  }

  private void refreshWhereDue(List<WriteOp> ops) {
    SearchIndex last = null;
    for (WriteOp op : ops) {
      SearchIndex index = indexes.named(op.index());
      if (index != null && index != last && index.needsRefresh(limits.pendingIds())) {
        inBackground(() -> index.visibility().refresh());
      }
      last = index;
    }
  }

  /** On a thread of its own, or at once where the disk is simulated and so are threads. */
  private void inBackground(SearchOwner.Work work) {
    Runnable guarded =
        () -> {
          try {
            work.run();
          } catch (AlreadyClosedException e) {
            return; // the index was deleted meanwhile
          } catch (IOException | RuntimeException | Error e) {
            fatal.accept(e);
          }
        };
    if (disk.realFolder().isPresent()) {
      Thread.ofVirtual().name("search-refresh").start(guarded);
    } else {
      guarded.run();
    }
  }

  /**
   * Searches one or more indexes; sees every write acknowledged before the call. Blocks: call it
   * from a virtual thread.
   *
   * @throws FailureException with {@link Failure.NotFound} (kind {@code index}), {@link
   *     Failure.Invalid}, {@link Failure.NotSupported}, {@link Failure.TooLarge} (what {@code
   *     result window}, {@code clauses}, {@code buckets}, ...), {@link Failure.TimedOut}
   */
  public SearchResult search(List<String> names, SearchRequest request) {
    List<SearchIndex> targets = settled(names);
    return reading(names, () -> searches.search(targets, request, this::waitUntilDurable));
  }

  /** Counts; fails like {@link #search}. */
  public long count(List<String> names, QueryNode query) {
    List<SearchIndex> targets = settled(names);
    return reading(names, () -> searches.count(targets, query, this::waitUntilDurable));
  }

  /** Something that reads Lucene. */
  private interface Reading<T> {
    T run() throws IOException;
  }

  private <T> T reading(List<String> names, Reading<T> reading) {
    try {
      return reading.run();
    } catch (AlreadyClosedException e) {
      for (String name : names) {
        if (indexes.named(name) == null) {
          throw new FailureException(new Failure.NotFound("index", name));
        }
      }
      fatal.accept(e);
      throw new FailureException(new Failure.LogDead("the search view failed: " + e));
    } catch (IOException e) {
      fatal.accept(e);
      throw new FailureException(new Failure.LogDead("the search view failed: " + e));
    }
  }

  private List<SearchIndex> settled(List<String> names) {
    owner.settle(limits.searchMs());
    List<SearchIndex> found = new ArrayList<>();
    for (String name : names) {
      found.add(required(name));
    }
    return found;
  }

  private SearchIndex required(String name) {
    SearchIndex index = indexes.named(name);
    if (index == null) {
      throw new FailureException(new Failure.NotFound("index", name));
    }
    return index;
  }

  /** What a reader saw must not be taken back by a crash. */
  private void waitUntilDurable(long position) {
    try {
      if (log.get().durable() < position) {
        log.get().sync(position);
      }
    } catch (IOException e) {
      throw new FailureException(new Failure.LogDead(String.valueOf(e.getMessage())));
    }
  }

  /**
   * Reads documents by id, without a refresh, as their last acknowledged write left them. An index
   * that is not there fails all with {@link Failure.NotFound}.
   */
  public List<DocumentResult> get(String name, List<String> ids) {
    SearchIndex index = settled(List.of(name)).getFirst();
    return reading(
        List.of(name),
        () -> {
          List<DocumentResult> results = new ArrayList<>(ids.size());
          for (String id : ids) {
            DocState state = index.read(Bytes.utf8(id));
            results.add(
                new DocumentResult(
                    name, id, state.exists(), state.version(), state.seqNo(), state.source()));
          }
          if (index.settings().synced()) {
            waitUntilDurable(index.appliedPosition());
          }
          return results;
        });
  }

  /** The document's source narrowed by a filter. */
  public static byte[] filter(byte[] source, SourceFilter filter) {
    return SourceFiltering.apply(source, filter);
  }

  /**
   * Merges into an index's mapping: {@code {"properties": …}}.
   *
   * @return completes with the log position when durable; fails with {@link FailureException}:
   *     {@link Failure.Invalid} in Elasticsearch's words for conflicts
   */
  public CompletableFuture<Long> putMapping(String index, String json) {
    CompletableFuture<Long> future = new CompletableFuture<>();
    owner.execute(
        future,
        () -> {
          long position = owner.putMapping(index, json);
          durable.get().at(position).thenRun(() -> future.complete(position));
        });
    return future;
  }

  /** The whole mapping as JSON: {@code {"properties": …}}, or null without the index. */
  public @Nullable String mapping(String index) {
    owner.settle(limits.searchMs());
    SearchIndex known = indexes.named(index);
    return known == null ? null : known.mapping().json();
  }

  /** Why an index with these settings and mappings (JSON objects) cannot be created, or null. */
  public static @Nullable Failure check(String settings, String mappings) {
    try {
      IndexSettings.of(settings, SearchLimits.DEFAULTS.resultWindow());
      Mapping.of(mappings);
      return null;
    } catch (FailureException e) {
      return e.failure();
    }
  }

  /** The index as this view knows it, caught up with the catalog; null without it. */
  public @Nullable Index index(String name) {
    owner.settle(limits.searchMs());
    SearchIndex index = indexes.named(name);
    return index == null ? null : index.definition();
  }

  /** All indexes by name. */
  public List<Index> indexes() {
    owner.settle(limits.searchMs());
    return indexes.all().stream().map(SearchIndex::definition).toList();
  }

  /** Numbers for {@code _cat/indices} and {@code _stats}; null without the index. */
  public @Nullable IndexStats stats(String name) {
    owner.settle(limits.searchMs());
    SearchIndex index = indexes.named(name);
    return index == null ? null : reading(List.of(name), index::stats);
  }

  /** Makes everything applied so far visible; searches do so themselves. */
  public void refresh(String name) {
    SearchIndex index = settled(List.of(name)).getFirst();
    reading(
        List.of(name),
        () -> {
          index.visibility().refresh();
          return true;
        });
  }

  /**
   * Waits until everything up to a log position is applied.
   *
   * @throws FailureException with {@link Failure.TimedOut}
   */
  public void await(long position, long timeoutMs) {
    owner.await(position, timeoutMs);
  }

  /**
   * Splits a text as an analyzer, or an index's field, would.
   *
   * @param index or null; {@code field} needs it
   */
  public List<AnalyzedToken> analyze(
      @Nullable String index, @Nullable String field, @Nullable String analyzer, String text) {
    Mapping mapping = index == null ? Mapping.EMPTY : settled(List.of(index)).getFirst().mapping();
    return Analysis.analyze(mapping, field, analyzer, text);
  }

  /** One token of {@link #analyze}; offsets are chars of the text. */
  public record AnalyzedToken(
      String token, int startOffset, int endOffset, String type, int position) {}

  @Override
  public String name() {
    return "search";
  }

  @Override
  public boolean follows(int stream) {
    return stream == Log.CATALOG_STREAM || indexes.ofStream(stream) != null;
  }

  @Override
  public long load(long logEnd) throws IOException {
    Checkpoints.Contents newest = checkpoints.newest(logEnd);
    owner.loaded(newest, logEnd);
    return newest.position();
  }

  @Override
  public void replay(LoggedPart part) throws IOException {
    owner.replay(part);
  }

  @Override
  public void recovered(long position) throws IOException {
    owner.recovered(position);
  }

  @Override
  public CompletableFuture<Long> checkpoint() {
    synchronized (checkpoints) {
      CompletableFuture<Long> running = checkpointing;
      if (running != null && !running.isDone()) {
        return running;
      }
      CompletableFuture<Long> future = new CompletableFuture<>();
      checkpointing = future;
      Thread.Builder thread = Thread.ofPlatform().daemon().name("search-checkpoint");
      if (disk.realFolder().isPresent()) {
        thread.start(() -> flushThenCommit(future, thread));
      } else {
        flushThenCommit(future, null);
      }
      return future;
    }
  }

  /**
   * Writes out what Lucene buffers while the owner goes on, so that the owner itself is held up
   * only for what came since; then has it start the commits, and finishes them here.
   */
  private void flushThenCommit(CompletableFuture<Long> future, Thread.@Nullable Builder thread) {
    for (SearchIndex index : indexes.all()) {
      try {
        index.visibility().refresh();
      } catch (AlreadyClosedException e) {
        continue; // deleted meanwhile
      } catch (IOException e) {
        fail(future, e);
        return;
      }
    }
    owner.execute(
        future,
        () -> {
          long position = owner.catchUp();
          List<SearchIndex> started = new ArrayList<>();
          List<Checkpoints.Covered> covered = new ArrayList<>();
          for (SearchIndex index : indexes.all()) {
            if (index.isDirty()) {
              index.startCommit(position);
              started.add(index);
            }
            covered.add(new Checkpoints.Covered(index.definition(), index.nextOffset()));
          }
          Checkpoints.Contents contents =
              new Checkpoints.Contents(
                  position, covered, List.copyOf(indexes.catalog().projections().values()));
          if (thread == null) {
            finish(future, started, contents, null);
          } else {
            thread.start(() -> finish(future, started, contents, thread));
          }
        });
  }

  private void finish(
      CompletableFuture<Long> future,
      List<SearchIndex> started,
      Checkpoints.Contents contents,
      Thread.@Nullable Builder thread) {
    try {
      log.get().sync(contents.position());
      finishCommits(started);
      if (contents.position() == 0 || written(contents)) {
        future.complete(contents.position());
      } else {
        flushThenCommit(future, thread);
      }
    } catch (DiskFullException e) {
      future.completeExceptionally(e); // of the small file: the commits are whole
    } catch (IOException | RuntimeException e) {
      fail(future, e);
    }
  }

  private void finishCommits(List<SearchIndex> started) throws IOException {
    for (SearchIndex index : started) {
      try {
        index.finishCommit();
      } catch (IOException | AlreadyClosedException e) {
        if (index.isOpen()) { // Lucene's writer does not go on after this, whatever it was
          throw new IOException("the commit of index " + index.name() + " failed", e);
        } // else it was deleted meanwhile, and its files with it
      }
    }
  }

  /**
   * Writes the checkpoint file; not if an index that it names is gone: its commit may not have been
   * finished, and its folder may be cleaned away until a file speaks of it.
   */
  private boolean written(Checkpoints.Contents contents) throws IOException {
    synchronized (checkpoints) {
      for (Checkpoints.Covered covered : contents.indexes()) {
        SearchIndex index = indexes.named(covered.index().name());
        if (index == null || !index.uuid().equals(covered.index().uuid())) {
          return false;
        }
      }
      checkpoints.write(contents);
      return true;
    }
  }

  private void fail(CompletableFuture<Long> future, Exception e) {
    fatal.accept(e);
    future.completeExceptionally(e);
  }

  @Override
  public void retain(long position) throws IOException {
    synchronized (checkpoints) {
      checkpoints.retain(position, indexes.uuids()); // before the commits that these rely on
    }
    for (SearchIndex index : indexes.all()) {
      try {
        index.retain(position);
      } catch (AlreadyClosedException e) {
        if (index.isOpen()) {
          throw e;
        }
      }
    }
  }

  @Override
  public long applied() {
    return owner.applied().position();
  }

  /**
   * Closes every index without a commit: the log has what is missing. Idempotent. Call it when the
   * loop has ended, or on the loop.
   */
  public void close() {
    owner.close();
  }
}
