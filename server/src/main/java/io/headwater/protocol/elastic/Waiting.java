package io.headwater.protocol.elastic;

import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.error.ElasticError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waits on a request's virtual thread. */
final class Waiting {
  private Waiting() {}

  /**
   * The future's value.
   *
   * @throws FailureException that the future failed with
   */
  static <T> T on(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof FailureException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException bug) {
        throw bug;
      }
      throw e;
    }
  }

  static ElasticError error(FailureException e) {
    return ElasticError.of(e.failure());
  }
}
