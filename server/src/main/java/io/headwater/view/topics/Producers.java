package io.headwater.view.topics;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one partition remembers of idempotent producers (KIP-98, KIP-360): the epoch and the last
 * five batches of each. Five, because a producer has at most five requests in flight, so a batch
 * that comes again is one of them. The producer that was silent longest is forgotten past a limit;
 * one that is not remembered may begin with any sequence.
 */
final class Producers {
  private static final int BATCHES = 5;

  /** What a batch from a producer is. */
  enum Verdict {
    NEXT,
    DUPLICATE,
    OUT_OF_ORDER,
    FENCED
  }

  /** One producer; rings of its last batches, newest at {@code (newest + 0) % 5}. */
  private static final class Producer {
    short epoch;
    int batches;
    int newest;
    long lastMs;
    final int[] firstSequences = new int[BATCHES];
    final int[] lastSequences = new int[BATCHES];
    final long[] baseOffsets = new long[BATCHES];

    void add(int firstSequence, int lastSequence, long baseOffset) {
      newest = (newest + 1) % BATCHES;
      firstSequences[newest] = firstSequence;
      lastSequences[newest] = lastSequence;
      baseOffsets[newest] = baseOffset;
      batches = Math.min(batches + 1, BATCHES);
    }

    long duplicateOf(int firstSequence, int lastSequence) {
      for (int i = 0; i < batches; i++) {
        int slot = (newest - i + BATCHES) % BATCHES;
        if (firstSequences[slot] == firstSequence && lastSequences[slot] == lastSequence) {
          return baseOffsets[slot];
        }
      }
      return -1;
    }
  }

  private final LinkedHashMap<Long, Producer> producers = new LinkedHashMap<>();
  private final int limit;
  private long duplicateBaseOffset;

  Producers(int limit) {
    this.limit = limit;
  }

  int size() {
    return producers.size();
  }

  /** Judges a batch; for a duplicate {@link #duplicateBaseOffset} says where its first copy is. */
  Verdict judge(long producerId, short epoch, int firstSequence, int lastSequence) {
    Producer producer = producers.get(producerId);
    if (producer == null) {
      return Verdict.NEXT;
    }
    if (epoch < producer.epoch) {
      return Verdict.FENCED;
    }
    if (epoch > producer.epoch) {
      return firstSequence == 0 ? Verdict.NEXT : Verdict.OUT_OF_ORDER;
    }
    duplicateBaseOffset = producer.duplicateOf(firstSequence, lastSequence);
    if (duplicateBaseOffset >= 0) {
      return Verdict.DUPLICATE;
    }
    int last = producer.lastSequences[producer.newest];
    boolean next = last == Integer.MAX_VALUE ? firstSequence == 0 : firstSequence == last + 1;
    return next ? Verdict.NEXT : Verdict.OUT_OF_ORDER;
  }

  long duplicateBaseOffset() {
    return duplicateBaseOffset;
  }

  /** Remembers an appended batch. */
  void applied(
      long producerId,
      short epoch,
      int firstSequence,
      int lastSequence,
      long baseOffset,
      long timeMs) {
    @Nullable Producer producer = producers.remove(producerId);
    if (producer == null || producer.epoch != epoch) {
      producer = new Producer();
      producer.epoch = epoch;
    }
    producer.add(firstSequence, lastSequence, baseOffset);
    producer.lastMs = timeMs;
    producers.put(producerId, producer);
    if (producers.size() > limit) {
      Iterator<Long> silentLongest = producers.keySet().iterator();
      silentLongest.next();
      silentLongest.remove();
    }
  }

  /** Forgets producers that were last heard of before {@code timeMs}. */
  void expire(long timeMs) {
    producers.values().removeIf(producer -> producer.lastMs < timeMs);
  }

  /** The sequence of a batch's last record: it wraps to 0 behind the largest int. */
  static int lastSequence(int firstSequence, int lastOffsetDelta) {
    return (int) (((long) firstSequence + lastOffsetDelta) & Integer.MAX_VALUE);
  }

  void encode(ByteWriter out) {
    out.putVarint(producers.size());
    for (Map.Entry<Long, Producer> entry : producers.entrySet()) {
      Producer p = entry.getValue();
      out.putVarint(entry.getKey()).putShort(p.epoch).putSigned(p.lastMs).putByte(p.batches);
      for (int i = p.batches - 1; i >= 0; i--) {
        int slot = (p.newest - i + BATCHES) % BATCHES;
        out.putInt(p.firstSequences[slot]).putInt(p.lastSequences[slot]);
        out.putVarint(p.baseOffsets[slot]);
      }
    }
  }

  void decode(ByteReader in) {
    int count = in.getCount();
    for (int i = 0; i < count; i++) {
      long id = in.getVarint();
      Producer p = new Producer();
      p.epoch = in.getShort();
      p.lastMs = in.getSigned();
      int batches = in.getByte();
      for (int b = 0; b < batches; b++) {
        p.add(in.getInt(), in.getInt(), in.getVarint());
      }
      producers.put(id, p);
    }
  }
}
