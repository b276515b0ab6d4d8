package io.headwater.view.topics;

import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.log.Frame;
import io.headwater.view.OwnedBy;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one write: refused, known already, or in the frame. Decides without changing the
 * view; what is accepted stands in the frame's part of its partition afterwards.
 */
@OwnedBy("topics")
final class WriteDecision {
  private final Produced.@Nullable Result known;
  private final @Nullable Accepted accepted;

  /** In the frame, at a place whose offset the append decides. */
  private record Accepted(
      Partition partition, Frame.Part part, int offsetInPart, long logAppendTimeMs) {}

  private WriteDecision(Produced.@Nullable Result known, @Nullable Accepted accepted) {
    this.known = known;
    this.accepted = accepted;
  }

  static WriteDecision of(
      ProduceWrite write,
      @Nullable Partition partition,
      Frame frame,
      TopicHooks hooks,
      Clock clock) {
    if (partition == null) {
      return refuse(Errors.UNKNOWN_TOPIC_OR_PARTITION, write.topic() + "-" + write.partition());
    }
    String projection = partition.topic.derivedBy();
    if (projection != null) {
      return refuse(
          Errors.POLICY_VIOLATION,
          "topic " + write.topic() + " is derived by projection " + projection);
    }
    Failure refusal = hooks.idle() ? null : hooks.refuseProduce(write.topic());
    if (refusal != null) {
      return refuse(Errors.POLICY_VIOLATION, refusal.toString());
    }
    Produced.Result wrong = BatchCheck.outside(write.records(), partition.config);
    return wrong != null
        ? new WriteDecision(wrong, null)
        : put(write, partition, frame, hooks, clock.wallMs());
  }

  private static WriteDecision refuse(Errors error, String message) {
    return new WriteDecision(Produced.Result.failed(error, message), null);
  }

  private static WriteDecision put(
      ProduceWrite write, Partition partition, Frame frame, TopicHooks hooks, long nowMs) {
    Frame.Part part = frame.part(partition.stream);
    ByteWriter payload = part.payload();
    int at = payload.size();
    int length = write.records().remaining();
    payload.put(write.records().duplicate());
    byte[] array = payload.array();
    Produced.Result known = check(array, at, length, partition, nowMs);
    if (known != null) {
      payload.truncate(at);
      return new WriteDecision(known, null);
    }
    boolean stamps = partition.config.logAppendTime();
    if (stamps) {
      BatchFormat.stamp(array, at, length, nowMs);
    }
    int offsetInPart = part.count();
    part.addRecords(BatchFormat.count(array, at));
    if (!hooks.idle()) {
      ByteBuffer batch = ByteBuffer.wrap(array, at, length).slice().asReadOnlyBuffer();
      hooks.produced(frame, write.topic(), write.partition(), batch);
    }
    return new WriteDecision(
        null, new Accepted(partition, part, offsetInPart, stamps ? nowMs : -1));
  }

  private static Produced.@Nullable Result check(
      byte[] array, int at, int length, Partition partition, long nowMs) {
    Produced.Result wrong = BatchCheck.inside(array, at, length, partition.config, nowMs);
    if (wrong != null) {
      return wrong;
    }
    if (at > 0) { // sequences are judged by what was applied, so a second write must wait
      return Produced.Result.failed(
          Errors.INVALID_REQUEST, "a request may write a partition only once");
    }
    return sequence(array, at, partition);
  }

  private static Produced.@Nullable Result sequence(byte[] array, int at, Partition partition) {
    long producerId = BatchFormat.producerId(array, at);
    if (producerId < 0) {
      return null;
    }
    int first = BatchFormat.baseSequence(array, at);
    int last = Producers.lastSequence(first, BatchFormat.lastOffsetDelta(array, at));
    short epoch = BatchFormat.producerEpoch(array, at);
    return switch (partition.producers.judge(producerId, epoch, first, last)) {
      case NEXT -> null;
      case DUPLICATE ->
          new Produced.Result(
              Errors.NONE, null, partition.producers.duplicateBaseOffset(), -1, partition.logStart);
      case OUT_OF_ORDER ->
          Produced.Result.failed(
              Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
              "sequence " + first + " of producer " + producerId + " is not the next");
      case FENCED ->
          Produced.Result.failed(
              Errors.INVALID_PRODUCER_EPOCH,
              "epoch " + epoch + " of producer " + producerId + " is over");
    };
  }

  boolean accepts() {
    return accepted != null;
  }

  /** The outcome, once the frame was appended and applied. */
  Produced.Result result() {
    if (known != null) {
      return known;
    }
    if (accepted == null) {
      throw new IllegalStateException("neither known nor accepted");
    }
    long baseOffset = accepted.part.baseOffset() + accepted.offsetInPart;
    return new Produced.Result(
        Errors.NONE, null, baseOffset, accepted.logAppendTimeMs, accepted.partition.logStart);
  }
}
