package io.headwater.view.topics;

/**
 * Limits and intervals of the topics view.
 *
 * @param retentionCheckMs how often retention, rolling and compaction are looked at
 * @param openFiles segment files held open at once; others are opened when needed
 * @param indexBytes memory for the indexes of segments that are not written any more
 * @param compactionMapBytes memory for the keys of one compaction run
 * @param freeBytesMin free disk space below which writes are refused
 * @param producersPerPartition remembered producers; the one silent longest is forgotten first
 * @param producerExpiryMs silence after which a producer is forgotten
 */
public record TopicsConfig(
    long retentionCheckMs,
    int openFiles,
    long indexBytes,
    long compactionMapBytes,
    long freeBytesMin,
    int producersPerPartition,
    long producerExpiryMs) {
  public static final TopicsConfig DEFAULTS =
      new TopicsConfig(30_000, 1_000, 64L << 20, 64L << 20, 64L << 20, 10_000, 86_400_000L);

  public TopicsConfig {
    require(retentionCheckMs >= 1, "log.retention.check.interval.ms must be at least 1");
    require(openFiles >= 4, "topics.open.files must be at least 4");
    require(indexBytes >= 4096, "topics.index.bytes must be at least 4096");
    require(compactionMapBytes >= 4096, "topics.compaction.map.bytes must be at least 4096");
    require(freeBytesMin >= 0, "topics.free.bytes.min must not be negative");
    require(producersPerPartition >= 1, "topics.producers.per.partition must be at least 1");
    require(producerExpiryMs >= 1, "producer.id.expiration.ms must be at least 1");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
