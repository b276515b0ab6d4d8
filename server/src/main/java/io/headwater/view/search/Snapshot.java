package io.headwater.view.search;

import java.io.IOException;
import org.apache.lucene.index.DirectoryReader;

/**
 * A reader at one moment.
 *
 * @param changes it shows at least the first so many changes of the index
 * @param position it shows nothing from after this log position
 */
record Snapshot(DirectoryReader reader, long changes, long position) implements AutoCloseable {
  /** Gives the reader back. */
  @Override
  public void close() throws IOException {
    reader.decRef();
  }
}
