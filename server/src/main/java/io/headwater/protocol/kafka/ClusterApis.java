package io.headwater.protocol.kafka;

import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.Topics;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest.CoordinatorType;
import org.apache.kafka.common.requests.MetadataRequest;
import org.jspecify.annotations.Nullable;

/** Who is there, and which topics are there? One broker, which leads and coordinates everything. */
final class ClusterApis {
  static final int NODE_ID = 1;
  static final int LEADER_EPOCH = 0;

  private static final List<Integer> REPLICAS = List.of(NODE_ID);
  private static final int TOPIC_OPERATIONS =
      bits(
          AclOperation.READ,
          AclOperation.WRITE,
          AclOperation.CREATE,
          AclOperation.DELETE,
          AclOperation.ALTER,
          AclOperation.DESCRIBE,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS);
  private static final int CLUSTER_OPERATIONS =
      bits(
          AclOperation.CREATE,
          AclOperation.ALTER,
          AclOperation.DESCRIBE,
          AclOperation.CLUSTER_ACTION,
          AclOperation.DESCRIBE_CONFIGS,
          AclOperation.ALTER_CONFIGS,
          AclOperation.IDEMPOTENT_WRITE);

  private final KafkaSettings settings;
  private final Topics topics;
  private final TopicCreation creation;
  private final TurnEnd turnEnd;
  private final String clusterId;

  /**
   * @param logEpoch makes the cluster's id: it stays over restarts, and a restored server is
   *     another
   */
  ClusterApis(
      KafkaSettings settings,
      Topics topics,
      TopicCreation creation,
      TurnEnd turnEnd,
      long logEpoch) {
    this.settings = settings;
    this.topics = topics;
    this.creation = creation;
    this.turnEnd = turnEnd;
    this.clusterId = new Uuid(logEpoch, ~logEpoch).toString();
  }

  private static int bits(AclOperation... operations) {
    int bits = 0;
    for (AclOperation operation : operations) {
      bits |= 1 << operation.code();
    }
    return bits;
  }

  private String host(Exchange exchange) {
    String advertised = settings.advertisedHost();
    if (advertised != null) {
      return advertised;
    }
    InetSocketAddress local = exchange.connection().local();
    InetAddress address = local.getAddress();
    return address == null ? local.getHostString() : address.getHostAddress();
  }

  private int port(Exchange exchange) {
    return settings.advertisedPort() > 0
        ? settings.advertisedPort()
        : exchange.connection().local().getPort();
  }

  CompletionStage<ApiMessage> metadata(Exchange exchange, MetadataRequest request) {
    List<MetadataRequestTopic> wanted = new ArrayList<>();
    if (request.isAllTopics()) {
      for (Topic topic : topics.topics()) {
        wanted.add(new MetadataRequestTopic().setName(topic.name()));
      }
    } else {
      wanted.addAll(request.data().topics());
    }
    List<String> missing = new ArrayList<>();
    if (request.allowAutoTopicCreation() && settings.autoCreateTopics()) {
      for (MetadataRequestTopic topic : wanted) {
        if (nameOf(topic) != null && topics.topic(topic.name()) == null) {
          missing.add(topic.name());
        }
      }
    }
    if (missing.isEmpty()) {
      return CompletableFuture.completedFuture(metadata(exchange, request, wanted, Map.of()));
    }
    return creation
        .createMissing(missing)
        .thenApplyAsync(
            refused -> {
              topics.drain();
              return metadata(exchange, request, wanted, refused);
            },
            exchange.connection().loop()::execute);
  }

  private ApiMessage metadata(
      Exchange exchange,
      MetadataRequest request,
      List<MetadataRequestTopic> wanted,
      Map<String, ApiError> refused) {
    turnEnd.holdForAppended(exchange); // a topic may be newer than the last sync
    MetadataResponseData answer =
        new MetadataResponseData().setClusterId(clusterId).setControllerId(NODE_ID);
    answer
        .brokers()
        .add(
            new MetadataResponseBroker()
                .setNodeId(NODE_ID)
                .setHost(host(exchange))
                .setPort(port(exchange)));
    short version = exchange.version();
    for (MetadataRequestTopic topic : new LinkedHashSet<>(wanted)) {
      MetadataResponseTopic described = describe(topic, version, refused);
      if (request.data().includeTopicAuthorizedOperations()
          && described.errorCode() == Errors.NONE.code()) {
        described.setTopicAuthorizedOperations(TOPIC_OPERATIONS);
      }
      answer.topics().add(described);
    }
    if (version >= 8 && version <= 10 && request.data().includeClusterAuthorizedOperations()) {
      answer.setClusterAuthorizedOperations(CLUSTER_OPERATIONS);
    }
    return answer;
  }

  /** Null where an id says which topic is meant; its name may then be null or empty. */
  private static @Nullable String nameOf(MetadataRequestTopic topic) {
    return Uuid.ZERO_UUID.equals(topic.topicId()) ? topic.name() : null;
  }

  private MetadataResponseTopic describe(
      MetadataRequestTopic wanted, short version, Map<String, ApiError> refused) {
    String name = nameOf(wanted);
    Topic topic = name == null ? byId(topics, wanted.topicId()) : topics.topic(name);
    if (topic == null) {
      Errors error = Errors.UNKNOWN_TOPIC_ID;
      if (name != null) {
        ApiError reason = refused.get(name);
        error =
            reason != null
                ? reason.error()
                : TopicCreation.checkSpelling(name).isFailure()
                    ? Errors.INVALID_TOPIC_EXCEPTION
                    : Errors.UNKNOWN_TOPIC_OR_PARTITION;
      }
      return new MetadataResponseTopic()
          .setErrorCode(error.code())
          .setName(name == null && version < 12 ? "" : name)
          .setTopicId(wanted.topicId());
    }
    MetadataResponseTopic described =
        new MetadataResponseTopic()
            .setName(topic.name())
            .setTopicId(id(topic))
            .setIsInternal(TopicCreation.isInternal(topic.name()));
    for (int i = 0; i < topic.partitions(); i++) {
      described
          .partitions()
          .add(
              new MetadataResponsePartition()
                  .setPartitionIndex(i)
                  .setLeaderId(NODE_ID)
                  .setLeaderEpoch(LEADER_EPOCH)
                  .setReplicaNodes(REPLICAS)
                  .setIsrNodes(REPLICAS));
    }
    return described;
  }

  static Uuid id(Topic topic) {
    return new Uuid(topic.idHigh(), topic.idLow());
  }

  static @Nullable Topic byId(Topics topics, Uuid id) {
    return topics.topic(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  ApiMessage describeCluster(Exchange exchange, DescribeClusterRequest request) {
    DescribeClusterResponseData answer =
        new DescribeClusterResponseData()
            .setClusterId(clusterId)
            .setControllerId(NODE_ID)
            .setEndpointType(request.data().endpointType());
    if (request.data().endpointType() != 1) {
      return answer
          .setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
          .setErrorMessage("this is a broker's endpoint, there is no controller's");
    }
    answer
        .brokers()
        .add(
            new DescribeClusterBroker()
                .setBrokerId(NODE_ID)
                .setHost(host(exchange))
                .setPort(port(exchange)));
    if (request.data().includeClusterAuthorizedOperations()) {
      answer.setClusterAuthorizedOperations(CLUSTER_OPERATIONS);
    }
    return answer;
  }

  /** KIP-966: topics in name order, cut after a number of partitions, with a cursor to go on. */
  ApiMessage describeTopicPartitions(Exchange exchange, DescribeTopicPartitionsRequest request) {
    turnEnd.holdForAppended(exchange);
    DescribeTopicPartitionsResponseData answer = new DescribeTopicPartitionsResponseData();
    Cursor cursor = request.data().cursor();
    List<String> names = new ArrayList<>();
    if (request.data().topics().isEmpty()) {
      topics.topics().forEach(topic -> names.add(topic.name()));
    } else {
      request.data().topics().stream()
          .map(TopicRequest::name)
          .sorted()
          .distinct()
          .forEach(names::add);
    }
    int left = Math.clamp(request.data().responsePartitionLimit(), 1, 2_000);
    for (String name : names) {
      if (cursor != null && name.compareTo(cursor.topicName()) < 0) {
        continue;
      }
      int first = cursor != null && name.equals(cursor.topicName()) ? cursor.partitionIndex() : 0;
      if (left == 0) {
        answer.setNextCursor(next(name, first));
        break;
      }
      Topic topic = topics.topic(name);
      DescribeTopicPartitionsResponseTopic described = described(name, topic);
      answer.topics().add(described);
      int partitions = topic == null ? 0 : topic.partitions();
      for (int i = Math.max(0, first); i < partitions && left > 0; i++, left--) {
        described.partitions().add(partition(i));
        first = i + 1;
      }
      if (first < partitions) {
        answer.setNextCursor(next(name, first));
        break;
      }
    }
    return answer;
  }

  private static DescribeTopicPartitionsResponseTopic described(
      String name, @Nullable Topic topic) {
    DescribeTopicPartitionsResponseTopic described =
        new DescribeTopicPartitionsResponseTopic().setName(name);
    if (topic == null) {
      ApiError spelling = TopicCreation.checkSpelling(name);
      return described.setErrorCode(
          spelling.isFailure()
              ? spelling.error().code()
              : Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
    }
    return described
        .setTopicId(id(topic))
        .setIsInternal(TopicCreation.isInternal(name))
        .setTopicAuthorizedOperations(TOPIC_OPERATIONS);
  }

  private static DescribeTopicPartitionsResponsePartition partition(int index) {
    return new DescribeTopicPartitionsResponsePartition()
        .setPartitionIndex(index)
        .setLeaderId(NODE_ID)
        .setLeaderEpoch(LEADER_EPOCH)
        .setReplicaNodes(REPLICAS)
        .setIsrNodes(REPLICAS)
        .setEligibleLeaderReplicas(List.of())
        .setLastKnownElr(List.of());
  }

  private static DescribeTopicPartitionsResponseData.Cursor next(String topic, int partition) {
    return new DescribeTopicPartitionsResponseData.Cursor()
        .setTopicName(topic)
        .setPartitionIndex(partition);
  }

  ApiMessage findCoordinator(Exchange exchange, FindCoordinatorRequest request) {
    FindCoordinatorRequestData asked = request.data();
    FindCoordinatorResponseData answer = new FindCoordinatorResponseData();
    if (exchange.version() < 4) {
      Coordinator one = coordinator(exchange, asked.keyType(), asked.key());
      return answer
          .setErrorCode(one.errorCode())
          .setErrorMessage(one.errorMessage())
          .setNodeId(one.nodeId())
          .setHost(one.host())
          .setPort(one.port());
    }
    for (String key : asked.coordinatorKeys()) {
      answer.coordinators().add(coordinator(exchange, asked.keyType(), key));
    }
    return answer;
  }

  private Coordinator coordinator(Exchange exchange, byte type, String key) {
    Coordinator coordinator = new Coordinator().setKey(key);
    if (type == CoordinatorType.GROUP.id()) {
      return coordinator.setNodeId(NODE_ID).setHost(host(exchange)).setPort(port(exchange));
    }
    String what = type == CoordinatorType.TRANSACTION.id() ? "transactions" : "share groups";
    return coordinator
        .setNodeId(-1)
        .setHost("")
        .setPort(-1)
        .setErrorCode(Errors.INVALID_REQUEST.code())
        .setErrorMessage(what + " are not supported by this server");
  }
}
