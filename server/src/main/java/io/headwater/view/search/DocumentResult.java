package io.headwater.view.search;

import org.jspecify.annotations.Nullable;

/**
 * A document as its last acknowledged write left it.
 *
 * @param source JSON, or null where {@code found} is false
 */
public record DocumentResult(
    String index, String id, boolean found, long version, long seqNo, byte @Nullable [] source) {}
