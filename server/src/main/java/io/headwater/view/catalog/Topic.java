package io.headwater.view.catalog;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A topic.
 *
 * @param idHigh and {@code idLow} the topic's UUID, as Kafka shows it
 * @param streams the log stream of each partition, by partition number
 * @param config Kafka's topic configuration, only what was set explicitly
 * @param derivedBy the projection that alone writes it, or null
 */
public record Topic(
    String name,
    long idHigh,
    long idLow,
    List<Integer> streams,
    Map<String, String> config,
    @Nullable String derivedBy,
    long createdMs) {
  public int partitions() {
    return streams.size();
  }
}
