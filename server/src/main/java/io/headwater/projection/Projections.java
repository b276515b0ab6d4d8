package io.headwater.projection;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.view.AnyThread;
import io.headwater.view.cache.ReadThrough;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Form;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import io.headwater.view.catalog.Topic;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.KeyspaceHooks;
import io.headwater.view.search.ParkHook;
import io.headwater.view.topics.TopicConfig;
import io.headwater.view.topics.TopicHooks;
import io.headwater.view.topics.Topics;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The front door of projections: what the views' owners ask on every write, and what the admin
 * protocol does with {@code /_projections}.
 *
 * <p>A projection's targets take no direct writes, and its source is nobody's target: so loops
 * cannot be built, and each derived stream follows from one source.
 *
 * <p>The catalog's listener lays the rules out anew after each change, on the catalog loop, as one
 * volatile value; owners read it per write. A projection becomes active on its source's owner when
 * that reads the new rules, and is filled from what exists only after that: what changes meanwhile
 * is derived by the change itself.
 */
public final class Projections {
  private static final Pattern TOPIC_NAME = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
  private static final Pattern INDEX_NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,254}");
  private static final int PROJECTIONS_MAX = 100;

  private final Catalog catalog;
  private final Supplier<Log> log;
  private final Clock clock;
  private final RandomGenerator random;
  private final KeysSource keysSource;
  private final TopicSource topicSource;
  private final Deriver searchDeriver;
  private volatile Rules rules = Rules.NONE;

  /**
   * @param keysOverloaded whether the views that derived parts go to cannot keep up: filling waits
   */
  public Projections(
      Catalog catalog,
      Supplier<Log> log,
      Clock clock,
      RandomGenerator random,
      Keyspace keyspace,
      Loop keyspaceLoop,
      Topics topics,
      Loop topicsLoop,
      java.util.function.BooleanSupplier keysOverloaded) {
    this.catalog = catalog;
    this.log = log;
    this.clock = clock;
    this.random = random;
    this.searchDeriver = new Deriver(clock);
    Fills fills = new Fills(catalog, log, keysOverloaded);
    this.keysSource = new KeysSource(() -> rules, keyspace, keyspaceLoop, clock, fills);
    this.topicSource = new TopicSource(() -> rules, topics, topicsLoop, clock, fills);
    catalog.addListener(this::changed);
  }

  static String deadLetterTopic(String projection) {
    return projection + "-dead-letters";
  }

  private void changed(CatalogState state) {
    if (state.projections().equals(rules.catalog().projections())
        && state.topics().equals(rules.catalog().topics())
        && state.indexes().equals(rules.catalog().indexes())) {
      return;
    }
    rules = Rules.of(state);
    keysSource.rulesChanged();
    topicSource.rulesChanged();
  }

  public KeyspaceHooks keyspaceHooks() {
    return keysSource;
  }

  public TopicHooks topicHooks() {
    return topicSource;
  }

  public ReadThrough readThrough() {
    return keysSource.readThrough();
  }

  /** For the search view: documents that conflict with their index's mapping. */
  public ParkHook parkHook() {
    return (frame, index, projection, id, json, reason) -> {
      if (!projection.isEmpty()) {
        searchDeriver.deadLetter(
            frame, rules.catalog(), projection, "index " + index, id, reason, json);
        searchDeriver.finish(frame);
      }
    };
  }

  /**
   * Creates a projection with its targets as one frame; filling goes on after that.
   *
   * @return the projection as JSON; fails with {@link FailureException}
   */
  @AnyThread
  public CompletableFuture<String> create(String name, byte[] json) {
    Projection projection;
    try {
      projection = ProjectionJson.parse(name, json);
    } catch (FailureException e) {
      return CompletableFuture.failedFuture(e);
    }
    return catalog
        .change(state -> decideCreate(state, projection))
        .thenApply(changed -> json(changed.state(), name));
  }

  /** Deletes a projection; its targets stay as they are and take direct writes again. */
  @AnyThread
  public CompletableFuture<Void> delete(String name) {
    return catalog
        .change(state ->
            state.projection(name) == null
                ? Decision.refuse(new Failure.NotFound("projection", name))
                : Decision.accept(new CatalogEvent.ProjectionDeleted(name)))
        .thenAccept(_ -> {});
  }

  /**
   * One projection as JSON.
   *
   * @throws FailureException with {@link Failure.NotFound}
   */
  @AnyThread
  public String get(String name) {
    CatalogState state = catalog.state();
    if (state.projection(name) == null) {
      throw new FailureException(new Failure.NotFound("projection", name));
    }
    return json(state, name);
  }

  /** All projections as a JSON object, by name. */
  @AnyThread
  public String list() {
    CatalogState state = catalog.state();
    StringBuilder json = new StringBuilder("{");
    for (String name : state.projections().keySet()) {
      json.append(json.length() == 1 ? "" : ",").append('"').append(name).append("\":");
      json.append(json(state, name));
    }
    return json.append('}').toString();
  }

  /** Records ever parked for a projection, counted by the offsets of its dead-letter topic. */
  @AnyThread
  public long deadLetters(String name) {
    Topic topic = catalog.state().topic(deadLetterTopic(name));
    long count = 0;
    if (topic != null) {
      for (int stream : topic.streams()) {
        count += log.get().nextOffset(stream);
      }
    }
    return count;
  }

  private String json(CatalogState state, String name) {
    Projection projection = state.projection(name);
    return projection == null ? "{}" : ProjectionJson.write(projection, deadLetters(name));
  }

  private Decision decideCreate(CatalogState state, Projection projection) {
    String name = projection.name();
    if (state.projection(name) != null) {
      return Decision.refuse(new Failure.AlreadyExists("projection", name));
    }
    if (state.projections().size() >= PROJECTIONS_MAX) {
      return Decision.refuse(
          new Failure.TooLarge("projections", PROJECTIONS_MAX + 1, PROJECTIONS_MAX));
    }
    try {
      requireFreeSource(state, projection);
      List<CatalogEvent> events = new ArrayList<>();
      events.add(new CatalogEvent.ProjectionCreated(projection));
      CatalogState after = state.with(events.getFirst());
      String deadLetters = deadLetterTopic(name);
      for (CatalogEvent event : takeTopic(after, deadLetters, name)) {
        events.add(event);
        after = after.with(event);
      }
      for (Target target : projection.targets()) {
        for (CatalogEvent event : take(after, projection, target)) {
          events.add(event);
          after = after.with(event);
        }
      }
      return new Decision.Accept(events);
    } catch (FailureException e) {
      return Decision.refuse(e.failure());
    }
  }

  private static void requireFreeSource(CatalogState state, Projection projection) {
    switch (projection.source()) {
      case Source.Keys(Bytes prefix) -> {
        for (Rules.KeysRule rule : Rules.of(state).derivedKeys()) {
          if (overlap(rule.prefix(), prefix)) {
            throw chained("keys " + prefix.utf8() + "*", rule.projection().name());
          }
        }
      }
      case Source.TopicValues(String name) -> {
        Topic topic = state.topic(name);
        if (topic == null) {
          throw new FailureException(new Failure.NotFound("topic", name));
        }
        if (topic.derivedBy() != null) {
          throw chained("topic " + name, topic.derivedBy());
        }
      }
    }
  }

  private List<CatalogEvent> take(CatalogState state, Projection projection, Target target) {
    return switch (target) {
      case Target.ToIndex(String index) -> takeIndex(state, index, projection.name());
      case Target.ToTopic(String topic, Form form) -> {
        requireNoSource(state, topic);
        if (form == Form.CHANGE) {
          requireChangesKept(state, projection, topic);
        }
        yield takeTopic(state, topic, projection.name());
      }
      case Target.ToKeys(Bytes prefix) -> {
        requireNoSource(state, projection, prefix);
        yield List.of();
      }
      case Target.ToMemcached() -> {
        if (!(projection.source() instanceof Source.Keys)) {
          throw ProjectionJson.invalid("[to.memcached] needs keys as the source");
        }
        yield List.of();
      }
    };
  }

  /** Changes are worth something only where each is kept, and there are changes only of keys. */
  private static void requireChangesKept(CatalogState state, Projection projection, String name) {
    if (!(projection.source() instanceof Source.Keys)) {
      throw ProjectionJson.invalid("[value] \"change\" needs keys as the source");
    }
    Topic topic = state.topic(name);
    if (topic != null && TopicConfig.of(topic.config()).compacts()) {
      throw ProjectionJson.invalid(
          "topic " + name + " is compacted, which would lose changes: [value] must be \"full\"");
    }
  }

  private List<CatalogEvent> takeIndex(CatalogState state, String name, String projection) {
    if (!INDEX_NAME.matcher(name).matches()) {
      throw ProjectionJson.invalid("invalid index name [" + name + "]");
    }
    Index index = state.index(name);
    if (index == null) {
      byte[] uuid = new byte[16];
      random.nextBytes(uuid);
      return List.of(
          new CatalogEvent.IndexCreated(
              new Index(
                  name,
                  Base64.getUrlEncoder().withoutPadding().encodeToString(uuid),
                  state.nextStream(),
                  "{}",
                  "{}",
                  projection,
                  clock.wallMs())));
    }
    if (index.derivedBy() != null) {
      throw taken("index " + name, index.derivedBy());
    }
    return List.of(new CatalogEvent.IndexDerived(name, projection));
  }

  private List<CatalogEvent> takeTopic(CatalogState state, String name, String projection) {
    if (!TOPIC_NAME.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw ProjectionJson.invalid("invalid topic name '" + name + "'");
    }
    if (name.startsWith("__")) {
      throw ProjectionJson.invalid("topic '" + name + "' is internal");
    }
    Topic topic = state.topic(name);
    if (topic == null) {
      return List.of(
          new CatalogEvent.TopicCreated(
              new Topic(
                  name,
                  random.nextLong(),
                  random.nextLong(),
                  List.of(state.nextStream()),
                  Map.of(),
                  projection,
                  clock.wallMs())));
    }
    if (topic.derivedBy() != null) {
      throw taken("topic " + name, topic.derivedBy());
    }
    return List.of(new CatalogEvent.TopicDerived(name, projection));
  }

  private static void requireNoSource(CatalogState state, String topic) {
    for (Projection other : state.projections().values()) {
      if (other.source() instanceof Source.TopicValues(String source) && source.equals(topic)) {
        throw chained("topic " + topic, other.name());
      }
    }
  }

  private static void requireNoSource(CatalogState state, Projection projection, Bytes prefix) {
    if (projection.source() instanceof Source.Keys) {
      throw new FailureException(new Failure.NotSupported("a projection from keys to keys"));
    }
    for (Projection other : state.projections().values()) {
      if (other.source() instanceof Source.Keys(Bytes source) && overlap(source, prefix)) {
        throw chained("keys " + prefix.utf8() + "*", other.name());
      }
      for (Target target : other.targets()) {
        if (!other.name().equals(projection.name())
            && target instanceof Target.ToKeys(Bytes taken)
            && overlap(taken, prefix)) {
          throw taken("keys " + prefix.utf8() + "*", other.name());
        }
      }
    }
  }

  private static boolean overlap(Bytes a, Bytes b) {
    return a.startsWith(b) || b.startsWith(a);
  }

  private static FailureException chained(String what, String other) {
    return ProjectionJson.invalid(
        what + " belong to projection " + other + ": a chain or loop of projections is refused");
  }

  private static FailureException taken(String what, String other) {
    return new FailureException(
        new Failure.Conflict(what + " is already derived by projection " + other));
  }

  /** Starts what a restart interrupted: call on no particular thread once the owners run. */
  public void resume() {
    keysSource.rulesChanged();
    topicSource.rulesChanged();
  }

  static String describe(Source source) {
    return switch (source) {
      case Source.Keys(Bytes prefix) -> "keys " + prefix.utf8() + "*";
      case Source.TopicValues(String topic) -> "topic " + topic;
    };
  }

  static Failure derived(String target, Projection projection) {
    return new Failure.Derived(target, describe(projection.source()), projection.name());
  }

  /** A frame of filling, appended apart from the owner's own turn. */
  static Frame fillFrame(Frame.Origin origin) {
    return new Frame(origin);
  }
}
