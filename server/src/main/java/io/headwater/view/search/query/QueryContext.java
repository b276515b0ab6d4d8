package io.headwater.view.search.query;

import io.headwater.view.search.mapping.Mapping;

/**
 * What a query means depends on.
 *
 * @param nowMs what {@code now} is in date math: one instant for the whole search
 */
public record QueryContext(Mapping mapping, long nowMs) {}
