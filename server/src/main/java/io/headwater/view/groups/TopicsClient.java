package io.headwater.view.groups;

import io.headwater.host.Loop;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.util.PartitionMetadataClient;

/** Questions to the topics view from other threads: each is a task on the topics loop. */
final class TopicsClient implements PartitionMetadataClient {
  private static final long TIMEOUT_S = 30;

  private final Loop loop;
  private final Topics topics;
  private final Catalog catalog;

  TopicsClient(Loop loop, Topics topics, Catalog catalog) {
    this.loop = loop;
    this.topics = topics;
    this.catalog = catalog;
  }

  <T> CompletableFuture<T> ask(Function<Topics, T> question) {
    return CompletableFuture.supplyAsync(
        () -> {
          topics.drain();
          return question.apply(topics);
        },
        loop::execute);
  }

  /** As {@link #ask}, waiting for the answer; never on a loop. */
  <T> T await(Function<Topics, T> question)
      throws ExecutionException, InterruptedException, TimeoutException {
    return ask(question).get(TIMEOUT_S, TimeUnit.SECONDS);
  }

  int stream(TopicPartition partition) {
    Topic topic = catalog.state().topic(partition.topic());
    return topic == null || partition.partition() >= topic.partitions()
        ? -1
        : topic.streams().get(partition.partition());
  }

  @Override
  public Map<TopicPartition, CompletableFuture<OffsetResponse>> listLatestOffsets(
      Set<TopicPartition> partitions) {
    Map<TopicPartition, CompletableFuture<OffsetResponse>> answers = new HashMap<>();
    for (TopicPartition partition : partitions) {
      int stream = stream(partition);
      answers.put(
          partition,
          stream < 0
              ? CompletableFuture.completedFuture(
                  new OffsetResponse(-1, Errors.UNKNOWN_TOPIC_OR_PARTITION))
              : ask(topics -> new OffsetResponse(topics.highWatermark(stream), Errors.NONE)));
    }
    return answers;
  }

  @Override
  public void close() {}
}
