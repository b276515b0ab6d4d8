package io.headwater.protocol.kafka;

import io.headwater.host.Loop;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/** Brings each request to its line of the table, and says which lines there are. */
final class Dispatch {
  private static final System.Logger LOG = System.getLogger(Dispatch.class.getName());

  /** KIP-848: the feature level that lets clients use the consumer group protocol. */
  private static final String GROUP_VERSION = "group.version";

  private final Loop loop;
  private final Runnable catchUp;
  private final Map<ApiKeys, Api<?>> table = new EnumMap<>(ApiKeys.class);
  private final Set<ApiKeys> reported = EnumSet.noneOf(ApiKeys.class);

  /**
   * @param catchUp runs before each request
   */
  Dispatch(Loop loop, Runnable catchUp, List<Api<?>> apis) {
    this.loop = loop;
    this.catchUp = catchUp;
    add(Api.now(ApiKeys.API_VERSIONS, ApiVersionsRequest.class, this::apiVersions));
    apis.forEach(this::add);
  }

  private void add(Api<?> api) {
    if (table.put(api.key(), api) != null) {
      throw new IllegalStateException(api.key() + " stands twice in the table");
    }
  }

  /** The table, by api key. */
  Collection<Api<?>> apis() {
    return Collections.unmodifiableCollection(table.values());
  }

  /** Decodes and serves one request; its exchange finishes now or later. */
  void dispatch(Exchange exchange, ByteBuffer body) {
    RequestHeader header = exchange.header();
    if (header.apiKey() == ApiKeys.API_VERSIONS && !header.isApiVersionSupported()) {
      exchange.finish(new Exchange.Outcome.Answer(unknownVersion(), (short) 0));
      return;
    }
    AbstractRequest request;
    try {
      request =
          AbstractRequest.parseRequest(
                  header.apiKey(), header.apiVersion(), new ByteBufferAccessor(body))
              .request;
    } catch (RuntimeException e) {
      exchange
          .session()
          .refuse(
              "a %s request of version %d that does not decode: %s"
                  .formatted(header.apiKey(), header.apiVersion(), e.getMessage()));
      return;
    }
    Api<?> api = table.get(header.apiKey());
    if (api == null || !api.serves(header.apiVersion())) {
      exchange.finish(notServed(exchange, request));
      return;
    }
    serve(exchange, api, request);
  }

  private void serve(Exchange exchange, Api<?> api, AbstractRequest request) {
    CompletionStage<? extends Exchange.Outcome> stage;
    try {
      catchUp.run();
      stage = api.handle(exchange, request);
    } catch (RuntimeException e) {
      exchange.finish(failed(exchange, request, e));
      return;
    }
    stage.whenComplete((outcome, error) -> {
      if (loop.isCurrent()) {
        finish(exchange, request, outcome, error);
      } else {
        loop.execute(() -> finish(exchange, request, outcome, error));
      }
    });
  }

  private static void finish(
      Exchange exchange,
      AbstractRequest request,
      Exchange.@Nullable Outcome outcome,
      @Nullable Throwable error) {
    if (outcome != null) {
      exchange.finish(outcome);
    } else {
      exchange.finish(
          failed(exchange, request, error == null ? new NullPointerException("outcome") : error));
    }
  }

  /**
   * The request's own error response. Some requests between brokers have none, nor has Produce
   * without records.
   */
  private static Exchange.Outcome failed(
      Exchange exchange, AbstractRequest request, Throwable error) {
    try {
      AbstractResponse response = request.getErrorResponse(KafkaErrors.of(error).exception());
      if (response != null) {
        return exchange.answer((ApiMessage) response.data());
      }
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "kafka: no error response to " + exchange.header(), e);
    }
    return new Exchange.Outcome.Hangup();
  }

  private Exchange.Outcome notServed(Exchange exchange, AbstractRequest request) {
    ApiKeys key = exchange.header().apiKey();
    if (reported.add(key)) {
      LOG.log(
          Level.WARNING,
          "kafka: {0} asks for {1} version {2}, which is not supported; said once per api",
          exchange.connection().remote(),
          key,
          exchange.version());
    }
    return failed(
        exchange, request, new UnsupportedVersionException(key + " is not supported here"));
  }

  private ApiMessage apiVersions(Exchange exchange, ApiVersionsRequest request) {
    if (!request.isValid()) {
      return new ApiVersionsResponseData().setErrorCode(Errors.INVALID_REQUEST.code());
    }
    if (exchange.version() >= 3) {
      exchange
          .session()
          .client(
              new ClientInformation(
                  request.data().clientSoftwareName(), request.data().clientSoftwareVersion()));
    }
    ApiVersionsResponseData answer = new ApiVersionsResponseData();
    for (Api<?> api : table.values()) {
      answer.apiKeys().add(advertised(api));
    }
    if (table.containsKey(ApiKeys.CONSUMER_GROUP_HEARTBEAT)) {
      answer
          .supportedFeatures()
          .add(
              new SupportedFeatureKey()
                  .setName(GROUP_VERSION)
                  .setMinVersion((short) 0)
                  .setMaxVersion((short) 1));
      answer
          .finalizedFeatures()
          .add(
              new FinalizedFeatureKey()
                  .setName(GROUP_VERSION)
                  .setMinVersionLevel((short) 1)
                  .setMaxVersionLevel((short) 1));
      answer.setFinalizedFeaturesEpoch(1);
    }
    return answer;
  }

  /** KIP-511: an answer that every client can read, naming the versions it may ask with. */
  private ApiMessage unknownVersion() {
    ApiVersionsResponseData answer =
        new ApiVersionsResponseData().setErrorCode(Errors.UNSUPPORTED_VERSION.code());
    Api<?> api = table.get(ApiKeys.API_VERSIONS);
    if (api != null) {
      answer.apiKeys().add(advertised(api));
    }
    return answer;
  }

  /**
   * What the library advertises for a broker: for Produce that is from version 0 on, which nobody
   * can use but librdkafka insists on seeing (KAFKA-18659).
   */
  private static ApiVersion advertised(Api<?> api) {
    return api.key().toApiVersionForApiResponse(false, ListenerType.BROKER).orElseThrow();
  }
}
