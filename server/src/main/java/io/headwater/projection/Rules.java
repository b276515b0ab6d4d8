package io.headwater.projection;

import io.headwater.bytes.Bytes;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Form;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import io.headwater.view.catalog.Topic;
import io.headwater.view.topics.TopicConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The catalog's projections, laid out for those who ask on every write. Immutable; made anew after
 * each change of the catalog.
 *
 * @param changes whether some topic takes changes of keys
 */
record Rules(
    CatalogState catalog,
    List<KeysRule> fromKeys,
    Map<String, List<Projection>> fromTopics,
    List<KeysRule> derivedKeys,
    List<KeysRule> memcached,
    Map<String, Integer> messageBytes,
    boolean changes) {

  /** Of a batch with one record, at most, beside key and value. */
  private static final int RECORD_OVERHEAD_BYTES = 100;

  /** A projection and the prefix by which it meets keys. */
  record KeysRule(Bytes prefix, Projection projection) {
    boolean matches(byte[] key, int from, int length) {
      byte[] p = prefix.array();
      if (length < p.length) {
        return false;
      }
      for (int i = 0; i < p.length; i++) {
        if (key[from + i] != p[i]) {
          return false;
        }
      }
      return true;
    }
  }

  static final Rules NONE = of(CatalogState.EMPTY);

  static Rules of(CatalogState catalog) {
    List<KeysRule> fromKeys = new ArrayList<>();
    Map<String, List<Projection>> fromTopics = new HashMap<>();
    List<KeysRule> derivedKeys = new ArrayList<>();
    List<KeysRule> memcached = new ArrayList<>();
    boolean changes = false;
    for (Projection projection : catalog.projections().values()) {
      switch (projection.source()) {
        case Source.Keys(Bytes prefix) -> fromKeys.add(new KeysRule(prefix, projection));
        case Source.TopicValues(String topic) ->
            fromTopics.computeIfAbsent(topic, _ -> new ArrayList<>()).add(projection);
      }
      for (Target target : projection.targets()) {
        if (target instanceof Target.ToKeys(Bytes prefix)) {
          derivedKeys.add(new KeysRule(prefix, projection));
        }
        changes |= target instanceof Target.ToTopic(_, Form form) && form == Form.CHANGE;
        if (target instanceof Target.ToMemcached()
            && projection.source() instanceof Source.Keys(Bytes prefix)) {
          memcached.add(new KeysRule(prefix, projection));
        }
      }
    }
    return new Rules(
        catalog, fromKeys, fromTopics, derivedKeys, memcached, messageBytes(catalog), changes);
  }

  private static Map<String, Integer> messageBytes(CatalogState catalog) {
    Map<String, Integer> limits = new HashMap<>();
    for (Topic topic : catalog.topics().values()) {
      if (topic.derivedBy() != null) {
        limits.put(topic.name(), TopicConfig.of(topic.config()).maxMessageBytes());
      }
    }
    return limits;
  }

  /** How large a value for this key may be, so that its record is within the topic's limit. */
  int valueBytesMax(String topic, Bytes key) {
    Integer limit = messageBytes.get(topic);
    int messageMax = limit == null ? TopicConfig.DEFAULT.maxMessageBytes() : limit;
    return Math.max(0, messageMax - key.length() - RECORD_OVERHEAD_BYTES);
  }

  boolean keysIdle() {
    return fromKeys.isEmpty() && derivedKeys.isEmpty();
  }

  static @Nullable KeysRule match(List<KeysRule> rules, byte[] key, int from, int length) {
    for (KeysRule rule : rules) {
      if (rule.matches(key, from, length)) {
        return rule;
      }
    }
    return null;
  }
}
