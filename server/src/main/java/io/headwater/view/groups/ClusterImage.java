package io.headwater.view.groups;

import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Topic;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;

/** The catalog's topics as the picture of a cluster that Apache's coordinator wants: one broker. */
final class ClusterImage {
  static final int NODE_ID = 1;
  private static final List<Integer> REPLICAS = List.of(NODE_ID);

  /** What changed, and what there is after the change. */
  record Update(MetadataDelta delta, MetadataImage image) {}

  private MetadataImage image = MetadataImage.EMPTY;
  private Map<String, Topic> known = Map.of();

  /** The difference to the state given last. */
  Update update(CatalogState state, long nowMs) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    if (image.cluster().brokers().isEmpty()) {
      delta.replay(new RegisterBrokerRecord().setBrokerId(NODE_ID).setFenced(false));
    }
    for (Topic topic : known.values()) {
      Topic now = state.topic(topic.name());
      if (now == null || !id(now).equals(id(topic))) {
        delta.replay(new RemoveTopicRecord().setTopicId(id(topic)));
      }
    }
    for (Topic topic : state.topics().values()) {
      Topic before = known.get(topic.name());
      int from = before == null || !id(before).equals(id(topic)) ? 0 : before.partitions();
      if (from == 0) {
        delta.replay(new TopicRecord().setName(topic.name()).setTopicId(id(topic)));
      }
      for (int i = from; i < topic.partitions(); i++) {
        delta.replay(partition(topic, i));
      }
    }
    known = state.topics();
    image =
        delta.apply(
            new MetadataProvenance(image.provenance().lastContainedOffset() + 1, 0, nowMs, true));
    return new Update(delta, image);
  }

  private static PartitionRecord partition(Topic topic, int index) {
    return new PartitionRecord()
        .setTopicId(id(topic))
        .setPartitionId(index)
        .setReplicas(REPLICAS)
        .setIsr(REPLICAS)
        .setLeader(NODE_ID)
        .setLeaderEpoch(0)
        .setPartitionEpoch(0);
  }

  private static Uuid id(Topic topic) {
    return new Uuid(topic.idHigh(), topic.idLow());
  }
}
