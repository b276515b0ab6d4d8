package io.headwater.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Walks a journal that may be growing meanwhile. Everything up to what was written when it looked
 * has to be valid frames: anything else is damage.
 */
final class JournalCursor implements LogCursor {
  private final KeptSegments segments;
  private final LongSupplier written;
  private final long after;
  private final List<LoggedPart> parts = new ArrayList<>();
  private final List<LoggedPart> partsSeen = Collections.unmodifiableList(parts);
  private FrameReader reader;
  private boolean closed;

  JournalCursor(KeptSegments segments, LongSupplier written, long after) throws IOException {
    this.segments = segments;
    this.written = written;
    this.after = after;
    segments.cursorOpened();
    @Nullable FrameReader first = null;
    try {
      first = segments.open(after, written.getAsLong());
      first.skipTo(after);
      reader = first;
    } catch (IOException e) {
      segments.cursorClosed();
      if (first != null) {
        first.close();
      }
      throw e;
    }
  }

  @Override
  public boolean next() throws IOException {
    parts.clear();
    do {
      while (reader.next()) {
        if (reader.isData() && reader.position() > after) {
          reader.addParts(parts);
          return true;
        }
      }
      String why = reader.why();
      if (why != null) {
        throw new DamagedLogException(reader.path(), reader.fileOffset(), why);
      }
    } while (moreToRead());
    return false;
  }

  /** What is written is looked at before the segments are: a new one cannot slip in between. */
  private boolean moreToRead() throws IOException {
    long address = reader.address();
    long end = written.getAsLong();
    long next = segments.after(reader.segment().base());
    if (end == address) {
      return false;
    }
    if (next != address) {
      reader.limit(next < 0 ? end : Math.min(end, next));
      return true;
    }
    FrameReader following = segments.open(next, end);
    reader.close();
    reader = following;
    return true;
  }

  @Override
  public long position() {
    return reader.position();
  }

  @Override
  public long timeMs() {
    return reader.timeMs();
  }

  @Override
  public List<LoggedPart> parts() {
    return partsSeen;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      segments.cursorClosed();
      reader.close();
    }
  }
}
