package io.headwater.protocol.kafka;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Loop;
import io.headwater.host.Session;
import io.headwater.log.Log;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.groups.Groups;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.CreateAclsRequest;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DeleteAclsRequest;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.apache.kafka.common.requests.DescribeAclsRequest;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListPartitionReassignmentsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SyncGroupRequest;

/** The Kafka protocol: one session for each connection, one table of APIs for all of them. */
public final class KafkaProtocol implements Session.Factory {
  /** Of the heap, for requests under way, such as fetches that wait for records. */
  private static final int REQUESTS_PERCENT = 12;

  private final KafkaSettings settings;
  private final HeapBudget.Share held;
  private final Loop loop;
  private final TurnEnd turnEnd;

  /** Made in the background: the library's tables of all messages take 0.2 s of CPU to load. */
  private final FutureTask<Dispatch> dispatch;

  /**
   * @param loop the topics loop, on which all connections live
   */
  public KafkaProtocol(
      KafkaSettings settings,
      Loop loop,
      Clock clock,
      Log log,
      Catalog catalog,
      Topics topics,
      Groups groups) {
    this.settings = settings;
    this.loop = loop;
    this.held = loop.heap().share(REQUESTS_PERCENT);
    this.turnEnd = new TurnEnd(log);
    this.dispatch =
        new FutureTask<>(() -> {
          TopicCreation creation = new TopicCreation(catalog, clock, settings.defaultPartitions());
          List<Api<?>> table = new ArrayList<>();
          table.addAll(
              dataApis(
                  new ProduceApi(topics, catalog, turnEnd),
                  new FetchApi(topics, loop),
                  new OffsetApis(topics, turnEnd),
                  new ProducerIdApi(topics)));
          table.addAll(groupApis(new GroupApis(groups, topics)));
          table.addAll(
              clusterApis(new ClusterApis(settings, topics, creation, turnEnd, log.epoch())));
          table.addAll(
              adminApis(
                  new TopicAdminApis(catalog, topics, creation),
                  new ConfigApis(settings, catalog, topics)));
          // What was acknowledged through other protocols is seen through this one: so drain.
          return new Dispatch(loop, topics::drain, table);
        });
  }

  /** Registers with the loop, and loads the codec in the background; before the loop starts. */
  public void start() {
    loop.addTurnHook(turnEnd);
    Thread.ofPlatform().name("kafka-start").daemon(true).start(dispatch);
  }

  @Override
  public Session open(Connection connection) {
    return new KafkaSession(connection, dispatch(), settings, held);
  }

  /** The table of what is supported; a first client that comes very early waits for it. */
  Dispatch dispatch() {
    dispatch.run(); // does nothing if it runs or ran
    try {
      return dispatch.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the Kafka codec does not load", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("closed while the Kafka codec loads", e);
    }
  }

  private static List<Api<?>> dataApis(
      ProduceApi produce, FetchApi fetch, OffsetApis offsets, ProducerIdApi producerIds) {
    return List.of(
        new Api<>(ApiKeys.PRODUCE, ProduceRequest.class, produce::produce, "transactions"),
        Api.later(ApiKeys.FETCH, FetchRequest.class, fetch::fetch)
            .without("fetch sessions (each request names all its partitions), followers"),
        Api.now(ApiKeys.LIST_OFFSETS, ListOffsetsRequest.class, offsets::listOffsets),
        Api.now(ApiKeys.DELETE_RECORDS, DeleteRecordsRequest.class, offsets::deleteRecords),
        Api.later(
                ApiKeys.INIT_PRODUCER_ID, InitProducerIdRequest.class, producerIds::initProducerId)
            .without("transactional ids"),
        Api.now(
            ApiKeys.OFFSET_FOR_LEADER_EPOCH,
            OffsetsForLeaderEpochRequest.class,
            offsets::offsetForLeaderEpoch));
  }

  private static List<Api<?>> groupApis(GroupApis groups) {
    return List.of(
        Api.later(ApiKeys.OFFSET_COMMIT, OffsetCommitRequest.class, groups::commitOffsets),
        Api.later(ApiKeys.OFFSET_FETCH, OffsetFetchRequest.class, groups::fetchOffsets),
        Api.later(ApiKeys.JOIN_GROUP, JoinGroupRequest.class, groups::joinGroup),
        Api.later(ApiKeys.HEARTBEAT, HeartbeatRequest.class, groups::heartbeat),
        Api.later(ApiKeys.LEAVE_GROUP, LeaveGroupRequest.class, groups::leaveGroup),
        Api.later(ApiKeys.SYNC_GROUP, SyncGroupRequest.class, groups::syncGroup),
        Api.later(ApiKeys.DESCRIBE_GROUPS, DescribeGroupsRequest.class, groups::describeGroups),
        Api.later(ApiKeys.LIST_GROUPS, ListGroupsRequest.class, groups::listGroups),
        Api.later(ApiKeys.DELETE_GROUPS, DeleteGroupsRequest.class, groups::deleteGroups),
        Api.later(ApiKeys.OFFSET_DELETE, OffsetDeleteRequest.class, groups::deleteOffsets),
        Api.later(
            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
            ConsumerGroupHeartbeatRequest.class,
            groups::consumerGroupHeartbeat),
        Api.later(
            ApiKeys.CONSUMER_GROUP_DESCRIBE,
            ConsumerGroupDescribeRequest.class,
            groups::consumerGroupDescribe));
  }

  private static List<Api<?>> clusterApis(ClusterApis cluster) {
    return List.of(
        Api.later(ApiKeys.METADATA, MetadataRequest.class, cluster::metadata),
        Api.now(ApiKeys.FIND_COORDINATOR, FindCoordinatorRequest.class, cluster::findCoordinator)
            .without("transactions, share groups"),
        Api.now(ApiKeys.SASL_HANDSHAKE, SaslHandshakeRequest.class, SecurityApis::saslHandshake)
            .without("any mechanism: the answer says so"),
        Api.now(ApiKeys.DESCRIBE_ACLS, DescribeAclsRequest.class, SecurityApis::acls)
            .without("access control: answers SECURITY_DISABLED"),
        Api.now(ApiKeys.CREATE_ACLS, CreateAclsRequest.class, SecurityApis::acls)
            .without("access control: answers SECURITY_DISABLED"),
        Api.now(ApiKeys.DELETE_ACLS, DeleteAclsRequest.class, SecurityApis::acls)
            .without("access control: answers SECURITY_DISABLED"),
        Api.now(
                ApiKeys.SASL_AUTHENTICATE,
                SaslAuthenticateRequest.class,
                SecurityApis::saslAuthenticate)
            .without("any mechanism: the answer says so"),
        Api.now(ApiKeys.DESCRIBE_CLUSTER, DescribeClusterRequest.class, cluster::describeCluster),
        Api.now(
            ApiKeys.DESCRIBE_TOPIC_PARTITIONS,
            DescribeTopicPartitionsRequest.class,
            cluster::describeTopicPartitions));
  }

  private static List<Api<?>> adminApis(TopicAdminApis admin, ConfigApis configs) {
    return List.of(
        Api.later(ApiKeys.CREATE_TOPICS, CreateTopicsRequest.class, admin::createTopics),
        Api.later(ApiKeys.DELETE_TOPICS, DeleteTopicsRequest.class, admin::deleteTopics),
        Api.now(ApiKeys.DESCRIBE_CONFIGS, DescribeConfigsRequest.class, configs::describeConfigs)
            .without("settings of other things than topics and the broker"),
        Api.later(ApiKeys.ALTER_CONFIGS, AlterConfigsRequest.class, configs::alterConfigs)
            .without("settings of other things than topics"),
        Api.now(ApiKeys.DESCRIBE_LOG_DIRS, DescribeLogDirsRequest.class, admin::describeLogDirs),
        Api.later(
            ApiKeys.CREATE_PARTITIONS, CreatePartitionsRequest.class, admin::createPartitions),
        Api.later(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                IncrementalAlterConfigsRequest.class,
                configs::incrementalAlterConfigs)
            .without("settings of other things than topics"),
        Api.now(
            ApiKeys.LIST_PARTITION_REASSIGNMENTS,
            ListPartitionReassignmentsRequest.class,
            admin::listPartitionReassignments));
  }
}
