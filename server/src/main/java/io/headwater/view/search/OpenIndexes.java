package io.headwater.view.search;

import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.view.AnyThread;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Projection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The indexes that the catalog names, opened. Changed by the owner, read by any thread. */
final class OpenIndexes {
  private static final Logger LOGGER = Logger.getLogger(OpenIndexes.class.getName());
  private static final double BUFFER_MB_MIN = 4;
  private static final double BUFFER_MB_MAX = 64;

  private final Disk disk;
  private final Clock clock;
  private final SearchLimits limits;
  private final AtomicLong pendingBytes = new AtomicLong();
  private final Map<String, SearchIndex> byName = new ConcurrentHashMap<>();
  private final Map<Integer, SearchIndex> byStream = new ConcurrentHashMap<>();

  /** Folders that must not be cleaned away; holds an index before its folder exists. */
  private final Set<String> uuids = ConcurrentHashMap.newKeySet();

  private CatalogState catalog = CatalogState.EMPTY;
  private long logEnd;

  OpenIndexes(Disk disk, Clock clock, SearchLimits limits) {
    this.disk = disk;
    this.clock = clock;
    this.limits = limits;
  }

  /** Commits past this position are not opened. */
  @OwnedBy("search")
  void setLogEnd(long position) {
    logEnd = position;
  }

  @AnyThread
  @Nullable SearchIndex named(String name) {
    return byName.get(name);
  }

  @AnyThread
  @Nullable SearchIndex ofStream(int stream) {
    return byStream.get(stream);
  }

  /** Sorted by name. */
  @AnyThread
  List<SearchIndex> all() {
    List<SearchIndex> all = new ArrayList<>(byName.values());
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all;
  }

  @AnyThread
  Set<String> uuids() {
    return uuids;
  }

  /** What the catalog says, as far as this view has read it. */
  @OwnedBy("search")
  CatalogState catalog() {
    return catalog;
  }

  /** Says where a projection's documents come from, for refusals. */
  @OwnedBy("search")
  String sourceOf(String projection) {
    Projection known = catalog.projection(projection);
    if (known == null) {
      return "projection " + projection;
    }
    return switch (known.source()) {
      case Projection.Source.Keys(var prefix) -> "keys " + prefix + "*";
      case Projection.Source.TopicValues(String topic) -> "topic " + topic;
    };
  }

  @OwnedBy("search")
  void apply(Collection<CatalogEvent> events) throws IOException {
    for (CatalogEvent event : events) {
      catalog = catalog.with(event);
      follow();
    }
  }

  /** Opens and closes until the open indexes are those of the catalog. */
  private void follow() throws IOException {
    boolean changed = false;
    Set<String> wanted = new HashSet<>();
    for (Index index : catalog.indexes().values()) {
      wanted.add(index.uuid());
    }
    for (SearchIndex open : byName.values()) {
      if (!wanted.contains(open.uuid())) {
        byName.remove(open.name());
        byStream.remove(open.stream());
        uuids.remove(open.uuid());
        open.close();
        changed = true;
      }
    }
    for (Index index : catalog.indexes().values()) {
      SearchIndex open = byName.get(index.name());
      if (open == null) {
        open(index);
        changed = true;
      } else if (!open.definition().equals(index)) {
        open.redefine(index, settings(index));
      }
    }
    if (changed) {
      byName.values().forEach(index -> index.setBuffer(bufferMb()));
    }
  }

  private void open(Index index) throws IOException {
    uuids.add(index.uuid());
    SearchIndex opened =
        new SearchIndex(
            index, settings(index), disk, clock, logEnd, bufferMb(), pendingBytes, limits);
    byStream.put(index.stream(), opened);
    byName.put(index.name(), opened);
  }

  /**
   * What stands in the catalog was checked before ({@link SearchIndexes#check}). An older version
   * may have taken what this one does not: that must not keep the server from starting.
   */
  private IndexSettings settings(Index index) {
    try {
      return IndexSettings.of(index.settings(), limits.resultWindow());
    } catch (FailureException e) {
      LOGGER.log(Level.WARNING, "index " + index.name() + " has default settings", e);
      return IndexSettings.of("{}", limits.resultWindow());
    }
  }

  private double bufferMb() {
    double share = limits.bufferBytes() / 1048576.0 / Math.max(1, byName.size());
    return Math.max(BUFFER_MB_MIN, Math.min(BUFFER_MB_MAX, share));
  }

  @OwnedBy("search")
  void close() throws IOException {
    for (SearchIndex index : byName.values()) {
      index.close();
    }
    byName.clear();
    byStream.clear();
  }
}
