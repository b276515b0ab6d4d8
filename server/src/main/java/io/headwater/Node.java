package io.headwater;

import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Journal;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.projection.Projections;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.search.SearchIndexes;
import io.headwater.view.search.SearchLimits;
import io.headwater.view.topics.Topics;
import io.headwater.view.topics.TopicsConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The log, the durable views and the projections between them, wired and recovered; no protocol and
 * no thread of its own. The host decides whether it is real or simulated.
 */
final class Node implements AutoCloseable {
  /** Derived parts that a view has not applied yet: past it, their producers wait. */
  private static final long INBOX_BYTES = 32L << 20;

  /**
   * The same for documents, which cost most: about a second of indexing, so that a search that must
   * see them all waits no longer.
   */
  private static final long SEARCH_INBOX_BYTES = 4L << 20;

  /**
   * What a node runs on.
   *
   * @param background runs slow work off the owners: checkpoints, compaction
   */
  record Host(
      Clock clock,
      Disk disk,
      Loop keyspaceLoop,
      Loop topicsLoop,
      Loop searchLoop,
      Loop catalogLoop,
      Executor background,
      RandomGenerator random) {}

  final Host host;
  final Journal log;
  final DurableWaiters durable;
  final Catalog catalog;
  final Keyspace keyspace;
  final Topics topics;
  final SearchIndexes search;
  final Projections projections;
  final Inbox keyspaceInbox = new Inbox(INBOX_BYTES);
  final Inbox topicsInbox = new Inbox(INBOX_BYTES);
  final Inbox searchInbox = new Inbox(SEARCH_INBOX_BYTES);
  final Checkpoints checkpoints;
  private final List<View> views;
  private final Router router;

  private Node(
      Host host,
      Journal.Settings journal,
      TopicsConfig topicsConfig,
      SearchLimits searchLimits,
      Config.CheckpointPart checkpointing,
      long restoreWindowMs,
      Consumer<Throwable> fatal)
      throws IOException {
    this.host = host;
    router = new Router(keyspaceInbox, topicsInbox, searchInbox);
    log = Journal.open(host.disk, host.clock, journal, router, fatal);
    durable = new DurableWaiters(log);
    catalog = new Catalog(host.catalogLoop, host.disk, () -> log, () -> durable);
    catalog.addListener(router::learn);
    keyspace =
        new Keyspace(
            host.keyspaceLoop, host.clock, host.disk, host.background, keyspaceInbox, () -> log);
    topics =
        new Topics(
            topicsConfig,
            host.topicsLoop,
            host.disk,
            host.clock,
            topicsInbox,
            () -> log,
            catalog,
            host.background,
            fatal);
    search =
        new SearchIndexes(
            host.searchLoop,
            host.clock,
            host.disk,
            searchInbox,
            () -> log,
            () -> durable,
            (frame, index, projection, id, json, reason) ->
                projections().parkHook().park(frame, index, projection, id, json, reason),
            fatal,
            searchLimits);
    projections =
        new Projections(
            catalog,
            () -> log,
            host.clock,
            host.random,
            keyspace,
            host.keyspaceLoop,
            topics,
            host.topicsLoop,
            () -> searchInbox.overloaded() || topicsInbox.overloaded());
    views = List.of(catalog, keyspace, topics, search);
    checkpoints =
        new Checkpoints(
            checkpointing,
            restoreWindowMs,
            host.catalogLoop,
            host.clock,
            host.disk,
            log,
            views,
            List.of(topics, search));
  }

  private Projections projections() {
    return projections;
  }

  /**
   * Opens the log, loads each view's checkpoint and replays the rest. Starts no loop.
   *
   * @param fatal hears once of an I/O error after which this node must not go on
   */
  static Node open(
      Host host,
      Journal.Settings journal,
      TopicsConfig topicsConfig,
      SearchLimits searchLimits,
      Config.CheckpointPart checkpointing,
      long restoreWindowMs,
      Consumer<Throwable> fatal)
      throws IOException {
    Node node =
        new Node(host, journal, topicsConfig, searchLimits, checkpointing, restoreWindowMs, fatal);
    try {
      node.recover();
    } catch (IOException | RuntimeException e) {
      node.close();
      throw e;
    }
    return node;
  }

  private void recover() throws IOException {
    long end = log.appended();
    long[] loaded = new long[views.size()];
    long from = end;
    for (int v = 0; v < loaded.length; v++) {
      loaded[v] = views.get(v).load(end);
      from = Math.min(from, loaded[v]);
    }
    if (from < log.start()) {
      throw new IOException(
          "the log begins at position "
              + log.start()
              + ", but a view's newest checkpoint covers only "
              + from);
    }
    replayAll(from, end, loaded);
    for (View view : views) {
      view.recovered(end);
    }
    router.learn(catalog.state());
    checkpoints.load(from);
  }

  /** Indexing costs more than all else together: on a real machine it gets a thread of its own. */
  private void replayAll(long from, long end, long[] loaded) throws IOException {
    int last = views.size() - 1;
    assert views.get(last) == search;
    if (from == end || host.disk.realFolder().isEmpty()) {
      replay(from, 0, views.size(), loaded);
      return;
    }
    IOException[] failure = new IOException[1];
    Thread indexing =
        Thread.ofPlatform()
            .name("recovery-search")
            .start(() -> {
              try {
                replay(loaded[last], last, views.size(), loaded);
              } catch (IOException e) {
                failure[0] = e;
              } catch (RuntimeException | Error e) {
                failure[0] = new IOException("the search view does not recover: " + e, e);
              }
            });
    try {
      replay(from, 0, last, loaded);
    } finally {
      join(indexing);
    }
    if (failure[0] != null) {
      throw failure[0];
    }
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted during recovery", e);
    }
  }

  private void replay(long from, int firstView, int endView, long[] loaded) throws IOException {
    try (LogCursor cursor = log.read(from)) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          for (int v = firstView; v < endView; v++) {
            View view = views.get(v);
            if (part.position() > loaded[v] && view.follows(part.stream())) {
              view.replay(part);
            }
          }
        }
      }
    }
  }

  /** Opens the owners for work; call before their loops start. */
  void start() {
    topicsInbox.ownedBy(host.topicsLoop);
    searchInbox.ownedBy(host.searchLoop);
    keyspace.follow(projections.keyspaceHooks());
    keyspace.start();
    topics.hooks(projections.topicHooks());
    topics.start();
    projections.resume();
    checkpoints.start();
  }

  List<View> views() {
    return views;
  }

  /** Whatever fails on the way, the log is closed and the memory off the heap freed. */
  @Override
  public void close() throws IOException {
    try (keyspace;
        log;
        topics) { // closed from the last to the first
      search.close();
    }
  }
}
