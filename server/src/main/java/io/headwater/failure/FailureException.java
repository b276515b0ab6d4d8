package io.headwater.failure;

/** Carries a {@link Failure} through code that returns something else, such as a future. */
public final class FailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  public FailureException(Failure failure) {
    super(failure.toString(), null, false, false);
    this.failure = failure;
  }

  public Failure failure() {
    return failure;
  }
}
