package io.headwater.view.catalog;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.catalog.Projection.Form;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Catalog events as bytes: one kind byte, then the fields in order; strings and lists carry a
 * varint length. See docs/formats/catalog.md.
 */
public final class CatalogCodec {
  private static final int TOPIC_CREATED = 1;
  private static final int TOPIC_DELETED = 2;
  private static final int PARTITIONS_ADDED = 3;
  private static final int TOPIC_CONFIGURED = 4;
  private static final int INDEX_CREATED = 5;
  private static final int INDEX_DELETED = 6;
  private static final int INDEX_CONFIGURED = 7;
  private static final int PROJECTION_CREATED = 8;
  private static final int PROJECTION_FILLED = 9;
  private static final int PROJECTION_DELETED = 10;
  private static final int DOCUMENT_PUT = 11;
  private static final int DOCUMENT_DELETED = 12;
  private static final int TOPIC_DERIVED = 13;
  private static final int INDEX_DERIVED = 14;
  private static final int USER_PUT = 15;
  private static final int USER_DELETED = 16;

  private CatalogCodec() {}

  /** Reads all events of a catalog part's payload. */
  public static List<CatalogEvent> decodeAll(ByteReader in) {
    List<CatalogEvent> events = new ArrayList<>();
    while (in.hasRemaining()) {
      events.add(decode(in));
    }
    return events;
  }

  public static void encode(ByteWriter out, CatalogEvent event) {
    switch (event) {
      case CatalogEvent.TopicCreated(Topic topic) -> putTopic(out.putByte(TOPIC_CREATED), topic);
      case CatalogEvent.TopicDeleted(String name) -> out.putByte(TOPIC_DELETED).putString(name);
      case CatalogEvent.PartitionsAdded(String topic, List<Integer> streams) ->
          putStreams(out.putByte(PARTITIONS_ADDED).putString(topic), streams);
      case CatalogEvent.TopicConfigured(String topic, Map<String, String> config) ->
          putMap(out.putByte(TOPIC_CONFIGURED).putString(topic), config);
      case CatalogEvent.IndexCreated(Index index) -> putIndex(out.putByte(INDEX_CREATED), index);
      case CatalogEvent.IndexDeleted(String name) -> out.putByte(INDEX_DELETED).putString(name);
      case CatalogEvent.IndexConfigured(String name, String settings) ->
          out.putByte(INDEX_CONFIGURED).putString(name).putString(settings);
      case CatalogEvent.TopicDerived(String topic, var projection) ->
          putNullable(out.putByte(TOPIC_DERIVED).putString(topic), projection);
      case CatalogEvent.IndexDerived(String index, var projection) ->
          putNullable(out.putByte(INDEX_DERIVED).putString(index), projection);
      case CatalogEvent.ProjectionCreated(Projection p) ->
          putProjection(out.putByte(PROJECTION_CREATED), p);
      case CatalogEvent.ProjectionFilled(String name) ->
          out.putByte(PROJECTION_FILLED).putString(name);
      case CatalogEvent.ProjectionDeleted(String name) ->
          out.putByte(PROJECTION_DELETED).putString(name);
      case CatalogEvent.DocumentPut(String kind, String name, String json) ->
          out.putByte(DOCUMENT_PUT).putString(kind).putString(name).putString(json);
      case CatalogEvent.DocumentDeleted(String kind, String name) ->
          out.putByte(DOCUMENT_DELETED).putString(kind).putString(name);
      case CatalogEvent.UserPut(User user) -> putUser(out.putByte(USER_PUT), user);
      case CatalogEvent.UserDeleted(String name) -> out.putByte(USER_DELETED).putString(name);
    }
  }

  static CatalogEvent decode(ByteReader in) {
    int kind = in.getByte();
    return switch (kind) {
      case TOPIC_CREATED -> new CatalogEvent.TopicCreated(getTopic(in));
      case TOPIC_DELETED -> new CatalogEvent.TopicDeleted(in.getString());
      case PARTITIONS_ADDED -> new CatalogEvent.PartitionsAdded(in.getString(), getStreams(in));
      case TOPIC_CONFIGURED -> new CatalogEvent.TopicConfigured(in.getString(), getMap(in));
      case INDEX_CREATED -> new CatalogEvent.IndexCreated(getIndex(in));
      case INDEX_DELETED -> new CatalogEvent.IndexDeleted(in.getString());
      case INDEX_CONFIGURED -> new CatalogEvent.IndexConfigured(in.getString(), in.getString());
      case PROJECTION_CREATED -> new CatalogEvent.ProjectionCreated(getProjection(in));
      case PROJECTION_FILLED -> new CatalogEvent.ProjectionFilled(in.getString());
      case PROJECTION_DELETED -> new CatalogEvent.ProjectionDeleted(in.getString());
      case DOCUMENT_PUT ->
          new CatalogEvent.DocumentPut(in.getString(), in.getString(), in.getString());
      case DOCUMENT_DELETED -> new CatalogEvent.DocumentDeleted(in.getString(), in.getString());
      case TOPIC_DERIVED -> new CatalogEvent.TopicDerived(in.getString(), getNullable(in));
      case INDEX_DERIVED -> new CatalogEvent.IndexDerived(in.getString(), getNullable(in));
      case USER_PUT -> new CatalogEvent.UserPut(getUser(in));
      case USER_DELETED -> new CatalogEvent.UserDeleted(in.getString());
      default -> throw new MalformedBytes("catalog event kind " + kind);
    };
  }

  private static void putTopic(ByteWriter out, Topic t) {
    out.putString(t.name()).putLong(t.idHigh()).putLong(t.idLow());
    putStreams(out, t.streams());
    putMap(out, t.config());
    putNullable(out, t.derivedBy());
    out.putLong(t.createdMs());
  }

  private static Topic getTopic(ByteReader in) {
    return new Topic(
        in.getString(),
        in.getLong(),
        in.getLong(),
        getStreams(in),
        getMap(in),
        getNullable(in),
        in.getLong());
  }

  private static void putIndex(ByteWriter out, Index i) {
    out.putString(i.name()).putString(i.uuid()).putVarint(i.stream());
    out.putString(i.settings()).putString(i.mappings());
    putNullable(out, i.derivedBy());
    out.putLong(i.createdMs());
  }

  private static Index getIndex(ByteReader in) {
    return new Index(
        in.getString(),
        in.getString(),
        in.getCount(),
        in.getString(),
        in.getString(),
        getNullable(in),
        in.getLong());
  }

  private static void putProjection(ByteWriter out, Projection p) {
    out.putString(p.name()).putByte(p.filled() ? 1 : 0);
    switch (p.source()) {
      case Source.Keys(var prefix) -> out.putByte(1).putSized(prefix);
      case Source.TopicValues(String topic) -> out.putByte(2).putString(topic);
    }
    out.putVarint(p.targets().size());
    for (Target target : p.targets()) {
      switch (target) {
        case Target.ToIndex(String index) -> out.putByte(1).putString(index);
        case Target.ToTopic(String topic, Form form) ->
            out.putByte(form == Form.FULL ? 2 : 5).putString(topic);
        case Target.ToKeys(var prefix) -> out.putByte(3).putSized(prefix);
        case Target.ToMemcached() -> out.putByte(4);
      }
    }
  }

  private static Projection getProjection(ByteReader in) {
    String name = in.getString();
    boolean filled = in.getByte() == 1;
    int sourceKind = in.getByte();
    Source source =
        switch (sourceKind) {
          case 1 -> new Source.Keys(in.getSized());
          case 2 -> new Source.TopicValues(in.getString());
          default -> throw new MalformedBytes("projection source kind " + sourceKind);
        };
    int count = in.getCount();
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int targetKind = in.getByte();
      targets.add(
          switch (targetKind) {
            case 1 -> new Target.ToIndex(in.getString());
            case 2 -> new Target.ToTopic(in.getString(), Form.FULL);
            case 3 -> new Target.ToKeys(in.getSized());
            case 4 -> new Target.ToMemcached();
            case 5 -> new Target.ToTopic(in.getString(), Form.CHANGE);
            default -> throw new MalformedBytes("projection target kind " + targetKind);
          });
    }
    return new Projection(name, source, List.copyOf(targets), filled);
  }

  private static void putUser(ByteWriter out, User u) {
    out.putString(u.name()).putByte((u.enabled() ? 1 : 0) | (u.anyPassword() ? 2 : 0));
    out.putVarint(u.passwords().size());
    u.passwords().forEach(out::putString);
    putMap(out, u.rules());
  }

  private static User getUser(ByteReader in) {
    String name = in.getString();
    int flags = in.getByte();
    int count = in.getCount();
    List<String> passwords = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      passwords.add(in.getString());
    }
    return new User(name, (flags & 1) != 0, (flags & 2) != 0, List.copyOf(passwords), getMap(in));
  }

  private static void putStreams(ByteWriter out, List<Integer> streams) {
    out.putVarint(streams.size());
    for (int stream : streams) {
      out.putVarint(stream);
    }
  }

  private static List<Integer> getStreams(ByteReader in) {
    int count = in.getCount();
    List<Integer> streams = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(in.getCount());
    }
    return List.copyOf(streams);
  }

  private static void putMap(ByteWriter out, Map<String, String> map) {
    out.putVarint(map.size());
    map.forEach((key, value) -> out.putString(key).putString(value));
  }

  private static Map<String, String> getMap(ByteReader in) {
    int count = in.getCount();
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      map.put(in.getString(), in.getString());
    }
    return Map.copyOf(map);
  }

  private static void putNullable(ByteWriter out, @Nullable String text) {
    out.putByte(text == null ? 0 : 1);
    if (text != null) {
      out.putString(text);
    }
  }

  private static @Nullable String getNullable(ByteReader in) {
    return in.getByte() == 0 ? null : in.getString();
  }
}
