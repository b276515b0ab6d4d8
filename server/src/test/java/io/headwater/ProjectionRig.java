package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Topic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A simulated node for each test, that projects keys to topics. */
final class ProjectionRig implements BeforeEachCallback, AfterEachCallback {
  /** How a test writes the value of a record; of a tombstone it is null. */
  interface Shown {
    String text(@Nullable String value);
  }

  final SimulatedClock clock = new SimulatedClock();
  SimulatedNode node;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    node = SimulatedNode.open(new SimulatedDisk(1), clock, new SplittableRandom(1));
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    node.close();
  }

  /** Creates the projection {@code p}, and waits until it is filled. */
  void project(String json) {
    node.await(node.node.projections.create("p", json.getBytes(StandardCharsets.UTF_8)));
    node.settle();
    assertThat(node.node.catalog.state().projections().values()).allMatch(Projection::filled);
  }

  /** Creates a topic with one partition whose batches may have ten megabytes. */
  void createTopic(String name) {
    Map<String, String> config = Map.of("retention.ms", "-1", "max.message.bytes", "10000000");
    node.await(
        node.node.catalog.change(state -> {
          int stream = state.nextStream();
          Topic topic = new Topic(name, 1, stream, List.of(stream), config, null, 0);
          return new Decision.Accept(List.of(new CatalogEvent.TopicCreated(topic)));
        }));
    node.settle();
  }

  /** Runs commands, of which none may fail. */
  void redis(String... commands) {
    for (String command : commands) {
      assertThat(node.redis(command + "\r\n")).as(command).doesNotStartWith("-");
    }
  }

  /** A topic's records, each as its key, a space and its value. */
  List<String> records(String topic, Shown shown) throws Exception {
    return SimulatedModel.records(node, topic, "reading").stream()
        .map(record -> record.getKey() + " " + shown.text(record.getValue()))
        .toList();
  }
}
