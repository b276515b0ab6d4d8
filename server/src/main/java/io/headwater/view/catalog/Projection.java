package io.headwater.view.catalog;

import io.headwater.bytes.Bytes;
import java.util.List;

/**
 * A rule that derives targets from a source inside the source's frames.
 *
 * @param filled whether what existed before the projection has been brought over
 */
public record Projection(String name, Source source, List<Target> targets, boolean filled) {
  /** Where records come from. */
  public sealed interface Source {
    /** Keys of database 0 that begin with a prefix; written {@code prefix*}. */
    record Keys(Bytes prefix) implements Source {}

    /** A topic with JSON objects as values. */
    record TopicValues(String topic) implements Source {}
  }

  /** What a topic's records say of a changed key. */
  public enum Form {
    /** All that it holds now. */
    FULL,
    /** What the change did to it; only of keys. */
    CHANGE
  }

  /** Where derived records go. */
  public sealed interface Target {
    /** Documents: the id is the source's key. */
    record ToIndex(String index) implements Target {}

    /** One record for each change: key, JSON value, or a tombstone. */
    record ToTopic(String topic, Form form) implements Target {}

    /** Hashes named by a prefix and the source's key. */
    record ToKeys(Bytes prefix) implements Target {}

    /** Memcached reads of the source keys go to the keyspace. */
    record ToMemcached() implements Target {}
  }
}
