package io.headwater.protocol.kafka;

import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.TopicConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.jspecify.annotations.Nullable;

/** A topic's settings as Kafka shows them, with Apache's types and documentation. */
final class TopicConfigs {
  /** One setting; {@code defaultValue} is what holds where nothing is set. */
  record Entry(
      String name,
      @Nullable String value,
      @Nullable String defaultValue,
      ConfigSource source,
      ConfigType type,
      String documentation) {}

  private TopicConfigs() {}

  static List<Entry> of(Topic topic) {
    Map<String, ConfigDef.ConfigKey> described = LogConfig.configKeys();
    List<Entry> entries = new ArrayList<>();
    new TreeMap<>(TopicConfig.KEYS)
        .forEach((name, defaultValue) -> {
          ConfigDef.ConfigKey key = described.get(name);
          String set = topic.config().get(name);
          entries.add(
              new Entry(
                  name,
                  set == null ? defaultValue : set,
                  defaultValue,
                  set == null ? ConfigSource.DEFAULT_CONFIG : ConfigSource.TOPIC_CONFIG,
                  key == null ? ConfigType.UNKNOWN : type(key.type),
                  key == null ? "" : key.documentation));
        });
    return entries;
  }

  /** Whether a setting's value is a list, to which single values can be added. */
  static boolean isList(String name) {
    ConfigDef.ConfigKey key = LogConfig.configKeys().get(name);
    return key != null && key.type == ConfigDef.Type.LIST;
  }

  static @Nullable String defaultOf(String name) {
    return TopicConfig.KEYS.get(name);
  }

  private static ConfigType type(ConfigDef.Type type) {
    return switch (type) {
      case BOOLEAN -> ConfigType.BOOLEAN;
      case STRING -> ConfigType.STRING;
      case INT -> ConfigType.INT;
      case SHORT -> ConfigType.SHORT;
      case LONG -> ConfigType.LONG;
      case DOUBLE -> ConfigType.DOUBLE;
      case LIST -> ConfigType.LIST;
      case CLASS -> ConfigType.CLASS;
      case PASSWORD -> ConfigType.PASSWORD;
    };
  }
}
