package io.headwater.view.search;

/**
 * @param bufferBytes Lucene's indexing buffers, all indexes together
 * @param documentBytes of one document's JSON
 * @param frameBytes payload after which one submit is split into several frames
 * @param pendingSourceBytes sources kept for GET until they are visible in Lucene
 * @param pendingIds ids not yet visible in Lucene after which a refresh is forced, per index
 * @param resultWindow {@code from + size} where the index does not say otherwise
 * @param buckets of one search's aggregations
 * @param searchMs a search's time limit
 * @param queuedBytes of writes that wait for the owner or for the disk; more are refused
 */
public record SearchLimits(
    long bufferBytes,
    int documentBytes,
    int frameBytes,
    long pendingSourceBytes,
    int pendingIds,
    int resultWindow,
    int buckets,
    long searchMs,
    long queuedBytes) {
  private static final long HEAP = Runtime.getRuntime().maxMemory();

  /** Of heaps from 1 to 4 GiB on; smaller ones have shares instead. */
  public static final SearchLimits DEFAULTS =
      new SearchLimits(
          Math.min(128L << 20, HEAP / 8),
          (int) Math.min(32 << 20, HEAP / 32),
          4 << 20,
          Math.min(32L << 20, HEAP / 32),
          200_000,
          10_000,
          65_536,
          30_000,
          Math.min(256L << 20, HEAP / 8));

  /** Of the sources that one search shows; a thirty-second of the heap. */
  static final long SHOWN_BYTES_MAX = Math.clamp(HEAP / 32, 4L << 20, 256L << 20);
}
