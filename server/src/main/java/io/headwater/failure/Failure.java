package io.headwater.failure;

/**
 * Expected trouble, as data. Bugs are not failures: they are {@link IllegalStateException} or an
 * assertion and stop their owner. Each protocol maps a failure to its own words in one exhaustive
 * {@code switch}, so that a new case fails to compile everywhere it matters.
 */
public sealed interface Failure {
  /** The journal cannot grow (disk full): reads go on, writes are refused until there is space. */
  record ReadOnly(String reason) implements Failure {}

  /** The log failed (an I/O error on write or sync) and stays dead until a restart. */
  record LogDead(String reason) implements Failure {}

  /** A queue is at its limit. */
  record Overloaded(long retryAfterMs) implements Failure {}

  /** A request, value or frame is past a limit. */
  record TooLarge(String what, long bytes, long limitBytes) implements Failure {}

  /** A direct write to what a projection derives. */
  record Derived(String target, String source, String projection) implements Failure {}

  record NotFound(String kind, String name) implements Failure {}

  record AlreadyExists(String kind, String name) implements Failure {}

  /** A request that makes no sense; {@code reason} is one sentence. */
  record Invalid(String reason) implements Failure {}

  /** A request for something that this server does not do; {@code what} names it. */
  record NotSupported(String what) implements Failure {}

  /** Optimistic concurrency lost, or a create met an existing item. */
  record Conflict(String reason) implements Failure {}

  /** Time ran out before the state asked for was reached. */
  record TimedOut(String what, long afterMs) implements Failure {}

  /** A closing server takes no new work. */
  record ShuttingDown() implements Failure {}
}
