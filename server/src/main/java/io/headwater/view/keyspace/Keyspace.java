package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.HeapBudget;
import io.headwater.bytes.Memory;
import io.headwater.failure.Failure;
import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.Inbox;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.StreamId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Redis's databases: the one writer of its own events on stream 1, and the reader of derived ones
 * that topics' frames bring. See the package's essay for how a value changes.
 *
 * <p>All commands of one turn share one frame, appended after the turn, when it passes {@link
 * #FRAME_BYTES}, and around what must stand alone (EXEC, FLUSHALL). A command that has been
 * executed is in the state and visible to all later ones; a connection that saw undurable state
 * says so by {@link #replied}, and with {@link Fsync#ALWAYS} its output leaves when that state is
 * durable.
 */
@OwnedBy("keyspace")
public final class Keyspace implements View, AutoCloseable {
  public static final int DATABASES = 16;
  public static final int LIBRARIES = 16; // no client sees it: code of functions by name

  /** For mutators' {@code expiresAtMs}: what the entry has stays. */
  public static final long KEEP_EXPIRY = Store.KEEP_EXPIRY;

  /** A turn's frame is appended when it is past this. */
  private static final int FRAME_BYTES = 256 << 10;

  private static final int SMALL_WRITES_BYTES = 4 << 10;

  private final Loop loop;
  private final Clock clock;
  private final Inbox inbox;
  private final Supplier<Log> logSupplier;
  private final Checkpoints checkpoints;
  private final Store store = new Store();
  private final MemoryUse memory = new MemoryUse(store);
  private final Listings listings = new Listings(this, store);
  private final FailStop failStop = new FailStop(store);
  private final Replay replay = new Replay();
  private final Strings strings = new Strings(this, store);
  private final Generic generic = new Generic(this, store);
  private final CollectionLimits limits;
  private final Hashes hashes;
  private final Lists lists = new Lists(this);
  private final Sets sets;
  private final SortedSets sortedSets;
  private final Streams streams = new Streams(this);
  private final Expiration expiration;
  private final Eviction eviction;
  private final Freeing freeing;
  private final Departures departures;
  private final Watches watches = new Watches();
  private final Awaiting awaiting = new Awaiting();
  private final Frame frame = new Frame(Frame.Origin.KEYSPACE);
  private final Following following = new Following(frame);
  private final Admission admission = new Admission(frame, following, this::log);
  private final WaitingReplies replied;
  private TurnObserver turnObserver = TurnObserver.none();
  private Fsync fsync = Fsync.ALWAYS;
  private @Nullable Log log;
  private @Nullable LoggedPart notYet;
  private boolean recording;
  private boolean inTransaction;
  private long nowMs;

  private long position;

  /** Up to here the log's file has what was appended; told only where nobody waits for syncs. */
  private long written;

  private long changes;
  private volatile long applied;

  /**
   * @param background runs the writing of checkpoints
   * @param log asked for once, by {@link #start}
   */
  public Keyspace(
      Loop loop, Clock clock, Disk disk, Executor background, Inbox inbox, Supplier<Log> log) {
    this.loop = loop;
    this.clock = clock;
    this.inbox = inbox;
    this.logSupplier = log;
    this.replied = new WaitingReplies(clock);
    this.checkpoints = new Checkpoints(this, store, disk, background, loop, clock);
    this.expiration = new Expiration(this, store, clock, loop);
    this.eviction = new Eviction(this, store, clock, loop);
    this.freeing = new Freeing(store, loop, clock);
    limits = CollectionLimits.defaults(clock.nanos() ^ clock.wallMs() << 20);
    this.hashes = new Hashes(this, limits);
    this.departures = new Departures(this, store);
    this.sets = new Sets(this, limits);
    this.sortedSets = new SortedSets(this, limits);
    replay.register(0, generic::replay);
    replay.register(1, generic::replay);
    replay.register(2, hashes::replay);
    replay.register(3, lists::replay);
    replay.register(4, sets::replay);
    replay.register(5, sortedSets::replay);
    store.access().tick(clock.wallMs());
    store.setListings(listings);
    replay.register(6, streams::replay);
    replay.register(7, streams::replay);
    store.large().register(Entry.HASH, hashes::readLarge);
    store.large().register(Entry.LIST, lists::readLarge);
    store.large().register(Entry.SET, sets::readLarge);
    store.large().register(Entry.ZSET, sortedSets::readLarge);
    store.large().register(Entry.STREAM, Streams::readLarge);
  }

  // Wiring.

  /** Who follows the keyspace from now on. */
  public void follow(KeyspaceHooks newHooks) {
    following.follow(newHooks);
  }

  /** Who hears of keys that come to be and that expire; null for nobody. */
  public void observe(@Nullable KeyObserver newObserver) {
    departures.observe(newObserver);
    store.observe(
        newObserver == null
            ? null
            : key -> {
              if (recording) {
                newObserver.created(key);
              }
            });
  }

  public void observeTurns(TurnObserver newObserver) {
    turnObserver = newObserver;
  }

  TurnObserver turnObserver() {
    return turnObserver;
  }

  /** Who hears of changes; null for nobody. */
  public void listen(@Nullable ChangeListener newListener) {
    watches.listen(newListener);
  }

  private void tick() {
    nowMs = clock.wallMs();
    store.access().tick(nowMs);
  }

  /** After recovery and before the loop starts: opens for commands. */
  public void start() {
    Log opened = logSupplier.get();
    log = opened;
    inbox.ownedBy(loop);
    opened.addDurableListener(durable -> {
      if (awaiting.isAnyoneThere()) {
        loop.wake();
      }
    });
    tick();
    recording = true;
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {
            Keyspace.this.beforeTurn();
          }

          @Override
          public void afterTurn() {
            Keyspace.this.afterTurn();
          }

          @Override
          public void turnEnded() {
            turnObserver.turned(clock.wallMs() - nowMs);
          }
        });
    expiration.start();
    eviction.start();
    loop.schedule(1000, this::everySecond);
  }

  // Reading.

  /** Wall clock in milliseconds, as captured when the turn began. */
  public long nowMs() {
    return nowMs;
  }

  /**
   * The live entry's address, or 0 if the key is missing or expired; stale after any change. Counts
   * as a use of the key.
   */
  public long find(Key key) {
    long entry = store.find(key);
    if (entry == 0 || isExpired(entry)) {
      return 0;
    }
    store.access().touch(entry);
    return entry;
  }

  /** Like {@link #find}, for those who look at a key without using it. */
  public long peek(Key key) {
    long entry = store.find(key);
    return entry == 0 || isExpired(entry) ? 0 : entry;
  }

  /** When or how often keys were used. */
  public Access access() {
    return store.access();
  }

  public boolean isExpired(long entry) {
    return Entry.hasExpiry(entry) && Entry.expiresAtMs(entry) <= nowMs;
  }

  /** The collection of an entry that {@link Entry#isLarge}. */
  public LargeValue large(long entry) {
    return store.large().get(Entry.handle(entry));
  }

  /** Keys of a database, expired ones that are not deleted yet included. */
  public long size(int db) {
    return store.table(db).size();
  }

  /** Keys of a database that have an expiry. */
  public long expiring(int db) {
    return store.table(db).expiring();
  }

  /** Visits live entries; must not change the keyspace. */
  public interface EntryVisitor {
    void visit(long entry);
  }

  /**
   * Visits the live entries of a part of a database: looks at about {@code budget} slots. Over a
   * whole round, begun with 0 and continued with what was returned, every key that was there all
   * the time is visited exactly once.
   *
   * @return where to go on, below 2^48; 0 at the end
   */
  public long scan(int db, long cursor, int budget, EntryVisitor visitor) {
    EntryVisitor live =
        entry -> {
          if (!isExpired(entry)) {
            visitor.visit(entry);
          }
        };
    return scanAll(db, cursor, budget, live);
  }

  /** Like {@link #scan}, and shows what is past its time but not deleted yet. */
  public long scanAll(int db, long cursor, int budget, EntryVisitor visitor) {
    return store.table(db).scan(cursor << 16, budget, visitor::visit) >>> 16;
  }

  /** What the keys and values take. */
  public MemoryUse memory() {
    return memory;
  }

  /** Walks over all keys of a database that hold up nobody. */
  public Listings listings() {
    return listings;
  }

  /** What keeps the memory in use under a limit. */
  public Eviction eviction() {
    return eviction;
  }

  /** When the state was saved, and how to take it up from there. */
  public Checkpoints checkpoints() {
    return checkpoints;
  }

  /** Events recorded since the start. */
  public long changes() {
    return changes;
  }

  /** Keys deleted because they were past their time, since the start. */
  public long expiredKeys() {
    return departures.expiredKeys();
  }

  /** Looks ahead of those who use many keys one after the other; one for each of them. */
  public Prefetch prefetch() {
    return new Prefetch(store);
  }

  // Changing: see the package's essay.

  public Strings strings() {
    return strings;
  }

  public Generic generic() {
    return generic;
  }

  public Hashes hashes() {
    return hashes;
  }

  public Lists lists() {
    return lists;
  }

  public Sets sets() {
    return sets;
  }

  public SortedSets sortedSets() {
    return sortedSets;
  }

  public Streams streams() {
    return streams;
  }

  /** Up to where collections count as small. */
  public CollectionLimits limits() {
    return limits;
  }

  /** Whether changes are recorded as events: always, but in replay and for derived events. */
  boolean recording() {
    return recording;
  }

  /** Not recording: whether the event being applied gives its collection the large encoding. */
  boolean converting() {
    return replay.converting();
  }

  /**
   * The entry's address or 0, ready to be changed; deletes it first if it is expired. Counts as a
   * use of the key.
   */
  public long findForWrite(Key key) {
    long entry = store.findForWrite(key);
    if (entry != 0 && recording && isExpired(entry)) {
      departures.expired(key);
      return 0;
    }
    if (entry != 0 && recording && departures.hasDueFields(entry)) {
      departures.withoutDueFields(key);
      entry = store.findForWrite(key);
    }
    if (entry != 0 && recording) {
      store.access().touch(entry);
      store.changed |= Entry.isLarge(entry); // it may be changed in place
    }
    return entry;
  }

  public Admission admission() {
    return admission;
  }

  /** Gives the key a packed value. State only: the caller records. */
  void putPacked(
      Key key, int type, int encoding, byte[] value, int from, int length, long expiresAtMs) {
    long entry = store.put(key, type, encoding, length, expiresAtMs);
    Memory.copy(value, from, Entry.value(entry), length);
  }

  /** Gives the key a large value. State only: the caller records. */
  void putLarge(Key key, LargeValue value, int encoding, long expiresAtMs) {
    store.putLarge(key, value, encoding, expiresAtMs);
  }

  /** Counts a large value's bytes anew after it changed in place. */
  void largeChanged(long entry) {
    store.large().changed(Entry.handle(entry));
  }

  /** Lets the expiration cycle come to a hash with fields that expire. */
  void noteFields(Key key) {
    store.noteFields(key);
  }

  /** Removes an entry. State only: the caller records. */
  void remove(Key key) {
    store.remove(key);
  }

  /** Begins an event: the caller appends the rest that its kind has. Only while recording. */
  ByteWriter record(int kind, Key key) {
    changed(key);
    return recordFrom(kind, key);
  }

  /** Like {@link #record}, for the groups of a stream, which are no part of what WATCH watches. */
  ByteWriter recordGroups(int kind, Key key) {
    watches.touchGroups(key);
    following.changed(key);
    return recordFrom(kind, key);
  }

  /** Like {@link #record}, for an event that only reads its key and changes others. */
  ByteWriter recordFrom(int kind, Key key) {
    assert admission.isKept();
    Frame.Part part = frame.part(Log.KEYSPACE_STREAM);
    part.addRecord();
    changes++;
    return part.payload().putShort(kind | key.db << 8).putSized(key.array, key.from, key.length);
  }

  /** Notes a key that an event changes beside its own. */
  void changed(Key key) {
    watches.touch(key);
    following.changed(key);
  }

  /** Tells projections of an entry that is about to be recorded; only if {@link #isFollowed}. */
  void streamAdded(Key key, StreamId id, ByteReader fields, boolean isFirst) {
    admission.beside(() -> following.streamAdded(key, id, fields, isFirst));
  }

  /** Notes that an event gives this key a whole value. */
  void replaced(Key key) {
    following.replaced(key);
  }

  /** All keys of a database change at once: wakes those who watch one that is there. */
  void databaseChanging(int db) {
    watches.touchAll(db, key -> store.find(key) != 0);
  }

  List<Bytes> flushing(int db) {
    return following.flushing(db, this);
  }

  /** The cycle that deletes what is past its time though nobody asks for it. */
  public Expiration expiration() {
    return expiration;
  }

  /** How keys and fields go by themselves. */
  public Departures departures() {
    return departures;
  }

  // Commands.

  /** What makes a bug in the middle of a change end the process. */
  public FailStop failStop() {
    return failStop;
  }

  /**
   * Why a command may not record so many bytes from now on, {@link #followedBytes} included, or
   * null. It must not record more than it asked for the last time: see {@link Admission}.
   */
  public @Nullable Failure refusal(long bytes) {
    Failure failure = admission.refusal(bytes);
    if (failure instanceof Failure.TooLarge && !frame.isEmpty() && !inTransaction) {
      append();
      failure = admission.refusal(bytes);
    }
    return failure;
  }

  /** What projections add to the frame at least when this key changes. */
  public long followedBytes(int db, byte[] key, int from, int length) {
    return isFollowed() ? following.leastBytes(db, key, from, length) : 0;
  }

  /** Why emptying a database, or {@link Generic#ALL}, would be refused now, or null. */
  public @Nullable Failure flushRefusal(int db) {
    return refusal(following.flushBytes(db) + SMALL_WRITES_BYTES);
  }

  /** All changes up to {@link #endTransaction} stand in one frame, and nothing else does. */
  public void beginTransaction() {
    appendEarlier();
    inTransaction = true;
  }

  /** Ends the frame before an event that stands alone, unless a transaction holds it. */
  void beginAlone() {
    if (!inTransaction) {
      appendEarlier();
    }
  }

  private void appendEarlier() {
    long asked = admission.left();
    append();
    admission.admit(asked);
  }

  void endAlone() {
    if (!inTransaction) {
      commandDone();
      append();
    }
  }

  public void endTransaction() {
    inTransaction = false;
    admission.reserve(0);
    commandDone();
    append();
  }

  /** Whether projections follow the keyspace: then ask {@link #refuseWrite}. */
  public boolean isFollowed() {
    return !following.isIdle();
  }

  /** Why a client may not write this key, or null. */
  public @Nullable Failure refuseWrite(int db, byte[] key, int from, int length) {
    return following.refuseWrite(db, key, from, length);
  }

  /**
   * A command, or a whole EXEC, is over: lets projections derive from what it changed, and appends
   * the frame if it is large.
   */
  public void commandDone() {
    assert admission.isKept();
    admission.commandDone();
    following.derive();
    assert admission.isSettled();
    if (frame.payloadBytes() > FRAME_BYTES) {
      append();
    }
  }

  /** Appends what was recorded so far as one frame. */
  public void append() {
    if (!frame.isEmpty()) {
      following.appending();
      position = log().append(frame);
      frame.clear();
      admission.appended();
    }
  }

  /** Something that shows the present state was written to a connection. */
  public void replied(Connection connection) {
    if (fsync == Fsync.ALWAYS && (!frame.isEmpty() || log().durable() < position)) {
      replied.add(connection);
    }
  }

  /** What those who own data or speak for clients hold of the Java heap. */
  public HeapBudget heap() {
    return loop.heap();
  }

  public Fsync fsync() {
    return fsync;
  }

  public void setFsync(Fsync newFsync) {
    fsync = newFsync;
  }

  /** Calls the watcher once when one of its keys changes; see {@link #unwatch}. */
  public void watch(Key key, Watcher watcher) {
    watches.add(key, watcher);
  }

  /** Deletes the watched keys that are past their time, which touches those who watch them. */
  public void expireWatched(Watcher watcher) {
    watches.forEachKey(watcher, this::findForWrite);
  }

  public void unwatch(Watcher watcher) {
    watches.remove(watcher);
  }

  /** Hears of a change of a watched key, at once and on the loop. */
  public interface Watcher {
    void touched();

    /** Only the groups of a stream changed, or its IDs. */
    default void groupsTouched() {
      touched();
    }
  }

  /**
   * Calls back on the loop when everything up to a position has been applied and is durable; with
   * false if that takes longer than {@code timeoutMs} (0 waits without end).
   *
   * @return ends the wait without a call
   */
  public Runnable await(long awaited, long timeoutMs, Awaiter awaiter) {
    return awaiting.add(loop, awaited, timeoutMs, awaiter);
  }

  /** Hears how an {@link #await} ended. */
  public interface Awaiter {
    void reached(boolean inTime);
  }

  // Turns.

  Log log() {
    Log opened = log;
    if (opened == null) {
      throw new IllegalStateException("not started");
    }
    return opened;
  }

  private void beforeTurn() {
    admission.forget();
    tick();
    drainInbox();
    if (awaiting.isAnyoneThere()) {
      awaiting.check(Math.min(applied, log().durable()));
    }
  }

  /** Applies what others appended up to now; later parts wait, so that {@link #applied} holds. */
  private void drainInbox() {
    long end = log().appended();
    LoggedPart part = notYet != null ? notYet : inbox.poll();
    if (part != null) {
      recording = false;
      while (part != null && part.position() <= end) {
        apply(part);
        position = Math.max(position, part.position());
        part = inbox.poll();
      }
      recording = true;
      notYet = part;
    }
    applied = end;
  }

  private void afterTurn() {
    watches.settle();
    append();
    write();
    boolean more = replied.turnEnded(log(), position, turnObserver);
    more |= freeing.afterTurn();
    more |= checkpoints.afterTurn();
    more |= listings.slice();
    if (awaiting.isAnyoneThere() && applied < log().appended()) {
      more = true;
    }
    if (more) {
      loop.wake();
    }
  }

  /** Lets replies leave whose frames are appended; a script that goes on for long calls it, too. */
  public void release() {
    write();
    replied.release(log(), position, turnObserver);
  }

  /** What replies show that wait for no sync is in the log's file: it outlives the process. */
  private void write() {
    if (fsync != Fsync.ALWAYS && written < position) {
      try {
        log().write();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      written = position;
    }
  }

  private void everySecond() {
    if (fsync == Fsync.EVERYSEC && log().durable() < log().appended()) {
      log().syncSoon();
    }
    loop.schedule(1000, this::everySecond);
  }

  /** For a checkpoint: the state holds all up to the position returned, and nothing after. */
  long settle() {
    append();
    drainInbox();
    return applied;
  }

  /** While this reads, changes are what the log says; it returns up to where that is. */
  void reading(Checkpoints.Reading state) throws IOException {
    recording = false;
    recovered(state.read());
    recording = true;
  }

  @AnyThread
  void syncLog(long upTo) throws IOException {
    log().sync(upTo);
  }

  // The view contract.

  @Override
  @AnyThread
  public String name() {
    return "keyspace";
  }

  @Override
  @AnyThread
  public boolean follows(int stream) {
    return stream == Log.KEYSPACE_STREAM || stream == Log.CATALOG_STREAM;
  }

  @Override
  public long load(long logEnd) throws IOException {
    position = checkpoints.load(logEnd);
    applied = position;
    return position;
  }

  @Override
  public void replay(LoggedPart part) {
    assert part.position() >= applied : part.position() + " after " + applied;
    apply(part);
    position = part.position();
    applied = position;
  }

  /** How many events of a kind, 0 to 255, were applied since the start that others recorded. */
  public long replayed(int kind) {
    return replay.replayed(kind);
  }

  /** Applies one part of the log; recording is off. */
  void apply(LoggedPart part) {
    if (part.stream() != Log.KEYSPACE_STREAM) {
      return; // the catalog's: projections look at it, the keyspace does not
    }
    ByteReader in = part.payload();
    while (in.hasRemaining()) {
      Key key = replay.next(in);
      watches.touch(key);
    }
  }

  @Override
  public void recovered(long recoveredPosition) {
    position = recoveredPosition;
    applied = recoveredPosition;
  }

  @Override
  @AnyThread
  public CompletableFuture<Long> checkpoint() {
    return checkpoints.begin();
  }

  @Override
  @AnyThread
  public void retain(long retained) throws IOException {
    checkpoints.retain(retained);
  }

  @Override
  @AnyThread
  public long applied() {
    return applied;
  }

  /** Frees everything off the heap. Only when the loop runs no more. */
  @Override
  public void close() {
    checkpoints.close();
    store.close();
  }
}
