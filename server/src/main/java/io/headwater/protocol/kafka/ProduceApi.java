package io.headwater.protocol.kafka;

import io.headwater.failure.FailureException;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.ProduceWrite;
import io.headwater.view.topics.Produced;
import io.headwater.view.topics.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.ProduceRequest;
import org.jspecify.annotations.Nullable;

/**
 * Produce. One request is one frame. The response is written at once and leaves when {@code acks}
 * is fulfilled: {@code all} when the log is durable up to the frame, {@code 1} when the frame is in
 * the log's file, which happens once for all such requests of a turn.
 */
final class ProduceApi {
  private static final short ACKS_ALL = -1;
  private static final short ACKS_NONE = 0;
  private static final short ACKS_WRITTEN = 1;

  /** A write and where its outcome goes. */
  private record Pending(ProduceWrite write, PartitionProduceResponse response) {}

  private final Topics topics;
  private final Catalog catalog;
  private final TurnEnd turnEnd;

  ProduceApi(Topics topics, Catalog catalog, TurnEnd turnEnd) {
    this.topics = topics;
    this.catalog = catalog;
    this.turnEnd = turnEnd;
  }

  CompletionStage<Exchange.Outcome> produce(Exchange exchange, ProduceRequest request) {
    ProduceRequestData data = request.data();
    ProduceResponseData answer = new ProduceResponseData();
    List<Pending> writes = new ArrayList<>();
    Set<Integer> streams = new HashSet<>();
    ApiError refused = refusal(data);
    for (TopicProduceData wanted : data.topicData()) {
      Topic topic = topic(wanted, exchange.version());
      TopicProduceResponse of = responseOf(answer, wanted);
      for (PartitionProduceData partition : wanted.partitionData()) {
        PartitionProduceResponse response =
            new PartitionProduceResponse().setIndex(partition.index());
        of.partitionResponses().add(response);
        ApiError error =
            refused.isFailure() ? refused : check(topic, wanted.topicId(), partition, streams);
        if (error.isFailure() || topic == null) {
          fail(response, error);
        } else {
          ByteBuffer batch = ((MemoryRecords) partition.records()).buffer();
          writes.add(
              new Pending(new ProduceWrite(topic.name(), partition.index(), batch), response));
        }
      }
    }
    if (!writes.isEmpty()) {
      append(exchange, data.acks(), writes);
    }
    return CompletableFuture.completedFuture(outcome(exchange, data.acks(), answer));
  }

  private static ApiError refusal(ProduceRequestData data) {
    if (data.acks() != ACKS_ALL && data.acks() != ACKS_NONE && data.acks() != ACKS_WRITTEN) {
      return new ApiError(Errors.INVALID_REQUIRED_ACKS, "acks=" + data.acks());
    }
    if (data.transactionalId() != null) {
      return new ApiError(Errors.INVALID_TXN_STATE, "transactions are not supported");
    }
    return ApiError.NONE;
  }

  private @Nullable Topic topic(TopicProduceData wanted, short version) {
    return version >= 13 ? ClusterApis.byId(topics, wanted.topicId()) : topics.topic(wanted.name());
  }

  /** The response's collection is keyed, so a topic named twice shares one entry. */
  private static TopicProduceResponse responseOf(
      ProduceResponseData answer, TopicProduceData wanted) {
    TopicProduceResponse of = answer.responses().find(wanted.name(), wanted.topicId());
    if (of == null) {
      of = new TopicProduceResponse().setName(wanted.name()).setTopicId(wanted.topicId());
      answer.responses().add(of);
    }
    return of;
  }

  private ApiError check(
      @Nullable Topic topic, Uuid id, PartitionProduceData partition, Set<Integer> streams) {
    if (topic == null) {
      return new ApiError(
          Uuid.ZERO_UUID.equals(id) ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.UNKNOWN_TOPIC_ID);
    }
    if (TopicCreation.isInternal(topic.name())) {
      return new ApiError(
          Errors.INVALID_TOPIC_EXCEPTION, topic.name() + " is written by the server alone");
    }
    ApiError derived = TopicCreation.checkDerived(catalog.state(), topic);
    if (derived.isFailure()) {
      return derived;
    }
    int stream = topics.stream(topic.name(), partition.index());
    if (stream < 0) {
      return new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    if (!streams.add(stream)) {
      return new ApiError(Errors.INVALID_REQUEST, "a partition stands twice in one request");
    }
    if (!(partition.records() instanceof MemoryRecords records) || records.sizeInBytes() == 0) {
      return new ApiError(Errors.INVALID_RECORD, "no records");
    }
    return ApiError.NONE;
  }

  private void append(Exchange exchange, short acks, List<Pending> writes) {
    Produced produced;
    try {
      produced = topics.produce(writes.stream().map(Pending::write).toList());
    } catch (FailureException e) {
      ApiError error = KafkaErrors.of(e.failure());
      writes.forEach(write -> fail(write.response, error));
      return;
    }
    for (int i = 0; i < writes.size(); i++) {
      Produced.Result result = produced.partitions().get(i);
      PartitionProduceResponse response = writes.get(i).response;
      if (result.error() == Errors.NONE) {
        response
            .setBaseOffset(result.baseOffset())
            .setLogAppendTimeMs(result.logAppendTimeMs())
            .setLogStartOffset(result.logStartOffset());
      } else {
        fail(response, new ApiError(result.error(), result.message()));
      }
    }
    turnEnd.sync(); // whatever acks says: consumers see only what is durable
    if (acks == ACKS_ALL) {
      exchange.holdFor(produced.position());
    } else if (acks == ACKS_WRITTEN) {
      turnEnd.awaitWritten(exchange.connection());
    }
  }

  private static void fail(PartitionProduceResponse response, ApiError error) {
    response
        .setErrorCode(error.error().code())
        .setErrorMessage(error.message())
        .setBaseOffset(-1)
        .setLogStartOffset(-1);
  }

  /** A producer that wants no answer learns of trouble when its connection breaks. */
  private static Exchange.Outcome outcome(
      Exchange exchange, short acks, ProduceResponseData answer) {
    if (acks != ACKS_NONE) {
      return exchange.answer(answer);
    }
    boolean failed =
        answer.responses().stream()
            .flatMap(topic -> topic.partitionResponses().stream())
            .anyMatch(partition -> partition.errorCode() != Errors.NONE.code());
    return failed ? new Exchange.Outcome.Hangup() : new Exchange.Outcome.Silence();
  }
}
