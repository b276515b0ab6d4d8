package io.headwater.view.topics;

import io.headwater.view.OwnedBy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is due on a partition as time goes by: pure decisions, taken by {@link Topics}. */
@OwnedBy("topics")
final class Housekeeping {
  private Housekeeping() {}

  /** Whether the last segment is so old that it should be closed. */
  static boolean rollIsDue(Partition partition, long nowMs) {
    if (partition.segments().isEmpty()) {
      return false;
    }
    Segment last = partition.segments().getLast();
    return last.size > 0
        && last.firstTimestampMs >= 0
        && nowMs - last.firstTimestampMs > partition.config.segmentMs();
  }

  /**
   * Where the partition should begin, by age and by size: whole segments go, the oldest first. By
   * size the last segment always stays; by age it goes too.
   */
  static long startByRetention(Partition partition, long nowMs) {
    TopicConfig config = partition.config;
    long start = partition.logStart;
    if (!config.deletes()) {
      return start;
    }
    List<Segment> segments = partition.segments();
    int gone = 0;
    if (config.retentionMs() >= 0) {
      while (gone < segments.size() && expired(segments.get(gone), partition, nowMs)) {
        gone++;
      }
    }
    if (config.retentionBytes() >= 0) {
      long bytes = partition.sizeBytes();
      for (int i = 0; i < gone; i++) {
        bytes -= segments.get(i).size;
      }
      while (gone < segments.size() - 1
          && segments.get(gone).endOffset <= partition.highWatermark
          && bytes - segments.get(gone).size >= config.retentionBytes()) {
        bytes -= segments.get(gone).size;
        gone++;
      }
    }
    return gone == 0 ? start : Math.max(start, segments.get(gone - 1).endOffset);
  }

  private static boolean expired(Segment segment, Partition partition, long nowMs) {
    return segment.size > 0
        && segment.endOffset <= partition.highWatermark
        && segment.maxTimestampMs >= 0
        && nowMs - segment.maxTimestampMs > partition.config.retentionMs();
  }

  /** The closed, durable segments that a compaction run may read. */
  static List<Segment> compactable(Partition partition, long nowMs) {
    List<Segment> closed = new ArrayList<>();
    List<Segment> segments = partition.segments();
    for (int i = 0; i < segments.size() - 1; i++) {
      Segment segment = segments.get(i);
      if (segment.endOffset > partition.highWatermark
          || segment.written < segment.size
          || nowMs - segment.maxTimestampMs < partition.config.minCompactionLagMs()) {
        break;
      }
      closed.add(segment);
    }
    return closed;
  }

  /** Which share of what can be compacted was not yet: 0 if nothing is to do. */
  static double dirtyRatio(Partition partition, long nowMs) {
    long dirty = 0;
    long all = 0;
    for (Segment segment : compactable(partition, nowMs)) {
      all += segment.size;
      dirty += segment.endOffset > partition.cleanedTo ? segment.size : 0;
    }
    return all == 0 ? 0 : (double) dirty / all;
  }

  /** The partition that needs compaction most, or null. */
  static @Nullable Partition dirtiest(Iterable<Partition> partitions, long nowMs) {
    Partition dirtiest = null;
    double most = 0;
    for (Partition partition : partitions) {
      if (partition.config.compacts()) {
        double ratio = dirtyRatio(partition, nowMs);
        if (ratio > most && ratio >= partition.config.minCleanableDirtyRatio()) {
          dirtiest = partition;
          most = ratio;
        }
      }
    }
    return dirtiest;
  }
}
