package io.headwater.protocol.kafka;

import io.headwater.view.topics.Topics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;

/** Ids for idempotent producers. */
final class ProducerIdApi {
  private final Topics topics;

  ProducerIdApi(Topics topics) {
    this.topics = topics;
  }

  /**
   * A fresh id each time. KIP-360 lets a producer keep its id with a higher epoch, and a broker
   * answer with another id; the producer then starts its sequence numbers anew either way.
   */
  CompletionStage<? extends ApiMessage> initProducerId(
      Exchange exchange, InitProducerIdRequest request) {
    if (request.data().transactionalId() != null) {
      return CompletableFuture.completedFuture(
          new InitProducerIdResponseData()
              .setErrorCode(Errors.UNSUPPORTED_VERSION.code())
              .setProducerId(-1)
              .setProducerEpoch((short) -1));
    }
    return topics
        .nextProducerId()
        .thenApply(
            id -> new InitProducerIdResponseData().setProducerId(id).setProducerEpoch((short) 0));
  }
}
