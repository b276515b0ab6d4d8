package io.headwater.view.topics;

import java.nio.ByteBuffer;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
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
    if (before || config.compacts()) {
      return eachRecord(array, at, length, config, before, nowMs);
    }
    boolean plain = (BatchFormat.attributes(array, at) & BatchFormat.COMPRESSION_MASK) == 0;
    return plain ? new RecordWalk(array, at, length).problem() : null;
  }

  private static Produced.@Nullable Result eachRecord(
      byte[] array, int at, int length, TopicConfig config, boolean before, long nowMs) {
    int expected = BatchFormat.count(array, at);
    long first = BatchFormat.baseOffset(array, at);
    int seen = 0;
    try {
      MemoryRecords batches =
          MemoryRecords.readableRecords(ByteBuffer.wrap(array, at, length).slice());
      for (Record record : batches.batches().iterator().next()) {
        if (record.offset() != first + seen++) {
          return invalid("record offsets must follow each other");
        }
        if (config.compacts() && !record.hasKey()) {
          return invalid("a compacted topic takes no record without a key");
        }
        if (before && nowMs - record.timestamp() > config.timestampBeforeMaxMs()) {
          return Produced.Result.failed(
              Errors.INVALID_TIMESTAMP,
              "timestamp " + record.timestamp() + " is too far before the server's " + nowMs);
        }
      }
    } catch (InvalidRecordException e) {
      return invalid("records that do not decode: " + e.getMessage());
    } catch (KafkaException | IllegalArgumentException e) {
      return corrupt("records that do not decode: " + e.getMessage());
    }
    return seen == expected ? null : invalid(seen + " records where the batch says " + expected);
  }

  private static Produced.Result corrupt(String what) {
    return Produced.Result.failed(Errors.CORRUPT_MESSAGE, what);
  }

  private static Produced.Result invalid(String what) {
    return Produced.Result.failed(Errors.INVALID_RECORD, what);
  }

  /** Walks the records of an uncompressed batch: lengths fit and offsets follow each other. */
  private static final class RecordWalk {
    private final byte[] array;
    private final int count;
    private final int limit;
    private int index;
    private boolean sound = true;

    RecordWalk(byte[] array, int at, int length) {
      this.array = array;
      this.count = BatchFormat.count(array, at);
      this.index = at + BatchFormat.HEADER_BYTES;
      this.limit = at + length;
    }

    Produced.@Nullable Result problem() {
      for (int i = 0; i < count && sound; i++) {
        record(i);
      }
      return sound && index == limit ? null : invalid("records that do not decode");
    }

    private void record(int number) {
      long size = signed();
      int start = index;
      index++; // the record's attributes, all unused
      signed(); // its timestamp
      sound &= signed() == number;
      sized(-1);
      sized(-1);
      long headers = signed();
      sound &= headers >= 0 && headers <= limit - index;
      for (long h = 0; h < headers && sound; h++) {
        sized(0);
        sized(-1);
      }
      sound &= index <= limit && index - start == size;
    }

    private void sized(long least) {
      long length = signed();
      sound &= length >= least && length <= limit - index;
      if (sound && length > 0) {
        index += (int) length;
      }
    }

    private long signed() {
      long value = 0;
      for (int shift = 0; shift < 64 && sound; shift += 7) {
        if (index >= limit) {
          sound = false;
          return 0;
        }
        byte b = array[index++];
        value |= (long) (b & 0x7f) << shift;
        if (b >= 0) {
          return (value >>> 1) ^ -(value & 1);
        }
      }
      sound = false;
      return 0;
    }
  }
}
