package io.headwater.view.topics;

import io.headwater.log.LoggedPart;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.CatalogCodec;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Topic;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which topics and partitions there are: this view's own fold of the catalog's stream. */
@OwnedBy("topics")
final class PartitionTable {
  private record TopicId(long high, long low) {}

  private final SegmentStore store;
  private final int producersMax;
  private final Consumer<Partition> deleted;
  private final Map<TopicId, Topic> byId = new HashMap<>();
  private final ConcurrentHashMap<Integer, Partition> byStream = new ConcurrentHashMap<>();
  private CatalogState catalog = CatalogState.EMPTY;

  /**
   * @param deleted told of each partition that goes
   */
  PartitionTable(SegmentStore store, int producersMax, Consumer<Partition> deleted) {
    this.store = store;
    this.producersMax = producersMax;
    this.deleted = deleted;
  }

  @Nullable Topic topic(String name) {
    return catalog.topic(name);
  }

  @Nullable Topic topic(long idHigh, long idLow) {
    return byId.get(new TopicId(idHigh, idLow));
  }

  Collection<Topic> topics() {
    return catalog.topics().values();
  }

  /** Safe from any thread, for those who only want to know whether there is one. */
  @Nullable Partition partition(int stream) {
    return byStream.get(stream);
  }

  @Nullable Partition partition(String name, int number) {
    Topic topic = catalog.topic(name);
    return topic == null || number < 0 || number >= topic.partitions()
        ? null
        : byStream.get(topic.streams().get(number));
  }

  Collection<Partition> partitions() {
    return byStream.values();
  }

  void apply(LoggedPart part) {
    for (CatalogEvent event : CatalogCodec.decodeAll(part.payload())) {
      apply(event);
    }
  }

  void apply(CatalogEvent event) {
    Map<String, Topic> before = catalog.topics();
    catalog = catalog.with(event);
    if (catalog.topics() == before) {
      return;
    }
    for (Topic old : before.values()) {
      Topic now = catalog.topic(old.name());
      if (now == null || now.idHigh() != old.idHigh() || now.idLow() != old.idLow()) {
        delete(old);
      }
    }
    for (Topic now : catalog.topics().values()) {
      if (before.get(now.name()) != now) {
        createOrChange(now);
      }
    }
  }

  private void createOrChange(Topic topic) {
    byId.put(new TopicId(topic.idHigh(), topic.idLow()), topic);
    for (int number = 0; number < topic.partitions(); number++) {
      int stream = topic.streams().get(number);
      Partition partition = byStream.get(stream);
      if (partition == null) {
        byStream.put(stream, new Partition(store, topic, number, producersMax));
      } else {
        partition.configure(topic);
      }
    }
  }

  private void delete(Topic topic) {
    byId.remove(new TopicId(topic.idHigh(), topic.idLow()));
    for (int stream : topic.streams()) {
      Partition partition = byStream.remove(stream);
      if (partition != null) {
        deleted.accept(partition);
      }
    }
  }
}
