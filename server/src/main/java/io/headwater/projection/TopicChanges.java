package io.headwater.projection;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Bytes;
import io.headwater.log.Frame;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.projection.Rules.KeysRule;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.Projection;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.StreamId;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Topics that take the changes of keys ({@link Projection.Form#CHANGE}), and what keys hold only
 * where that comes whole. A record costs what the change costs, however large the collection is.
 */
@OwnedBy("keyspace")
final class TopicChanges {
  private static final byte[] NOTHING = {};

  /** Where the records of one key go. */
  record Outlet(Deriver into, Frame frame, Projection projection, String topic, Bytes name) {}

  private final Supplier<Rules> rules;
  private final Keyspace keyspace;
  private final Fills fills;
  private final ChangeEvents events;
  private final ChangeWholes wholes;
  private final ChangeRecords records = new ChangeRecords();
  private final Key key = new Key();

  TopicChanges(Supplier<Rules> rules, Keyspace keyspace, Fills fills) {
    this.rules = rules;
    this.keyspace = keyspace;
    this.fills = fills;
    this.events = new ChangeEvents(keyspace);
    this.wholes = new ChangeWholes(keyspace);
  }

  /** What a command did; {@link #changed} follows for each of its keys. */
  void recorded(ByteReader recorded) {
    Rules now = rules.get();
    if (now.changes()) {
      events.note(recorded, found -> isFollowed(now, found));
    }
  }

  private static boolean isFollowed(Rules rules, Key found) {
    byte[] name = found.toBytes().array();
    for (KeysRule rule : rules.fromKeys()) {
      if (rule.matches(name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A command is over that changed this key.
   *
   * @param whole whether it took a whole value over
   */
  void changed(Outlet outlet, boolean whole) {
    write(
        outlet,
        false,
        out -> {
          if (whole) {
            wholes.write(key.at(0, outlet.name), out);
          } else {
            events.write(outlet.name, out);
          }
        });
  }

  /** What is there when a topic is filled; of a stream its {@link #entries} follow. */
  void fill(Outlet outlet) {
    write(
        outlet,
        true,
        out -> {
          long entry = keyspace.peek(key.at(0, outlet.name));
          if (Entry.type(entry) == Entry.STREAM) {
            wholes.empty(entry, out);
          } else {
            wholes.write(key, out);
          }
        });
  }

  /**
   * Entries of a stream that is there, from an ID on; returns where to go on, or null at its end.
   */
  @Nullable StreamId entries(
      Outlet outlet, StreamId from, @Nullable StreamId until, long bytesMax) {
    StreamId[] rest = {null};
    write(
        outlet,
        true,
        out -> {
          rest[0] = wholes.write(keyspace.peek(key.at(0, outlet.name)), from, until, bytesMax, out);
        });
    return rest[0];
  }

  /** Writes the records of a key; a tombstone if it is gone. */
  private void write(Outlet outlet, boolean snapshot, Consumer<ChangeRecords> steps) {
    if (keyspace.peek(key.at(0, outlet.name)) == 0) {
      record(outlet, null);
      return;
    }
    ChangeRecords.Sink sink =
        new ChangeRecords.Sink() {
          @Override
          public void record(byte[] json) throws Underivable {
            fills.requireRoom(outlet.frame, outlet.into, json);
            TopicChanges.this.record(outlet, json);
          }

          @Override
          public void lost(byte[] json, String reason) {
            TopicChanges.this.record(outlet, json);
            outlet.into.deadLetter(
                outlet.frame,
                rules.get().catalog(),
                outlet.projection.name(),
                "topic " + outlet.topic,
                outlet.name,
                reason,
                NOTHING);
          }
        };
    records.begin(sink, rules.get().valueBytesMax(outlet.topic, outlet.name), snapshot);
    steps.accept(records);
    records.end();
  }

  private void record(Outlet outlet, byte @Nullable [] json) {
    outlet.into.record(outlet.frame, rules.get().catalog(), outlet.topic, outlet.name, json);
  }
}
