package io.headwater.view.groups;

import io.headwater.log.Log;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Topic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinatorService;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorRuntimeMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.apache.kafka.server.share.persister.NoOpStatePersister;
import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.SystemTimerReaper;
import org.apache.kafka.server.util.timer.Timer;

/** Apache's coordinator with its threads, timers and metrics, from start to close. */
final class CoordinatorProcess implements AutoCloseable {
  /** The first epoch that we are the coordinator in; it never changes hands. */
  private static final int EPOCH = 1;

  private final GroupCoordinatorService coordinator;
  private final Metrics metrics;
  private final ClusterImage image = new ClusterImage();

  private CoordinatorProcess(GroupCoordinatorService coordinator, Metrics metrics) {
    this.coordinator = coordinator;
    this.metrics = metrics;
  }

  /**
   * @param loading reads partitions back
   */
  static CoordinatorProcess start(
      GroupsConfig config, Topic topic, Log log, TopicsClient topics, Executor loading) {
    AbstractConfig settings =
        new AbstractConfig(
            Utils.mergeConfigs(
                List.of(GroupCoordinatorConfig.CONFIG_DEF, ShareGroupConfig.CONFIG_DEF)),
            settings(config, topic.partitions()),
            false);
    GroupCoordinatorConfig groups = new GroupCoordinatorConfig(settings);
    Metrics metrics = new Metrics();
    Timer timer = new SystemTimerReaper("groups-reaper", new SystemTimer("groups-timer"));
    GroupCoordinatorService coordinator =
        new GroupCoordinatorService.Builder(ClusterImage.NODE_ID, groups)
            .withWriter(new OffsetsLog(log, topic))
            .withLoader(new OffsetsReader(loading, log, topics))
            .withTime(Time.SYSTEM)
            .withTimer(timer)
            .withCoordinatorRuntimeMetrics(new GroupCoordinatorRuntimeMetrics(metrics))
            .withGroupCoordinatorMetrics(new GroupCoordinatorMetrics())
            .withGroupConfigManager(
                new GroupConfigManager(Map.of(), groups, new ShareGroupConfig(settings)))
            .withPersister(new NoOpStatePersister())
            .withAuthorizerPlugin(Optional.empty())
            .withPartitionMetadataClient(topics)
            .build();
    coordinator.startup(topic::partitions);
    return new CoordinatorProcess(coordinator, metrics);
  }

  private static Map<String, String> settings(GroupsConfig config, int partitions) {
    Map<String, Integer> numbers = new HashMap<>();
    numbers.put("group.coordinator.threads", 1);
    numbers.put("group.coordinator.background.threads", 1);
    numbers.put("offsets.topic.num.partitions", partitions);
    numbers.put("offsets.retention.minutes", config.offsetsRetentionMinutes());
    numbers.put("group.initial.rebalance.delay.ms", config.initialRebalanceDelayMs());
    numbers.put("group.min.session.timeout.ms", config.minSessionTimeoutMs());
    numbers.put("group.max.session.timeout.ms", config.maxSessionTimeoutMs());
    numbers.put("group.max.size", config.maxSize());
    numbers.put("group.consumer.max.size", config.maxSize());
    int sessionMs = config.consumerSessionTimeoutMs();
    numbers.put("group.consumer.session.timeout.ms", sessionMs);
    numbers.put("group.consumer.min.session.timeout.ms", sessionMs);
    numbers.put("group.consumer.max.session.timeout.ms", Math.max(sessionMs, 60_000));
    int heartbeatMs = config.consumerHeartbeatIntervalMs();
    numbers.put("group.consumer.heartbeat.interval.ms", heartbeatMs);
    numbers.put("group.consumer.min.heartbeat.interval.ms", heartbeatMs);
    numbers.put("group.consumer.max.heartbeat.interval.ms", Math.max(heartbeatMs, 15_000));
    Map<String, String> settings = new HashMap<>();
    numbers.forEach((name, number) -> settings.put(name, number.toString()));
    return settings;
  }

  GroupCoordinator coordinator() {
    return coordinator;
  }

  void refresh(CatalogState state, long nowMs) {
    ClusterImage.Update update = image.update(state, nowMs);
    coordinator.onMetadataUpdate(update.delta(), update.image());
  }

  /** Takes over the partitions; each is loaded in the background. */
  void elect(int partitions) {
    for (int i = 0; i < partitions; i++) {
      coordinator.onElection(i, EPOCH);
    }
  }

  @Override
  public void close() {
    coordinator.shutdown(); // closes the timer too
    metrics.close();
  }
}
