/**
 * How do Kafka clients ask? Requests in Kafka's wire protocol, decoded and encoded with the
 * generated classes of kafka-clients, answered by the topics, groups and catalog views.
 *
 * <p>Front door: {@link io.headwater.protocol.kafka.KafkaProtocol}, which opens a session for each
 * connection. The table of APIs in it is the only list of what is supported: dispatch, the
 * ApiVersions answer and docs/protocols/kafka.md follow from it. Everything here runs on the topics
 * loop, which owns the topics view too, so a produce or a fetch needs no hand-over.
 */
@NullMarked
package io.headwater.protocol.kafka;

import org.jspecify.annotations.NullMarked;
