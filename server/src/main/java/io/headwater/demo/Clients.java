package io.headwater.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * The demo's clients: HTTP by the JDK, Kafka by Apache's own consumer, Redis and memcached bare.
 */
final class Clients {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Ports ports;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  Clients(Ports ports) {
    this.ports = ports;
  }

  RedisWire redis() throws IOException {
    return new RedisWire(ports.address(ports.redis()));
  }

  MemcachedWire memcached() throws IOException {
    return new MemcachedWire(ports.address(ports.memcached()));
  }

  JsonNode admin(String method, String path, String body) throws IOException, InterruptedException {
    return request(ports.admin(), method, path, body);
  }

  JsonNode elastic(String method, String path, String body)
      throws IOException, InterruptedException {
    return request(ports.elastic(), method, path, body);
  }

  private JsonNode request(int port, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + ports.bind() + ":" + port + path))
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(60))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new IOException(
          method + " " + path + " answered " + response.statusCode() + ": " + response.body());
    }
    return JSON.readTree(response.body());
  }

  /** How many of these documents a search by id finds. */
  int found(String index, List<String> ids) throws IOException, InterruptedException {
    int found = 0;
    for (int from = 0; from < ids.size(); from += 1_000) {
      String list =
          ids.subList(from, Math.min(ids.size(), from + 1_000)).stream()
              .map(id -> '"' + id + '"')
              .collect(Collectors.joining(","));
      JsonNode answer =
          elastic(
              "POST", "/" + index + "/_count", "{\"query\":{\"ids\":{\"values\":[" + list + "]}}}");
      found += answer.path("count").asInt();
    }
    return found;
  }

  /** The keys of all records of a topic, in order of their last appearance. */
  Set<String> keys(String topic) {
    Set<String> keys = new LinkedHashSet<>();
    for (ConsumerRecord<String, String> record : lastRecords(topic, Long.MAX_VALUE)) {
      keys.add(record.key());
    }
    return keys;
  }

  /** The last records of partition 0, oldest first. */
  List<ConsumerRecord<String, String>> lastRecords(String topic, long count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, ports.bind() + ":" + ports.kafka()),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      long begin = consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
      consumer.seek(partition, Math.max(begin, end - Math.min(count, end)));
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
      }
    }
    return records;
  }
}
