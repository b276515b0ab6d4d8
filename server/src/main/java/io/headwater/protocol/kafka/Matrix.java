package io.headwater.protocol.kafka;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.protocol.ApiKeys;

/** Writes docs/protocols/kafka.md from the table of APIs. */
final class Matrix {
  private static final String HEAD =
      """
      # What the Kafka protocol supports

      Written from the table in `KafkaProtocol` by a test; do not edit.

      One broker, node 1, leads every partition and coordinates every group. The versions are those that the \
      Apache Kafka 4.3 classes read; ApiVersions answers with the same table (and with Produce from version \
      0, which librdkafka wants to see). Consumer groups speak the classic protocol and KIP-848 \
      (`group.version` 1).

      `acks=all` is answered when the record is synced to disk, `acks=1` when it is in the log's file, \
      `acks=0` not at all. Consumers are given what is synced. Producing to a topic that a projection derives \
      is refused with `POLICY_VIOLATION`, to an internal topic with `INVALID_TOPIC_EXCEPTION`; while the \
      disk is full with `KAFKA_STORAGE_ERROR`, which producers retry.

      ## Supported

      | api | key | versions | not supported |
      | --- | --- | --- | --- |
      """;

  private Matrix() {}

  static String text(Collection<Api<?>> apis) {
    StringBuilder page = new StringBuilder(HEAD);
    Set<ApiKeys> missing = EnumSet.copyOf(ApiKeys.clientApis());
    for (Api<?> api : apis) {
      missing.remove(api.key());
      page.append(
          "| %s | %d | %d–%d | %s |\n"
              .formatted(
                  api.key().name, api.key().id, api.minVersion(), api.maxVersion(), api.note()));
    }
    String names = missing.stream().map(key -> key.name).collect(Collectors.joining(", "));
    return page.append("\n## Not advertised\n\n")
        .append("A request for one of these is answered with `UNSUPPORTED_VERSION`: ")
        .append(names)
        .append(".\n")
        .toString();
  }
}
