package io.headwater.protocol.kafka;

import org.jspecify.annotations.Nullable;

/**
 * What an operator can set.
 *
 * @param advertisedHost where clients are told to connect; null: the address they connected to
 * @param advertisedPort 0: the port they connected to
 * @param autoCreateTopics whether metadata requests may create what they name
 * @param defaultPartitions partitions of a topic whose creator does not say
 * @param requestBytesMax Kafka's {@code socket.request.max.bytes}
 * @param otherRequestBytesMax the same for all but Produce: decoded, they take many times the room
 * @param requestsInFlightMax unanswered requests of one connection before it is read no further
 */
public record KafkaSettings(
    @Nullable String advertisedHost,
    int advertisedPort,
    boolean autoCreateTopics,
    int defaultPartitions,
    int requestBytesMax,
    int otherRequestBytesMax,
    int requestsInFlightMax) {
  public static final KafkaSettings DEFAULT =
      new KafkaSettings(null, 0, true, 1, 100 << 20, 8 << 20, 256);

  public KafkaSettings {
    if (advertisedPort < 0 || advertisedPort > 65_535) {
      throw new IllegalArgumentException("advertised port " + advertisedPort + ", not 0..65535");
    }
    if (defaultPartitions < 1 || defaultPartitions > TopicCreation.PARTITIONS_MAX) {
      throw new IllegalArgumentException(
          "default partitions " + defaultPartitions + ", not 1.." + TopicCreation.PARTITIONS_MAX);
    }
  }
}
