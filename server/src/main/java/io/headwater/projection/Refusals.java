package io.headwater.projection;

import io.headwater.projection.DerivedJson.Underivable;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Why targets of one projection cannot take a key's value: one dead letter where they agree. */
final class Refusals {
  private final Map<String, String> reasons = new LinkedHashMap<>();
  private int targets;

  /** Whether one is that the value is too large: then its dead letter does not hold it either. */
  boolean tooLarge;

  /** Makes what a target takes. */
  interface Attempt {
    byte[] make() throws Underivable;
  }

  /** What was made, or null if it could not be, which is noted. */
  byte @Nullable [] tried(String target, Attempt attempt) {
    targets++;
    try {
      return attempt.make();
    } catch (Underivable e) {
      tooLarge |= e instanceof TopicJson.TooLarge;
      reasons.put(target, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** A target has nothing to refuse. */
  void content() {
    targets++;
  }

  boolean isEmpty() {
    return reasons.isEmpty();
  }

  /** Shows targets and reasons. */
  void forEach(BiConsumer<String, String> refusal) {
    boolean agree = reasons.size() == targets && new HashSet<>(reasons.values()).size() == 1;
    if (agree) {
      refusal.accept("all targets", reasons.values().iterator().next());
    } else {
      reasons.forEach(refusal);
    }
  }
}
