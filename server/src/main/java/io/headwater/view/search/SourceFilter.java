package io.headwater.view.search;

import java.util.List;

/** Which parts of the stored JSON to bring: dotted names with {@code *}; no includes means all. */
public record SourceFilter(boolean enabled, List<String> includes, List<String> excludes) {
  public static final SourceFilter ALL = new SourceFilter(true, List.of(), List.of());
  public static final SourceFilter NONE = new SourceFilter(false, List.of(), List.of());
}
