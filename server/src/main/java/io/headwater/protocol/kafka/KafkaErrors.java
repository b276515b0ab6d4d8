package io.headwater.protocol.kafka;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;

/** Trouble in Kafka's words. */
final class KafkaErrors {
  private static final System.Logger LOG = System.getLogger(KafkaErrors.class.getName());

  private KafkaErrors() {}

  /**
   * Where clients can do nothing but try again later they are told an error that they retry; where
   * the request cannot succeed, one that they do not.
   */
  static ApiError of(Failure failure) {
    return switch (failure) {
      case Failure.ReadOnly(String reason) ->
          new ApiError(Errors.KAFKA_STORAGE_ERROR, "the server is read-only: " + reason);
      case Failure.LogDead(String reason) ->
          new ApiError(Errors.KAFKA_STORAGE_ERROR, "the server's log failed: " + reason);
      case Failure.Overloaded(long retryAfterMs) ->
          new ApiError(Errors.REQUEST_TIMED_OUT, "overloaded, retry in " + retryAfterMs + " ms");
      case Failure.TooLarge(String what, long bytes, long limitBytes) ->
          new ApiError(
              Errors.MESSAGE_TOO_LARGE,
              what + " of " + bytes + " bytes is over the limit of " + limitBytes);
      case Failure.Derived(String target, String source, String projection) ->
          new ApiError(
              Errors.POLICY_VIOLATION,
              "topic " + target + " is derived from " + source + " by projection " + projection);
      case Failure.NotFound(String kind, String name) ->
          new ApiError(Errors.UNKNOWN_TOPIC_OR_PARTITION, "no " + kind + " " + name);
      case Failure.AlreadyExists(String kind, String name) ->
          new ApiError(Errors.TOPIC_ALREADY_EXISTS, kind + " " + name + " exists");
      case Failure.Invalid(String reason) -> new ApiError(Errors.INVALID_REQUEST, reason);
      case Failure.NotSupported(String what) ->
          new ApiError(Errors.INVALID_REQUEST, what + " is not supported");
      case Failure.Conflict(String reason) -> new ApiError(Errors.INVALID_REQUEST, reason);
      case Failure.TimedOut(String what, long afterMs) ->
          new ApiError(Errors.REQUEST_TIMED_OUT, what + " took longer than " + afterMs + " ms");
      case Failure.ShuttingDown() ->
          new ApiError(Errors.NOT_LEADER_OR_FOLLOWER, "the server is shutting down");
    };
  }

  /** Whatever a handler threw; what nobody expected is logged. */
  static ApiError of(Throwable thrown) {
    Throwable error = thrown;
    while (error instanceof CompletionException && error.getCause() != null) {
      error = error.getCause();
    }
    return switch (error) {
      case FailureException e -> of(e.failure());
      case ApiException e -> ApiError.fromThrowable(e);
      default -> {
        LOG.log(Level.ERROR, "kafka: a request failed", error);
        yield new ApiError(Errors.UNKNOWN_SERVER_ERROR, error.toString());
      }
    };
  }
}
