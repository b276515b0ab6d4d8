package io.headwater.protocol.elastic.error;

/** Carries an {@link ElasticError} to the place that answers. */
public final class ElasticException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ElasticError error;

  public ElasticException(ElasticError error) {
    super(error.reason(), null, false, false);
    this.error = error;
  }

  public ElasticError error() {
    return error;
  }
}
