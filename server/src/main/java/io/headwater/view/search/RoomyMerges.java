package io.headwater.view.search;

import io.headwater.host.Disk;
import java.io.IOException;
import org.apache.lucene.index.FilterMergePolicy;
import org.apache.lucene.index.MergeTrigger;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.jspecify.annotations.Nullable;

/**
 * Leaves a merge for later if it could need more than half of the disk's free space: a merge that
 * meets a full disk ends Lucene's writer, and until its commit it needs room for old and new.
 */
final class RoomyMerges extends FilterMergePolicy {
  private final Disk disk;

  RoomyMerges(Disk disk) {
    super(new TieredMergePolicy());
    this.disk = disk;
  }

  @Override
  public @Nullable MergeSpecification findMerges(
      MergeTrigger trigger, SegmentInfos segments, MergeContext context) throws IOException {
    return fitting(super.findMerges(trigger, segments, context));
  }

  @Override
  public @Nullable MergeSpecification findFullFlushMerges(
      MergeTrigger trigger, SegmentInfos segments, MergeContext context) throws IOException {
    return fitting(super.findFullFlushMerges(trigger, segments, context));
  }

  private @Nullable MergeSpecification fitting(@Nullable MergeSpecification wanted)
      throws IOException {
    if (wanted == null) {
      return null;
    }
    long room = disk.freeBytes() / 2;
    MergeSpecification fitting = new MergeSpecification();
    for (OneMerge merge : wanted.merges) {
      long bytes = merge.totalBytesSize();
      if (bytes <= room) {
        fitting.add(merge);
        room -= bytes;
      }
    }
    return fitting.merges.isEmpty() ? null : fitting;
  }
}
