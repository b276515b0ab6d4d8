package io.headwater.view.search;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The search view's front door. Every public method may be called from any thread. */
@AnyThread
public final class SearchIndexes implements View {

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
      SearchLimits limits) {}

  /**
   * Decides, logs and applies writes in order: one {@code _bulk} request is one call. Indexes must
   * exist. Each operation succeeds or fails alone.
   *
   * @return one result for each operation, in order; completes when they are durable (or applied,
   *     for indexes with {@code index.translog.durability: async})
   */
  public CompletableFuture<List<WriteResult>> submit(List<WriteOp> ops) {
    throw new FailureException(new Failure.NotSupported("submit"));
  }

  /**
   * Searches one or more indexes; sees every write acknowledged before the call. Blocks: call it
   * from a virtual thread.
   *
   * @throws FailureException with {@link Failure.NotFound} (kind {@code index}), {@link
   *     Failure.Invalid}, {@link Failure.NotSupported}, {@link Failure.TooLarge} (what {@code
   *     result window}, {@code clauses}, {@code buckets}, ...), {@link Failure.TimedOut}
   */
  public SearchResult search(List<String> indexes, SearchRequest request) {
    throw new FailureException(new Failure.NotSupported("search"));
  }

  /** Counts; fails like {@link #search}. */
  public long count(List<String> indexes, QueryNode query) {
    throw new FailureException(new Failure.NotSupported("count"));
  }

  /**
   * Reads documents by id, without a refresh, as their last acknowledged write left them. An index
   * that is not there fails all with {@link Failure.NotFound}.
   */
  public List<DocumentResult> get(String index, List<String> ids) {
    throw new FailureException(new Failure.NotSupported("get"));
  }

  /** The document's source narrowed by a filter. */
  public static byte[] filter(byte[] source, SourceFilter filter) {
    throw new FailureException(new Failure.NotSupported("filter"));
  }

  /**
   * Merges into an index's mapping: {@code {"properties": …}}.
   *
   * @return completes with the log position when durable; fails with {@link FailureException}:
   *     {@link Failure.Invalid} in Elasticsearch's words for conflicts
   */
  public CompletableFuture<Long> putMapping(String index, String json) {
    throw new FailureException(new Failure.NotSupported("putMapping"));
  }

  /** The whole mapping as JSON: {@code {"properties": …}}, or null without the index. */
  public @Nullable String mapping(String index) {
    throw new FailureException(new Failure.NotSupported("mapping"));
  }

  /** Why an index with these settings and mappings (JSON objects) cannot be created, or null. */
  public static @Nullable Failure check(String settings, String mappings) {
    throw new FailureException(new Failure.NotSupported("check"));
  }

  /** The index as this view knows it, caught up with the catalog; null without it. */
  public @Nullable Index index(String name) {
    throw new FailureException(new Failure.NotSupported("index"));
  }

  /** All indexes by name. */
  public List<Index> indexes() {
    throw new FailureException(new Failure.NotSupported("indexes"));
  }

  /** Numbers for {@code _cat/indices} and {@code _stats}; null without the index. */
  public @Nullable IndexStats stats(String index) {
    throw new FailureException(new Failure.NotSupported("stats"));
  }

  /** Makes everything applied so far visible; searches do so themselves. */
  public void refresh(String index) {
    throw new FailureException(new Failure.NotSupported("refresh"));
  }

  /**
   * Waits until everything up to a log position is applied.
   *
   * @throws FailureException with {@link Failure.TimedOut}
   */
  public void await(long position, long timeoutMs) {
    throw new FailureException(new Failure.NotSupported("await"));
  }

  /**
   * Splits a text as an analyzer, or an index's field, would.
   *
   * @param index or null; {@code field} needs it
   */
  public List<AnalyzedToken> analyze(
      @Nullable String index, @Nullable String field, @Nullable String analyzer, String text) {
    throw new FailureException(new Failure.NotSupported("analyze"));
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
    throw new FailureException(new Failure.NotSupported("follows"));
  }

  @Override
  public long load(long logEnd) throws IOException {
    throw new FailureException(new Failure.NotSupported("load"));
  }

  @Override
  public void replay(LoggedPart part) throws IOException {
    throw new FailureException(new Failure.NotSupported("replay"));
  }

  @Override
  public void recovered(long position) throws IOException {
    throw new FailureException(new Failure.NotSupported("recovered"));
  }

  @Override
  public CompletableFuture<Long> checkpoint() {
    throw new FailureException(new Failure.NotSupported("checkpoint"));
  }

  @Override
  public void retain(long position) throws IOException {
    throw new FailureException(new Failure.NotSupported("retain"));
  }

  @Override
  public long applied() {
    throw new FailureException(new Failure.NotSupported("applied"));
  }

  /** Closes every index without a commit: the log has what is missing. Idempotent. */
  public void close() {
    throw new FailureException(new Failure.NotSupported("close"));
  }
}
