package io.headwater.view.search;

import io.headwater.failure.Failure;

/** What became of one {@link WriteOp}. */
public sealed interface WriteResult {
  String index();

  String id();

  /**
   * The write's outcome stands in the log.
   *
   * @param seqNo the record's offset in the index's stream; for {@code NOOP} and {@code NOT_FOUND}
   *     that of the document as it is, or -2 without one. The primary term is always 1.
   * @param position where the frame ends that holds it: what a token is made of
   */
  record Done(String index, String id, Kind kind, long version, long seqNo, long position)
      implements WriteResult {}

  enum Kind {
    CREATED,
    UPDATED,
    DELETED,
    NOOP,
    /** A delete of what is not there. */
    NOT_FOUND
  }

  /** Nothing was written. */
  record Failed(String index, String id, Cause cause, Failure failure) implements WriteResult {}

  /** Why, in the classes that Elasticsearch's error types distinguish. */
  enum Cause {
    VERSION_CONFLICT,
    /** Malformed JSON, or a value that the mapping does not take. */
    DOCUMENT_PARSING,
    /** {@code dynamic: strict} met a new field. */
    STRICT_DYNAMIC_MAPPING,
    /** An update without upsert of what is not there. */
    DOCUMENT_MISSING,
    INDEX_NOT_FOUND,
    ILLEGAL_ARGUMENT,
    /** See the {@link Failure}: derived, read-only, log dead, too large, not supported. */
    OTHER
  }
}
