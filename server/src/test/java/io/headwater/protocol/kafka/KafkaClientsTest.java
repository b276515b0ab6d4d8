package io.headwater.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.Bytes;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Projection;
import io.headwater.view.groups.GroupsConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real Java clients against a node in this process. */
@Timeout(300)
class KafkaClientsTest {
  private static final GroupsConfig GROUPS =
      new GroupsConfig(4, 0, 1_000, 60_000, 5_000, 500, 100, 10_080);

  @TempDir Path folder;
  private KafkaNode node;

  @BeforeEach
  void start() throws IOException {
    node = new KafkaNode(folder, KafkaSettings.DEFAULT, GROUPS);
  }

  @AfterEach
  void stop() throws IOException {
    node.close();
    assertThat(node.failures).isEmpty();
  }

  private Properties common() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", node.bootstrap());
    return properties;
  }

  private KafkaProducer<String, String> producer(String... settings) {
    Properties properties = common();
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String... settings) {
    Properties properties = common();
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  private Admin admin() {
    return Admin.create(common());
  }

  private void create(String topic, int partitions) throws Exception {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
  }

  private void produce(String topic, int from, int to) throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      for (int i = from; i < to; i++) {
        producer.send(new ProducerRecord<>(topic, "key-" + i, "value-" + i));
      }
      producer.flush();
    }
  }

  private static List<String> poll(KafkaConsumer<String, String> consumer, int count) {
    List<String> values = new ArrayList<>();
    await(() -> {
      for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
        values.add(record.value());
      }
      return values.size() >= count;
    });
    return values;
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("30 s passed").isLessThan(deadline);
    }
  }

  private static List<String> values(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "value-" + i).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "1", "0"})
  void whatIsProducedIsConsumedInOrder(String acks) throws Exception {
    create("orders", 1);
    try (KafkaProducer<String, String> producer =
            producer("acks", acks, "enable.idempotence", Boolean.toString(acks.equals("all")));
        KafkaConsumer<String, String> consumer = consumer()) {
      for (int i = 0; i < 500; i++) {
        producer.send(new ProducerRecord<>("orders", "value-" + i));
      }
      producer.flush();
      consumer.assign(List.of(new TopicPartition("orders", 0)));

      assertThat(poll(consumer, 500)).isEqualTo(values(0, 500));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
  void compressedBatchesPassThrough(String codec) throws Exception {
    try (KafkaProducer<String, String> producer = producer("compression.type", codec);
        KafkaConsumer<String, String> consumer = consumer()) {
      for (int i = 0; i < 100; i++) {
        producer.send(new ProducerRecord<>("squeezed", "value-" + i));
      }
      producer.flush();
      consumer.assign(List.of(new TopicPartition("squeezed", 0)));

      assertThat(poll(consumer, 100)).isEqualTo(values(0, 100));
    }
  }

  @Test
  void aTopicIsCreatedByItsFirstRecordAndOffsetsAreDense() throws Exception {
    try (KafkaProducer<String, String> producer = producer()) {
      for (int i = 0; i < 10; i++) {
        RecordMetadata sent = producer.send(new ProducerRecord<>("fresh", "v")).get();
        assertThat(sent.offset()).isEqualTo(i);
      }
    }
  }

  @Test
  void aWaitingConsumerSeesANewRecordAtOnce() throws Exception {
    create("orders", 1);
    try (KafkaProducer<String, String> producer = producer();
        KafkaConsumer<String, String> consumer = consumer("fetch.max.wait.ms", "20000")) {
      consumer.assign(List.of(new TopicPartition("orders", 0)));
      consumer.poll(Duration.ofMillis(200)); // leaves a fetch waiting at the server
      long start = System.nanoTime();
      producer.send(new ProducerRecord<>("orders", "value-0")).get();

      assertThat(poll(consumer, 1)).containsExactly("value-0");
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
    }
  }

  @Test
  void largeRecordsAndSmallFetchesMeet() throws Exception {
    create("large", 2);
    String payload = "x".repeat(900_000);
    try (KafkaProducer<String, String> producer = producer();
        KafkaConsumer<String, String> consumer =
            consumer("max.partition.fetch.bytes", "1000", "fetch.max.bytes", "1000")) {
      for (int i = 0; i < 8; i++) {
        producer.send(new ProducerRecord<>("large", i % 2, null, payload)).get();
      }
      consumer.assign(List.of(new TopicPartition("large", 0), new TopicPartition("large", 1)));

      assertThat(poll(consumer, 8)).hasSize(8).allMatch(payload::equals);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void aGroupSharesPartitionsAndResumesWhereItCommitted(String protocol) throws Exception {
    create("orders", 4);
    produce("orders", 0, 200);
    Set<String> seen = new HashSet<>();
    try (KafkaConsumer<String, String> first =
            consumer("group.id", "readers", "group.protocol", protocol);
        KafkaConsumer<String, String> second =
            consumer("group.id", "readers", "group.protocol", protocol)) {
      first.subscribe(List.of("orders"));
      second.subscribe(List.of("orders"));
      await(() -> {
        first.poll(Duration.ofMillis(50)).forEach(record -> seen.add(record.value()));
        second.poll(Duration.ofMillis(50)).forEach(record -> seen.add(record.value()));
        return sharesAndIsAtTheEnd(first) && sharesAndIsAtTheEnd(second);
      });
      assertThat(seen).hasSize(200);
      first.commitSync();
      second.commitSync();
    }

    produce("orders", 200, 210);
    try (KafkaConsumer<String, String> third =
        consumer("group.id", "readers", "group.protocol", protocol)) {
      third.subscribe(List.of("orders"));
      assertThat(poll(third, 10)).containsExactlyInAnyOrderElementsOf(values(200, 210));
    }
  }

  private static boolean sharesAndIsAtTheEnd(KafkaConsumer<String, String> consumer) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    return ends.size() == 2
        && ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) == e.getValue());
  }

  @Test
  void aReaderOfCommittedRecordsSeesAll() throws Exception {
    produce("orders", 0, 10);
    try (KafkaConsumer<String, String> consumer = consumer("isolation.level", "read_committed")) {
      consumer.assign(List.of(new TopicPartition("orders", 0)));
      assertThat(poll(consumer, 10)).isEqualTo(values(0, 10));
    }
  }

  @Test
  void aGroupSubscribesByPatternAndFindsTopicsThatComeLater() throws Exception {
    create("orders-1", 1);
    try (KafkaConsumer<String, String> consumer =
        consumer("group.id", "readers", "group.protocol", "consumer")) {
      consumer.subscribe(new SubscriptionPattern("orders-.*"));
      produce("orders-1", 0, 5);
      assertThat(poll(consumer, 5)).isEqualTo(values(0, 5));
      create("orders-2", 1);
      produce("orders-2", 5, 10);
      assertThat(poll(consumer, 5)).isEqualTo(values(5, 10));
    }
  }

  @Test
  void aStaticMemberKeepsItsPartitionsOverARestart() throws Exception {
    create("orders", 2);
    for (int round = 0; round < 2; round++) {
      try (KafkaConsumer<String, String> consumer =
          consumer("group.id", "readers", "group.instance.id", "one")) {
        consumer.subscribe(List.of("orders"));
        await(() -> {
          consumer.poll(Duration.ofMillis(50));
          return consumer.assignment().size() == 2;
        });
      }
    }
  }

  @Test
  void offsetsThatTakeManyReadsAreLoadedAfterARestart() throws Exception {
    create("wide", 50);
    try (Admin admin = admin()) {
      for (int round = 1; round <= 12; round++) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (int i = 0; i < 50; i++) {
          offsets.put(
              new TopicPartition("wide", i), new OffsetAndMetadata(round, "m".repeat(4_000)));
        }
        admin.alterConsumerGroupOffsets("readers", offsets).all().get();
      }
    }

    stop();
    start();

    try (Admin admin = admin()) {
      Map<TopicPartition, OffsetAndMetadata> offsets =
          admin.listConsumerGroupOffsets("readers").partitionsToOffsetAndMetadata().get();
      assertThat(offsets).hasSize(50);
      assertThat(offsets.values()).allMatch(offset -> offset.offset() == 12);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"classic", "consumer"})
  void committedOffsetsSurviveARestart(String protocol) throws Exception {
    create("orders", 1);
    produce("orders", 0, 10);
    try (KafkaConsumer<String, String> consumer =
        consumer("group.id", "readers", "group.protocol", protocol, "max.poll.records", "4")) {
      consumer.subscribe(List.of("orders"));
      assertThat(poll(consumer, 4)).isEqualTo(values(0, 4));
      consumer.commitSync();
    }

    stop();
    start();

    try (KafkaConsumer<String, String> consumer =
        consumer("group.id", "readers", "group.protocol", protocol)) {
      consumer.subscribe(List.of("orders"));
      assertThat(poll(consumer, 6)).isEqualTo(values(4, 10));
    }
    try (Admin admin = admin()) {
      ConsumerGroupDescription group =
          admin.describeConsumerGroups(List.of("readers")).all().get().get("readers");
      assertThat(group.groupId()).isEqualTo("readers");
      assertThat(
              admin
                  .listConsumerGroupOffsets("readers")
                  .partitionsToOffsetAndMetadata()
                  .get()
                  .get(new TopicPartition("orders", 0))
                  .offset())
          .isEqualTo(4);
    }
  }

  @Test
  void recordsTopicsAndProducerStateSurviveARestart() throws Exception {
    create("orders", 3);
    produce("orders", 0, 100);
    stop();
    start();
    produce("orders", 100, 200);

    try (KafkaConsumer<String, String> consumer = consumer()) {
      consumer.assign(
          IntStream.range(0, 3).mapToObj(i -> new TopicPartition("orders", i)).toList());
      assertThat(poll(consumer, 200)).containsExactlyInAnyOrderElementsOf(values(0, 200));
    }
  }

  @Test
  void offsetsAreFoundByTimeAndAtTheEnds() throws Exception {
    create("timed", 1);
    try (KafkaProducer<String, String> producer = producer();
        Admin admin = admin()) {
      long now = System.currentTimeMillis();
      for (int i = 0; i < 10; i++) {
        producer.send(new ProducerRecord<>("timed", 0, now - 10_000 + i * 1_000L, null, "v")).get();
      }
      TopicPartition partition = new TopicPartition("timed", 0);

      assertThat(offset(admin, partition, OffsetSpec.earliest())).isZero();
      assertThat(offset(admin, partition, OffsetSpec.latest())).isEqualTo(10);
      assertThat(offset(admin, partition, OffsetSpec.maxTimestamp())).isEqualTo(9);
      assertThat(offset(admin, partition, OffsetSpec.forTimestamp(now - 6_500))).isEqualTo(4);
      assertThat(offset(admin, partition, OffsetSpec.forTimestamp(now + 60_000))).isEqualTo(-1);

      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3))).all().get();
      assertThat(offset(admin, partition, OffsetSpec.earliest())).isEqualTo(3);
    }
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  @Test
  void topicsAreCreatedDescribedGrownConfiguredAndDeleted() throws Exception {
    try (Admin admin = admin()) {
      NewTopic wanted =
          new NewTopic("orders", 2, (short) 1).configs(Map.of("retention.ms", "3600000"));
      admin.createTopics(List.of(wanted)).all().get();
      assertThat(admin.listTopics().names().get()).containsExactly("orders");
      TopicDescription described =
          admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders");
      assertThat(described.partitions()).hasSize(2);
      assertThat(
              admin
                  .describeTopics(
                      org.apache.kafka.common.TopicCollection.ofTopicIds(
                          List.of(described.topicId())))
                  .allTopicIds()
                  .get())
          .hasSize(1);

      admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(5))).all().get();
      assertThat(
              admin
                  .describeTopics(List.of("orders"))
                  .allTopicNames()
                  .get()
                  .get("orders")
                  .partitions())
          .hasSize(5);

      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "orders");
      AlterConfigOp set =
          new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET);
      AlterConfigOp delete =
          new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE);
      Map<ConfigResource, Collection<AlterConfigOp>> changes =
          Map.of(resource, List.of(set, delete));
      admin.incrementalAlterConfigs(changes).all().get();
      var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      assertThat(config.get("cleanup.policy").value()).isEqualTo("compact");
      assertThat(config.get("cleanup.policy").isDefault()).isFalse();
      assertThat(config.get("retention.ms").value()).isEqualTo("604800000");
      assertThat(config.get("retention.ms").isDefault()).isTrue();

      admin.deleteTopics(List.of("orders")).all().get();
      assertThat(admin.listTopics().names().get()).isEmpty();
    }
  }

  @Test
  void whatCannotBeDoneSaysWhy() throws Exception {
    create("orders", 1);
    try (Admin admin = admin()) {
      assertCreation(admin, new NewTopic("orders", 1, (short) 1))
          .isInstanceOf(TopicExistsException.class);
      assertCreation(admin, new NewTopic("a/b", 1, (short) 1))
          .isInstanceOf(InvalidTopicException.class);
      assertCreation(admin, new NewTopic("three", 1, (short) 3))
          .isInstanceOf(InvalidReplicationFactorException.class);
      assertCreation(admin, new NewTopic("odd", 1, (short) 1).configs(Map.of("no.such", "1")))
          .isInstanceOf(InvalidConfigurationException.class)
          .hasMessageContaining("no.such");
      assertThatThrownBy(() -> admin.describeAcls(AclBindingFilter.ANY).values().get())
          .hasCauseInstanceOf(SecurityDisabledException.class);
    }
    try (KafkaProducer<String, String> producer = producer("transactional.id", "t")) {
      assertThatThrownBy(producer::initTransactions)
          .isInstanceOf(KafkaException.class)
          .hasStackTraceContaining("transactions are not supported");
    }
    try (KafkaProducer<String, String> producer = producer()) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("__consumer_offsets", "v")).get())
          .hasCauseInstanceOf(InvalidTopicException.class);
    }
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ?> assertCreation(
      Admin admin, NewTopic topic) {
    return assertThatThrownBy(() -> admin.createTopics(List.of(topic)).all().get())
        .isInstanceOf(ExecutionException.class)
        .cause();
  }

  @Test
  void aDerivedTopicRefusesProducersAndNamesItsSource() throws Exception {
    create("changes", 1);
    node.catalog
        .change(_ ->
            Catalog.Decision.accept(
                new CatalogEvent.ProjectionCreated(
                    new Projection(
                        "products",
                        new Projection.Source.Keys(Bytes.utf8("product:")),
                        List.of(new Projection.Target.ToTopic("changes", Projection.Form.CHANGE)),
                        true)),
                new CatalogEvent.TopicDerived("changes", "products")))
        .get();

    try (KafkaProducer<String, String> producer = producer();
        Admin admin = admin()) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("changes", "v")).get())
          .hasCauseInstanceOf(PolicyViolationException.class)
          .hasMessageContaining("derived from keys product:*")
          .hasMessageContaining("products");
      assertThatThrownBy(() -> admin.deleteTopics(List.of("changes")).all().get())
          .hasCauseInstanceOf(PolicyViolationException.class);
      assertThatThrownBy(() -> compact(admin, "changes"))
          .hasCauseInstanceOf(InvalidConfigurationException.class)
          .hasMessageContaining("changes of keys");
    }
  }

  private static void compact(Admin admin, String topic) throws Exception {
    AlterConfigOp op =
        new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET);
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(op))).all().get();
  }

  @Test
  void groupsAreListedDescribedAndDeleted() throws Exception {
    create("orders", 1);
    produce("orders", 0, 3);
    try (KafkaConsumer<String, String> consumer = consumer("group.id", "readers");
        Admin admin = admin()) {
      consumer.subscribe(List.of("orders"));
      poll(consumer, 3);
      consumer.commitSync();
      assertThat(admin.listGroups().all().get())
          .extracting(group -> group.groupId())
          .containsExactly("readers");
      assertThat(
              admin.describeConsumerGroups(List.of("readers")).all().get().get("readers").members())
          .hasSize(1);
      consumer.close();
      admin.deleteConsumerGroups(List.of("readers")).all().get();
      assertThat(admin.listGroups().all().get()).isEmpty();
    }
  }
}
