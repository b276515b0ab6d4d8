package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.Inbox;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.CatalogCodec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;

/**
 * What happens on the search loop: parts from the inbox are applied in log order, documents that do
 * not fit are parked, frames of our own are appended.
 *
 * <p>An index's stream has one writer at a time, but when a projection takes an index over, or when
 * this owner notes a parked document, records of others may stand in the stream before ours that
 * wait in the inbox. So after each append everything up to our frame is taken from the inbox before
 * our own part is applied: each stream is applied in its order, as at replay.
 */
final class SearchOwner implements Loop.TurnHook {
  private static final int PARK_RECORDS = 500;
  private static final long PARK_BYTES = 256 << 10;
  private static final long WAKE_AGAIN_MS = 2;

  private final Loop loop;
  private final Inbox inbox;
  private final Supplier<Log> log;
  private final ParkHook park;
  private final Consumer<Throwable> fatal;
  private final OpenIndexes indexes;
  private final Frame parkFrame = new Frame(Frame.Origin.SEARCH);
  private final Progress applied = new Progress();
  private @Nullable LoggedPart held;
  private boolean recovered;
  private volatile boolean stopped;

  SearchOwner(
      Loop loop,
      Clock clock,
      Disk disk,
      Inbox inbox,
      Supplier<Log> log,
      ParkHook park,
      Consumer<Throwable> fatal,
      SearchLimits limits) {
    this.loop = loop;
    this.inbox = inbox;
    this.log = log;
    this.park = park;
    this.fatal = fatal;
    this.indexes = new OpenIndexes(disk, clock, limits);
  }

  OpenIndexes indexes() {
    return indexes;
  }

  /** Everything up to its position is applied, from the inbox and our own. */
  Progress applied() {
    return applied;
  }

  // Recovery, before the loop starts

  void loaded(Checkpoints.Contents contents, long logEnd) throws IOException {
    indexes.setLogEnd(logEnd);
    indexes.apply(contents.events());
    for (Checkpoints.Covered covered : contents.indexes()) {
      SearchIndex index = indexes.named(covered.index().name());
      if (index == null || index.nextOffset() < covered.nextOffset()) {
        throw new IOException(
            "damaged index "
                + covered.index().name()
                + ": its commit covers "
                + (index == null ? 0 : index.nextOffset())
                + " records, the checkpoint at "
                + contents.position()
                + " says "
                + covered.nextOffset());
      }
    }
    applied.publish(contents.position());
  }

  void replay(LoggedPart part) throws IOException {
    apply(part);
    applied.publish(part.position());
  }

  void recovered(long position) {
    applied.publish(position);
    recovered = true;
    loop.wake();
  }

  // Turns

  @Override
  public void beforeTurn() {
    if (!recovered || stopped) {
      return;
    }
    guarded(() -> {
      catchUp();
      parkAll();
    });
  }

  @Override
  public void afterTurn() {}

  /** Something that may fail for good. */
  interface Work {
    void run() throws IOException;
  }

  /**
   * Runs work on the owner. An error that is not a {@link FailureException} ends this view: what
   * Lucene holds can no longer be trusted to match the log.
   */
  @OwnedBy("search")
  void guarded(Work work) {
    try {
      work.run();
    } catch (FailureException e) {
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      stopped = true;
      fatal.accept(e);
      throw new FailureException(new Failure.LogDead("the search view failed: " + e));
    }
  }

  /**
   * Applies everything that was appended before the call, and nothing after it: a part arrives here
   * before its frame is wholly routed, and half a frame must not be applied.
   *
   * @return the position up to which all is applied
   */
  @OwnedBy("search")
  long catchUp() throws IOException {
    assert loop.isCurrent();
    long position = log.get().appended();
    drain(position);
    applied.publish(position);
    if (held != null) {
      loop.wake();
    }
    return position;
  }

  /** Applies what the inbox has up to a position. */
  @OwnedBy("search")
  void drain(long position) throws IOException {
    while (true) {
      LoggedPart part = held != null ? held : inbox.poll();
      held = null;
      if (part == null) {
        return;
      }
      if (part.position() > position) {
        held = part;
        return;
      }
      apply(part);
    }
  }

  private void apply(LoggedPart part) throws IOException {
    if (part.stream() == Log.CATALOG_STREAM) {
      indexes.apply(CatalogCodec.decodeAll(part.payload()));
      return;
    }
    SearchIndex index = indexes.ofStream(part.stream());
    if (index != null) { // else it was deleted before the part was appended
      index.apply(part);
    }
  }

  /** Appends one of our frames; afterwards everything before it is applied. */
  @OwnedBy("search")
  long append(Frame frame) throws IOException {
    assert loop.isCurrent();
    long position = log.get().append(frame);
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      SearchIndex index = indexes.ofStream(part.stream());
      if (index != null && part.count() > 0 && part.baseOffset() != index.nextOffset()) {
        drain(position);
      }
    }
    return position;
  }

  /** Merges into a mapping; answers the position that holds it. */
  @OwnedBy("search")
  long putMapping(String name, String json) throws IOException {
    catchUp();
    SearchIndex index = indexes.named(name);
    if (index == null) {
      throw new FailureException(new Failure.NotFound("index", name));
    }
    if (index.mapping().merge(json).json().equals(index.mapping().json())) {
      return index.appliedPosition();
    }
    Frame frame = new Frame(Frame.Origin.SEARCH);
    Frame.Part part = frame.part(index.stream());
    IndexOps.mapping(part, json);
    long position = append(frame);
    index.merged(position, part.baseOffset(), json);
    return position;
  }

  // Parking

  private void parkAll() throws IOException {
    for (SearchIndex index : indexes.all()) {
      while (!index.unparked().isEmpty() && parkSome(index)) {
        // one frame each time, until none is left or the log refuses
      }
    }
  }

  /** Parks what fits into one frame; false if the log takes nothing now. */
  private boolean parkSome(SearchIndex index) throws IOException {
    if (log.get().refusal(PARK_BYTES) != null) {
      return false;
    }
    SortedMap<Long, Unparked> waiting = index.unparked();
    List<Long> offsets = new ArrayList<>();
    parkFrame.clear();
    for (Unparked one : waiting.values()) {
      if (offsets.size() >= PARK_RECORDS || parkFrame.payloadBytes() >= PARK_BYTES) {
        break;
      }
      IndexOps.parked(parkFrame.part(index.stream()), one.offset());
      park.park(
          parkFrame,
          index.name(),
          index.projection(),
          Bytes.wrap(one.id()),
          one.json(),
          one.reason());
      offsets.add(one.offset());
    }
    Frame.Part part = parkFrame.part(index.stream());
    long position;
    try {
      position = append(parkFrame);
    } catch (FailureException e) {
      return false; // the log refuses; they are parked when it takes appends again
    }
    for (int i = 0; i < offsets.size(); i++) {
      index.parked(position, part.baseOffset() + i, offsets.get(i));
    }
    log.get().syncSoon();
    return true;
  }

  // Waiting

  /** Runs a task on the loop; its failure becomes the future's. */
  @AnyThread
  void execute(CompletableFuture<?> future, Work work) {
    loop.execute(() -> {
      try {
        if (stopped) {
          throw new FailureException(new Failure.ShuttingDown());
        }
        guarded(work);
      } catch (RuntimeException e) {
        future.completeExceptionally(e);
      }
    });
  }

  /** Waits until all parts that were routed here before the call are applied. */
  @AnyThread
  void settle(long timeoutMs) {
    await(inbox.lastPosition(), timeoutMs);
  }

  @AnyThread
  void await(long position, long timeoutMs) {
    // A turn may come just before the append that it is wanted for is done: ask again.
    for (long waitedMs = 0; !applied.await(position, 0); waitedMs += WAKE_AGAIN_MS) {
      if (stopped) {
        throw new FailureException(new Failure.ShuttingDown());
      }
      if (waitedMs > timeoutMs) {
        throw new FailureException(
            new Failure.TimedOut("the search view at position " + position, timeoutMs));
      }
      loop.wake();
      applied.await(position, WAKE_AGAIN_MS);
    }
  }

  @OwnedBy("search")
  void close() {
    stopped = true;
    try {
      indexes.close();
    } catch (IOException | AlreadyClosedException e) {
      fatal.accept(e);
    }
  }
}
