package io.headwater.view.topics;

import io.headwater.failure.FailureException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Whether bytes from a producer are one batch that a topic takes, with Kafka's errors where they
 * are not. The records of an uncompressed batch are walked (lengths and offsets only); those of a
 * compressed one are looked at only where the topic's configuration asks about each record.
 */
final class BatchCheck {
  private BatchCheck() {}

  /** What is wrong with the bytes as such, before they are copied; null if they may be a batch. */
  static Produced.@Nullable Result outside(ByteBuffer records, TopicConfig config) {
    int bytes = records.remaining();
    if (bytes == 0) {
      return Produced.Result.failed(Errors.INVALID_RECORD, "a write needs exactly one batch");
    }
    if (bytes > 16 && records.get(records.position() + 16) < BatchFormat.MAGIC) {
      return Produced.Result.failed(
          Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT, "message formats before v2 are not supported");
    }
    if (bytes > config.maxMessageBytes()) {
      return Produced.Result.failed(
          Errors.MESSAGE_TOO_LARGE,
          "a batch of " + bytes + " bytes; the topic takes " + config.maxMessageBytes());
    }
    if (bytes > config.segmentBytes()) {
      return Produced.Result.failed(
          Errors.RECORD_LIST_TOO_LARGE,
          "a batch of " + bytes + " bytes; segments have " + config.segmentBytes());
    }
    return null;
  }

  /** What is wrong with a batch; null if nothing is. */
  static Produced.@Nullable Result inside(
      byte[] array, int at, int length, TopicConfig config, long nowMs) {
    if (length < BatchFormat.HEADER_BYTES) {
      return corrupt("a batch of " + length + " bytes");
    }
    long size = BatchFormat.sizeInBytes(array, at);
    if (size < BatchFormat.HEADER_BYTES || size > length) {
      return corrupt("a batch that says it has " + size + " bytes, in " + length);
    }
    if (BatchFormat.magic(array, at) != BatchFormat.MAGIC) {
      return corrupt("magic " + BatchFormat.magic(array, at));
    }
    if (size < length) {
      return invalid("a write needs exactly one batch");
    }
    if (BatchFormat.crc(array, at) != BatchFormat.checksum(array, at, length)) {
      return corrupt("the batch fails its checksum");
    }
    Produced.Result wrong = header(array, at, config, nowMs);
    return wrong != null ? wrong : records(array, at, length, config, nowMs);
  }

  private static Produced.@Nullable Result header(
      byte[] array, int at, TopicConfig config, long nowMs) {
    int attributes = BatchFormat.attributes(array, at);
    int count = BatchFormat.count(array, at);
    if (count < 1 || BatchFormat.lastOffsetDelta(array, at) != count - 1) {
      return invalid(
          "a batch of "
              + count
              + " records whose last offset delta is "
              + BatchFormat.lastOffsetDelta(array, at));
    }
    if (count > Unpacked.BYTES_MAX / Unpacked.RECORD_BYTES_MIN) {
      return invalid("a batch of " + count + " records is past what one may unpack to");
    }
    if ((attributes & BatchFormat.CONTROL) != 0) {
      return invalid("clients must not write control records");
    }
    if ((attributes & BatchFormat.TRANSACTIONAL) != 0) {
      return Produced.Result.failed(
          Errors.INVALID_TXN_STATE, "transactions are not supported by this server");
    }
    int codec = attributes & BatchFormat.COMPRESSION_MASK;
    if (codec >= BatchFormat.COMPRESSION_CODECS) {
      return Produced.Result.failed(
          Errors.UNSUPPORTED_COMPRESSION_TYPE, "compression codec " + codec);
    }
    if (BatchFormat.producerId(array, at) >= 0
        && (BatchFormat.baseSequence(array, at) < 0 || BatchFormat.producerEpoch(array, at) < 0)) {
      return invalid("a producer id without an epoch or a sequence");
    }
    if (config.logAppendTime()) {
      return null;
    }
    if ((attributes & BatchFormat.LOG_APPEND_TIME) != 0) {
      return Produced.Result.failed(Errors.INVALID_TIMESTAMP, "only the broker sets LogAppendTime");
    }
    return tooNew(BatchFormat.maxTimestampMs(array, at), config, nowMs);
  }

  private static Produced.@Nullable Result tooNew(
      long timestampMs, TopicConfig config, long nowMs) {
    return timestampMs - nowMs > config.timestampAfterMaxMs()
        ? Produced.Result.failed(
            Errors.INVALID_TIMESTAMP,
            "timestamp " + timestampMs + " is too far after the server's " + nowMs)
        : null;
  }

  private static Produced.@Nullable Result records(
      byte[] array, int at, int length, TopicConfig config, long nowMs) {
    boolean before = config.timestampBeforeMaxMs() != Long.MAX_VALUE && !config.logAppendTime();
    boolean plain = (BatchFormat.attributes(array, at) & BatchFormat.COMPRESSION_MASK) == 0;
    return plain || before || config.compacts()
        ? eachRecord(array, at, length, config, before, nowMs)
        : null;
  }

  private static Produced.@Nullable Result eachRecord(
      byte[] array, int at, int length, TopicConfig config, boolean before, long nowMs) {
    int most = config.compacts() ? Compaction.UNPACKED_BYTES_MAX : Unpacked.BYTES_MAX;
    RecordWalk walk;
    try {
      walk = new RecordWalk(array, at, Unpacked.of(array, at, length, most));
    } catch (IllegalArgumentException e) {
      return corrupt("records that do not decode: " + e.getMessage());
    } catch (FailureException e) {
      return Produced.Result.failed(
          Errors.MESSAGE_TOO_LARGE, "the batch unpacks to more than " + most + " bytes");
    }
    long first = BatchFormat.baseOffset(array, at);
    while (walk.next()) {
      if (walk.offset() != first + walk.seen() - 1) {
        return invalid("record offsets must follow each other");
      }
      if (config.compacts() && !walk.hasKey()) {
        return invalid("a compacted topic takes no record without a key");
      }
      if (before && nowMs - walk.timestampMs() > config.timestampBeforeMaxMs()) {
        return Produced.Result.failed(
            Errors.INVALID_TIMESTAMP,
            "timestamp " + walk.timestampMs() + " is too far before the server's " + nowMs);
      }
    }
    return walk.isSound() ? null : invalid("records that do not decode");
  }

  private static Produced.Result corrupt(String what) {
    return Produced.Result.failed(Errors.CORRUPT_MESSAGE, what);
  }

  private static Produced.Result invalid(String what) {
    return Produced.Result.failed(Errors.INVALID_RECORD, what);
  }
}
