package io.headwater.view.search;

/**
 * @param maxSeqNo the offset of the newest record in the index's stream; -1 without any
 * @param bytes of its files
 */
public record IndexStats(
    String name, String uuid, long docs, long deletedDocs, long bytes, long maxSeqNo) {}
