package io.headwater.projection;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.projection.Rules.KeysRule;
import io.headwater.view.OwnedBy;
import io.headwater.view.cache.ReadThrough;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Form;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.KeyspaceHooks;
import io.headwater.view.keyspace.types.StreamCursor;
import io.headwater.view.keyspace.types.StreamEntry;
import io.headwater.view.keyspace.types.StreamId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Projections from keys of database 0, on the keyspace loop: every change of a matching key becomes
 * a document, an event or both. Documents are hashes, as JSON objects of strings, and strings that
 * hold a JSON object; events are of all types, see {@link TopicJson}. What cannot be derived is not
 * there: its document goes, and its dead letter says why.
 */
@OwnedBy("keyspace")
final class KeysSource implements KeyspaceHooks, KeysFill.Derivation {
  private static final int SCAN_SLOTS = 2_000;
  private static final byte[] NOTHING = {};

  /** What a dead letter without a value and a lost step take together, at most, but for the key. */
  private static final int LEAST_BYTES = 1200;

  /** What a tombstone takes beside its key, at most. */
  private static final int TOMBSTONE_BYTES = 64;

  /** Of a stream that comes whole, in the frame of its command. */
  private static final long WHOLE_STREAM_BYTES = 1 << 20;

  private final Supplier<Rules> rules;
  private final Keyspace keyspace;
  private final Loop loop;
  private final Deriver deriver;
  private final Fills fills;
  private final TopicChanges changes;
  private final Clock clock;
  private final Set<String> filling = new HashSet<>();

  /** Keys that took over a whole value in the command under way. */
  private final Set<Bytes> whole = new HashSet<>();

  private final Key key = new Key();

  KeysSource(Supplier<Rules> rules, Keyspace keyspace, Loop loop, Clock clock, Fills fills) {
    this.rules = rules;
    this.keyspace = keyspace;
    this.loop = loop;
    this.clock = clock;
    this.deriver = new Deriver(clock);
    this.fills = fills;
    this.changes = new TopicChanges(rules, keyspace, fills);
  }

  void rulesChanged() {
    loop.execute(this::startFills);
  }

  private void startFills() {
    for (Projection projection : rules.get().catalog().projections().values()) {
      if (projection.source() instanceof Source.Keys
          && !projection.filled()
          && filling.add(projection.name())) {
        new KeysFill(projection, keyspace, loop, fills, this, new Deriver(clock)).start();
      }
    }
  }

  @Override
  public boolean isThere(Projection projection) {
    return rules.get().catalog().projection(projection.name()) != null;
  }

  @Override
  public void abandoned(Projection projection) {
    filling.remove(projection.name());
  }

  @Override
  public void filled(Projection projection) {
    filling.remove(projection.name());
    fills.filled(projection.name());
  }

  @Override
  public boolean idle() {
    return rules.get().keysIdle();
  }

  @Override
  public @Nullable Failure refuseWrite(int db, byte[] array, int from, int length) {
    if (db != 0) {
      return null;
    }
    KeysRule rule = Rules.match(rules.get().derivedKeys(), array, from, length);
    return rule == null
        ? null
        : Projections.derived("keys " + rule.prefix().utf8() + "*", rule.projection());
  }

  @Override
  public void changing(int db, Bytes name) {
    deriver.promise(leastBytes(db, name.array(), 0, name.length()));
  }

  /** For each target a dead letter, a tombstone or a lost step. */
  @Override
  public long leastBytes(int db, byte[] name, int from, int length) {
    long bytes = 0;
    if (db == 0) {
      for (KeysRule rule : rules.get().fromKeys()) {
        if (rule.matches(name, from, length)) {
          long each = LEAST_BYTES + 3L * length;
          bytes += each * rule.projection().targets().size();
        }
      }
    }
    return bytes;
  }

  @Override
  public long expectedBytes() {
    return deriver.openBytes() + LEAST_BYTES;
  }

  @Override
  public long flushBytes(int db) {
    long[] bytes = {0};
    for (KeysRule rule : db == 0 ? rules.get().fromKeys() : List.<KeysRule>of()) {
      for (Target target : rule.projection().targets()) {
        if (target instanceof Target.ToTopic) {
          forEachName(rule, name -> bytes[0] += TOMBSTONE_BYTES + name.length);
        }
      }
    }
    return bytes[0];
  }

  @Override
  public void recorded(ByteReader events) {
    changes.recorded(events);
  }

  @Override
  public void changed(Frame frame, int db, Bytes name) {
    if (db != 0) {
      return;
    }
    boolean isWhole = whole.remove(name);
    derive(frame, name, isWhole);
    deriver.promise(-leastBytes(db, name.array(), 0, name.length()));
  }

  private void derive(Frame frame, Bytes name, boolean isWhole) {
    for (KeysRule rule : rules.get().fromKeys()) {
      if (rule.matches(name.array(), 0, name.length())) {
        deriveValue(deriver, frame, rule.projection(), name);
        if (isWhole) {
          deriveWholeStream(frame, rule.projection(), name);
        }
        for (String topic : topics(rule.projection(), Form.CHANGE)) {
          changes.changed(
              new TopicChanges.Outlet(deriver, frame, rule.projection(), topic, name), isWhole);
        }
      }
    }
  }

  @Override
  public void beganAnew(Frame frame, int db, Bytes name) {
    forTopics(db, name, (projection, topic) -> tombstone(frame, topic, name));
  }

  @Override
  public void added(Frame frame, int db, Bytes name, StreamId id, ByteReader fields) {
    forTopics(
        db,
        name,
        (projection, topic) ->
            entry(
                deriver,
                frame,
                projection,
                topic,
                name,
                id,
                max ->
                    TopicJson.entry(
                        id,
                        new ByteReader(fields.array(), fields.index(), fields.remaining()),
                        max)));
  }

  @Override
  public void replaced(int db, Bytes name) {
    if (db == 0) {
      for (KeysRule rule : rules.get().fromKeys()) {
        if (rule.matches(name.array(), 0, name.length())) {
          whole.add(name);
        }
      }
    }
  }

  /** A topic of a projection that a key belongs to. */
  private interface TopicAction {
    void accept(Projection projection, String topic);
  }

  /** But for a stream that came whole: all of it is derived when the command is over. */
  private void forTopics(int db, Bytes name, TopicAction action) {
    if (db != 0 || whole.contains(name)) {
      return;
    }
    for (KeysRule rule : rules.get().fromKeys()) {
      if (rule.matches(name.array(), 0, name.length())) {
        for (String topic : topics(rule.projection(), Form.FULL)) {
          action.accept(rule.projection(), topic);
        }
      }
    }
  }

  private void tombstone(Frame frame, String topic, Bytes name) {
    deriver.record(frame, rules.get().catalog(), topic, name, null);
  }

  @Override
  public void appending(Frame frame) {
    deriver.finish(frame);
  }

  @Override
  public void flushing(Frame frame, int db, Keyspace flushed) {
    if (db != 0) {
      return;
    }
    CatalogState catalog = rules.get().catalog();
    for (KeysRule rule : rules.get().fromKeys()) {
      for (Target target : rule.projection().targets()) {
        switch (target) {
          case Target.ToIndex(String index) -> deriver.allDocumentsGone(frame, catalog, index);
          case Target.ToTopic(String topic, _) -> tombstones(frame, catalog, rule, topic);
          case Target.ToKeys _, Target.ToMemcached _ -> {}
        }
      }
    }
  }

  private void tombstones(Frame frame, CatalogState catalog, KeysRule rule, String topic) {
    forEachName(rule, name -> deriver.record(frame, catalog, topic, Bytes.wrap(name), null));
  }

  private void forEachName(KeysRule rule, Consumer<byte[]> action) {
    long cursor = 0;
    do {
      cursor =
          keyspace.scanAll(
              0,
              cursor,
              SCAN_SLOTS,
              entry -> {
                byte[] name = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
                if (rule.matches(name, 0, name.length)) {
                  action.accept(name);
                }
              });
    } while (cursor != 0);
  }

  @Override
  public List<Bytes> keptPrefixes() {
    return rules.get().derivedKeys().stream().map(KeysRule::prefix).toList();
  }

  @Override
  public void derive(Deriver into, Frame frame, Projection projection, Bytes name) {
    deriveValue(into, frame, projection, name);
    for (String topic : topics(projection, Form.CHANGE)) {
      changes.fill(new TopicChanges.Outlet(into, frame, projection, topic, name));
    }
  }

  /** Entries of streams are none of this: they come as they are added. */
  private void deriveValue(Deriver into, Frame frame, Projection projection, Bytes name) {
    CatalogState catalog = rules.get().catalog();
    long entry = keyspace.peek(key.at(0, name));
    Refusals refusals = new Refusals();
    byte[] document = null;
    for (Target target : projection.targets()) {
      switch (target) {
        case Target.ToIndex(String index) -> {
          document =
              entry == 0 ? null : refusals.tried("index " + index, () -> document(into, frame));
          if (document == null) {
            into.documentGone(frame, catalog, index, name);
          } else {
            into.document(frame, catalog, index, name, document);
          }
        }
        case Target.ToTopic(String topic, Form form) -> {
          if (form == Form.CHANGE) {
            refusals.content();
          } else if (entry == 0) {
            into.record(frame, catalog, topic, name, null);
          } else if (Entry.type(entry) == Entry.STREAM) {
            refusals.content();
          } else {
            byte[] known = document;
            byte[] json =
                refusals.tried("topic " + topic, () -> value(into, frame, topic, name, known));
            if (json != null) {
              into.record(frame, catalog, topic, name, json);
            }
          }
        }
        case Target.ToMemcached() -> {
          if (entry != 0) {
            refusals.tried("memcached", () -> KeyJson.requireMemcached(entry));
          }
        }
        case Target.ToKeys _ -> {}
      }
    }
    if (!refusals.isEmpty()) {
      byte[] held = refusals.tooLarge ? NOTHING : KeyJson.stringOrEmpty(keyspace, key);
      byte[] value = fills.hasRoom(frame, into, 3L * held.length) ? held : NOTHING;
      refusals.forEach((target, reason) ->
          into.deadLetter(frame, catalog, projection.name(), target, name, reason, value));
    }
  }

  private byte[] document(Deriver into, Frame frame) throws Underivable {
    return requireRoom(into, frame, KeyJson.object(keyspace, key));
  }

  /** What a topic takes: the document, where there is one of its size. */
  private byte[] value(
      Deriver into, Frame frame, String topic, Bytes name, byte @Nullable [] document)
      throws Underivable {
    int max = rules.get().valueBytesMax(topic, name);
    return requireRoom(
        into,
        frame,
        document != null && document.length <= max
            ? document
            : TopicJson.value(keyspace, key, max));
  }

  private byte[] requireRoom(Deriver into, Frame frame, byte[] json) throws Underivable {
    fills.requireRoom(frame, into, json);
    if (into == deriver && !keyspace.admission().hasRoomBeside(2L * json.length)) {
      throw new Underivable("the frame of its change has no room for it");
    }
    return json;
  }

  /** A stream that took over a whole value: what was there is gone, and its entries are new. */
  private void deriveWholeStream(Frame frame, Projection projection, Bytes name) {
    long entry = keyspace.peek(key.at(0, name));
    if (entry == 0 || Entry.type(entry) != Entry.STREAM) {
      return;
    }
    List<String> topics = topics(projection, Form.FULL);
    for (String topic : topics) {
      tombstone(frame, topic, name);
    }
    StreamId rest =
        entries(deriver, frame, projection, topics, name, StreamId.ZERO, WHOLE_STREAM_BYTES);
    if (rest != null) {
      String reason =
          "a stream that comes whole (RENAME, COPY, RESTORE) has more than "
              + WHOLE_STREAM_BYTES
              + " bytes of entries; missing are those from "
              + rest
              + " on";
      deriver.deadLetter(
          frame, rules.get().catalog(), projection.name(), "topic", name, reason, NOTHING);
    }
  }

  private static List<String> topics(Projection projection, Form wanted) {
    List<String> topics = new ArrayList<>(1);
    for (Target target : projection.targets()) {
      if (target instanceof Target.ToTopic(String topic, Form form) && form == wanted) {
        topics.add(topic);
      }
    }
    return topics;
  }

  @Override
  public @Nullable StreamId deriveEntries(
      Deriver into, Frame frame, Projection projection, Bytes name, StreamId from, long bytesMax) {
    List<String> full = topics(projection, Form.FULL);
    StreamId rest =
        full.isEmpty() ? null : entries(into, frame, projection, full, name, from, bytesMax);
    boolean first = full.isEmpty();
    for (String topic : topics(projection, Form.CHANGE)) {
      long most = first ? bytesMax : Long.MAX_VALUE; // the others end where the first did
      TopicChanges.Outlet outlet = new TopicChanges.Outlet(into, frame, projection, topic, name);
      rest = changes.entries(outlet, from, rest, most);
      first = false;
    }
    return rest;
  }

  private @Nullable StreamId entries(
      Deriver into,
      Frame frame,
      Projection projection,
      List<String> topics,
      Bytes name,
      StreamId from,
      long bytesMax) {
    long until = frame.payloadBytes() + into.openBytes() + bytesMax;
    StreamCursor cursor =
        keyspace
            .streams()
            .read(keyspace.peek(key.at(0, name)))
            .cursor()
            .seek(from.ms(), from.seq());
    while (cursor.next()) {
      StreamEntry entry = cursor.entry();
      if (frame.payloadBytes() + into.openBytes() >= until
          || !fills.hasRoom(frame, into, LEAST_BYTES)) {
        return entry.id();
      }
      for (String topic : topics) {
        entry(into, frame, projection, topic, name, entry.id(), max -> TopicJson.entry(entry, max));
      }
    }
    return null;
  }

  /** Makes an entry's JSON of at most so many bytes. */
  private interface EntryJson {
    byte[] of(int maxBytes) throws Underivable;
  }

  private void entry(
      Deriver into,
      Frame frame,
      Projection projection,
      String topic,
      Bytes name,
      StreamId id,
      EntryJson json) {
    CatalogState catalog = rules.get().catalog();
    try {
      DerivedJson.requireUtf8(name.array(), "the key");
      byte[] value = json.of(rules.get().valueBytesMax(topic, name));
      into.record(frame, catalog, topic, name, requireRoom(into, frame, value));
    } catch (Underivable e) {
      String reason = "entry " + id + ": " + e.getMessage();
      into.deadLetter(frame, catalog, projection.name(), "topic " + topic, name, reason, NOTHING);
    }
  }

  /** What memcached reads of keys that a projection makes coherent. */
  ReadThrough readThrough() {
    return new ReadThrough() {
      @Override
      public boolean idle() {
        return rules.get().memcached().isEmpty();
      }

      @Override
      public @Nullable String source(byte[] array, int from, int length) {
        KeysRule rule = Rules.match(rules.get().memcached(), array, from, length);
        return rule == null ? null : rule.prefix().utf8() + "*";
      }

      @Override
      public byte @Nullable [] read(byte[] array, int from, int length) {
        return KeyJson.forMemcached(keyspace, key.at(0, array, from, length));
      }
    };
  }
}
