package io.headwater.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.junit.jupiter.api.Test;

class KafkaErrorsTest {
  @Test
  void clientsRetryWhatPasses() {
    assertThat(
            new Failure[] {
              new Failure.ReadOnly("disk full"),
              new Failure.Overloaded(10),
              new Failure.TimedOut("waiting", 10),
              new Failure.ShuttingDown()
            })
        .allMatch(failure -> KafkaErrors.of(failure).exception() instanceof RetriableException);
  }

  @Test
  void clientsGiveUpOnWhatStays() {
    assertThat(
            new Failure[] {
              new Failure.Derived("a", "b", "c"),
              new Failure.TooLarge("batch", 2, 1),
              new Failure.AlreadyExists("topic", "a"),
              new Failure.Invalid("no"),
              new Failure.NotSupported("this")
            })
        .noneMatch(failure -> KafkaErrors.of(failure).exception() instanceof RetriableException);
  }

  @Test
  void theMessageNamesTheThing() {
    assertThat(KafkaErrors.of(new Failure.Derived("changes", "keys a:*", "p")).message())
        .isEqualTo("topic changes is derived from keys a:* by projection p");
    assertThat(KafkaErrors.of(new Failure.ReadOnly("disk full")).message()).contains("disk full");
  }

  @Test
  void whatAFutureWrapsIsUnwrapped() {
    ApiError error =
        KafkaErrors.of(
            new CompletionException(new FailureException(new Failure.NotFound("topic", "a"))));

    assertThat(error.error()).isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    assertThat(KafkaErrors.of(new CompletionException(Errors.INVALID_RECORD.exception())).error())
        .isEqualTo(Errors.INVALID_RECORD);
    assertThat(KafkaErrors.of(new IllegalStateException("bug")).error())
        .isEqualTo(Errors.UNKNOWN_SERVER_ERROR);
  }
}
