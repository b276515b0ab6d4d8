package io.headwater.view.catalog;

import io.headwater.log.Log;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The catalog at a position: immutable, sorted by name. Folding events over {@link #EMPTY} is the
 * only way to get another one.
 *
 * @param nextStream the number that the next new stream takes
 */
public record CatalogState(
    Map<String, Topic> topics,
    Map<String, Index> indexes,
    Map<String, Projection> projections,
    Map<String, Map<String, String>> documents,
    Map<String, User> users,
    int nextStream) {
  public static final CatalogState EMPTY =
      new CatalogState(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), Log.FIRST_FREE_STREAM);

  /**
   * Partitions of all topics together that clients may create: each takes about a kilobyte of the
   * heap at least, files, and a start reads them all.
   */
  public static final int PARTITIONS_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() >> 14, 2_000, 1_000_000);

  /** Partitions of all topics together. */
  public int partitions() {
    int partitions = 0;
    for (Topic topic : topics.values()) {
      partitions += topic.partitions();
    }
    return partitions;
  }

  public @Nullable Topic topic(String name) {
    return topics.get(name);
  }

  public @Nullable Index index(String name) {
    return indexes.get(name);
  }

  public @Nullable Projection projection(String name) {
    return projections.get(name);
  }

  /** Folds one event in. An event about something that is not there changes nothing. */
  public CatalogState with(CatalogEvent event) {
    return switch (event) {
      case CatalogEvent.TopicCreated(Topic topic) -> putTopic(topic);
      case CatalogEvent.TopicDeleted(String name) ->
          withTopics(changed(topics, m -> m.remove(name)));
      case CatalogEvent.PartitionsAdded(String name, List<Integer> streams) -> {
        Topic topic = topics.get(name);
        yield topic == null ? this : putTopic(grown(topic, streams));
      }
      case CatalogEvent.TopicConfigured(String name, Map<String, String> config) -> {
        Topic topic = topics.get(name);
        yield topic == null ? this : putTopic(configured(topic, config));
      }
      case CatalogEvent.IndexCreated(Index index) ->
          withIndexes(changed(indexes, m -> m.put(index.name(), index)))
              .withNextStream(index.stream() + 1);
      case CatalogEvent.IndexDeleted(String name) ->
          withIndexes(changed(indexes, m -> m.remove(name)));
      case CatalogEvent.IndexConfigured(String name, String settings) ->
          withIndexes(
              changed(indexes, m -> m.computeIfPresent(name, (_, i) -> configured(i, settings))));
      case CatalogEvent.TopicDerived(String name, var projection) ->
          withTopics(
              changed(topics, m -> m.computeIfPresent(name, (_, t) -> derived(t, projection))));
      case CatalogEvent.IndexDerived(String name, var projection) ->
          withIndexes(
              changed(indexes, m -> m.computeIfPresent(name, (_, i) -> derived(i, projection))));
      case CatalogEvent.ProjectionCreated(Projection projection) ->
          withProjections(changed(projections, m -> m.put(projection.name(), projection)));
      case CatalogEvent.ProjectionFilled(String name) ->
          withProjections(changed(projections, m -> m.computeIfPresent(name, (_, p) -> filled(p))));
      case CatalogEvent.ProjectionDeleted(String name) -> withoutProjection(name);
      case CatalogEvent.DocumentPut(String kind, String name, String json) ->
          withDocuments(kind, m -> m.put(name, json));
      case CatalogEvent.DocumentDeleted(String kind, String name) ->
          withDocuments(kind, m -> m.remove(name));
      case CatalogEvent.UserPut(User user) ->
          withUsers(changed(users, m -> m.put(user.name(), user)));
      case CatalogEvent.UserDeleted(String name) -> withUsers(changed(users, m -> m.remove(name)));
    };
  }

  /** Whether a projection writes changes of keys to the topic: then none may be compacted away. */
  public boolean takesChanges(String topic) {
    return projections.values().stream()
        .flatMap(projection -> projection.targets().stream())
        .anyMatch(new Projection.Target.ToTopic(topic, Projection.Form.CHANGE)::equals);
  }

  /** The topic or index stays, and takes direct writes from now on. */
  private CatalogState withoutProjection(String name) {
    Map<String, Topic> freeTopics =
        changed(
            topics, m -> m.replaceAll((_, t) -> name.equals(t.derivedBy()) ? derived(t, null) : t));
    Map<String, Index> freeIndexes =
        changed(
            indexes,
            m -> m.replaceAll((_, i) -> name.equals(i.derivedBy()) ? derived(i, null) : i));
    return new CatalogState(
        freeTopics,
        freeIndexes,
        changed(projections, m -> m.remove(name)),
        documents,
        users,
        nextStream);
  }

  private CatalogState putTopic(Topic topic) {
    int last = topic.streams().stream().mapToInt(Integer::intValue).max().orElse(0);
    return withTopics(changed(topics, m -> m.put(topic.name(), topic))).withNextStream(last + 1);
  }

  private CatalogState withTopics(Map<String, Topic> changed) {
    return new CatalogState(changed, indexes, projections, documents, users, nextStream);
  }

  private CatalogState withIndexes(Map<String, Index> changed) {
    return new CatalogState(topics, changed, projections, documents, users, nextStream);
  }

  private CatalogState withProjections(Map<String, Projection> changed) {
    return new CatalogState(topics, indexes, changed, documents, users, nextStream);
  }

  private CatalogState withDocuments(String kind, Consumer<Map<String, String>> change) {
    Map<String, String> ofKind = changed(documents.getOrDefault(kind, Map.of()), change);
    return new CatalogState(
        topics,
        indexes,
        projections,
        changed(documents, m -> m.put(kind, ofKind)),
        users,
        nextStream);
  }

  private CatalogState withUsers(Map<String, User> changed) {
    return new CatalogState(topics, indexes, projections, documents, changed, nextStream);
  }

  private CatalogState withNextStream(int atLeast) {
    return atLeast <= nextStream
        ? this
        : new CatalogState(topics, indexes, projections, documents, users, atLeast);
  }

  private static <V> Map<String, V> changed(Map<String, V> map, Consumer<Map<String, V>> change) {
    Map<String, V> copy = new TreeMap<>(map);
    change.accept(copy);
    return Collections.unmodifiableMap(copy);
  }

  private static Topic grown(Topic t, List<Integer> more) {
    List<Integer> streams = new ArrayList<>(t.streams());
    streams.addAll(more);
    return new Topic(
        t.name(),
        t.idHigh(),
        t.idLow(),
        List.copyOf(streams),
        t.config(),
        t.derivedBy(),
        t.createdMs());
  }

  private static Topic configured(Topic t, Map<String, String> config) {
    return new Topic(
        t.name(), t.idHigh(), t.idLow(), t.streams(), config, t.derivedBy(), t.createdMs());
  }

  private static Topic derived(Topic t, @Nullable String by) {
    return new Topic(t.name(), t.idHigh(), t.idLow(), t.streams(), t.config(), by, t.createdMs());
  }

  private static Index configured(Index i, String settings) {
    return new Index(
        i.name(), i.uuid(), i.stream(), settings, i.mappings(), i.derivedBy(), i.createdMs());
  }

  private static Index derived(Index i, @Nullable String by) {
    return new Index(i.name(), i.uuid(), i.stream(), i.settings(), i.mappings(), by, i.createdMs());
  }

  private static Projection filled(Projection p) {
    return new Projection(p.name(), p.source(), p.targets(), true);
  }
}
