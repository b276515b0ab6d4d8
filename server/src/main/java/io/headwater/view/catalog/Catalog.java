package io.headwater.view.catalog;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.CheckpointFiles;
import io.headwater.view.DurableWaiters;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The view of stream 0. Changes are decided one after the other on the catalog loop, each as one
 * frame; {@link #state} is an immutable value that any thread may read.
 */
public final class Catalog implements View {
  /** What a decider answers. */
  public sealed interface Decision {
    /** Append these events as one frame; an empty list changes nothing and is no error. */
    record Accept(List<CatalogEvent> events) implements Decision {}

    record Refuse(Failure failure) implements Decision {}

    static Decision accept(CatalogEvent... events) {
      return new Accept(List.of(events));
    }

    static Decision refuse(Failure failure) {
      return new Refuse(failure);
    }
  }

  /**
   * A change that was made.
   *
   * @param state the catalog right after it
   * @param position where its frame ends, or the log's end if it changed nothing
   */
  public record Changed(CatalogState state, long position) {}

  private final Loop loop;
  private final Supplier<Log> log;
  private final Supplier<DurableWaiters> durable;
  private final CheckpointFiles files;
  private final Frame frame = new Frame(Frame.Origin.CATALOG);
  private final List<Consumer<CatalogState>> listeners = new CopyOnWriteArrayList<>();
  private volatile CatalogState state = CatalogState.EMPTY;
  private volatile long applied;

  /**
   * @param log and {@code durable} are asked for at the first change, after recovery
   */
  public Catalog(Loop loop, Disk disk, Supplier<Log> log, Supplier<DurableWaiters> durable) {
    this.loop = loop;
    this.log = log;
    this.durable = durable;
    this.files = new CheckpointFiles(disk, "views/catalog");
  }

  @AnyThread
  public CatalogState state() {
    return state;
  }

  /** Called on the catalog loop after each change, with the state after it. */
  public void addListener(Consumer<CatalogState> listener) {
    listeners.add(listener);
  }

  /**
   * Decides, appends and applies one change on the catalog loop.
   *
   * @return completes when the change is durable; fails with {@link FailureException}
   */
  @AnyThread
  public CompletableFuture<Changed> change(Function<CatalogState, Decision> decider) {
    CompletableFuture<Changed> future = new CompletableFuture<>();
    loop.execute(() -> decide(decider, future));
    return future;
  }

  @OwnedBy("catalog")
  private void decide(Function<CatalogState, Decision> decider, CompletableFuture<Changed> future) {
    try {
      switch (decider.apply(state)) {
        case Decision.Refuse(Failure failure) ->
            future.completeExceptionally(new FailureException(failure));
        case Decision.Accept(List<CatalogEvent> events) -> {
          long position = events.isEmpty() ? log.get().appended() : append(events);
          Changed changed = new Changed(state, position);
          durable.get().at(position).thenRun(() -> future.complete(changed));
        }
      }
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }

  @OwnedBy("catalog")
  private long append(List<CatalogEvent> events) {
    frame.clear();
    Frame.Part part = frame.part(Log.CATALOG_STREAM);
    for (CatalogEvent event : events) {
      CatalogCodec.encode(part.payload(), event);
      part.addRecord();
    }
    long position = log.get().append(frame);
    apply(position, events);
    for (Consumer<CatalogState> listener : listeners) {
      listener.accept(state);
    }
    return position;
  }

  @OwnedBy("catalog")
  private void apply(long position, List<CatalogEvent> events) {
    assert position > applied : position + " after " + applied;
    CatalogState next = state;
    for (CatalogEvent event : events) {
      next = next.with(event);
    }
    state = next;
    applied = position;
  }

  @Override
  public String name() {
    return "catalog";
  }

  @Override
  public boolean follows(int stream) {
    return stream == Log.CATALOG_STREAM;
  }

  @Override
  public long load(long logEnd) throws IOException {
    long position = files.newest(logEnd);
    if (position > 0) {
      ByteReader in = new ByteReader(files.read(position));
      int nextStream = in.getInt();
      CatalogState loaded = CatalogState.EMPTY;
      for (CatalogEvent event : CatalogCodec.decodeAll(in)) {
        loaded = loaded.with(event);
      }
      state =
          new CatalogState(
              loaded.topics(),
              loaded.indexes(),
              loaded.projections(),
              loaded.documents(),
              loaded.users(),
              nextStream);
    }
    applied = position;
    return position;
  }

  @Override
  public void replay(LoggedPart part) {
    apply(part.position(), CatalogCodec.decodeAll(part.payload()));
  }

  @Override
  public void recovered(long position) {
    for (Consumer<CatalogState> listener : listeners) {
      listener.accept(state);
    }
  }

  @Override
  public CompletableFuture<Long> checkpoint() {
    CompletableFuture<Long> future = new CompletableFuture<>();
    loop.execute(() -> {
      try {
        // Every change was made by this loop, so the state holds all of them up to the end.
        long position = log.get().appended();
        CatalogState covered = state;
        log.get().sync(position);
        files.write(position, encode(covered));
        future.complete(position);
      } catch (IOException | RuntimeException e) {
        future.completeExceptionally(e);
      }
    });
    return future;
  }

  private static byte[] encode(CatalogState state) {
    ByteWriter out = new ByteWriter();
    out.putInt(state.nextStream());
    List<CatalogEvent> events = new ArrayList<>();
    state.topics().values().forEach(t -> events.add(new CatalogEvent.TopicCreated(t)));
    state.indexes().values().forEach(i -> events.add(new CatalogEvent.IndexCreated(i)));
    state.projections().values().forEach(p -> events.add(new CatalogEvent.ProjectionCreated(p)));
    state
        .documents()
        .forEach((kind, byName) ->
            byName.forEach(
                (name, json) -> events.add(new CatalogEvent.DocumentPut(kind, name, json))));
    state.users().values().forEach(u -> events.add(new CatalogEvent.UserPut(u)));
    for (CatalogEvent event : events) {
      CatalogCodec.encode(out, event);
    }
    return out.toByteArray();
  }

  @Override
  public void retain(long position) throws IOException {
    files.retain(position);
  }

  @Override
  public long applied() {
    return applied;
  }
}
