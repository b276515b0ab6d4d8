package io.headwater.view.topics;

import org.apache.kafka.common.protocol.Errors;

/**
 * The outcome of {@link Topics#deleteRecords}.
 *
 * @param lowWatermark the first offset that is left; -1 on an error
 * @param position the reply may leave when the log is durable up to here
 */
public record RecordsDeleted(Errors error, long lowWatermark, long position) {}
