package io.headwater.view.catalog;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What changes the catalog; each is one record of stream 0. */
public sealed interface CatalogEvent {
  record TopicCreated(Topic topic) implements CatalogEvent {}

  record TopicDeleted(String name) implements CatalogEvent {}

  /** More partitions; {@code streams} are those of the new ones only. */
  record PartitionsAdded(String topic, List<Integer> streams) implements CatalogEvent {}

  /** The whole explicit configuration after the change. */
  record TopicConfigured(String topic, Map<String, String> config) implements CatalogEvent {}

  record IndexCreated(Index index) implements CatalogEvent {}

  record IndexDeleted(String name) implements CatalogEvent {}

  record IndexConfigured(String name, String settings) implements CatalogEvent {}

  /** From now on the named projection alone writes the topic, or anybody if it is null. */
  record TopicDerived(String topic, @Nullable String projection) implements CatalogEvent {}

  /** From now on the named projection alone writes the index, or anybody if it is null. */
  record IndexDerived(String index, @Nullable String projection) implements CatalogEvent {}

  record ProjectionCreated(Projection projection) implements CatalogEvent {}

  record ProjectionFilled(String name) implements CatalogEvent {}

  record ProjectionDeleted(String name) implements CatalogEvent {}

  /** A named document of some kind (aliases, templates): later kinds need no new event. */
  record DocumentPut(String kind, String name, String json) implements CatalogEvent {}

  record DocumentDeleted(String kind, String name) implements CatalogEvent {}

  /** A new user, or all that one is after a change. */
  record UserPut(User user) implements CatalogEvent {}

  record UserDeleted(String name) implements CatalogEvent {}
}
