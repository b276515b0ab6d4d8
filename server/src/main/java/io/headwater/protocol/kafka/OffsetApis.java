package io.headwater.protocol.kafka;

import io.headwater.view.topics.ListedOffset;
import io.headwater.view.topics.RecordsDeleted;
import io.headwater.view.topics.Topics;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;

/** Where do partitions begin and end, and which offset belongs to a time? */
final class OffsetApis {
  private static final ListedOffset NONE = new ListedOffset(Errors.NONE, -1, -1);

  private final Topics topics;
  private final TurnEnd turnEnd;

  OffsetApis(Topics topics, TurnEnd turnEnd) {
    this.topics = topics;
    this.turnEnd = turnEnd;
  }

  ApiMessage listOffsets(Exchange exchange, ListOffsetsRequest request) {
    ListOffsetsResponseData answer = new ListOffsetsResponseData();
    Set<Integer> seen = new HashSet<>();
    for (ListOffsetsTopic topic : request.data().topics()) {
      ListOffsetsTopicResponse of = new ListOffsetsTopicResponse().setName(topic.name());
      answer.topics().add(of);
      for (ListOffsetsPartition partition : topic.partitions()) {
        ListedOffset found = find(topic.name(), partition, seen);
        ListOffsetsPartitionResponse response =
            new ListOffsetsPartitionResponse()
                .setPartitionIndex(partition.partitionIndex())
                .setErrorCode(found.error().code())
                .setOffset(found.offset())
                .setTimestamp(found.timestampMs());
        if (exchange.version() >= 4 && found.offset() >= 0) {
          response.setLeaderEpoch(ClusterApis.LEADER_EPOCH);
        }
        of.partitions().add(response);
      }
    }
    return answer;
  }

  private ListedOffset find(String topic, ListOffsetsPartition wanted, Set<Integer> seen) {
    int stream = topics.stream(topic, wanted.partitionIndex());
    if (stream < 0) {
      return new ListedOffset(Errors.UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
    }
    if (wanted.currentLeaderEpoch() > ClusterApis.LEADER_EPOCH) {
      return new ListedOffset(Errors.UNKNOWN_LEADER_EPOCH, -1, -1);
    }
    if (!seen.add(stream)) {
      return new ListedOffset(Errors.INVALID_REQUEST, -1, -1);
    }
    long timestamp = wanted.timestamp();
    if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
      return new ListedOffset(Errors.NONE, topics.highWatermark(stream), -1);
    }
    if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
        || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
      return new ListedOffset(Errors.NONE, topics.logStartOffset(stream), -1);
    }
    if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) {
      return topics.offsetOfMaxTimestamp(stream);
    }
    return timestamp >= 0
        ? topics.offsetForTimestamp(stream, timestamp)
        : NONE; // tiered storage has no records, for there is none
  }

  ApiMessage offsetForLeaderEpoch(Exchange exchange, OffsetsForLeaderEpochRequest request) {
    OffsetForLeaderEpochResponseData answer = new OffsetForLeaderEpochResponseData();
    for (OffsetForLeaderTopic topic : request.data().topics()) {
      OffsetForLeaderTopicResult of = new OffsetForLeaderTopicResult().setTopic(topic.topic());
      answer.topics().add(of);
      for (OffsetForLeaderPartition partition : topic.partitions()) {
        of.partitions().add(epochEnd(topic.topic(), partition));
      }
    }
    return answer;
  }

  private EpochEndOffset epochEnd(String topic, OffsetForLeaderPartition wanted) {
    EpochEndOffset answer = new EpochEndOffset().setPartition(wanted.partition());
    int stream = topics.stream(topic, wanted.partition());
    if (stream < 0) {
      return answer.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
    if (wanted.currentLeaderEpoch() > ClusterApis.LEADER_EPOCH) {
      return answer.setErrorCode(Errors.UNKNOWN_LEADER_EPOCH.code());
    }
    ListedOffset end = topics.offsetForLeaderEpoch(stream, wanted.leaderEpoch());
    return answer
        .setErrorCode(end.error().code())
        .setEndOffset(end.offset())
        .setLeaderEpoch(end.offset() < 0 ? -1 : ClusterApis.LEADER_EPOCH);
  }

  ApiMessage deleteRecords(Exchange exchange, DeleteRecordsRequest request) {
    DeleteRecordsResponseData answer = new DeleteRecordsResponseData();
    for (DeleteRecordsTopic topic : request.data().topics()) {
      DeleteRecordsTopicResult of = answer.topics().find(topic.name());
      if (of == null) {
        of = new DeleteRecordsTopicResult().setName(topic.name());
        answer.topics().add(of);
      }
      for (DeleteRecordsPartition partition : topic.partitions()) {
        of.partitions().add(delete(exchange, topic.name(), partition));
      }
    }
    return answer;
  }

  private DeleteRecordsPartitionResult delete(
      Exchange exchange, String topic, DeleteRecordsPartition wanted) {
    DeleteRecordsPartitionResult answer =
        new DeleteRecordsPartitionResult()
            .setPartitionIndex(wanted.partitionIndex())
            .setLowWatermark(-1);
    int stream = topics.stream(topic, wanted.partitionIndex());
    if (stream < 0) {
      return answer.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
    if (TopicCreation.isInternal(topic)) {
      return answer.setErrorCode(Errors.INVALID_TOPIC_EXCEPTION.code());
    }
    RecordsDeleted deleted = topics.deleteRecords(stream, wanted.offset());
    exchange.holdFor(deleted.position());
    turnEnd.sync();
    return answer.setErrorCode(deleted.error().code()).setLowWatermark(deleted.lowWatermark());
  }
}
