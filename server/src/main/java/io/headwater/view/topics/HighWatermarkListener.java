package io.headwater.view.topics;

/** Hears of one or more partitions, on the topics loop. It may add and remove listeners. */
public interface HighWatermarkListener {
  /** Records up to {@code highWatermark} (exclusive) are durable and can be read now. */
  void moved(int stream, long highWatermark);

  /** The partition is gone, with its topic; it will not be heard of again. */
  default void deleted(int stream) {}
}
