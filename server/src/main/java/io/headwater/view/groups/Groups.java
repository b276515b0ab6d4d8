package io.headwater.view.groups;

import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.view.AnyThread;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.Topics;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.jspecify.annotations.Nullable;

/**
 * Consumer groups, classic and KIP-848: Apache's coordinator over the internal topic {@code
 * __consumer_offsets}.
 *
 * <p>The coordinator appends its records as frames of its own from its own threads, with the origin
 * {@code GROUPS}: the log assigns the offsets, which the coordinator must know at once, and the
 * parts come to the topics view through its inbox like those of any other owner. The other way, a
 * hop to the topics loop for each append, would make the coordinator's threads wait for a loop that
 * may be waiting for a disk. It is sound because nobody else writes these streams: producing to an
 * internal topic is refused.
 *
 * <p>It starts in the background, so that the server need not wait for the hundreds of classes that
 * it brings. On the simulated disk too it runs threads of its own, so no exact repeat includes it.
 */
@AnyThread
public final class Groups implements AutoCloseable {
  static final String TOPIC = org.apache.kafka.common.internals.Topic.GROUP_METADATA_TOPIC_NAME;

  private static final System.Logger LOG = System.getLogger(Groups.class.getName());
  private static final long RETRY_MS = 500;
  private static final long CREATE_TIMEOUT_S = 30;
  private static final long CLOSE_TIMEOUT_S = 5;

  private final GroupsConfig config;
  private final Clock clock;
  private final Catalog catalog;
  private final Log log;
  private final TopicsClient topicsClient;
  private final ScheduledThreadPoolExecutor starter;
  private @Nullable CoordinatorProcess process; // the starter thread's, and close's after it ended
  private volatile @Nullable GroupCoordinator coordinator;
  private boolean complained;

  /**
   * @param topicsLoop the owner of {@code topics}
   */
  public Groups(
      GroupsConfig config, Clock clock, Loop topicsLoop, Log log, Catalog catalog, Topics topics) {
    this.config = config;
    this.clock = clock;
    this.log = log;
    this.catalog = catalog;
    this.starter =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("groups-start").daemon(true).unstarted(task));
    this.starter.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // closed
    this.starter.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.topicsClient = new TopicsClient(topicsLoop, topics, catalog);
  }

  /** Starts the coordinator in the background; after recovery, when all loops run. */
  public void start() {
    starter.execute(this::tryToStart);
  }

  /** Apache's coordinator, or null while it starts: then clients are told to come again. */
  public @Nullable GroupCoordinator coordinator() {
    return coordinator;
  }

  private void tryToStart() {
    try {
      Topic topic = topic();
      CoordinatorProcess started = process;
      if (started == null) {
        started = CoordinatorProcess.start(config, topic, log, topicsClient, starter);
        process = started;
        catalog.addListener(_ -> refreshSoon());
      }
      started.refresh(catalog.state(), clock.wallMs());
      started.elect(topic.partitions());
      coordinator = started.coordinator();
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      if (!complained) {
        complained = true;
        LOG.log(Level.WARNING, "consumer groups cannot start yet; trying again", e);
      }
      starter.schedule(this::tryToStart, RETRY_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed meanwhile
    }
  }

  /** The topic that holds the groups, created at the first start on a data folder. */
  private Topic topic() throws ExecutionException, InterruptedException, TimeoutException {
    Catalog.Changed changed =
        catalog
            .change(state ->
                state.topic(TOPIC) != null
                    ? Catalog.Decision.accept()
                    : Catalog.Decision.accept(new CatalogEvent.TopicCreated(newTopic(state))))
            .get(CREATE_TIMEOUT_S, TimeUnit.SECONDS);
    Topic topic = changed.state().topic(TOPIC);
    if (topic == null) {
      throw new IllegalStateException("no topic " + TOPIC + " after its creation");
    }
    return topic;
  }

  private Topic newTopic(CatalogState state) {
    List<Integer> streams = new ArrayList<>();
    for (int i = 0; i < config.partitions(); i++) {
      streams.add(state.nextStream() + i);
    }
    Map<String, String> settings = new TreeMap<>();
    settings.put("cleanup.policy", "compact");
    settings.put("segment.bytes", Integer.toString(16 << 20));
    Uuid id = Uuid.randomUuid();
    return new Topic(
        TOPIC,
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        List.copyOf(streams),
        Map.copyOf(settings),
        null,
        clock.wallMs());
  }

  /** On the catalog loop: tells the coordinator of topics that came, grew or went. */
  private void refreshSoon() {
    starter.execute(() -> {
      CoordinatorProcess running = process;
      if (running != null) {
        running.refresh(catalog.state(), clock.wallMs()); // not an older state than the last
      }
    });
  }

  @Override
  public void close() {
    coordinator = null;
    starter.shutdownNow();
    try {
      if (!starter.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        LOG.log(Level.WARNING, "the start of consumer groups did not end in time");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    CoordinatorProcess running = process;
    if (running != null) {
      process = null;
      running.close();
    }
  }
}
