package io.headwater.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import io.headwater.view.groups.GroupsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every version of every advertised API is asked for, about things that are there and things that
 * are not, and the answer is decoded as the real clients do: setting a field that a low version
 * does not know would break the answer.
 */
@Timeout(120)
class KafkaVersionsTest {
  private static KafkaNode node;
  private static RequestSamples samples;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    node = new KafkaNode(folder, KafkaSettings.DEFAULT, GroupsConfig.DEFAULT);
    Catalog.Changed changed =
        node.catalog
            .change(state ->
                Catalog.Decision.accept(
                    new CatalogEvent.TopicCreated(
                        new Topic(
                            "orders",
                            11,
                            22,
                            List.of(state.nextStream(), state.nextStream() + 1),
                            Map.of("retention.ms", "60000000"),
                            null,
                            0))))
            .get();
    samples = new RequestSamples(ClusterApis.id(changed.state().topics().get("orders")));
    try (RawClient client = new RawClient(node.port())) {
      client.ask(ApiKeys.PRODUCE, 9, Wire.produceData("orders", 0, -1, Wire.records("one", "two")));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      short error;
      do {
        ListGroupsResponseData groups =
            (ListGroupsResponseData)
                client.ask(ApiKeys.LIST_GROUPS, 5, new ListGroupsRequestData());
        error = groups.errorCode();
        assertThat(System.nanoTime()).isLessThan(deadline);
      } while (error != Errors.NONE.code());
    }
  }

  @AfterAll
  static void stop() throws IOException {
    node.close();
    assertThat(node.failures).isEmpty();
  }

  @Test
  void everyVersionOfEveryAdvertisedApiIsAnsweredWithWhatDecodes() throws Exception {
    List<String> unanswered = new ArrayList<>();
    for (Api<?> api : node.protocol.dispatch().apis()) {
      for (short version = api.minVersion(); version <= api.maxVersion(); version++) {
        for (ApiMessage body : samples.of(api.key(), version)) {
          try (RawClient client = new RawClient(node.port())) {
            assertThat(client.ask(api.key(), version, body)).isNotNull();
          } catch (IOException | RuntimeException | AssertionError e) {
            unanswered.add(api.key() + " version " + version + " with " + body + ": " + e);
          }
        }
      }
    }
    assertThat(unanswered).isEmpty();
  }

  @Test
  void whatIsAdvertisedIsTheTable() throws Exception {
    try (RawClient client = new RawClient(node.port())) {
      ApiVersionsResponseData answer =
          (ApiVersionsResponseData)
              client.ask(
                  ApiKeys.API_VERSIONS, 4, samples.of(ApiKeys.API_VERSIONS, (short) 4).getFirst());

      Set<String> advertised = new TreeSet<>();
      for (ApiVersion version : answer.apiKeys()) {
        advertised.add(ApiKeys.forId(version.apiKey()) + " up to " + version.maxVersion());
      }
      Set<String> table = new TreeSet<>();
      node.protocol
          .dispatch()
          .apis()
          .forEach(api -> table.add(api.key() + " up to " + api.maxVersion()));
      assertThat(advertised).isEqualTo(table);
      assertThat(answer.apiKeys().find(ApiKeys.PRODUCE.id).minVersion())
          .as("librdkafka sends compressed batches only if Produce 0 is there")
          .isZero();
      assertThat(answer.finalizedFeatures().find("group.version").maxVersionLevel())
          .isEqualTo((short) 1);
    }
  }

  /** Run with {@code -Dheadwater.docs.write=true} to bring the page up to date. */
  @Test
  void theMatrixIsTrue() throws IOException {
    Path page = docs().resolve("protocols/kafka.md");
    String text = Matrix.text(node.protocol.dispatch().apis());
    if (Boolean.getBoolean("headwater.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, text);
    }
    assertThat(page).content().isEqualTo(text);
  }

  private static Path docs() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("docs/decisions"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs");
  }
}
