package io.headwater.protocol.kafka;

import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.message.ListPartitionReassignmentsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.ListPartitionReassignmentsRequest;
import org.jspecify.annotations.Nullable;

/**
 * Topics come, grow and go. Each request is decided as one catalog change, topic by topic: what is
 * refused does not keep the others from being done. The answer waits until the change is durable.
 */
final class TopicAdminApis {
  private static final short REPLICATION_FACTOR = 1;

  private final Catalog catalog;
  private final Topics topics;
  private final TopicCreation creation;

  TopicAdminApis(Catalog catalog, Topics topics, TopicCreation creation) {
    this.catalog = catalog;
    this.topics = topics;
    this.creation = creation;
  }

  CompletionStage<ApiMessage> createTopics(Exchange exchange, CreateTopicsRequest request) {
    CreateTopicsResponseData answer = new CreateTopicsResponseData();
    Map<String, Integer> named = new HashMap<>();
    request.data().topics().forEach(topic -> named.merge(topic.name(), 1, Integer::sum));
    return catalog
        .change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          CatalogState next = state;
          int partitions = state.partitions();
          for (CreatableTopic wanted : request.data().topics()) {
            if (answer.topics().find(wanted.name()) != null) {
              continue;
            }
            ApiError error =
                named.getOrDefault(wanted.name(), 0) > 1
                    ? new ApiError(Errors.INVALID_REQUEST, "Duplicate topic name.")
                    : check(next, wanted, partitions);
            if (error.isFailure()) {
              answer.topics().add(refused(wanted.name(), error));
              continue;
            }
            Topic topic = creation.topic(next, wanted.name(), partitions(wanted), configOf(wanted));
            CatalogEvent event = new CatalogEvent.TopicCreated(topic);
            next = next.with(event);
            events.add(event);
            partitions += topic.partitions();
            answer.topics().add(created(topic));
          }
          return new Catalog.Decision.Accept(request.data().validateOnly() ? List.of() : events);
        })
        .thenApply(_ -> answer);
  }

  private int partitions(CreatableTopic wanted) {
    if (!wanted.assignments().isEmpty()) {
      return wanted.assignments().size();
    }
    return wanted.numPartitions() == -1 ? creation.defaultPartitions() : wanted.numPartitions();
  }

  private ApiError check(CatalogState state, CreatableTopic wanted, int others) {
    ApiError error = TopicCreation.checkName(state, wanted.name());
    if (error.isSuccess()) {
      error = checkReplicas(wanted);
    }
    if (error.isSuccess()) {
      int added = partitions(wanted);
      error = TopicCreation.checkPartitions(added, added, others);
    }
    return error.isSuccess() ? TopicCreation.checkConfig(configOf(wanted)) : error;
  }

  private static ApiError checkReplicas(CreatableTopic wanted) {
    if (wanted.assignments().isEmpty()) {
      return wanted.replicationFactor() == REPLICATION_FACTOR || wanted.replicationFactor() == -1
          ? ApiError.NONE
          : new ApiError(
              Errors.INVALID_REPLICATION_FACTOR,
              "Replication factor must be 1 (there is one broker), not "
                  + wanted.replicationFactor()
                  + ".");
    }
    for (CreatableReplicaAssignment assignment : wanted.assignments()) {
      if (assignment.partitionIndex() < 0
          || assignment.partitionIndex() >= wanted.assignments().size()
          || !assignment.brokerIds().equals(List.of(ClusterApis.NODE_ID))) {
        return new ApiError(
            Errors.INVALID_REPLICA_ASSIGNMENT,
            "Partitions must be numbered from 0 and lie on broker " + ClusterApis.NODE_ID + ".");
      }
    }
    return ApiError.NONE;
  }

  private static Map<String, String> configOf(CreatableTopic wanted) {
    Map<String, String> config = new HashMap<>();
    for (CreatableTopicConfig entry : wanted.configs()) {
      if (entry.value() != null) {
        config.put(entry.name(), entry.value());
      }
    }
    return config;
  }

  private static CreatableTopicResult refused(String name, ApiError error) {
    return new CreatableTopicResult()
        .setName(name)
        .setErrorCode(error.error().code())
        .setErrorMessage(error.messageWithFallback());
  }

  private static CreatableTopicResult created(Topic topic) {
    List<CreatableTopicConfigs> configs = new ArrayList<>();
    TopicConfigs.of(topic)
        .forEach(entry ->
            configs.add(
                new CreatableTopicConfigs()
                    .setName(entry.name())
                    .setValue(entry.value())
                    .setConfigSource(entry.source().id())));
    return new CreatableTopicResult()
        .setName(topic.name())
        .setTopicId(ClusterApis.id(topic))
        .setNumPartitions(topic.partitions())
        .setReplicationFactor(REPLICATION_FACTOR)
        .setConfigs(configs);
  }

  CompletionStage<ApiMessage> createPartitions(Exchange exchange, CreatePartitionsRequest request) {
    CreatePartitionsResponseData answer = new CreatePartitionsResponseData();
    return catalog
        .change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          CatalogState next = state;
          for (CreatePartitionsTopic wanted : request.data().topics()) {
            Topic topic = next.topic(wanted.name());
            ApiError error = checkGrowth(next, topic, wanted);
            answer
                .results()
                .add(
                    new CreatePartitionsTopicResult()
                        .setName(wanted.name())
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message()));
            if (error.isSuccess() && topic != null) {
              int more = wanted.count() - topic.partitions();
              CatalogEvent event =
                  new CatalogEvent.PartitionsAdded(topic.name(), TopicCreation.streams(next, more));
              next = next.with(event);
              events.add(event);
            }
          }
          return new Catalog.Decision.Accept(request.data().validateOnly() ? List.of() : events);
        })
        .thenApply(_ -> answer);
  }

  private static ApiError checkGrowth(
      CatalogState state, @Nullable Topic topic, CreatePartitionsTopic wanted) {
    if (topic == null) {
      return new ApiError(
          Errors.UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + wanted.name() + "' does not exist.");
    }
    if (TopicCreation.isInternal(topic.name())) {
      return new ApiError(
          Errors.INVALID_TOPIC_EXCEPTION, "The partitions of an internal topic cannot change.");
    }
    if (wanted.count() <= topic.partitions()) {
      return new ApiError(
          Errors.INVALID_PARTITIONS,
          "Topic currently has %d partitions, which is not less than the requested %d."
              .formatted(topic.partitions(), wanted.count()));
    }
    if (wanted.assignments() != null
        && !wanted.assignments().stream()
            .allMatch(a -> a.brokerIds().equals(List.of(ClusterApis.NODE_ID)))) {
      return new ApiError(
          Errors.INVALID_REPLICA_ASSIGNMENT,
          "Partitions must lie on broker " + ClusterApis.NODE_ID + ".");
    }
    int added = wanted.count() - topic.partitions();
    return TopicCreation.checkPartitions(wanted.count(), added, state.partitions());
  }

  CompletionStage<ApiMessage> deleteTopics(Exchange exchange, DeleteTopicsRequest request) {
    DeleteTopicsResponseData answer = new DeleteTopicsResponseData();
    List<DeleteTopicState> wanted = new ArrayList<>(request.data().topics());
    request.data().topicNames().forEach(name -> wanted.add(new DeleteTopicState().setName(name)));
    return catalog
        .change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          CatalogState next = state;
          for (DeleteTopicState topic : wanted) {
            DeletableTopicResult result = delete(next, topic);
            if (!answer.responses().add(result)) {
              continue;
            }
            if (result.errorCode() == Errors.NONE.code()) {
              CatalogEvent event = new CatalogEvent.TopicDeleted(result.name());
              next = next.with(event);
              events.add(event);
            }
          }
          return new Catalog.Decision.Accept(events);
        })
        .thenApply(_ -> answer);
  }

  private static DeletableTopicResult delete(CatalogState state, DeleteTopicState wanted) {
    DeletableTopicResult result =
        new DeletableTopicResult().setName(wanted.name()).setTopicId(wanted.topicId());
    Topic topic =
        wanted.name() == null ? byId(state, wanted.topicId()) : state.topic(wanted.name());
    if (topic == null) {
      Errors error =
          wanted.name() == null ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
      return result.setErrorCode(error.code()).setErrorMessage(error.message());
    }
    result.setName(topic.name()).setTopicId(ClusterApis.id(topic));
    ApiError error = checkDeletion(state, topic);
    return result.setErrorCode(error.error().code()).setErrorMessage(error.message());
  }

  private static ApiError checkDeletion(CatalogState state, Topic topic) {
    if (TopicCreation.isInternal(topic.name())) {
      return new ApiError(
          Errors.INVALID_TOPIC_EXCEPTION, topic.name() + " is for the server itself");
    }
    ApiError derived = TopicCreation.checkDerived(state, topic);
    if (derived.isFailure()) {
      return derived;
    }
    for (Projection projection : state.projections().values()) {
      if (projection.source() instanceof Projection.Source.TopicValues(String source)
          && source.equals(topic.name())) {
        return new ApiError(
            Errors.POLICY_VIOLATION,
            "projection " + projection.name() + " reads topic " + topic.name());
      }
    }
    return ApiError.NONE;
  }

  private static @Nullable Topic byId(CatalogState state, Uuid id) {
    for (Topic topic : state.topics().values()) {
      if (ClusterApis.id(topic).equals(id)) {
        return topic;
      }
    }
    return null;
  }

  ApiMessage describeLogDirs(Exchange exchange, DescribeLogDirsRequest request) {
    DescribeLogDirsResult folder =
        new DescribeLogDirsResult().setLogDir("views/topics").setErrorCode(Errors.NONE.code());
    if (request.data().topics() == null) {
      for (Topic topic : topics.topics()) {
        folder.topics().add(sizes(topic, null));
      }
    } else {
      for (DescribableLogDirTopic wanted : request.data().topics()) {
        Topic topic = topics.topic(wanted.topic());
        if (topic != null) {
          folder.topics().add(sizes(topic, wanted.partitions()));
        }
      }
    }
    return new DescribeLogDirsResponseData().setResults(List.of(folder));
  }

  private DescribeLogDirsTopic sizes(Topic topic, @Nullable List<Integer> partitions) {
    DescribeLogDirsTopic sizes = new DescribeLogDirsTopic().setName(topic.name());
    for (int i = 0; i < topic.partitions(); i++) {
      if (partitions == null || partitions.contains(i)) {
        sizes
            .partitions()
            .add(
                new DescribeLogDirsPartition()
                    .setPartitionIndex(i)
                    .setPartitionSize(topics.sizeBytes(topic.streams().get(i))));
      }
    }
    return sizes;
  }

  /** One broker has nothing to move. */
  ApiMessage listPartitionReassignments(
      Exchange exchange, ListPartitionReassignmentsRequest request) {
    return new ListPartitionReassignmentsResponseData();
  }
}
