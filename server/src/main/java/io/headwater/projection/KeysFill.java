package io.headwater.projection;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.projection.Rules.KeysRule;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.Projection;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.StreamId;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Fills one projection from the keys that exist, a slice of about {@link #SLICE_BYTES} at a time
 * between the clients' turns; streams from their first entry on. What changes meanwhile is derived
 * by the change itself, so a key's state or an entry may come twice, and an entry that was added
 * meanwhile before older ones.
 */
@OwnedBy("keyspace")
final class KeysFill {
  private static final int SCAN_SLOTS = 2_000;
  private static final long SLICE_BYTES = 1 << 20;
  private static final long WAIT_MS = 10;

  /** The source that this filling belongs to. */
  interface Derivation {
    boolean isThere(Projection projection);

    /** Derives what holds for this key now; of a stream, whether it is gone. */
    void derive(Deriver deriver, Frame frame, Projection projection, Bytes name);

    /** Derives a stream's entries from an ID on; returns where to go on, or null at its end. */
    @Nullable StreamId deriveEntries(
        Deriver deriver,
        Frame frame,
        Projection projection,
        Bytes name,
        StreamId from,
        long bytesMax);

    void filled(Projection projection);

    void abandoned(Projection projection);
  }

  private final Projection projection;
  private final KeysRule rule;
  private final Keyspace keyspace;
  private final Loop loop;
  private final Fills fills;
  private final Derivation derivation;
  private final Deriver deriver;
  private final Frame frame = Projections.fillFrame(Frame.Origin.KEYSPACE);
  private final Key key = new Key();
  private final ArrayDeque<Bytes> names = new ArrayDeque<>();
  private StreamId next = StreamId.ZERO;
  private long cursor;

  /** The deriver is this filling's own, for the frame of the clients' turn may be open. */
  KeysFill(
      Projection projection,
      Keyspace keyspace,
      Loop loop,
      Fills fills,
      Derivation derivation,
      Deriver deriver) {
    this.projection = projection;
    this.rule = new KeysRule(((Source.Keys) projection.source()).prefix(), projection);
    this.keyspace = keyspace;
    this.loop = loop;
    this.fills = fills;
    this.derivation = derivation;
    this.deriver = deriver;
  }

  /** Derives the first slice; the others follow. */
  void start() {
    scan();
    step();
  }

  private void step() {
    if (!derivation.isThere(projection)) {
      derivation.abandoned(projection);
      return;
    }
    if (fills.mustWait()) {
      loop.schedule(WAIT_MS, this::step);
      return;
    }
    keyspace.append(); // a key's changes so far come before what it holds now
    while (!names.isEmpty() && bytes() < SLICE_BYTES) {
      deriveOne(names.element());
    }
    deriver.finish(frame);
    fills.append(frame);
    if (!names.isEmpty()) {
      loop.execute(this::step);
    } else if (cursor != 0) {
      loop.execute(this::start);
    } else {
      derivation.filled(projection);
    }
  }

  private void scan() {
    cursor =
        keyspace.scan(
            0,
            cursor,
            SCAN_SLOTS,
            entry -> {
              byte[] name = Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry));
              if (rule.matches(name, 0, name.length)) {
                names.add(Bytes.wrap(name));
              }
            });
  }

  private void deriveOne(Bytes name) {
    if (next.isZero()) {
      derivation.derive(deriver, frame, projection, name);
    }
    long entry = keyspace.peek(key.at(0, name));
    if (entry != 0 && Entry.type(entry) == Entry.STREAM) {
      long room = SLICE_BYTES - bytes();
      StreamId from = next;
      StreamId rest =
          derivation.deriveEntries(deriver, frame, projection, name, from, Math.max(room, 1));
      if (rest != null) {
        next = rest;
        return;
      }
    }
    next = StreamId.ZERO;
    names.remove();
  }

  private long bytes() {
    return frame.payloadBytes() + deriver.openBytes();
  }
}
