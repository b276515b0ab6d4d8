package io.headwater.view.search.query;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;

/** How many optional clauses must match: {@code 2}, {@code -1}, {@code 75%}, {@code 3<90% 9<-2}. */
final class MinimumShouldMatch {
  private MinimumShouldMatch() {}

  /**
   * @param clauses how many there are
   * @return in {@code 0..} ; may be more than there are clauses
   */
  static int of(String text, int clauses) {
    String spec = text.strip();
    if (spec.indexOf('<') < 0) {
      return Math.max(0, simple(spec, clauses, text));
    }
    int result = clauses;
    for (String part : spec.split("\\s+")) {
      int less = part.indexOf('<');
      if (less <= 0) {
        throw invalid(text);
      }
      if (clauses <= number(part.substring(0, less), text)) {
        return result;
      }
      result = Math.max(0, simple(part.substring(less + 1), clauses, text));
    }
    return result;
  }

  private static int simple(String spec, int clauses, String text) {
    if (spec.endsWith("%")) {
      int percent = number(spec.substring(0, spec.length() - 1), text);
      int part = (int) ((long) clauses * percent / 100);
      return percent < 0 ? clauses + part : part;
    }
    int count = number(spec, text);
    return count < 0 ? clauses + count : count;
  }

  private static int number(String digits, String text) {
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw invalid(text);
    }
  }

  private static FailureException invalid(String text) {
    return new FailureException(
        new Failure.Invalid("failed to parse [minimum_should_match]: [" + text + "]"));
  }
}
