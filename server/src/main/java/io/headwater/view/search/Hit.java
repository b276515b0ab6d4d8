package io.headwater.view.search;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One document that matches.
 *
 * @param score NaN where the search did not score
 * @param source JSON, filtered as asked; null where it was not asked for
 * @param sort the values it was sorted by: {@link Long}, {@link Double}, {@link String} or null;
 *     null without a sort
 */
public record Hit(
    String index,
    String id,
    float score,
    long version,
    long seqNo,
    byte @Nullable [] source,
    @Nullable List<@Nullable Object> sort,
    Map<String, List<Object>> fields,
    Map<String, List<String>> highlight) {}
