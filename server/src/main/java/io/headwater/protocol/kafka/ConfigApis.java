package io.headwater.protocol.kafka;

import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.TopicConfig;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.jspecify.annotations.Nullable;

/**
 * Settings of topics, which can change, and of the broker, which are read here and set at start.
 */
final class ConfigApis {
  private static final String BROKER = Integer.toString(ClusterApis.NODE_ID);

  /** A change of one topic's settings: the whole explicit configuration after it, or an error. */
  private record Change(ApiError error, Map<String, String> config) {
    static Change refuse(Errors error, String message) {
      return new Change(new ApiError(error, message), Map.of());
    }
  }

  /** What a resource's settings become; also says why not. */
  private interface Decider {
    Change decide(Topic topic);
  }

  private final KafkaSettings settings;
  private final Catalog catalog;
  private final Topics topics;

  ConfigApis(KafkaSettings settings, Catalog catalog, Topics topics) {
    this.settings = settings;
    this.catalog = catalog;
    this.topics = topics;
  }

  ApiMessage describeConfigs(Exchange exchange, DescribeConfigsRequest request) {
    DescribeConfigsResponseData answer = new DescribeConfigsResponseData();
    for (DescribeConfigsResource wanted : request.data().resources()) {
      DescribeConfigsResult result =
          new DescribeConfigsResult()
              .setResourceType(wanted.resourceType())
              .setResourceName(wanted.resourceName());
      describe(wanted, request, result);
      answer.results().add(result);
    }
    return answer;
  }

  private void describe(
      DescribeConfigsResource wanted,
      DescribeConfigsRequest request,
      DescribeConfigsResult result) {
    List<TopicConfigs.Entry> entries;
    switch (ConfigResource.Type.forId(wanted.resourceType())) {
      case TOPIC -> {
        Topic topic = topics.topic(wanted.resourceName());
        if (topic == null) {
          result
              .setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code())
              .setErrorMessage("no topic " + wanted.resourceName());
          return;
        }
        entries = TopicConfigs.of(topic);
      }
      case BROKER -> {
        if (!wanted.resourceName().isEmpty() && !wanted.resourceName().equals(BROKER)) {
          result
              .setErrorCode(Errors.INVALID_REQUEST.code())
              .setErrorMessage("no broker " + wanted.resourceName() + ", only " + BROKER);
          return;
        }
        entries = wanted.resourceName().isEmpty() ? List.of() : broker();
      }
      default -> {
        result
            .setErrorCode(Errors.INVALID_REQUEST.code())
            .setErrorMessage("only topics and brokers have settings here");
        return;
      }
    }
    List<String> keys = wanted.configurationKeys();
    boolean topic = wanted.resourceType() == ConfigResource.Type.TOPIC.id();
    for (TopicConfigs.Entry entry : entries) {
      if (keys == null || keys.isEmpty() || keys.contains(entry.name())) {
        result.configs().add(shown(entry, request, topic));
      }
    }
  }

  private static DescribeConfigsResourceResult shown(
      TopicConfigs.Entry entry, DescribeConfigsRequest request, boolean changeable) {
    DescribeConfigsResourceResult shown =
        new DescribeConfigsResourceResult()
            .setName(entry.name())
            .setValue(entry.value())
            .setReadOnly(!changeable)
            .setConfigSource(entry.source().id())
            .setConfigType(entry.type().id());
    if (request.data().includeDocumentation()) {
      shown.setDocumentation(entry.documentation());
    }
    if (request.data().includeSynonyms()) {
      List<DescribeConfigsSynonym> synonyms = new ArrayList<>();
      if (entry.source() != ConfigSource.DEFAULT_CONFIG) {
        synonyms.add(synonym(entry.name(), entry.value(), entry.source()));
      }
      synonyms.add(synonym(entry.name(), entry.defaultValue(), ConfigSource.DEFAULT_CONFIG));
      shown.setSynonyms(synonyms);
    }
    return shown;
  }

  private static DescribeConfigsSynonym synonym(
      String name, @Nullable String value, ConfigSource source) {
    return new DescribeConfigsSynonym().setName(name).setValue(value).setSource(source.id());
  }

  private List<TopicConfigs.Entry> broker() {
    return List.of(
        fixed("auto.create.topics.enable", settings.autoCreateTopics(), ConfigType.BOOLEAN),
        fixed("broker.id", ClusterApis.NODE_ID, ConfigType.INT),
        fixed("default.replication.factor", 1, ConfigType.INT),
        fixed("num.partitions", settings.defaultPartitions(), ConfigType.INT),
        fixed("socket.request.max.bytes", settings.requestBytesMax(), ConfigType.INT));
  }

  private static TopicConfigs.Entry fixed(String name, Object value, ConfigType type) {
    String text = String.valueOf(value);
    return new TopicConfigs.Entry(name, text, text, ConfigSource.STATIC_BROKER_CONFIG, type, "");
  }

  /** Replaces all that was set. */
  CompletionStage<ApiMessage> alterConfigs(Exchange exchange, AlterConfigsRequest request) {
    AlterConfigsResponseData answer = new AlterConfigsResponseData();
    Map<ConfigResource, Decider> deciders = new HashMap<>();
    List<ConfigResource> order = new ArrayList<>();
    for (AlterConfigsRequestData.AlterConfigsResource wanted : request.data().resources()) {
      ConfigResource resource =
          new ConfigResource(
              ConfigResource.Type.forId(wanted.resourceType()), wanted.resourceName());
      order.add(resource);
      deciders.put(resource, _ -> replaced(wanted));
    }
    return change(order, deciders, request.data().validateOnly())
        .thenApply(errors -> {
          errors.forEach((resource, error) ->
              answer
                  .responses()
                  .add(
                      new AlterConfigsResourceResponse()
                          .setResourceType(resource.type().id())
                          .setResourceName(resource.name())
                          .setErrorCode(error.error().code())
                          .setErrorMessage(error.message())));
          return answer;
        });
  }

  private static Change replaced(AlterConfigsRequestData.AlterConfigsResource wanted) {
    Map<String, String> config = new TreeMap<>();
    for (AlterConfigsRequestData.AlterableConfig entry : wanted.configs()) {
      if (entry.value() == null) {
        return Change.refuse(Errors.INVALID_CONFIG, "Null value for " + entry.name());
      }
      config.put(entry.name(), entry.value());
    }
    return new Change(ApiError.NONE, config);
  }

  CompletionStage<ApiMessage> incrementalAlterConfigs(
      Exchange exchange, IncrementalAlterConfigsRequest request) {
    IncrementalAlterConfigsResponseData answer = new IncrementalAlterConfigsResponseData();
    Map<ConfigResource, Decider> deciders = new HashMap<>();
    List<ConfigResource> order = new ArrayList<>();
    for (IncrementalAlterConfigsRequestData.AlterConfigsResource wanted :
        request.data().resources()) {
      ConfigResource resource =
          new ConfigResource(
              ConfigResource.Type.forId(wanted.resourceType()), wanted.resourceName());
      order.add(resource);
      deciders.put(resource, topic -> altered(topic, wanted));
    }
    return change(order, deciders, request.data().validateOnly())
        .thenApply(errors -> {
          errors.forEach((resource, error) ->
              answer
                  .responses()
                  .add(
                      new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                          .setResourceType(resource.type().id())
                          .setResourceName(resource.name())
                          .setErrorCode(error.error().code())
                          .setErrorMessage(error.message())));
          return answer;
        });
  }

  private static Change altered(
      Topic topic, IncrementalAlterConfigsRequestData.AlterConfigsResource wanted) {
    Map<String, String> config = new TreeMap<>(topic.config());
    for (IncrementalAlterConfigsRequestData.AlterableConfig entry : wanted.configs()) {
      AlterConfigOp.OpType operation = AlterConfigOp.OpType.forId(entry.configOperation());
      if (operation == null) {
        return Change.refuse(
            Errors.INVALID_REQUEST, "Unknown operation " + entry.configOperation());
      }
      String name = entry.name();
      if (operation == AlterConfigOp.OpType.DELETE) {
        config.remove(name);
        continue;
      }
      String value = entry.value();
      if (value == null) {
        return Change.refuse(Errors.INVALID_CONFIG, "Null value for " + name);
      }
      if (operation == AlterConfigOp.OpType.SET) {
        config.put(name, value);
        continue;
      }
      if (!TopicConfigs.isList(name)) {
        return Change.refuse(
            Errors.INVALID_CONFIG, "Can't " + operation + " to " + name + ": it is not a list.");
      }
      config.put(name, listed(config.get(name), name, operation, value));
    }
    return new Change(ApiError.NONE, config);
  }

  private static String listed(
      @Nullable String current, String name, AlterConfigOp.OpType operation, String value) {
    String before = current == null ? TopicConfigs.defaultOf(name) : current;
    Set<String> items = new LinkedHashSet<>();
    if (before != null && !before.isEmpty()) {
      items.addAll(Arrays.asList(before.split(",")));
    }
    List<String> given = Arrays.asList(value.split(","));
    if (operation == AlterConfigOp.OpType.APPEND) {
      items.addAll(given);
    } else {
      items.removeAll(given);
    }
    return String.join(",", items);
  }

  /** Decides all resources in one catalog change; says for each what became of it. */
  private CompletionStage<Map<ConfigResource, ApiError>> change(
      List<ConfigResource> resources, Map<ConfigResource, Decider> deciders, boolean validateOnly) {
    Map<ConfigResource, ApiError> errors = new LinkedHashMap<>();
    return catalog
        .change(state -> {
          List<CatalogEvent> events = new ArrayList<>();
          for (ConfigResource resource : resources) {
            Change change = decide(state, resource, deciders.get(resource));
            errors.put(resource, change.error);
            if (change.error.isSuccess()) {
              events.add(new CatalogEvent.TopicConfigured(resource.name(), change.config));
            }
          }
          return new Catalog.Decision.Accept(validateOnly ? List.of() : events);
        })
        .thenApply(_ -> errors);
  }

  private static Change decide(
      CatalogState state, ConfigResource resource, @Nullable Decider decider) {
    if (resource.type() != ConfigResource.Type.TOPIC) {
      return Change.refuse(
          Errors.INVALID_REQUEST,
          "only settings of topics can change here; the server's are given at its start");
    }
    Topic topic = state.topic(resource.name());
    if (topic == null || decider == null) {
      return Change.refuse(
          Errors.UNKNOWN_TOPIC_OR_PARTITION, "The topic '" + resource.name() + "' does not exist.");
    }
    if (TopicCreation.isInternal(resource.name())) {
      return Change.refuse(Errors.INVALID_REQUEST, resource.name() + " is for the server itself");
    }
    Change change = decider.decide(topic);
    if (change.error.isFailure()) {
      return change;
    }
    ApiError error = TopicCreation.checkConfig(change.config);
    if (error.isFailure()) {
      return new Change(error, Map.of());
    }
    if (state.takesChanges(topic.name()) && TopicConfig.of(change.config).compacts()) {
      return Change.refuse(
          Errors.INVALID_CONFIG,
          "The topic '" + topic.name() + "' takes changes of keys, which compaction would lose.");
    }
    return change;
  }
}
