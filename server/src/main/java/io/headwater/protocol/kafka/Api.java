package io.headwater.protocol.kafka;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractRequest;

/**
 * One line of the table of supported APIs: which versions are served, and by whom. The versions are
 * all stable ones that the library can read.
 *
 * @param note what of the API is not there, for the generated page; empty when it is whole
 */
record Api<R extends AbstractRequest>(ApiKeys key, Class<R> type, Handler<R> handler, String note) {

  /** Serves one kind of request. Called on the topics loop. */
  interface Handler<R> {
    /**
     * Answers now or later, on any thread. Records in the request alias the network buffer and are
     * gone when this returns; all else in it stays.
     */
    CompletionStage<? extends Exchange.Outcome> handle(Exchange exchange, R request);
  }

  /** An API that is answered at once. */
  static <R extends AbstractRequest> Api<R> now(
      ApiKeys key, Class<R> type, BiFunction<Exchange, R, ApiMessage> answer) {
    return new Api<>(
        key,
        type,
        (exchange, request) ->
            CompletableFuture.completedFuture(exchange.answer(answer.apply(exchange, request))),
        "");
  }

  /** An API that is answered when a future completes. */
  static <R extends AbstractRequest> Api<R> later(
      ApiKeys key,
      Class<R> type,
      BiFunction<Exchange, R, CompletionStage<? extends ApiMessage>> answer) {
    return new Api<>(
        key,
        type,
        (exchange, request) -> answer.apply(exchange, request).thenApply(exchange::answer),
        "");
  }

  Api<R> without(String what) {
    return new Api<>(key, type, handler, what);
  }

  short minVersion() {
    return key.oldestVersion();
  }

  short maxVersion() {
    return key.latestVersion(false);
  }

  boolean serves(short version) {
    return version >= minVersion() && version <= maxVersion();
  }

  CompletionStage<? extends Exchange.Outcome> handle(Exchange exchange, AbstractRequest request) {
    return handler.handle(exchange, type.cast(request));
  }
}
