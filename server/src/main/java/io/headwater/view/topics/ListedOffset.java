package io.headwater.view.topics;

import org.apache.kafka.common.protocol.Errors;

/**
 * An answer to ListOffsets.
 *
 * @param offset -1 if no record matches
 * @param timestampMs -1 if no record matches or none was asked for
 */
public record ListedOffset(Errors error, long offset, long timestampMs) {}
