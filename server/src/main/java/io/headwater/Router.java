package io.headwater;

import io.headwater.bytes.ByteReader;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.Inbox;
import io.headwater.view.catalog.CatalogCodec;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Topic;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Brings appended parts to the views that own their streams. It runs inside the log's critical
 * section, so it sees frames in log order and learns of a new stream before anybody can use it.
 */
final class Router implements Log.Router {
  private final ConcurrentHashMap<Integer, Route> routes = new ConcurrentHashMap<>();
  private final Inbox keyspace;
  private final Inbox topics;
  private final Inbox search;
  private CatalogState catalog = CatalogState.EMPTY;

  /** Which view follows a stream, and whether a projection alone writes it. */
  private enum Route {
    TOPIC,
    /** Its parts always come through the inbox, whoever appends: projections run in all owners. */
    DERIVED_TOPIC,
    INDEX
  }

  Router(Inbox keyspace, Inbox topics, Inbox search) {
    this.keyspace = keyspace;
    this.topics = topics;
    this.search = search;
  }

  /** Learns the streams of a recovered catalog, before the log takes appends. */
  void learn(CatalogState state) {
    catalog = state;
    for (Topic topic : state.topics().values()) {
      Route route = topic.derivedBy() == null ? Route.TOPIC : Route.DERIVED_TOPIC;
      topic.streams().forEach(stream -> routes.put(stream, route));
    }
    for (Index index : state.indexes().values()) {
      routes.put(index.stream(), Route.INDEX);
    }
  }

  boolean isTopic(int stream) {
    Route route = routes.get(stream);
    return route == Route.TOPIC || route == Route.DERIVED_TOPIC;
  }

  boolean isIndex(int stream) {
    return routes.get(stream) == Route.INDEX;
  }

  @Override
  public void appended(long position, long timeMs, Frame frame) {
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      if (part.count() == 0) {
        continue;
      }
      int stream = part.stream();
      if (stream == Log.CATALOG_STREAM) {
        learn(part);
        LoggedPart logged = LoggedPart.copyOf(position, timeMs, part);
        keyspace.put(logged);
        topics.put(logged);
        search.put(logged);
      } else if (stream == Log.KEYSPACE_STREAM) {
        if (frame.origin() != Frame.Origin.KEYSPACE) {
          keyspace.put(LoggedPart.copyOf(position, timeMs, part));
        }
      } else if (stream == Log.TOPICS_CONTROL_STREAM) {
        if (frame.origin() != Frame.Origin.TOPICS) {
          topics.put(LoggedPart.copyOf(position, timeMs, part));
        }
      } else {
        deliver(position, timeMs, frame.origin(), part);
      }
    }
  }

  private void deliver(long position, long timeMs, Frame.Origin origin, Frame.Part part) {
    Route route = routes.get(part.stream());
    if (route == null) {
      throw new IllegalStateException("no view follows stream " + part.stream());
    }
    switch (route) {
      case TOPIC -> {
        if (origin != Frame.Origin.TOPICS) {
          topics.put(LoggedPart.copyOf(position, timeMs, part));
        }
      }
      case DERIVED_TOPIC -> topics.put(LoggedPart.copyOf(position, timeMs, part));
      case INDEX -> {
        if (origin != Frame.Origin.SEARCH) {
          search.put(LoggedPart.copyOf(position, timeMs, part));
        }
      }
    }
  }

  private void learn(Frame.Part part) {
    ByteReader payload = new ByteReader(part.payload().array(), 0, part.payload().size());
    for (CatalogEvent event : CatalogCodec.decodeAll(payload)) {
      catalog = catalog.with(event);
    }
    learn(catalog);
  }
}
