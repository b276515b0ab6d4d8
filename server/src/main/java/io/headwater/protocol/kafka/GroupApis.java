package io.headwater.protocol.kafka;

import io.headwater.view.catalog.Topic;
import io.headwater.view.groups.Groups;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.coordinator.group.GroupCoordinator;

/**
 * Consumer groups: hands requests to Apache's group coordinator, whose answers come from its own
 * threads, and translates between topic ids and names, which the coordinator leaves to the broker.
 */
final class GroupApis {
  private static final BufferSupplier BUFFERS = BufferSupplier.NO_CACHING;
  private static final int FIRST_COMMIT_VERSION_WITH_IDS = 10;
  private static final int GROUP_OPERATIONS =
      1 << AclOperation.READ.code()
          | 1 << AclOperation.DELETE.code()
          | 1 << AclOperation.DESCRIBE.code()
          | 1 << AclOperation.DESCRIBE_CONFIGS.code()
          | 1 << AclOperation.ALTER_CONFIGS.code();

  private final Groups groups;
  private final Topics topics;

  GroupApis(Groups groups, Topics topics) {
    this.groups = groups;
    this.topics = topics;
  }

  /** Fails with what tells clients to come again while the coordinator still loads. */
  private <T> CompletionStage<T> ask(Function<GroupCoordinator, CompletableFuture<T>> question) {
    GroupCoordinator coordinator = groups.coordinator();
    return coordinator == null
        ? CompletableFuture.failedFuture(Errors.COORDINATOR_LOAD_IN_PROGRESS.exception())
        : question.apply(coordinator);
  }

  CompletionStage<? extends ApiMessage> joinGroup(Exchange exchange, JoinGroupRequest request) {
    return ask(c -> c.joinGroup(exchange.context(), request.data(), BUFFERS))
        .thenApply(data -> new JoinGroupResponse(data, exchange.version()).data());
  }

  CompletionStage<? extends ApiMessage> syncGroup(Exchange exchange, SyncGroupRequest request) {
    return ask(c -> c.syncGroup(exchange.context(), request.data(), BUFFERS));
  }

  CompletionStage<? extends ApiMessage> heartbeat(Exchange exchange, HeartbeatRequest request) {
    return ask(c -> c.heartbeat(exchange.context(), request.data()));
  }

  CompletionStage<? extends ApiMessage> leaveGroup(Exchange exchange, LeaveGroupRequest request) {
    return ask(c -> c.leaveGroup(exchange.context(), request.normalizedData()))
        .thenApply(data -> new LeaveGroupResponse(data, exchange.version()).data());
  }

  CompletionStage<? extends ApiMessage> consumerGroupHeartbeat(
      Exchange exchange, ConsumerGroupHeartbeatRequest request) {
    return ask(c -> c.consumerGroupHeartbeat(exchange.context(), request.data()));
  }

  CompletionStage<? extends ApiMessage> listGroups(Exchange exchange, ListGroupsRequest request) {
    return ask(c -> c.listGroups(exchange.context(), request.data()));
  }

  CompletionStage<? extends ApiMessage> describeGroups(
      Exchange exchange, DescribeGroupsRequest request) {
    return ask(c -> c.describeGroups(exchange.context(), request.data().groups()))
        .thenApply(groups -> {
          if (request.data().includeAuthorizedOperations()) {
            groups.forEach(group -> group.setAuthorizedOperations(GROUP_OPERATIONS));
          }
          return new DescribeGroupsResponseData().setGroups(groups);
        });
  }

  CompletionStage<? extends ApiMessage> consumerGroupDescribe(
      Exchange exchange, ConsumerGroupDescribeRequest request) {
    return ask(c -> c.consumerGroupDescribe(exchange.context(), request.data().groupIds()))
        .thenApply(groups -> {
          if (request.data().includeAuthorizedOperations()) {
            groups.forEach(group -> group.setAuthorizedOperations(GROUP_OPERATIONS));
          }
          return new ConsumerGroupDescribeResponseData().setGroups(groups);
        });
  }

  CompletionStage<? extends ApiMessage> deleteGroups(
      Exchange exchange, DeleteGroupsRequest request) {
    return ask(c -> c.deleteGroups(exchange.context(), request.data().groupsNames(), BUFFERS))
        .thenApply(results -> new DeleteGroupsResponseData().setResults(results));
  }

  CompletionStage<? extends ApiMessage> deleteOffsets(
      Exchange exchange, OffsetDeleteRequest request) {
    return ask(c -> c.deleteOffsets(exchange.context(), request.data(), BUFFERS));
  }

  /** Commits for topics that exist; the others are refused one by one. */
  CompletionStage<? extends ApiMessage> commitOffsets(
      Exchange exchange, OffsetCommitRequest request) {
    boolean byId = exchange.version() >= FIRST_COMMIT_VERSION_WITH_IDS;
    OffsetCommitRequestData known = request.data().duplicate();
    List<OffsetCommitRequestTopic> topicsKnown = new ArrayList<>();
    List<OffsetCommitResponseTopic> refused = new ArrayList<>();
    for (OffsetCommitRequestTopic wanted : request.data().topics()) {
      Topic topic = byId ? ClusterApis.byId(topics, wanted.topicId()) : topics.topic(wanted.name());
      if (topic == null) {
        refused.add(
            refusedCommit(
                wanted, byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION));
        continue;
      }
      topicsKnown.add(wanted.duplicate().setName(topic.name()).setTopicId(ClusterApis.id(topic)));
    }
    if (topicsKnown.isEmpty() && !refused.isEmpty()) {
      return CompletableFuture.completedFuture(new OffsetCommitResponseData().setTopics(refused));
    }
    return ask(c -> c.commitOffsets(exchange.context(), known.setTopics(topicsKnown), BUFFERS))
        .thenApply(answer -> {
          answer.topics().addAll(refused);
          return answer;
        });
  }

  private static OffsetCommitResponseTopic refusedCommit(
      OffsetCommitRequestTopic wanted, Errors error) {
    OffsetCommitResponseTopic topic =
        new OffsetCommitResponseTopic().setName(wanted.name()).setTopicId(wanted.topicId());
    wanted
        .partitions()
        .forEach(partition ->
            topic
                .partitions()
                .add(
                    new OffsetCommitResponsePartition()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code())));
    return topic;
  }

  CompletionStage<? extends ApiMessage> fetchOffsets(
      Exchange exchange, OffsetFetchRequest request) {
    boolean byId = OffsetFetchRequest.useTopicIds(exchange.version());
    Map<String, Uuid> ids = new HashMap<>();
    if (byId) {
      topics.topics().forEach(topic -> ids.put(topic.name(), ClusterApis.id(topic)));
    }
    List<CompletableFuture<OffsetFetchResponseGroup>> answers = new ArrayList<>();
    for (OffsetFetchRequestGroup group : request.groups()) {
      answers.add(fetchOffsets(exchange, request, group, byId, ids).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(_ ->
            new OffsetFetchResponse.Builder(answers.stream().map(CompletableFuture::join).toList())
                .build(exchange.version())
                .data());
  }

  private CompletionStage<OffsetFetchResponseGroup> fetchOffsets(
      Exchange exchange,
      OffsetFetchRequest request,
      OffsetFetchRequestGroup group,
      boolean byId,
      Map<String, Uuid> ids) {
    List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
    OffsetFetchRequestGroup known = byId ? named(group, unknown) : group;
    return ask(c -> c.fetchOffsets(exchange.context(), known, request.requireStable()))
        .exceptionally(error ->
            new OffsetFetchResponseGroup()
                .setGroupId(group.groupId())
                .setErrorCode(KafkaErrors.of(error).error().code()))
        .thenApply(answer -> {
          if (!byId || answer.errorCode() != Errors.NONE.code()) {
            return answer;
          }
          List<OffsetFetchResponseTopics> identified = new ArrayList<>(unknown);
          for (OffsetFetchResponseTopics topic : answer.topics()) {
            Uuid id = ids.get(topic.name());
            if (id != null) { // a topic deleted meanwhile has no id to be named by
              identified.add(topic.setTopicId(id));
            }
          }
          return answer.setTopics(identified);
        });
  }

  /** The same question with names beside the ids; topics without a name go to {@code unknown}. */
  private OffsetFetchRequestGroup named(
      OffsetFetchRequestGroup group, List<OffsetFetchResponseTopics> unknown) {
    if (OffsetFetchRequest.requestAllOffsets(group)) {
      return group;
    }
    List<OffsetFetchRequestTopics> named = new ArrayList<>();
    for (OffsetFetchRequestTopics wanted : group.topics()) {
      Topic topic = ClusterApis.byId(topics, wanted.topicId());
      if (topic == null) {
        unknown.add(unknownTopic(wanted));
      } else {
        named.add(wanted.duplicate().setName(topic.name()));
      }
    }
    return group.duplicate().setTopics(named);
  }

  private static OffsetFetchResponseTopics unknownTopic(OffsetFetchRequestTopics wanted) {
    OffsetFetchResponseTopics topic = new OffsetFetchResponseTopics().setTopicId(wanted.topicId());
    for (int partition : wanted.partitionIndexes()) {
      topic
          .partitions()
          .add(
              new OffsetFetchResponsePartitions()
                  .setPartitionIndex(partition)
                  .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                  .setCommittedOffset(-1)
                  .setCommittedLeaderEpoch(-1)
                  .setMetadata(""));
    }
    return topic;
  }
}
