package io.headwater.view.search;

import org.jspecify.annotations.Nullable;

/** One direct write to one document. JSON is UTF-8 and given away: do not change it afterwards. */
public sealed interface WriteOp {
  String index();

  /** Null asks for a generated id. */
  @Nullable String id();

  Condition condition();

  /**
   * Stores a whole document.
   *
   * @param mode {@code CREATE} refuses where the id exists
   */
  record Put(String index, @Nullable String id, byte[] source, Mode mode, Condition condition)
      implements WriteOp {}

  enum Mode {
    INDEX,
    CREATE
  }

  /**
   * Merges a partial document into the stored one.
   *
   * @param upsert the whole document to store where there is none, or null
   * @param docAsUpsert stores {@code doc} itself where there is none
   * @param detectNoop answers {@link WriteResult.Kind#NOOP} when the merge changes nothing
   */
  record Update(
      String index,
      String id,
      byte[] doc,
      byte @Nullable [] upsert,
      boolean docAsUpsert,
      boolean detectNoop,
      Condition condition)
      implements WriteOp {}

  record Delete(String index, String id, Condition condition) implements WriteOp {}

  /** What must hold for the write to happen. */
  sealed interface Condition {
    record None() implements Condition {}

    /** The document's last change is exactly this one. */
    record At(long seqNo, long primaryTerm) implements Condition {}

    /** {@code version_type} external (or external_gte): the caller's version must be greater. */
    record External(long version, boolean orEqual) implements Condition {}

    Condition NONE = new None();
  }
}
