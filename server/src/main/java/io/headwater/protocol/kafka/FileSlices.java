package io.headwater.protocol.kafka;

import io.headwater.host.DiskFile;
import java.util.List;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/** Record batches that stay in their files until the kernel sends them. */
record FileSlices(List<Slice> slices, int sizeInBytes) implements BaseRecords {
  /** A range of a file. */
  record Slice(DiskFile file, long position, int length) {}

  static FileSlices of(List<Slice> slices) {
    int bytes = 0;
    for (Slice slice : slices) {
      bytes = Math.addExact(bytes, slice.length);
    }
    return new FileSlices(slices, bytes);
  }

  @Override
  public RecordsSend<FileSlices> toSend() {
    throw new UnsupportedOperationException("written by ResponseWriter");
  }
}
