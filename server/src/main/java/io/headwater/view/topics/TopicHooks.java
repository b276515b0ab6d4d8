package io.headwater.view.topics;

import io.headwater.failure.Failure;
import io.headwater.log.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What projections do with records on their way into a topic. Called on the topics loop. */
public interface TopicHooks {
  /** Whether no projection reads or writes a topic: then the other methods are not called. */
  boolean idle();

  /** Why a direct write to this topic is refused, or null. */
  @Nullable Failure refuseProduce(String topic);

  /**
   * A batch that is about to be appended; what it derives goes into parts of the same frame. Called
   * after the batch was checked, before its offsets are known.
   *
   * @param batch one whole v2 batch; do not change it, do not keep it
   */
  void produced(Frame frame, String topic, int partition, ByteBuffer batch);

  /** No projection at all. */
  TopicHooks NONE =
      new TopicHooks() {
        @Override
        public boolean idle() {
          return true;
        }

        @Override
        public @Nullable Failure refuseProduce(String topic) {
          return null;
        }

        @Override
        public void produced(Frame frame, String topic, int partition, ByteBuffer batch) {}
      };
}
