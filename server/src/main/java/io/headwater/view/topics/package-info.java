/**
 * What do the topics hold? Partitions of records in Kafka's v2 batch format: derived from the log,
 * kept in segment files that can be sent to consumers as they are, with retention and compaction
 * per topic.
 *
 * <p>Front door: {@link io.headwater.view.topics.Topics}; its owner is the topics loop, on which
 * the Kafka connections live. {@link io.headwater.view.topics.BatchBuilder} makes batches for those
 * who project into a topic. The bytes are drawn in docs/formats/topics.md.
 */
@NullMarked
package io.headwater.view.topics;

import org.jspecify.annotations.NullMarked;
