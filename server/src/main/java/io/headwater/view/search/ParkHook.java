package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.log.Frame;

/** Puts a document that an index could not take where people can find it. */
public interface ParkHook {
  /**
   * Adds a dead-letter record to {@code frame}, which the search owner then appends together with
   * its own note that the document is parked. Called on the search loop.
   *
   * @param projection the projection that derived it, or empty if it is gone
   */
  void park(Frame frame, String index, String projection, Bytes id, byte[] json, String reason);
}
