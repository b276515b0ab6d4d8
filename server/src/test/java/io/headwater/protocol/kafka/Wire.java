package io.headwater.protocol.kafka;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.requests.ResponseHeader;

/** A Kafka client's side of the wire, for sessions without a socket. */
final class Wire {
  /** One response as it came, with its size. */
  record Response(int correlationId, ByteBuffer body) {}

  private Wire() {}

  static byte[] request(int correlationId, AbstractRequest request) {
    return request(correlationId, request.apiKey(), request.version(), request.data());
  }

  static byte[] request(int correlationId, ApiKeys key, short version, ApiMessage body) {
    RequestHeader header = new RequestHeader(key, version, "test", correlationId);
    ByteBuffer bytes = RequestUtils.serialize(header.data(), header.headerVersion(), body, version);
    ByteBuffer framed = ByteBuffer.allocate(bytes.remaining() + 4);
    framed.putInt(bytes.remaining()).put(bytes);
    return framed.array();
  }

  static byte[] metadata(int correlationId, String topic) {
    MetadataRequestData data =
        new MetadataRequestData()
            .setTopics(List.of(new MetadataRequestTopic().setName(topic)))
            .setAllowAutoTopicCreation(true);
    return request(correlationId, new MetadataRequest(data, (short) 9));
  }

  static byte[] apiVersions(int correlationId, int version) {
    return request(
        correlationId,
        new ApiVersionsRequest(
            new ApiVersionsRequestData()
                .setClientSoftwareName("test")
                .setClientSoftwareVersion("1"),
            (short) version));
  }

  static byte[] produce(
      int correlationId, String topic, int partition, int acks, String... values) {
    return request(
        correlationId,
        ProduceRequest.builder(produceData(topic, partition, acks, records(values)))
            .build((short) 9));
  }

  static ProduceRequestData produceData(
      String topic, int partition, int acks, MemoryRecords records) {
    TopicProduceDataCollection topics = new TopicProduceDataCollection();
    topics.add(
        new TopicProduceData()
            .setName(topic)
            .setPartitionData(
                List.of(new PartitionProduceData().setIndex(partition).setRecords(records))));
    return new ProduceRequestData().setAcks((short) acks).setTimeoutMs(1_000).setTopicData(topics);
  }

  static MemoryRecords records(String... values) {
    SimpleRecord[] records = new SimpleRecord[values.length];
    for (int i = 0; i < values.length; i++) {
      records[i] = new SimpleRecord(1_000 + i, null, values[i].getBytes(StandardCharsets.UTF_8));
    }
    return MemoryRecords.withRecords(Compression.NONE, records);
  }

  /** Splits what arrived; it must be whole responses. */
  static List<Response> responses(byte[] received) {
    List<Response> responses = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(received);
    while (bytes.hasRemaining()) {
      int length = bytes.getInt();
      ByteBuffer one = bytes.slice(bytes.position(), length);
      bytes.position(bytes.position() + length);
      responses.add(new Response(one.getInt(0), one));
    }
    return responses;
  }

  static List<Integer> correlationIds(byte[] received) {
    return responses(received).stream().map(Response::correlationId).toList();
  }

  /** Decodes as the real client does; fails if bytes are left over. */
  static ApiMessage body(Response response, ApiKeys key, int version) {
    ByteBuffer bytes = response.body().duplicate();
    ResponseHeader.parse(bytes, key.responseHeaderVersion((short) version));
    ApiMessage body =
        AbstractResponse.parseResponse(key, new ByteBufferAccessor(bytes), (short) version).data();
    if (bytes.hasRemaining()) {
      throw new AssertionError(bytes.remaining() + " bytes behind " + body);
    }
    return body;
  }
}
