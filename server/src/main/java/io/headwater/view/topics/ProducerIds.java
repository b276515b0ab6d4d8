package io.headwater.view.topics;

import io.headwater.view.AnyThread;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Gives out producer ids from blocks. A block is taken in the catalog before its first id leaves,
 * so no id is given twice; what is left of a block at the end of a process is lost.
 */
@AnyThread
final class ProducerIds {
  private static final String KIND = "producer-ids";
  private static final String NAME = "next";
  private static final int BLOCK = 1_000;

  private final Catalog catalog;
  private final ArrayDeque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
  private long next;
  private long end;
  private boolean asking;

  ProducerIds(Catalog catalog) {
    this.catalog = catalog;
  }

  CompletableFuture<Long> next() {
    CompletableFuture<Long> future = new CompletableFuture<>();
    synchronized (waiting) {
      if (next < end) {
        future.complete(next++);
        return future;
      }
      waiting.add(future);
      if (asking) {
        return future;
      }
      asking = true;
    }
    ask();
    return future;
  }

  private void ask() {
    long[] taken = new long[1];
    var _ =
        catalog
            .change(state -> {
              taken[0] = taken(state);
              return Catalog.Decision.accept(
                  new CatalogEvent.DocumentPut(KIND, NAME, Long.toString(taken[0] + BLOCK)));
            })
            .whenComplete((_, problem) -> answered(taken[0], problem));
  }

  private static long taken(CatalogState state) {
    Map<String, String> documents = state.documents().get(KIND);
    String text = documents == null ? null : documents.get(NAME);
    return text == null ? 0 : Long.parseLong(text);
  }

  private void answered(long from, Throwable problem) {
    ArrayDeque<CompletableFuture<Long>> due = new ArrayDeque<>();
    ArrayDeque<Long> ids = new ArrayDeque<>();
    boolean more;
    synchronized (waiting) {
      if (problem == null) {
        next = from;
        end = from + BLOCK;
      }
      while (!waiting.isEmpty() && (problem != null || next < end)) {
        due.add(waiting.remove());
        ids.add(problem == null ? next++ : -1L);
      }
      more = !waiting.isEmpty();
      asking = more;
    }
    for (CompletableFuture<Long> future : due) {
      long id = ids.remove();
      if (problem != null) {
        future.completeExceptionally(problem);
      } else {
        future.complete(id);
      }
    }
    if (more) {
      ask();
    }
  }
}
