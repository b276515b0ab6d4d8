package io.headwater.protocol.kafka;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.TopicConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/** Which topics may be created, and how they come into the catalog. */
final class TopicCreation {
  /** Of one topic; each takes a folder and some memory. */
  static final int PARTITIONS_MAX = 10_000;

  private final Catalog catalog;
  private final Clock clock;
  private final int defaultPartitions;

  TopicCreation(Catalog catalog, Clock clock, int defaultPartitions) {
    this.catalog = catalog;
    this.clock = clock;
    this.defaultPartitions = defaultPartitions;
  }

  int defaultPartitions() {
    return defaultPartitions;
  }

  static boolean isInternal(String name) {
    return org.apache.kafka.common.internals.Topic.isInternal(name);
  }

  static ApiError checkSpelling(String name) {
    try {
      org.apache.kafka.common.internals.Topic.validate(name);
      return ApiError.NONE;
    } catch (InvalidTopicException e) {
      return ApiError.fromThrowable(e);
    }
  }

  /** Why a topic that a projection writes is left alone; no failure for all others. */
  static ApiError checkDerived(CatalogState state, Topic topic) {
    String derivedBy = topic.derivedBy();
    if (derivedBy == null) {
      return ApiError.NONE;
    }
    Projection projection = state.projection(derivedBy);
    String source =
        projection == null
            ? "something"
            : switch (projection.source()) {
              case Projection.Source.Keys(Bytes prefix) -> "keys " + prefix + "*";
              case Projection.Source.TopicValues(String name) -> "topic " + name;
            };
    return KafkaErrors.of(new Failure.Derived(topic.name(), source, derivedBy));
  }

  /** Why a topic of this name cannot be created beside those that exist. */
  static ApiError checkName(CatalogState state, String name) {
    ApiError spelling = checkSpelling(name);
    if (spelling.isFailure()) {
      return spelling;
    }
    if (state.topic(name) != null) {
      return new ApiError(Errors.TOPIC_ALREADY_EXISTS, "Topic '" + name + "' already exists.");
    }
    if (isInternal(name)) {
      return new ApiError(
          Errors.INVALID_TOPIC_EXCEPTION, "Topic '" + name + "' is for the server itself.");
    }
    if (org.apache.kafka.common.internals.Topic.hasCollisionChars(name)) {
      for (String other : state.topics().keySet()) {
        if (org.apache.kafka.common.internals.Topic.hasCollision(name, other)) {
          return new ApiError(
              Errors.INVALID_TOPIC_EXCEPTION,
              "Topic '" + name + "' collides with existing topic '" + other + "'.");
        }
      }
    }
    return ApiError.NONE;
  }

  /**
   * @param partitions of one topic
   * @param added how many of them are new
   * @param others of all topics together
   */
  static ApiError checkPartitions(int partitions, int added, int others) {
    if (partitions < 1 || partitions > PARTITIONS_MAX) {
      return new ApiError(
          Errors.INVALID_PARTITIONS,
          "Number of partitions must be 1 to " + PARTITIONS_MAX + ", not " + partitions + ".");
    }
    return others + added <= CatalogState.PARTITIONS_MAX
        ? ApiError.NONE
        : new ApiError(
            Errors.POLICY_VIOLATION,
            "All topics together may have "
                + CatalogState.PARTITIONS_MAX
                + " partitions with this heap; there are "
                + others
                + ".");
  }

  static ApiError checkConfig(Map<String, String> config) {
    String problem = TopicConfig.problem(config);
    return problem == null ? ApiError.NONE : new ApiError(Errors.INVALID_CONFIG, problem);
  }

  /** A new topic whose partitions take the next free streams. */
  Topic topic(CatalogState state, String name, int partitions, Map<String, String> config) {
    Uuid id = Uuid.randomUuid();
    return new Topic(
        name,
        id.getMostSignificantBits(),
        id.getLeastSignificantBits(),
        streams(state, partitions),
        Map.copyOf(config),
        null,
        clock.wallMs());
  }

  static List<Integer> streams(CatalogState state, int count) {
    List<Integer> streams = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      streams.add(state.nextStream() + i);
    }
    return List.copyOf(streams);
  }

  /**
   * Creates those of these topics that are not there yet, with default settings.
   *
   * @return why some could not be created; completes when the others are durable
   */
  CompletableFuture<Map<String, ApiError>> createMissing(List<String> names) {
    Map<String, ApiError> refused = new HashMap<>();
    return catalog
        .change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          CatalogState next = state;
          int partitions = state.partitions();
          for (String name : new LinkedHashSet<>(names)) {
            ApiError error = checkName(next, name);
            if (error.isSuccess()) {
              error = checkPartitions(defaultPartitions, defaultPartitions, partitions);
            }
            if (error.isSuccess()) {
              CatalogEvent event =
                  new CatalogEvent.TopicCreated(topic(next, name, defaultPartitions, Map.of()));
              next = next.with(event);
              events.add(event);
              partitions += defaultPartitions;
            } else if (!error.is(Errors.TOPIC_ALREADY_EXISTS)) {
              refused.put(name, error);
            }
          }
          return new Catalog.Decision.Accept(events);
        })
        .handle((_, error) -> {
          if (error != null) {
            ApiError why = KafkaErrors.of(error);
            names.forEach(name -> refused.put(name, why));
          }
          return refused;
        });
  }
}
