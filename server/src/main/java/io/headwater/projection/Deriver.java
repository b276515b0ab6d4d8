package io.headwater.projection;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.host.Clock;
import io.headwater.log.Frame;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Topic;
import io.headwater.view.search.IndexOps;
import io.headwater.view.topics.BatchBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts derived records into a frame. Records of one topic partition are collected into one batch
 * until {@link #finish}, which the owner calls before it appends the frame. One for each owner; not
 * thread-safe.
 */
final class Deriver {
  /** A batch is closed at this size, so that consumers get pieces they can fetch. */
  private static final int BATCH_BYTES = 1 << 19;

  private final Clock clock;
  private final List<OpenBatch> batches = new ArrayList<>();
  private int open;
  private long promised;

  /** A batch under way; kept and reused. */
  private static final class OpenBatch {
    final BatchBuilder builder = new BatchBuilder();
    final ByteWriter bytes = new ByteWriter();
    int stream;
  }

  Deriver(Clock clock) {
    this.clock = clock;
  }

  void document(Frame frame, CatalogState catalog, String index, Bytes id, byte[] json) {
    Index target = catalog.index(index);
    if (target != null) {
      IndexOps.put(frame.part(target.stream()), id, json);
    }
  }

  void documentGone(Frame frame, CatalogState catalog, String index, Bytes id) {
    Index target = catalog.index(index);
    if (target != null) {
      IndexOps.delete(frame.part(target.stream()), id);
    }
  }

  void allDocumentsGone(Frame frame, CatalogState catalog, String index) {
    Index target = catalog.index(index);
    if (target != null) {
      IndexOps.deleteAll(frame.part(target.stream()));
    }
  }

  /** Adds a record to a topic; a null value is a tombstone. */
  void record(Frame frame, CatalogState catalog, String topic, Bytes key, byte @Nullable [] value) {
    Topic target = catalog.topic(topic);
    if (target == null) {
      return;
    }
    int partition = KeyPartition.of(key.array(), target.partitions());
    OpenBatch batch = batch(target.streams().get(partition));
    if (value != null && batch.bytes.size() + value.length > BATCH_BYTES) {
      close(frame, batch); // so that only a record that is larger by itself makes a larger batch
      batch.builder.begin(batch.bytes);
    }
    batch.builder.add(clock.wallMs(), key.array(), value);
    if (batch.bytes.size() >= BATCH_BYTES) {
      close(frame, batch);
      batch.builder.begin(batch.bytes);
    }
  }

  /** Parks what cannot be derived: key of the source, and a JSON value with reason and payload. */
  void deadLetter(
      Frame frame,
      CatalogState catalog,
      String projection,
      String target,
      Bytes key,
      String reason,
      byte[] source) {
    byte[] json = DerivedJson.deadLetter(projection, target, reason, source);
    record(frame, catalog, Projections.deadLetterTopic(projection), key, json);
  }

  /**
   * Keeps room for what will be told of a key in any case, so that other values do not take it.
   * Negative gives it back.
   */
  void promise(long bytes) {
    promised = Math.max(0, promised + bytes);
  }

  /** What {@link #finish} would add to the frame, and what was promised. */
  long openBytes() {
    long bytes = promised;
    for (int i = 0; i < open; i++) {
      bytes += batches.get(i).bytes.size();
    }
    return bytes;
  }

  /** Completes the batches: call before the frame is appended. */
  void finish(Frame frame) {
    for (int i = 0; i < open; i++) {
      close(frame, batches.get(i));
    }
    open = 0;
    promised = 0;
  }

  private OpenBatch batch(int stream) {
    for (int i = 0; i < open; i++) {
      if (batches.get(i).stream == stream) {
        return batches.get(i);
      }
    }
    if (open == batches.size()) {
      batches.add(new OpenBatch());
    }
    OpenBatch batch = batches.get(open++);
    batch.stream = stream;
    batch.bytes.clear(1 << 20);
    batch.builder.begin(batch.bytes);
    return batch;
  }

  private static void close(Frame frame, OpenBatch batch) {
    int records = batch.builder.end();
    if (records > 0) {
      Frame.Part part = frame.part(batch.stream);
      part.payload().put(batch.bytes.array(), 0, batch.bytes.size());
      part.addRecords(records);
    }
    batch.bytes.clear();
  }

  static Bytes ascii(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
