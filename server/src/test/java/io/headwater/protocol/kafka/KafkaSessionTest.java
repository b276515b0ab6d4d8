package io.headwater.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.ListTransactionsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaSessionTest {
  private final SimulatedLoop loop = new SimulatedLoop(Clock.system());
  private final List<CompletableFuture<ApiMessage>> fetches = new ArrayList<>();
  private final List<String> produced = new ArrayList<>();
  private final KafkaSettings settings = new KafkaSettings(null, 0, true, 1, 100 << 20, 8 << 20, 4);
  private final HeapBudget.Share held = new HeapBudget(64 << 20).share(12);
  private final Dispatch dispatch =
      new Dispatch(
          loop,
          () -> {},
          List.of(
              Api.now(ApiKeys.METADATA, MetadataRequest.class, KafkaSessionTest::metadata),
              Api.now(ApiKeys.PRODUCE, ProduceRequest.class, this::produce),
              Api.later(
                  ApiKeys.FETCH,
                  FetchRequest.class,
                  (_, _) -> {
                    CompletableFuture<ApiMessage> fetch = new CompletableFuture<>();
                    fetches.add(fetch);
                    return fetch;
                  })));
  private final SimulatedConnection client =
      loop.connect(connection -> new KafkaSession(connection, dispatch, settings, held));

  private static ApiMessage metadata(Exchange exchange, MetadataRequest request) {
    MetadataResponseData answer = new MetadataResponseData();
    request
        .topics()
        .forEach(name -> answer.topics().add(new MetadataResponseTopic().setName(name)));
    return answer;
  }

  private ApiMessage produce(Exchange exchange, ProduceRequest request) {
    request
        .data()
        .topicData()
        .forEach(topic ->
            topic
                .partitionData()
                .forEach(partition ->
                    ((MemoryRecords) partition.records())
                        .records()
                        .forEach(record ->
                            produced.add(
                                StandardCharsets.UTF_8.decode(record.value()).toString()))));
    return new ProduceResponseData();
  }

  private List<Integer> exchange(byte[]... requests) {
    for (byte[] request : requests) {
      client.send(request);
    }
    loop.runUntilIdle();
    return Wire.correlationIds(client.received());
  }

  private static byte[] fetch(int correlationId) {
    return Wire.request(correlationId, new FetchRequest(new FetchRequestData(), (short) 12));
  }

  @Test
  void aRequestIsAnsweredWithItsCorrelationIdHoweverItIsSplit() {
    byte[] request = Wire.metadata(77, "orders");

    for (int split = 1; split < request.length; split++) {
      client.send(Arrays.copyOfRange(request, 0, split));
      loop.runUntilIdle();
      assertThat(client.received()).as("after %d bytes", split).isEmpty();
      client.send(Arrays.copyOfRange(request, split, request.length));
      loop.runUntilIdle();
      Wire.Response response = Wire.responses(client.received()).getFirst();
      MetadataResponseData body = (MetadataResponseData) Wire.body(response, ApiKeys.METADATA, 9);
      assertThat(response.correlationId()).isEqualTo(77);
      assertThat(body.topics().find("orders")).isNotNull();
    }
  }

  @Test
  void aProduceRequestIsReadWholeHoweverItIsSplit() {
    byte[] request = Wire.produce(5, "orders", 0, -1, "one", "two", "three");

    for (int split = 1; split < request.length; split++) {
      produced.clear();
      client.send(Arrays.copyOfRange(request, 0, split));
      loop.runUntilIdle();
      assertThat(produced).as("after %d bytes", split).isEmpty();
      assertThat(exchange(Arrays.copyOfRange(request, split, request.length))).containsExactly(5);
      assertThat(produced).containsExactly("one", "two", "three");
    }
  }

  @Test
  void answersKeepTheOrderOfTheirRequestsBehindALongPoll() {
    assertThat(exchange(Wire.metadata(1, "a"), fetch(2), Wire.metadata(3, "a"), fetch(4)))
        .containsExactly(1);

    fetches.get(1).complete(new FetchResponseData());
    loop.runUntilIdle();
    assertThat(client.received()).isEmpty();

    fetches.get(0).complete(new FetchResponseData());
    loop.runUntilIdle();
    assertThat(Wire.correlationIds(client.received())).containsExactly(2, 3, 4);
  }

  @Test
  void aSessionReadsNoFurtherWhileTooManyRequestsWait() {
    assertThat(exchange(fetch(1), fetch(2), fetch(3), fetch(4), fetch(5), fetch(6))).isEmpty();
    assertThat(fetches).hasSize(4);
    assertThat(client.isReadingPaused()).isTrue();

    fetches.get(0).complete(new FetchResponseData());
    loop.runUntilIdle();
    assertThat(Wire.correlationIds(client.received())).containsExactly(1);
    assertThat(fetches).hasSize(5);
  }

  @Test
  void aFutureThatFailsBecomesTheRequestsOwnErrorResponse() {
    exchange(fetch(1));
    fetches.getFirst().completeExceptionally(Errors.KAFKA_STORAGE_ERROR.exception());
    loop.runUntilIdle();

    Wire.Response response = Wire.responses(client.received()).getFirst();
    FetchResponseData body = (FetchResponseData) Wire.body(response, ApiKeys.FETCH, 12);
    assertThat(body.errorCode()).isEqualTo(Errors.KAFKA_STORAGE_ERROR.code());
  }

  @Test
  void anUnknownVersionOfApiVersionsIsAnsweredInTheOldestFormat() {
    byte[] request = Wire.apiVersions(9, 3);
    ByteBuffer.wrap(request).putShort(6, (short) 99);
    client.send(request);
    loop.runUntilIdle();

    Wire.Response response = Wire.responses(client.received()).getFirst();
    ApiVersionsResponseData body =
        (ApiVersionsResponseData) Wire.body(response, ApiKeys.API_VERSIONS, 0);
    assertThat(body.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
    assertThat(body.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion()).isEqualTo((short) 4);
    assertThat(client.isClosed()).isFalse();
  }

  @Test
  void anApiThatIsNotInTheTableIsAnsweredWithUnsupportedVersion() {
    client.send(
        Wire.request(
            1,
            new ListTransactionsRequest.Builder(new ListTransactionsRequestData())
                .build((short) 0)));
    loop.runUntilIdle();

    Wire.Response response = Wire.responses(client.received()).getFirst();
    ListTransactionsResponseData body =
        (ListTransactionsResponseData) Wire.body(response, ApiKeys.LIST_TRANSACTIONS, 0);
    assertThat(body.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000",
        "\u007f\u007f\u007f\u007f",
        "\u00ff\u00ff\u00ff\u00ff",
        "\u0000\u0000\u0000\u0000",
        "\u0000\u0000\u0000\u0007",
        "\0\0\0\10zz\0\1",
        "\5\0\0\0\0\3\0\1",
        "*1\r\n$4\r\nPING\r\n"
      })
  void whatIsNoKafkaRequestEndsTheConnectionBeforeItIsBuffered(String bytes) {
    client.send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    loop.runUntilIdle();

    assertThat(client.isClosed()).isTrue();
    assertThat(client.received()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void randomBytesEndOneConnectionAndNothingElse(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      SimulatedConnection other =
          loop.connect(connection -> new KafkaSession(connection, dispatch, settings, held));
      byte[] noise = new byte[8 + random.nextInt(200)];
      random.nextBytes(noise);
      ByteBuffer framed = ByteBuffer.allocate(noise.length + 4).putInt(noise.length).put(noise);
      if (random.nextBoolean()) { // reaches the decoders of the bodies
        framed.putShort(4, (short) random.nextInt(80)).putShort(6, (short) random.nextInt(8));
      }
      other.send(framed.array());
      loop.runUntilIdle();
      other.reset();
    }
    assertThat(exchange(Wire.metadata(1, "a"))).containsExactly(1);
  }

  @Test
  void requestsChangedAtOneByteNeverBreakTheLoop() {
    byte[] request = Wire.produce(5, "orders", 0, -1, "one", "two");
    for (int at = 4; at < request.length; at++) {
      SimulatedConnection other =
          loop.connect(connection -> new KafkaSession(connection, dispatch, settings, held));
      byte[] changed = request.clone();
      changed[at] ^= (byte) 0x81;
      other.send(changed);
      loop.runUntilIdle();
      other.reset();
    }
    assertThat(exchange(Wire.metadata(1, "a"))).containsExactly(1);
  }

  @Test
  void aClosedConnectionAbandonsWhatWaits() {
    List<String> abandoned = new ArrayList<>();
    Dispatch waiting =
        new Dispatch(
            loop,
            () -> {},
            List.of(
                Api.later(
                    ApiKeys.FETCH,
                    FetchRequest.class,
                    (exchange, _) -> {
                      exchange.whenAbandoned(() -> abandoned.add("fetch"));
                      return new CompletableFuture<ApiMessage>();
                    })));
    SimulatedConnection other =
        loop.connect(connection -> new KafkaSession(connection, waiting, settings, held));
    other.send(fetch(1));
    loop.runUntilIdle();

    other.reset();

    assertThat(abandoned).containsExactly("fetch");
  }

  private static byte[] fetch(int correlation, int partitions) {
    FetchRequestData.FetchTopic topic = new FetchRequestData.FetchTopic().setTopic("t");
    for (int i = 0; i < partitions; i++) {
      topic.partitions().add(new FetchRequestData.FetchPartition().setPartition(i));
    }
    FetchRequestData data = new FetchRequestData().setTopics(List.of(topic));
    return Wire.request(correlation, ApiKeys.FETCH, (short) 4, data);
  }

  @Test
  void fetchesThatWaitHoldOnlyTheirShareOfTheHeapAndSmallOnesGoOn() {
    List<SimulatedConnection> many = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      SimulatedConnection other =
          loop.connect(connection -> new KafkaSession(connection, dispatch, settings, held));
      other.send(fetch(1, 5_000));
      loop.runUntilIdle();
      many.add(other);
    }
    assertThat(many).filteredOn(SimulatedConnection::isClosed).hasSizeBetween(10, 19);
    assertThat(held.bytes()).isLessThanOrEqualTo(held.bytesMax());
    assertThat(exchange(Wire.metadata(1, "a"))).containsExactly(1);

    many.forEach(SimulatedConnection::reset);
    assertThat(held.bytes()).isZero();
  }

  /** Each would be objects of hundreds of bytes, and some are looked for among all before them. */
  @Test
  void aRequestWithTooManyElementsEndsItsConnectionBeforeItIsDecoded() {
    MetadataRequestData data = new MetadataRequestData().setTopics(new ArrayList<>());
    for (int i = 0; i < 200_000; i++) {
      data.topics().add(new MetadataRequestTopic().setName("x"));
    }
    client.send(Wire.request(1, ApiKeys.METADATA, (short) 9, data));
    loop.runUntilIdle();

    assertThat(client.isClosed()).isTrue();
    assertThat(client.received()).isEmpty();
  }
}
