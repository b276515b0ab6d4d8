package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.DiskFile;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A segment's file as others see it: with the bytes at its end that are still in memory, because
 * the turn has not ended or the disk is full. It may be closed underneath and opens again when
 * used, so a response that waits for a slow client does not hold a descriptor.
 */
@OwnedBy("topics")
final class SegmentFile implements DiskFile {
  private final OpenFiles files;
  private final Segment segment;
  private final String path;

  SegmentFile(OpenFiles files, Segment segment, String path) {
    this.files = files;
    this.segment = segment;
    this.path = path;
  }

  String path() {
    return path;
  }

  void create() throws IOException {
    files.create(path);
  }

  void forget() throws IOException {
    files.forget(path);
  }

  @Override
  public void write(ByteBuffer source, long position) throws IOException {
    files.get(path).write(source, position);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    ByteWriter tail = segment.tail;
    if (tail == null) {
      return files.get(path).read(target, position);
    }
    if (position >= segment.written) {
      ByteBuffer rest = rest(tail, position, target.remaining());
      target.put(rest.duplicate());
      return rest.hasRemaining() ? rest.remaining() : -1;
    }
    // A write that failed may have left anything behind what counts as written.
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + segment.written - position));
    try {
      return files.get(path).read(target, position);
    } finally {
      target.limit(limit);
    }
  }

  private ByteBuffer rest(ByteWriter tail, long position, long most) {
    int from = (int) Math.min(tail.size(), position - segment.written);
    return ByteBuffer.wrap(tail.array(), from, (int) Math.min(most, tail.size() - from));
  }

  @Override
  public void sync() throws IOException {
    files.get(path).sync();
  }

  @Override
  public long size() throws IOException {
    return files.get(path).size();
  }

  @Override
  public void truncate(long size) throws IOException {
    files.get(path).truncate(size);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    ByteWriter tail = segment.tail;
    if (tail == null) {
      return files.get(path).transferTo(position, count, target);
    }
    return position >= segment.written
        ? target.write(rest(tail, position, count))
        : files.get(path).transferTo(position, Math.min(count, segment.written - position), target);
  }

  /** Does nothing: the pool closes files. */
  @Override
  public void close() {}
}
