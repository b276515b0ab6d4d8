package io.headwater.projection;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import io.headwater.view.catalog.Topic;
import io.headwater.view.keyspace.KeyspaceEvents;
import io.headwater.view.topics.BatchRecords;
import io.headwater.view.topics.FetchSlice;
import io.headwater.view.topics.TopicHooks;
import io.headwater.view.topics.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Projections from topics, on the topics loop. Each projection has a cursor per partition while it
 * is being filled; writes to a partition are derived by the produce itself only once its cursor has
 * reached the end, so a key's records are always derived in their order.
 */
@OwnedBy("topics")
final class TopicSource implements TopicHooks {
  private static final int FILL_BYTES = 1 << 18;

  /** A frame of a fill takes no more records from here on: a batch may be compressed well. */
  private static final int FILLED_BYTES = 16 << 20;

  /** Of a value that is derived from: it takes several times its size while it is read. */
  private static final int VALUE_BYTES_MAX =
      (int) Math.min(8 << 20, Runtime.getRuntime().maxMemory() / 64);

  private static final byte[] NOTHING = {};
  private static final long WAIT_MS = 10;

  private final Supplier<Rules> rules;
  private final Topics topics;
  private final Loop loop;
  private final Deriver deriver;
  private final Fills fills;
  private final Frame fillFrame = Projections.fillFrame(Frame.Origin.TOPICS);
  private final Map<String, Fill> filling = new HashMap<>();

  /** Where a projection under way stands. */
  private static final class Fill {
    final Map<Integer, Long> cursors = new HashMap<>();
    final Set<Integer> caughtUp = new HashSet<>();

    /** All partitions were caught up at one moment; the catalog will know soon. */
    boolean done;
  }

  TopicSource(Supplier<Rules> rules, Topics topics, Loop loop, Clock clock, Fills fills) {
    this.rules = rules;
    this.topics = topics;
    this.loop = loop;
    this.deriver = new Deriver(clock);
    this.fills = fills;
  }

  void rulesChanged() {
    loop.execute(this::startFills);
  }

  private void startFills() {
    for (Projection projection : rules.get().catalog().projections().values()) {
      if (projection.source() instanceof Source.TopicValues
          && !projection.filled()
          && filling.putIfAbsent(projection.name(), new Fill()) == null) {
        loop.execute(() -> fill(projection));
      }
    }
    filling
        .keySet()
        .removeIf(name -> {
          Projection projection = rules.get().catalog().projection(name);
          return projection == null || projection.filled();
        });
  }

  /** One step: a piece of the first partition that is behind. */
  private void fill(Projection projection) {
    Fill fill = filling.get(projection.name());
    if (fill == null || !(projection.source() instanceof Source.TopicValues(String name))) {
      return;
    }
    topics.drain();
    Topic topic = topics.topic(name);
    if (topic == null) {
      filling.remove(projection.name());
      return;
    }
    if (fills.mustWait()) {
      loop.schedule(WAIT_MS, () -> fill(projection));
      return;
    }
    boolean waits = false;
    boolean behind = false;
    for (int partition = 0; partition < topic.partitions(); partition++) {
      int stream = topic.streams().get(partition);
      switch (step(projection, fill, partition, stream)) {
        case MOVED -> behind = true;
        case WAITS_FOR_SYNC -> waits = true;
        case AT_END -> fill.caughtUp.add(stream);
      }
    }
    if (waits) {
      loop.schedule(1, () -> fill(projection));
    } else if (behind) {
      loop.execute(() -> fill(projection));
    } else {
      fill.done = true;
      fills.filled(projection.name());
    }
  }

  private enum Step {
    MOVED,
    WAITS_FOR_SYNC,
    AT_END
  }

  private Step step(Projection projection, Fill fill, int partition, int stream) {
    if (fill.caughtUp.contains(stream)) {
      return Step.AT_END;
    }
    long cursor = Math.max(fill.cursors.getOrDefault(stream, 0L), topics.logStartOffset(stream));
    if (cursor >= topics.endOffset(stream)) {
      return Step.AT_END;
    }
    FetchSlice slice =
        topics.read(stream, cursor, FILL_BYTES, Topics.FirstBatch.WHOLE_EVEN_IF_LARGER);
    if (slice.length() == 0) {
      return Step.WAITS_FOR_SYNC;
    }
    try {
      long[] stoppedAt = {-1};
      long end =
          BatchRecords.visitAll(
              slice.copy(),
              (offset, _, key, value) -> {
                if (offset >= cursor && stoppedAt[0] < 0) {
                  if (fillFrame.payloadBytes() + deriver.openBytes() < FILLED_BYTES) {
                    derive(fillFrame, projection, partition, offset, key, value);
                  } else {
                    stoppedAt[0] = offset;
                  }
                }
              },
              (first, bytes, reason) -> {
                if (stoppedAt[0] < 0) {
                  unreadable(fillFrame, projection, partition, first, bytes, reason);
                }
              });
      fill.cursors.put(stream, stoppedAt[0] < 0 ? end : stoppedAt[0]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    deriver.finish(fillFrame);
    fills.append(fillFrame);
    return Step.MOVED;
  }

  @Override
  public boolean idle() {
    return rules.get().catalog().projections().isEmpty();
  }

  @Override
  public @Nullable Failure refuseProduce(String topic) {
    CatalogState catalog = rules.get().catalog();
    Topic target = catalog.topic(topic);
    if (target == null || target.derivedBy() == null) {
      return null;
    }
    Projection projection = catalog.projection(target.derivedBy());
    return projection == null ? null : Projections.derived("topic " + topic, projection);
  }

  @Override
  public void produced(Frame frame, String topic, int partition, ByteBuffer batch) {
    List<Projection> projections = rules.get().fromTopics().get(topic);
    if (projections == null) {
      return;
    }
    int stream = topics.stream(topic, partition);
    try {
      for (Projection projection : projections) {
        Fill fill = filling.get(projection.name());
        if (fill == null ? projection.filled() : fill.done || fill.caughtUp.contains(stream)) {
          produced(frame, projection, partition, topics.endOffset(stream), batch);
        }
      }
    } finally {
      deriver.finish(frame);
    }
  }

  private void produced(
      Frame frame, Projection projection, int partition, long base, ByteBuffer batch) {
    try {
      BatchRecords.visit(
          batch,
          (offset, _, key, value) -> {
            derive(frame, projection, partition, base + offset, key, value);
            fills.refuseIfTooLarge(frame, deriver);
          });
    } catch (IllegalArgumentException e) {
      byte[] bytes = new byte[batch.remaining()];
      batch.duplicate().get(bytes);
      unreadable(frame, projection, partition, base, bytes, String.valueOf(e.getMessage()));
      fills.refuseIfTooLarge(frame, deriver);
    }
  }

  /** A batch that nobody can open, or only with more memory than one may take. */
  private void unreadable(
      Frame frame, Projection projection, int partition, long base, byte[] bytes, String reason) {
    Bytes id = Deriver.ascii(partition + "-" + base);
    CatalogState catalog = rules.get().catalog();
    byte[] shown = bytes.length <= VALUE_BYTES_MAX ? bytes : NOTHING;
    deriver.deadLetter(frame, catalog, projection.name(), "all targets", id, reason, shown);
  }

  private void derive(
      Frame frame,
      Projection projection,
      int partition,
      long offset,
      byte @Nullable [] key,
      byte @Nullable [] value) {
    CatalogState catalog = rules.get().catalog();
    Bytes id = key == null ? Deriver.ascii(partition + "-" + offset) : Bytes.wrap(key);
    Map<Bytes, Bytes> fields = null;
    try {
      fields = value == null ? null : fields(value);
    } catch (Underivable e) {
      String reason = String.valueOf(e.getMessage());
      String target = "all targets";
      byte[] shown = value.length <= VALUE_BYTES_MAX ? value : NOTHING;
      deriver.deadLetter(frame, catalog, projection.name(), target, id, reason, shown);
    }
    for (Target target : projection.targets()) {
      switch (target) {
        case Target.ToIndex(String index) -> {
          if (fields == null || value == null) {
            deriver.documentGone(frame, catalog, index, id);
          } else {
            deriver.document(frame, catalog, index, id, value);
          }
        }
        case Target.ToKeys(Bytes prefix) -> {
          if (key != null) {
            keys(frame, prefix, key, fields);
          } else if (fields != null && value != null) {
            String reason = "the record has no key to name a Redis key by";
            String named = "keys " + prefix.utf8() + "*";
            deriver.deadLetter(frame, catalog, projection.name(), named, id, reason, value);
          }
        }
        case Target.ToTopic(String to, _) -> {
          if (fields != null || value == null) {
            deriver.record(frame, catalog, to, id, value);
          }
        }
        case Target.ToMemcached() -> {}
      }
    }
  }

  private static Map<Bytes, Bytes> fields(byte[] value) throws Underivable {
    if (value.length > VALUE_BYTES_MAX) {
      throw new Underivable(
          "a value of "
              + value.length
              + " bytes; at most "
              + VALUE_BYTES_MAX
              + " are derived from");
    }
    return DerivedJson.fields(value);
  }

  private static void keys(
      Frame frame, Bytes prefix, byte[] key, @Nullable Map<Bytes, Bytes> fields) {
    byte[] name = new byte[prefix.length() + key.length];
    System.arraycopy(prefix.array(), 0, name, 0, prefix.length());
    System.arraycopy(key, 0, name, prefix.length(), key.length);
    Frame.Part part = frame.part(Log.KEYSPACE_STREAM);
    if (fields == null) {
      KeyspaceEvents.delete(part, 0, Bytes.wrap(name));
    } else {
      KeyspaceEvents.setHash(part, 0, Bytes.wrap(name), fields);
    }
  }
}
