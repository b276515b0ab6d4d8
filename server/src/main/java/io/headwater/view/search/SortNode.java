package io.headwater.view.search;

import org.jspecify.annotations.Nullable;

/** One sort key. */
public sealed interface SortNode {
  record Score(boolean ascending) implements SortNode {}

  /** Index order: the cheapest. */
  record Doc(boolean ascending) implements SortNode {}

  /**
   * @param missing {@code _last}, {@code _first} or a value; null is {@code _last}
   * @param mode {@code min} or {@code max} of several values (also {@code avg}, {@code sum}: not
   *     supported); null is min ascending, max descending
   * @param unmappedType sorts an unmapped field as if all values were missing; null refuses
   * @param format of dates in the hit's sort values, or null for milliseconds
   */
  record Field(
      String field,
      boolean ascending,
      @Nullable Object missing,
      @Nullable String mode,
      @Nullable String unmappedType,
      @Nullable String format)
      implements SortNode {}
}
