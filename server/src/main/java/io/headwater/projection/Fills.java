package io.headwater.projection;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Projection;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What filling needs beside its source: to append, to wait for slow targets, to say it is done. */
final class Fills {
  private final Catalog catalog;
  private final Supplier<Log> log;
  private final BooleanSupplier overloaded;

  Fills(Catalog catalog, Supplier<Log> log, BooleanSupplier overloaded) {
    this.catalog = catalog;
    this.log = log;
    this.overloaded = overloaded;
  }

  /** Whether filling should pause: the targets' inboxes are full, or the log takes nothing. */
  boolean mustWait() {
    return overloaded.getAsBoolean() || log.get().refusal(1 << 20) != null;
  }

  /** Whether a frame of this many bytes would be larger than the log takes. */
  private boolean isTooLarge(long bytes) {
    return log.get().refusal(bytes) instanceof Failure.TooLarge;
  }

  /** Whether as many bytes more, even in twice the room, are not too many for the frame. */
  boolean hasRoom(Frame frame, Deriver deriver, long bytes) {
    return !isTooLarge(frame.payloadBytes() + deriver.openBytes() + 2L * bytes);
  }

  /** A transaction may change more keys than a frame takes of what follows from them. */
  void requireRoom(Frame frame, Deriver deriver, byte[] json) throws Underivable {
    if (!hasRoom(frame, deriver, json.length)) {
      throw new Underivable("the frame of its change has no room for it");
    }
  }

  /**
   * Before anything is written: what follows from records may take far more than they do.
   *
   * @throws FailureException with {@link Failure.TooLarge}
   */
  void refuseIfTooLarge(Frame frame, Deriver deriver) {
    Failure failure = log.get().refusal(frame.payloadBytes() + deriver.openBytes());
    if (failure instanceof Failure.TooLarge) {
      throw new FailureException(failure);
    }
  }

  void append(Frame frame) {
    if (!frame.isEmpty()) {
      log.get().append(frame);
    }
    frame.clear();
  }

  /** Records that a projection holds all of its source. */
  void filled(String name) {
    catalog
        .change(state -> {
          Projection projection = state.projection(name);
          return projection == null || projection.filled()
              ? Decision.accept()
              : Decision.accept(new CatalogEvent.ProjectionFilled(name));
        })
        .exceptionally(failure -> {
          System.getLogger(Fills.class.getName())
              .log(System.Logger.Level.WARNING, "projection " + name + " not marked", failure);
          return null;
        });
  }
}
