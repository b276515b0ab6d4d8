package io.headwater.projection;

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
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.KeyspaceHooks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Projections from keys of database 0, on the keyspace loop: every change of a matching key becomes
 * a document, an event or both; hashes as JSON objects of strings, strings as the JSON object that
 * they hold. What cannot be derived is not there: its document goes, and its dead letter says why.
 */
@OwnedBy("keyspace")
final class KeysSource implements KeyspaceHooks {
  private static final int FILL_SLOTS = 2_000;
  private static final long WAIT_MS = 10;

  private final Supplier<Rules> rules;
  private final Keyspace keyspace;
  private final Loop loop;
  private final Deriver deriver;
  private final Fills fills;
  private final Frame fillFrame = Projections.fillFrame(Frame.Origin.KEYSPACE);
  private final Set<String> filling = new HashSet<>();
  private final Key key = new Key();

  KeysSource(Supplier<Rules> rules, Keyspace keyspace, Loop loop, Clock clock, Fills fills) {
    this.rules = rules;
    this.keyspace = keyspace;
    this.loop = loop;
    this.deriver = new Deriver(clock);
    this.fills = fills;
  }

  void rulesChanged() {
    loop.execute(this::startFills);
  }

  private void startFills() {
    for (Projection projection : rules.get().catalog().projections().values()) {
      if (projection.source() instanceof Source.Keys
          && !projection.filled()
          && filling.add(projection.name())) {
        fill(projection, 0);
      }
    }
  }

  /** Derives a slice of the keys, then goes on after the clients' turn. */
  private void fill(Projection projection, long cursor) {
    if (rules.get().catalog().projection(projection.name()) == null) {
      filling.remove(projection.name());
      return;
    }
    if (fills.mustWait()) {
      loop.schedule(WAIT_MS, () -> fill(projection, cursor));
      return;
    }
    KeysRule rule = new KeysRule(((Source.Keys) projection.source()).prefix(), projection);
    List<Bytes> keys = new ArrayList<>();
    long next =
        keyspace.scan(
            0,
            cursor,
            FILL_SLOTS,
            entry -> {
              byte[] name = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
              if (rule.matches(name, 0, name.length)) {
                keys.add(Bytes.wrap(name));
              }
            });
    for (Bytes name : keys) {
      derive(fillFrame, projection, name);
    }
    deriver.finish(fillFrame);
    fills.append(fillFrame);
    if (next == 0) {
      filling.remove(projection.name());
      fills.filled(projection.name());
    } else {
      loop.execute(() -> fill(projection, next));
    }
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
  public void changed(Frame frame, int db, Bytes name) {
    if (db != 0) {
      return;
    }
    for (KeysRule rule : rules.get().fromKeys()) {
      if (rule.matches(name.array(), 0, name.length())) {
        derive(frame, rule.projection(), name);
      }
    }
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
          case Target.ToTopic(String topic) -> tombstones(frame, catalog, rule, topic);
          case Target.ToKeys _, Target.ToMemcached _ -> {}
        }
      }
    }
  }

  private void tombstones(Frame frame, CatalogState catalog, KeysRule rule, String topic) {
    long cursor = 0;
    do {
      cursor =
          keyspace.scan(
              0,
              cursor,
              FILL_SLOTS,
              entry -> {
                byte[] name = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
                if (rule.matches(name, 0, name.length)) {
                  deriver.record(frame, catalog, topic, Bytes.wrap(name), null);
                }
              });
    } while (cursor != 0);
  }

  @Override
  public List<Bytes> keptPrefixes() {
    return rules.get().derivedKeys().stream().map(KeysRule::prefix).toList();
  }

  private void derive(Frame frame, Projection projection, Bytes name) {
    CatalogState catalog = rules.get().catalog();
    byte[] json = null;
    boolean exists = keyspace.peek(key.at(0, name)) != 0;
    if (exists) {
      try {
        json = KeyJson.object(keyspace, key);
      } catch (Underivable e) {
        String reason = String.valueOf(e.getMessage());
        byte[] value = KeyJson.stringOrEmpty(keyspace, key);
        deriver.deadLetter(frame, catalog, projection.name(), "all targets", name, reason, value);
      }
    }
    for (Target target : projection.targets()) {
      switch (target) {
        case Target.ToIndex(String index) -> {
          if (json == null) {
            deriver.documentGone(frame, catalog, index, name);
          } else {
            deriver.document(frame, catalog, index, name, json);
          }
        }
        case Target.ToTopic(String topic) -> {
          if (json != null || !exists) {
            deriver.record(frame, catalog, topic, name, json);
          }
        }
        case Target.ToKeys _, Target.ToMemcached _ -> {}
      }
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
