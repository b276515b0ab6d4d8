package io.headwater.protocol.kafka;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Bodies of requests of every API: about the topic {@code orders}, which is there, and the topic
 * {@code nowhere}, which is not.
 */
final class RequestSamples {
  private static final List<String> TOPICS = List.of("orders", "nowhere", "a/b");
  private static final byte TOPIC_RESOURCE = 2;
  private static final byte BROKER_RESOURCE = 4;

  private final Uuid orders;

  RequestSamples(Uuid orders) {
    this.orders = orders;
  }

  /** Those that this version can say; there is at least one. */
  List<ApiMessage> of(ApiKeys key, short version) {
    List<ApiMessage> encodable =
        all(key, version).stream().filter(body -> canEncode(body, version)).toList();
    if (encodable.isEmpty()) {
      throw new AssertionError("no sample of " + key + " version " + version);
    }
    return encodable;
  }

  private static boolean canEncode(ApiMessage body, short version) {
    try {
      MessageUtil.toByteBufferAccessor(body, version);
      return true;
    } catch (UnsupportedVersionException | NullPointerException e) {
      return false;
    }
  }

  private List<ApiMessage> all(ApiKeys key, short version) {
    return switch (key) {
      case API_VERSIONS ->
          List.of(
              new ApiVersionsRequestData()
                  .setClientSoftwareName("test")
                  .setClientSoftwareVersion("1"));
      case PRODUCE,
          FETCH,
          LIST_OFFSETS,
          DELETE_RECORDS,
          OFFSET_FOR_LEADER_EPOCH,
          INIT_PRODUCER_ID ->
          data(key, version);
      case METADATA,
          DESCRIBE_TOPIC_PARTITIONS,
          DESCRIBE_CLUSTER,
          FIND_COORDINATOR,
          SASL_HANDSHAKE,
          SASL_AUTHENTICATE,
          DESCRIBE_ACLS,
          CREATE_ACLS,
          DELETE_ACLS ->
          cluster(key, version);
      case CREATE_TOPICS,
          DELETE_TOPICS,
          CREATE_PARTITIONS,
          DESCRIBE_CONFIGS,
          ALTER_CONFIGS,
          INCREMENTAL_ALTER_CONFIGS,
          DESCRIBE_LOG_DIRS,
          LIST_PARTITION_REASSIGNMENTS ->
          admin(key, version);
      case OFFSET_COMMIT, OFFSET_FETCH, OFFSET_DELETE -> offsets(key, version);
      default -> groups(key);
    };
  }

  private List<ApiMessage> data(ApiKeys key, short version) {
    return switch (key) {
      case PRODUCE -> produces(version);
      case FETCH -> fetches(version);
      case LIST_OFFSETS -> listOffsets();
      case DELETE_RECORDS -> {
        DeleteRecordsRequestData delete = new DeleteRecordsRequestData();
        TOPICS.forEach(topic ->
            delete
                .topics()
                .add(
                    new DeleteRecordsRequestData.DeleteRecordsTopic()
                        .setName(topic)
                        .setPartitions(
                            List.of(
                                new DeleteRecordsRequestData.DeleteRecordsPartition()
                                    .setPartitionIndex(0)
                                    .setOffset(1)))));
        yield List.of(delete);
      }
      case OFFSET_FOR_LEADER_EPOCH -> {
        OffsetForLeaderEpochRequestData epochs =
            new OffsetForLeaderEpochRequestData().setReplicaId(-2);
        TOPICS.forEach(topic ->
            epochs
                .topics()
                .add(
                    new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                        .setTopic(topic)
                        .setPartitions(
                            List.of(
                                new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                                    .setPartition(0)
                                    .setLeaderEpoch(0)))));
        yield List.of(epochs);
      }
      default ->
          List.of(
              new InitProducerIdRequestData().setTransactionalId(null),
              new InitProducerIdRequestData().setTransactionalId("t"));
    };
  }

  private List<ApiMessage> cluster(ApiKeys key, short version) {
    return switch (key) {
      case METADATA -> metadata(version);
      case DESCRIBE_TOPIC_PARTITIONS ->
          List.of(
              new DescribeTopicPartitionsRequestData(),
              new DescribeTopicPartitionsRequestData()
                  .setResponsePartitionLimit(1)
                  .setTopics(
                      TOPICS.stream()
                          .map(
                              t -> new DescribeTopicPartitionsRequestData.TopicRequest().setName(t))
                          .toList()));
      case DESCRIBE_CLUSTER ->
          List.of(
              new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true),
              new DescribeClusterRequestData().setEndpointType((byte) 2));
      case FIND_COORDINATOR ->
          List.of(
              new FindCoordinatorRequestData().setKey("g"),
              new FindCoordinatorRequestData().setKey("t").setKeyType((byte) 1),
              new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g", "h")),
              new FindCoordinatorRequestData()
                  .setKeyType((byte) 1)
                  .setCoordinatorKeys(List.of("t")));
      case SASL_HANDSHAKE -> List.of(new SaslHandshakeRequestData().setMechanism("PLAIN"));
      case SASL_AUTHENTICATE ->
          List.of(
              new SaslAuthenticateRequestData().setAuthBytes("a".getBytes(StandardCharsets.UTF_8)));
      default -> acls(key);
    };
  }

  private List<ApiMessage> admin(ApiKeys key, short version) {
    return switch (key) {
      case CREATE_TOPICS -> {
        CreateTopicsRequestData create = new CreateTopicsRequestData().setTimeoutMs(1_000);
        for (String topic : List.of("orders", "a/b", "made-in-" + version)) {
          create
              .topics()
              .add(
                  new CreateTopicsRequestData.CreatableTopic()
                      .setName(topic)
                      .setNumPartitions(1)
                      .setReplicationFactor((short) 1));
        }
        yield List.of(create, create.duplicate().setValidateOnly(true));
      }
      case DELETE_TOPICS -> {
        List<DeleteTopicsRequestData.DeleteTopicState> byId =
            List.of(
                new DeleteTopicsRequestData.DeleteTopicState()
                    .setName(null)
                    .setTopicId(Uuid.randomUuid()),
                new DeleteTopicsRequestData.DeleteTopicState().setName("nowhere-at-all"));
        yield version >= 6
            ? List.of(new DeleteTopicsRequestData().setTopics(byId))
            : List.of(
                new DeleteTopicsRequestData().setTopicNames(List.of("nowhere-at-all", "a/b")));
      }
      case CREATE_PARTITIONS -> {
        CreatePartitionsRequestData grow = new CreatePartitionsRequestData();
        TOPICS.forEach(topic ->
            grow.topics()
                .add(
                    new CreatePartitionsRequestData.CreatePartitionsTopic()
                        .setName(topic)
                        .setCount(3)
                        .setAssignments(null)));
        yield List.of(grow);
      }
      case DESCRIBE_CONFIGS ->
          List.of(
              describeConfigs(TOPIC_RESOURCE, "orders"),
              describeConfigs(TOPIC_RESOURCE, "nowhere-at-all"),
              describeConfigs(BROKER_RESOURCE, "1"),
              describeConfigs(BROKER_RESOURCE, "9"),
              describeConfigs((byte) 32, "group"),
              describeConfigs(TOPIC_RESOURCE, "orders")
                  .setIncludeSynonyms(true)
                  .setIncludeDocumentation(true));
      case ALTER_CONFIGS -> alterConfigs();
      case INCREMENTAL_ALTER_CONFIGS -> incrementalAlterConfigs();
      case DESCRIBE_LOG_DIRS -> List.of(new DescribeLogDirsRequestData().setTopics(null));
      default -> List.of(new ListPartitionReassignmentsRequestData().setTopics(null));
    };
  }

  private static DescribeConfigsRequestData describeConfigs(byte type, String name) {
    return new DescribeConfigsRequestData()
        .setResources(
            List.of(
                new DescribeConfigsRequestData.DescribeConfigsResource()
                    .setResourceType(type)
                    .setResourceName(name)
                    .setConfigurationKeys(null)));
  }

  private List<ApiMessage> produces(short version) {
    ProduceRequestData byName = Wire.produceData("orders", 0, -1, Wire.records("a", "b"));
    TOPICS.forEach(topic ->
        byName
            .topicData()
            .add(
                new ProduceRequestData.TopicProduceData()
                    .setName(topic)
                    .setPartitionData(
                        List.of(
                            new ProduceRequestData.PartitionProduceData()
                                .setIndex(7)
                                .setRecords(Wire.records("x"))))));
    ProduceRequestData byId = Wire.produceData("", 1, 1, Wire.records("a", "b"));
    byId.topicData().iterator().next().setTopicId(orders);
    byId.topicData()
        .add(
            new ProduceRequestData.TopicProduceData()
                .setTopicId(Uuid.randomUuid())
                .setPartitionData(
                    List.of(
                        new ProduceRequestData.PartitionProduceData()
                            .setIndex(0)
                            .setRecords(Wire.records("x")))));
    return List.of(version >= 13 ? byId : byName);
  }

  private List<ApiMessage> fetches(short version) {
    FetchRequestData fetch = new FetchRequestData().setMaxWaitMs(100).setMinBytes(1);
    for (String topic : TOPICS) {
      FetchRequestData.FetchTopic of = new FetchRequestData.FetchTopic();
      if (version >= 13) {
        of.setTopicId(topic.equals("orders") ? orders : Uuid.randomUuid());
      } else {
        of.setTopic(topic);
      }
      for (long offset : List.of(0L, 1_000_000L)) {
        of.partitions()
            .add(
                new FetchRequestData.FetchPartition()
                    .setPartition(0)
                    .setFetchOffset(offset)
                    .setPartitionMaxBytes(1 << 20));
      }
      fetch.topics().add(of);
    }
    FetchRequestData session =
        new FetchRequestData().setMaxWaitMs(100).setSessionId(5).setSessionEpoch(3);
    return List.of(fetch, session, new FetchRequestData().setMaxWaitMs(10));
  }

  private static List<ApiMessage> listOffsets() {
    ListOffsetsRequestData list = new ListOffsetsRequestData().setReplicaId(-1);
    for (String topic : TOPICS) {
      ListOffsetsRequestData.ListOffsetsTopic of =
          new ListOffsetsRequestData.ListOffsetsTopic().setName(topic);
      for (long timestamp : List.of(-1L, -2L, -3L, -4L, -5L, -6L, 0L, 1L << 40)) {
        of.partitions()
            .add(
                new ListOffsetsRequestData.ListOffsetsPartition()
                    .setPartitionIndex(0)
                    .setTimestamp(timestamp));
      }
      list.topics().add(of);
    }
    return List.of(list);
  }

  private List<ApiMessage> metadata(short version) {
    MetadataRequestData byName = new MetadataRequestData().setAllowAutoTopicCreation(true);
    TOPICS.forEach(topic ->
        byName.topics().add(new MetadataRequestData.MetadataRequestTopic().setName(topic)));
    MetadataRequestData byId =
        new MetadataRequestData()
            .setTopics(
                List.of(
                    new MetadataRequestData.MetadataRequestTopic().setName(null).setTopicId(orders),
                    new MetadataRequestData.MetadataRequestTopic()
                        .setName(null)
                        .setTopicId(Uuid.randomUuid())));
    MetadataRequestData all = new MetadataRequestData().setTopics(version == 0 ? List.of() : null);
    return List.of(
        byName,
        byId,
        all,
        all.duplicate().setIncludeTopicAuthorizedOperations(true),
        all.duplicate().setIncludeClusterAuthorizedOperations(true));
  }

  private static List<ApiMessage> incrementalAlterConfigs() {
    IncrementalAlterConfigsRequestData alter = new IncrementalAlterConfigsRequestData();
    for (byte operation = 0; operation < 4; operation++) {
      IncrementalAlterConfigsRequestData.AlterableConfigCollection configs =
          new IncrementalAlterConfigsRequestData.AlterableConfigCollection();
      configs.add(
          new IncrementalAlterConfigsRequestData.AlterableConfig()
              .setName("cleanup.policy")
              .setConfigOperation(operation)
              .setValue("delete"));
      alter
          .resources()
          .add(
              new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                  .setResourceType(TOPIC_RESOURCE)
                  .setResourceName(operation == 3 ? "nowhere-at-all" : "orders")
                  .setConfigs(configs));
    }
    return List.of(alter);
  }

  private static List<ApiMessage> alterConfigs() {
    AlterConfigsRequestData alter = new AlterConfigsRequestData();
    for (String topic : List.of("orders", "nowhere-at-all")) {
      AlterConfigsRequestData.AlterableConfigCollection configs =
          new AlterConfigsRequestData.AlterableConfigCollection();
      configs.add(
          new AlterConfigsRequestData.AlterableConfig()
              .setName("retention.ms")
              .setValue("70000000"));
      alter
          .resources()
          .add(
              new AlterConfigsRequestData.AlterConfigsResource()
                  .setResourceType(TOPIC_RESOURCE)
                  .setResourceName(topic)
                  .setConfigs(configs));
    }
    return List.of(alter);
  }

  private static List<ApiMessage> acls(ApiKeys key) {
    return switch (key) {
      case DESCRIBE_ACLS ->
          List.of(
              new DescribeAclsRequestData()
                  .setResourceTypeFilter(TOPIC_RESOURCE)
                  .setPatternTypeFilter((byte) 3)
                  .setOperation((byte) 3)
                  .setPermissionType((byte) 3));
      case CREATE_ACLS ->
          List.of(
              new CreateAclsRequestData()
                  .setCreations(
                      List.of(
                          new CreateAclsRequestData.AclCreation()
                              .setResourceType(TOPIC_RESOURCE)
                              .setResourceName("orders")
                              .setResourcePatternType((byte) 3)
                              .setPrincipal("User:a")
                              .setHost("*")
                              .setOperation((byte) 3)
                              .setPermissionType((byte) 3))));
      default ->
          List.of(
              new DeleteAclsRequestData()
                  .setFilters(
                      List.of(
                          new DeleteAclsRequestData.DeleteAclsFilter()
                              .setResourceTypeFilter(TOPIC_RESOURCE)
                              .setPatternTypeFilter((byte) 3)
                              .setOperation((byte) 3)
                              .setPermissionType((byte) 3))));
    };
  }

  private List<ApiMessage> offsets(ApiKeys key, short version) {
    return switch (key) {
      case OFFSET_COMMIT -> {
        OffsetCommitRequestData commit =
            new OffsetCommitRequestData().setGroupId("loose").setGenerationIdOrMemberEpoch(-1);
        for (String topic : TOPICS) {
          OffsetCommitRequestData.OffsetCommitRequestTopic of =
              new OffsetCommitRequestData.OffsetCommitRequestTopic()
                  .setPartitions(
                      List.of(
                          new OffsetCommitRequestData.OffsetCommitRequestPartition()
                              .setPartitionIndex(0)
                              .setCommittedOffset(1)
                              .setCommittedMetadata("m")));
          if (version >= 10) {
            of.setTopicId(topic.equals("orders") ? orders : Uuid.randomUuid());
          } else {
            of.setName(topic);
          }
          commit.topics().add(of);
        }
        yield List.of(commit);
      }
      case OFFSET_FETCH -> offsetFetches(version);
      default -> {
        OffsetDeleteRequestData delete = new OffsetDeleteRequestData().setGroupId("loose");
        TOPICS.forEach(topic ->
            delete
                .topics()
                .add(
                    new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                        .setName(topic)
                        .setPartitions(
                            List.of(
                                new OffsetDeleteRequestData.OffsetDeleteRequestPartition()
                                    .setPartitionIndex(0)))));
        yield List.of(delete);
      }
    };
  }

  private List<ApiMessage> offsetFetches(short version) {
    if (version < 8) {
      OffsetFetchRequestData single = new OffsetFetchRequestData().setGroupId("loose");
      TOPICS.forEach(topic ->
          single
              .topics()
              .add(
                  new OffsetFetchRequestData.OffsetFetchRequestTopic()
                      .setName(topic)
                      .setPartitionIndexes(List.of(0))));
      return List.of(single, new OffsetFetchRequestData().setGroupId("loose").setTopics(null));
    }
    OffsetFetchRequestData.OffsetFetchRequestGroup some =
        new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId("loose");
    for (String topic : TOPICS) {
      OffsetFetchRequestData.OffsetFetchRequestTopics of =
          new OffsetFetchRequestData.OffsetFetchRequestTopics().setPartitionIndexes(List.of(0));
      some.topics()
          .add(
              version >= 10
                  ? of.setTopicId(topic.equals("orders") ? orders : Uuid.randomUuid())
                  : of.setName(topic));
    }
    OffsetFetchRequestData.OffsetFetchRequestGroup all =
        new OffsetFetchRequestData.OffsetFetchRequestGroup().setGroupId("loose").setTopics(null);
    return List.of(new OffsetFetchRequestData().setGroups(List.of(some, all)));
  }

  private static List<ApiMessage> groups(ApiKeys key) {
    return switch (key) {
      case JOIN_GROUP -> {
        JoinGroupRequestData.JoinGroupRequestProtocolCollection protocols =
            new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        protocols.add(
            new JoinGroupRequestData.JoinGroupRequestProtocol()
                .setName("range")
                .setMetadata(new byte[0]));
        yield List.of(
            new JoinGroupRequestData()
                .setGroupId("joined")
                .setSessionTimeoutMs(10_000)
                .setProtocolType("consumer")
                .setProtocols(protocols),
            new JoinGroupRequestData()
                .setGroupId("joined")
                .setSessionTimeoutMs(1)
                .setProtocolType("consumer")
                .setProtocols(protocols));
      }
      case SYNC_GROUP ->
          List.of(
              new SyncGroupRequestData()
                  .setGroupId("nobody")
                  .setMemberId("m")
                  .setGenerationId(1)
                  .setProtocolType("consumer")
                  .setProtocolName("range"),
              new SyncGroupRequestData().setGroupId("nobody").setMemberId("m").setGenerationId(1));
      case HEARTBEAT ->
          List.of(
              new HeartbeatRequestData().setGroupId("nobody").setMemberId("m").setGenerationId(1));
      case LEAVE_GROUP ->
          List.of(
              new LeaveGroupRequestData().setGroupId("nobody").setMemberId("m"),
              new LeaveGroupRequestData()
                  .setGroupId("nobody")
                  .setMembers(
                      List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("m"))));
      case DESCRIBE_GROUPS ->
          List.of(
              new DescribeGroupsRequestData().setGroups(List.of("loose", "nobody")),
              new DescribeGroupsRequestData()
                  .setGroups(List.of("loose"))
                  .setIncludeAuthorizedOperations(true));
      case LIST_GROUPS ->
          List.of(
              new ListGroupsRequestData(),
              new ListGroupsRequestData().setStatesFilter(List.of("Empty")),
              new ListGroupsRequestData().setTypesFilter(List.of("classic")));
      case DELETE_GROUPS ->
          List.of(new DeleteGroupsRequestData().setGroupsNames(List.of("nobody")));
      case CONSUMER_GROUP_HEARTBEAT ->
          List.of(
              new ConsumerGroupHeartbeatRequestData()
                  .setGroupId("modern")
                  .setMemberId(Uuid.randomUuid().toString())
                  .setRebalanceTimeoutMs(5_000)
                  .setSubscribedTopicNames(List.of("orders"))
                  .setTopicPartitions(List.of()),
              new ConsumerGroupHeartbeatRequestData().setGroupId("modern").setMemberEpoch(3));
      case CONSUMER_GROUP_DESCRIBE ->
          List.of(
              new ConsumerGroupDescribeRequestData()
                  .setGroupIds(List.of("modern", "loose", "nobody"))
                  .setIncludeAuthorizedOperations(true));
      default -> throw new AssertionError("write samples of " + key);
    };
  }
}
