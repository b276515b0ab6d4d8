package io.headwater.protocol.elastic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import io.headwater.host.TaskLoop;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.metrics.Metrics;
import io.headwater.protocol.http.HttpRequest;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.search.SearchIndexes;
import io.headwater.view.search.SearchLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** A node with no more than the search view, in a folder, without sockets. */
final class SearchNode implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final AtomicReference<Throwable> fatal = new AtomicReference<>();
  private final Inbox inbox = new Inbox(1 << 20);
  private final TaskLoop searchLoop = new TaskLoop("search", Clock.system(), this::fail);
  private final TaskLoop catalogLoop = new TaskLoop("catalog", Clock.system(), this::fail);
  final Journal log;
  final Catalog catalog;
  final SearchIndexes search;
  final Elasticsearch elastic;

  SearchNode(Path folder) throws IOException {
    RealDisk disk = RealDisk.at(folder);
    log = Journal.open(disk, Clock.system(), Journal.Settings.defaults(), this::route, this::fail);
    DurableWaiters durable = new DurableWaiters(log);
    catalog = new Catalog(catalogLoop, disk, () -> log, () -> durable);
    search =
        new SearchIndexes(
            searchLoop,
            Clock.system(),
            disk,
            inbox,
            () -> log,
            () -> durable,
            (_, _, _, _, _, _) -> {},
            this::fail,
            SearchLimits.DEFAULTS);
    recover(List.of(catalog, search));
    searchLoop.start();
    catalogLoop.start();
    elastic =
        new Elasticsearch(
            search,
            catalog,
            log,
            Clock.system(),
            new Metrics(),
            new ElasticOptions(true, "127.0.0.1:9200", 100 << 20));
  }

  private void fail(Throwable error) {
    fatal.compareAndSet(null, error);
  }

  /** Catalog parts go to the view that follows them; index parts are its own. */
  private void route(long position, long timeMs, Frame frame) {
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      if (part.count() > 0 && part.stream() == Log.CATALOG_STREAM) {
        inbox.put(LoggedPart.copyOf(position, timeMs, part));
      }
    }
  }

  private void recover(List<View> views) throws IOException {
    long end = log.appended();
    Map<View, Long> loaded = new HashMap<>();
    for (View view : views) {
      loaded.put(view, view.load(end));
    }
    try (LogCursor cursor = log.read(loaded.values().stream().mapToLong(l -> l).min().orElse(0))) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          for (View view : views) {
            if (part.position() > loaded.get(view) && view.follows(part.stream())) {
              view.replay(part);
            }
          }
        }
      }
    }
    for (View view : views) {
      view.recovered(end);
    }
  }

  /** An answer with its body parsed. */
  record Answer(int status, Map<String, String> headers, String text) {
    JsonNode json() {
      try {
        return MAPPER.readTree(text);
      } catch (IOException e) {
        throw new UncheckedIOException(text, e);
      }
    }

    /** By JSON pointer. */
    JsonNode at(String pointer) {
      return json().at(pointer);
    }
  }

  /**
   * @param target path and query, as in an address but not encoded
   * @param body JSON with ' for "
   */
  Answer call(String method, String target, String body, String... headers) {
    String[] parts = target.split("\\?", 2);
    List<String> segments = new ArrayList<>();
    for (String segment : parts[0].split("/")) {
      if (!segment.isEmpty()) {
        segments.add(segment);
      }
    }
    Map<String, String> query = new LinkedHashMap<>();
    if (parts.length > 1) {
      for (String pair : parts[1].split("&")) {
        String[] both = pair.split("=", 2);
        query.put(both[0], both.length > 1 ? both[1] : "");
      }
    }
    Map<String, String> all = new HashMap<>(Map.of("content-type", "application/json"));
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
    }
    HttpResponse response =
        elastic.answer(
            new HttpRequest(
                method, parts[0], segments, query, all, body.replace('\'', '"').getBytes(UTF_8)));
    if (fatal.get() != null) {
      throw new IllegalStateException("the node died", fatal.get());
    }
    return new Answer(response.status(), response.headers(), response.text());
  }

  Answer get(String target) {
    return call("GET", target, "");
  }

  Answer post(String target, String body) {
    return call("POST", target, body);
  }

  Answer put(String target, String body) {
    return call("PUT", target, body);
  }

  @Override
  public void close() throws IOException {
    search.close();
    log.close();
    searchLoop.close();
    catalogLoop.close();
  }
}
