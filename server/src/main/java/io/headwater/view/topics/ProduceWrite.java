package io.headwater.view.topics;

import java.nio.ByteBuffer;

/**
 * What a producer sends to one partition.
 *
 * @param records exactly one v2 batch, from the buffer's position to its limit; it is copied, and
 *     the buffer's position does not move
 */
public record ProduceWrite(String topic, int partition, ByteBuffer records) {}
