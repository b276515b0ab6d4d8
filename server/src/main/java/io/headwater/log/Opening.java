package io.headwater.log;

import io.headwater.host.Disk;
import java.io.IOException;
import java.util.NavigableMap;

/**
 * What stands before a journal can be used: the data folder is ours, its journal is read, and a new
 * generation is drawn and written down.
 *
 * <p>A folder is created in this order: its meta file with generation 0, the first segment, the
 * meta file with generation 1. So a folder whose generation is not 0 has had a segment, and one
 * without is damaged.
 */
record Opening(Meta meta, Recovery recovered) {
  /** The first segment is smaller, so that an empty server starts at once. */
  private static final long FIRST_SEGMENT_BYTES = 4L << 20;

  static Opening of(Disk disk, Journal.Settings settings) throws IOException {
    disk.syncFolder(""); // a killed process may have left names that no sync has seen
    Meta meta = Meta.exists(disk) ? Meta.read(disk) : created(disk, settings);
    NavigableMap<Long, String> paths = Recovery.segments(disk, Segment.FOLDER);
    if (paths.isEmpty()) {
      if (meta.generation() != 0) {
        throw new DamagedLogException(Segment.FOLDER, 0, "no segment is there");
      }
      createFirstSegment(disk, meta, Math.min(FIRST_SEGMENT_BYTES, settings.segmentBytes()));
      paths = Recovery.segments(disk, Segment.FOLDER);
    }
    disk.syncFolder(Segment.FOLDER); // the same
    Recovery recovered = Recovery.scan(disk, paths, meta.generation(), Recovery.Visitor.NONE);
    long opened = Math.max(meta.generation() >>> 32, recovered.generation() >>> 32);
    long drawn = (opened + 1) << 32 | (settings.random().nextInt() & 0xffff_ffffL);
    Meta next = new Meta(meta.epoch(), drawn, meta.restoredTo());
    next.write(disk);
    return new Opening(next, recovered);
  }

  private static Meta created(Disk disk, Journal.Settings settings) throws IOException {
    if (!Meta.isEmptyFolder(disk)) {
      throw new IOException("not a Headwater data folder: not empty, and no " + Meta.PATH);
    }
    Meta meta = new Meta(settings.random().nextLong(), 0, -1);
    meta.write(disk);
    return meta;
  }

  private static void createFirstSegment(Disk disk, Meta meta, long bytes) throws IOException {
    disk.createFolder(Segment.FOLDER);
    disk.syncFolder("");
    Spares spares = new Spares(disk);
    spares.recover();
    spares.ensure(bytes);
    Spares.Spare spare = spares.take(bytes);
    if (spare == null) {
      throw new IllegalStateException("no spare of " + bytes + " bytes");
    }
    SegmentHeader header =
        new SegmentHeader(
            SegmentHeader.bytes(0),
            spare.bytes(),
            0,
            meta.epoch(),
            meta.generation(),
            0,
            0,
            new StreamOffsets());
    SegmentWriter.begin(disk, spare, header);
  }
}
