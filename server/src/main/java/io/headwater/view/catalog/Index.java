package io.headwater.view.catalog;

import org.jspecify.annotations.Nullable;

/**
 * A search index as it was created; mappings that documents add later are the search view's state.
 *
 * @param uuid 22 characters, as Elasticsearch shows it; also the folder's name
 * @param settings JSON object
 * @param mappings JSON object
 * @param derivedBy the projection that alone writes it, or null
 */
public record Index(
    String name,
    String uuid,
    int stream,
    String settings,
    String mappings,
    @Nullable String derivedBy,
    long createdMs) {}
