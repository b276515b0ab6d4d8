package io.headwater.view.topics;

import io.headwater.host.DiskFile;
import io.headwater.view.OwnedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A segment's file as others see it: it may be closed underneath and opens again when used, so a
 * response that waits for a slow client does not hold a descriptor.
 */
@OwnedBy("topics")
final class SegmentFile implements DiskFile {
  private final OpenFiles files;
  private final String path;

  SegmentFile(OpenFiles files, String path) {
    this.files = files;
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
    return files.get(path).read(target, position);
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
    return files.get(path).transferTo(position, count, target);
  }

  /** Does nothing: the pool closes files. */
  @Override
  public void close() {}
}
