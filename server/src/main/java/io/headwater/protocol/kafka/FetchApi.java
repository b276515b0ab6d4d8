package io.headwater.protocol.kafka;

import io.headwater.host.Loop;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.FetchSlice;
import io.headwater.view.topics.HighWatermarkListener;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.FetchRequest;
import org.jspecify.annotations.Nullable;

/**
 * Fetch: what is durable, sent from the segment files by the kernel. A fetch that finds too little
 * waits for its partitions' high watermarks to move. There are no fetch sessions (KIP-227): each
 * request names all its partitions, which the protocol allows a broker to ask for by answering
 * session id 0.
 */
final class FetchApi {
  /** Kafka's default for {@code fetch.max.bytes} of a broker. */
  private static final int RESPONSE_BYTES_MAX = 55 << 20;

  private static final int FIRST_VERSION_WITH_IDS = 13;

  /** One partition of a request; {@code stream} is -1 if there is no such partition. */
  private record Wanted(FetchPartition partition, int stream, Errors error) {}

  private record WantedTopic(FetchTopic topic, List<Wanted> partitions) {}

  private final Topics topics;
  private final Loop loop;

  FetchApi(Topics topics, Loop loop) {
    this.topics = topics;
    this.loop = loop;
  }

  CompletionStage<? extends ApiMessage> fetch(Exchange exchange, FetchRequest request) {
    FetchRequestData data = request.data();
    if (data.sessionId() != 0) {
      return CompletableFuture.completedFuture(
          new FetchResponseData().setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code()));
    }
    Waiting waiting = new Waiting(data, wanted(data, exchange.version()));
    FetchResponseData answer = waiting.attempt(data.maxWaitMs() <= 0);
    if (answer != null) {
      return CompletableFuture.completedFuture(answer);
    }
    waiting.start();
    exchange.whenAbandoned(waiting::stop);
    return waiting.future;
  }

  private List<WantedTopic> wanted(FetchRequestData data, short version) {
    List<WantedTopic> wanted = new ArrayList<>(data.topics().size());
    Set<Integer> seen = new HashSet<>();
    for (FetchTopic fetch : data.topics()) {
      boolean byId = version >= FIRST_VERSION_WITH_IDS;
      Topic topic = byId ? ClusterApis.byId(topics, fetch.topicId()) : topics.topic(fetch.topic());
      List<Wanted> partitions = new ArrayList<>(fetch.partitions().size());
      for (FetchPartition partition : fetch.partitions()) {
        int stream = topic == null ? -1 : topics.stream(topic.name(), partition.partition());
        Errors error = Errors.NONE;
        if (topic == null && byId) {
          error = Errors.UNKNOWN_TOPIC_ID;
        } else if (stream < 0) {
          error = Errors.UNKNOWN_TOPIC_OR_PARTITION;
        } else if (partition.currentLeaderEpoch() > ClusterApis.LEADER_EPOCH) {
          error = Errors.UNKNOWN_LEADER_EPOCH;
        } else if (!seen.add(stream)) {
          error = Errors.INVALID_REQUEST;
          stream = -1;
        }
        partitions.add(new Wanted(partition, stream, error));
      }
      wanted.add(new WantedTopic(fetch, partitions));
    }
    return wanted;
  }

  /** One fetch, from its first look at the partitions to its answer. */
  private final class Waiting implements HighWatermarkListener {
    private final CompletableFuture<FetchResponseData> future = new CompletableFuture<>();
    private final FetchRequestData data;
    private final List<WantedTopic> wanted;
    private Loop.@Nullable Timer timer;
    private boolean attemptQueued;

    Waiting(FetchRequestData data, List<WantedTopic> wanted) {
      this.data = data;
      this.wanted = wanted;
    }

    /**
     * Reads what there is.
     *
     * @return null if it is too little and nothing is wrong, unless it must be answered now
     */
    @Nullable FetchResponseData attempt(boolean now) {
      FetchResponseData answer = new FetchResponseData();
      int budget = Math.clamp(data.maxBytes(), 0, RESPONSE_BYTES_MAX);
      int bytes = 0;
      boolean done = now || wanted.isEmpty();
      for (WantedTopic topic : wanted) {
        FetchableTopicResponse of =
            new FetchableTopicResponse()
                .setTopic(topic.topic.topic())
                .setTopicId(topic.topic.topicId());
        answer.responses().add(of);
        for (Wanted partition : topic.partitions) {
          PartitionData read = read(partition, Math.max(0, budget - bytes), bytes == 0);
          bytes += read.records().sizeInBytes();
          done |= read.errorCode() != Errors.NONE.code();
          of.partitions().add(read);
        }
      }
      return done || bytes >= data.minBytes() ? answer : null;
    }

    private PartitionData read(Wanted wanted, int budget, boolean nothingYet) {
      PartitionData answer =
          new PartitionData()
              .setPartitionIndex(wanted.partition.partition())
              .setHighWatermark(-1)
              .setRecords(MemoryRecords.EMPTY);
      if (wanted.error != Errors.NONE) {
        return answer.setErrorCode(wanted.error.code());
      }
      FetchSlice slice =
          topics.read(
              wanted.stream,
              wanted.partition.fetchOffset(),
              Math.min(budget, Math.max(0, wanted.partition.partitionMaxBytes())),
              nothingYet
                  ? Topics.FirstBatch.WHOLE_EVEN_IF_LARGER
                  : Topics.FirstBatch.ONLY_IF_IT_FITS);
      answer
          .setErrorCode(slice.error().code())
          .setHighWatermark(slice.highWatermark())
          .setLastStableOffset(slice.highWatermark())
          .setLogStartOffset(slice.logStartOffset());
      if (slice.file() != null && slice.length() > 0) {
        answer.setRecords(
            FileSlices.of(
                List.of(new FileSlices.Slice(slice.file(), slice.position(), slice.length()))));
      }
      return answer;
    }

    void start() {
      timer = loop.schedule(data.maxWaitMs(), () -> retry(true));
      forEachStream(stream -> topics.listen(stream, this));
    }

    void stop() {
      if (timer != null) {
        timer.cancel();
        timer = null;
        forEachStream(stream -> topics.unlisten(stream, this));
      }
    }

    private void forEachStream(java.util.function.IntConsumer action) {
      for (WantedTopic topic : wanted) {
        for (Wanted partition : topic.partitions) {
          if (partition.stream >= 0) {
            action.accept(partition.stream);
          }
        }
      }
    }

    /** Looks again once for all partitions that move in this turn. */
    @Override
    public void moved(int stream, long highWatermark) {
      if (!attemptQueued) {
        attemptQueued = true;
        loop.execute(() -> retry(false));
      }
    }

    @Override
    public void deleted(int stream) {
      moved(stream, -1);
    }

    private void retry(boolean now) {
      attemptQueued = false;
      if (timer == null) {
        return;
      }
      FetchResponseData answer = attempt(now);
      if (answer != null) {
        stop();
        future.complete(answer);
      }
    }
  }
}
