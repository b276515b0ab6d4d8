package io.headwater.view.groups;

import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.view.AnyThread;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.topics.Topics;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.jspecify.annotations.Nullable;

/** Consumer groups, classic and KIP-848. */
@AnyThread
public final class Groups implements AutoCloseable {
  /**
   * @param topicsLoop the owner of {@code topics}
   */
  public Groups(
      GroupsConfig config, Clock clock, Loop topicsLoop, Log log, Catalog catalog, Topics topics) {}

  /** Starts the coordinator in the background; after recovery, when all loops run. */
  public void start() {}

  /** Apache's coordinator, or null while it starts: then clients are told to come again. */
  public @Nullable GroupCoordinator coordinator() {
    return null;
  }

  @Override
  public void close() {}
}
