package io.headwater.view.cache;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Clock;
import io.headwater.host.Loop;
import io.headwater.log.LoggedPart;
import io.headwater.view.OwnedBy;
import io.headwater.view.View;
import io.headwater.view.cache.ItemChange.Compare;
import io.headwater.view.cache.ItemChange.Mode;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/**
 * Memcached's items. Ephemeral: nothing of it is logged or saved, and memory is its limit ({@link
 * ItemLog} says how space comes back).
 *
 * <p>An item is named by its address, which {@link #find} and {@link #store} give. An address holds
 * until the next call that stores.
 */
@OwnedBy("keyspace")
public final class Cache implements View {
  public static final int KEY_BYTES_MAX = 250;

  private static final int SEGMENT_BYTES_MIN = 1 << 20;
  private static final int SEGMENTS_MIN = 4;

  /** What memcached adds to key and value when it compares with its item limit. */
  private static final int MEMCACHED_ITEM_BYTES = 59;

  private static final int SWEEP_ITEMS = 1000;
  private static final long SWEEP_MS = 1000;
  private static final long SWEEP_MORE_MS = 5;
  private static final int SIZE_STEP = 32;

  /** Longer values are no numbers, however many spaces are in them. */
  private static final int NUMBER_BYTES_MAX = 1024;

  /**
   * @param memoryBytes for items; the index takes about 14 bytes for each item beside it
   * @param itemBytes key, value and memcached's own overhead of one item
   */
  public record Limits(long memoryBytes, int itemBytes) {
    /** Memcached's defaults: 64 MiB and 1 MiB. */
    public static final Limits DEFAULT = new Limits(64L << 20, 1 << 20);

    public Limits {
      if (itemBytes < 1024 || itemBytes > 1 << 30) {
        throw new IllegalArgumentException(
            "cache item limit " + itemBytes + " not in 1 KiB..1 GiB");
      }
      if (memoryBytes < (long) SEGMENTS_MIN * segmentBytes(itemBytes) || memoryBytes > 32L << 30) {
        throw new IllegalArgumentException(
            "cache memory %d not in %d..32 GiB"
                .formatted(memoryBytes, (long) SEGMENTS_MIN * segmentBytes(itemBytes)));
      }
    }

    private static int segmentBytes(int itemBytes) {
      return Math.max(SEGMENT_BYTES_MIN, Integer.highestOneBit(itemBytes - 1) << 1);
    }

    int segmentBytes() {
      return segmentBytes(itemBytes);
    }
  }

  /** How a change ended. */
  public enum Outcome {
    STORED,
    NOT_STORED,
    EXISTS,
    NOT_FOUND,
    TOO_LARGE
  }

  /**
   * What the cache holds and has lost.
   *
   * @param itemsTotal stored since the start
   * @param reclaimed expired items whose memory was taken back
   * @param expiredUnfetched those of them that nobody ever read
   */
  public record Stats(
      long items,
      long itemsTotal,
      long bytes,
      long memoryBytes,
      long indexBytes,
      long segments,
      long segmentBytes,
      long evictions,
      long evictedUnfetched,
      long reclaimed,
      long expiredUnfetched) {}

  private final Limits limits;
  private final CacheTime time;
  private final KeyHash hashing;
  private final ItemIndex index = new ItemIndex();
  private final ItemLog log;
  private final ItemIndex.KeyMatch match = this::matches;
  private final int[] sizes;
  private byte[] scratch = new byte[256];

  private byte[] soughtKey = scratch;
  private int soughtFrom;
  private int soughtLength;
  private int soughtHash;

  private long lastCas;
  private long lastStored;
  private int flushAt;

  private long itemsTotal;
  private long evictions;
  private long evictedUnfetched;
  private long reclaimed;
  private long expiredUnfetched;

  /**
   * @param hashSeed random, so that clients cannot choose keys that collide
   */
  public Cache(Limits limits, Clock clock, long hashSeed) {
    this.limits = limits;
    this.time = new CacheTime(clock);
    this.hashing = new KeyHash(hashSeed);
    this.log = new ItemLog(limits.memoryBytes, limits.segmentBytes(), new Consequences());
    this.sizes = new int[limits.segmentBytes() / SIZE_STEP + 1];
  }

  /** Starts dropping expired items once a second, in small slices. */
  public void sweepOn(Loop loop) {
    loop.schedule(SWEEP_MS, () -> sweep(loop));
  }

  private void sweep(Loop loop) {
    refreshTime();
    flushIfDue();
    boolean more = log.sweep(time.now(), SWEEP_ITEMS);
    loop.schedule(more ? SWEEP_MORE_MS : SWEEP_MS, () -> sweep(loop));
  }

  /** Call before a batch of commands: all of them see the same second. */
  public void refreshTime() {
    time.refresh();
  }

  /** Unix time in seconds, as the cache sees it. */
  public long unixSeconds() {
    return time.unixSeconds();
  }

  public Limits limits() {
    return limits;
  }

  // ---- looking

  /** The address of a living item, or 0. */
  public long find(byte[] key, int from, int length) {
    flushIfDue();
    long address = seek(key, from, length);
    if (address != 0 && ItemLog.expired(log.expires(address), time.now())) {
      countExpired(address);
      removeFound(address);
      return 0;
    }
    return address;
  }

  public int flags(long address) {
    return log.flags(address);
  }

  public long cas(long address) {
    return log.cas(address);
  }

  public int valueLength(long address) {
    return log.valueLength(address);
  }

  public void writeValue(long address, ByteWriter out) {
    log.copyValue(address, out);
  }

  /** Bytes of memory that the item takes, without its place in the index. */
  public int size(long address) {
    return ItemLog.sizeOf(log.keyLength(address), log.valueLength(address));
  }

  /** Seconds until it expires, at least 0; -1 for never. */
  public long secondsToLive(long address) {
    int expires = log.expires(address);
    return expires == 0 ? -1 : Math.max(0, expires - time.now());
  }

  public long secondsSinceAccess(long address) {
    return Math.max(0, time.now() - log.accessed(address));
  }

  /** Whether anybody has read it since it was stored. */
  public boolean isFetched(long address) {
    return (log.state(address) & ItemLog.FETCHED) != 0;
  }

  public boolean isStale(long address) {
    return (log.state(address) & ItemLog.STALE) != 0;
  }

  /** Whether some client has been told to bring a new value. */
  public boolean isWinSent(long address) {
    return (log.state(address) & ItemLog.WIN_SENT) != 0;
  }

  public boolean isBinaryKey(long address) {
    return (log.state(address) & ItemLog.BINARY_KEY) != 0;
  }

  // ---- changing what was found

  /** The item was used: it is worth keeping. */
  public void hit(long address) {
    log.hit(address, time.now());
  }

  public void touch(long address, long exptime) {
    log.setExpires(address, time.expiry(exptime));
  }

  public void sendWin(long address) {
    log.setState(address, log.state(address) | ItemLog.WIN_SENT);
  }

  /** Marks an item stale: it gets a new cas, and the next reader wins. */
  public void invalidate(long address, long newCas) {
    log.setState(address, (log.state(address) | ItemLog.STALE) & ~ItemLog.WIN_SENT);
    log.setCas(address, newCas == 0 ? ++lastCas : newCas);
  }

  /** Removes the item that {@link #find} just gave. */
  public void remove(long address) {
    removeFound(address);
  }

  /** Whether {@link #arithmetic} can work on the value. */
  public boolean isNumeric(long address) {
    int length = log.valueLength(address);
    return length <= NUMBER_BYTES_MAX && Decimal.isNumber(valueOf(address, length), length);
  }

  /**
   * Adds to a {@link #isNumeric numeric} value, wrapping at 2^64, or subtracts from it, ending at
   * 0. A shorter result is padded with spaces, as memcached does.
   *
   * @return the new value, unsigned; {@link #lastStored} is its address
   */
  public long arithmetic(long address, Arithmetic operation, long delta, long newCas) {
    int length = log.valueLength(address);
    long number = Decimal.number(valueOf(address, length), length);
    if (operation == Arithmetic.INCREMENT) {
      number += delta;
    } else {
      number = Long.compareUnsigned(number, delta) < 0 ? 0 : number - delta;
    }
    int digits = Decimal.print(number, scratch);
    int keyLength = log.keyLength(address);
    long cas = newCas == 0 ? ++lastCas : newCas;
    if (digits <= length) {
      Arrays.fill(scratch, digits, length, (byte) ' ');
      log.writeValue(address, keyLength, scratch, 0, length);
      log.setCas(address, cas);
      log.use(address);
      lastStored = address;
    } else {
      int state = log.state(address) & ItemLog.BINARY_KEY;
      byte[] key = new byte[keyLength];
      log.copyKey(address, key, 0);
      int expires = log.expires(address);
      put(key, 0, keyLength, scratch, 0, digits, log.flags(address), cas, expires, state);
    }
    return number;
  }

  private byte[] valueOf(long address, int length) {
    room(length + Decimal.DIGITS_MAX);
    log.copyValue(address, scratch, 0);
    return scratch;
  }

  /** The direction of {@link #arithmetic}. */
  public enum Arithmetic {
    INCREMENT,
    DECREMENT
  }

  /** The address of what was stored last. */
  public long lastStored() {
    return lastStored;
  }

  // ---- storing

  /** Whether memcached would refuse an item as too large. */
  public boolean isTooLarge(int keyLength, long valueLength, int flags) {
    return MEMCACHED_ITEM_BYTES + keyLength + valueLength + (flags == 0 ? 0 : 4) > limits.itemBytes;
  }

  /** Stores a value as {@code change} says; {@link #lastStored} is its address. */
  public Outcome store(
      byte[] key,
      int keyFrom,
      int keyLength,
      byte[] value,
      int valueFrom,
      int valueLength,
      ItemChange change) {
    assert keyLength <= KEY_BYTES_MAX;
    long existing = find(key, keyFrom, keyLength);
    int state = change.binaryKey ? ItemLog.BINARY_KEY : 0;
    boolean joins = change.mode == Mode.APPEND || change.mode == Mode.PREPEND;
    if (existing == 0) {
      Outcome refusal = refusalOfMissing(change, joins);
      if (refusal != Outcome.STORED) {
        return refusal;
      }
    } else {
      if (change.mode == Mode.ADD) {
        log.use(existing);
        return Outcome.NOT_STORED;
      }
      if (change.compare != Compare.ALWAYS && log.cas(existing) != change.cas) {
        boolean older = Long.compareUnsigned(change.cas, log.cas(existing)) < 0;
        if (change.compare == Compare.EQUAL || !older || change.cas == 0 || joins) {
          return Outcome.EXISTS;
        }
        state |= ItemLog.STALE | (log.state(existing) & ItemLog.WIN_SENT);
      }
      if (joins) {
        return join(existing, key, keyFrom, keyLength, value, valueFrom, valueLength, change);
      }
    }
    if (isTooLarge(keyLength, valueLength, change.flags)) {
      return Outcome.TOO_LARGE;
    }
    long cas = change.newCas == 0 ? ++lastCas : change.newCas;
    int expires = time.expiry(change.exptime);
    put(key, keyFrom, keyLength, value, valueFrom, valueLength, change.flags, cas, expires, state);
    return Outcome.STORED;
  }

  private static Outcome refusalOfMissing(ItemChange change, boolean joins) {
    if (joins) {
      return change.createsMissing ? Outcome.STORED : Outcome.NOT_STORED;
    }
    return switch (change.mode) {
      case ADD -> Outcome.STORED;
      case REPLACE -> change.compare == Compare.ALWAYS ? Outcome.NOT_STORED : Outcome.NOT_FOUND;
      default -> change.compare == Compare.ALWAYS ? Outcome.STORED : Outcome.NOT_FOUND;
    };
  }

  private Outcome join(
      long existing,
      byte[] key,
      int keyFrom,
      int keyLength,
      byte[] value,
      int valueFrom,
      int valueLength,
      ItemChange change) {
    int oldLength = log.valueLength(existing);
    int flags = log.flags(existing);
    if (isTooLarge(keyLength, (long) oldLength + valueLength, flags)) {
      return Outcome.NOT_STORED;
    }
    room(oldLength + valueLength);
    boolean append = change.mode == Mode.APPEND;
    log.copyValue(existing, scratch, append ? 0 : valueLength);
    System.arraycopy(value, valueFrom, scratch, append ? oldLength : 0, valueLength);
    int state = log.state(existing) & ItemLog.BINARY_KEY;
    int expires = log.expires(existing);
    long cas = change.newCas == 0 ? ++lastCas : change.newCas;
    put(key, keyFrom, keyLength, scratch, 0, oldLength + valueLength, flags, cas, expires, state);
    return Outcome.STORED;
  }

  private void put(
      byte[] key,
      int keyFrom,
      int keyLength,
      byte[] value,
      int valueFrom,
      int valueLength,
      int flags,
      long cas,
      int expires,
      int state) {
    itemsTotal++;
    int size = ItemLog.sizeOf(keyLength, valueLength);
    long address = seek(key, keyFrom, keyLength);
    if (address == 0 || size != size(address)) {
      address = log.allocate(size, time.now());
      log.write(address, key, keyFrom, keyLength, value, valueFrom, valueLength);
      long old = seek(key, keyFrom, keyLength); // allocating may have moved or dropped it
      if (old == 0) {
        index.insert(soughtHash, address);
      } else {
        index.replaceFound(soughtHash, address);
        forget(old);
      }
      sizes[size / SIZE_STEP]++;
      log.writeMeta(address, flags, cas, expires, time.now(), state);
    } else {
      log.writeValue(address, keyLength, value, valueFrom, valueLength);
      log.writeMeta(address, flags, cas, expires, time.now(), state);
      log.use(address); // it is as fresh as a new item, but stands where the old one stood
    }
    lastStored = address;
  }

  /** Empties the cache now, or once {@code delay} (as an expiry) has come. */
  public void flush(long delay) {
    flushAt = delay <= 0 ? 0 : time.expiry(delay);
    if (flushAt <= time.now()) {
      clear();
    }
  }

  private void flushIfDue() {
    if (flushAt != 0 && flushAt <= time.now()) {
      clear();
    }
  }

  private void clear() {
    flushAt = 0;
    index.clear();
    log.clear();
    Arrays.fill(sizes, 0);
  }

  // ---- counting

  public Stats stats() {
    return new Stats(
        log.items(),
        itemsTotal,
        log.bytes(),
        limits.memoryBytes,
        index.bytes(),
        log.segmentsInUse(),
        (long) log.createdSegments() * log.segmentBytes,
        evictions,
        evictedUnfetched,
        reclaimed,
        expiredUnfetched);
  }

  /** Calls for each size class of 32 bytes that has items: its upper end and how many. */
  public void sizes(SizeCount count) {
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0) {
        count.items((i + 1) * SIZE_STEP, sizes[i]);
      }
    }
  }

  /** Takes one size class. */
  public interface SizeCount {
    void items(int sizeUpTo, int count);
  }

  // ---- inside

  private long seek(byte[] key, int from, int length) {
    soughtKey = key;
    soughtFrom = from;
    soughtLength = length;
    soughtHash = hashing.hash(key, from, length);
    return index.find(soughtHash, match);
  }

  private boolean matches(long address) {
    return log.keyEquals(address, soughtKey, soughtFrom, soughtLength);
  }

  private void removeFound(long address) {
    index.removeFound();
    forget(address);
  }

  private void forget(long address) {
    sizes[size(address) / SIZE_STEP]--;
    log.kill(address);
  }

  private void countExpired(long address) {
    reclaimed++;
    if (!isFetched(address)) {
      expiredUnfetched++;
    }
  }

  private void room(int bytes) {
    if (scratch.length < bytes || (scratch.length > 1 << 16 && bytes < 1 << 12)) {
      scratch = new byte[Math.max(256, bytes)];
    }
  }

  /** Keeps the index in step when the log moves and drops items. */
  private final class Consequences implements ItemLog.Owner {
    @Override
    public void moved(byte[] key, int keyLength, long from, long to) {
      int hash = hashing.hash(key, 0, keyLength);
      index.findAddress(hash, from);
      index.replaceFound(hash, to);
    }

    @Override
    public void dropped(byte[] key, int keyLength, long address, ItemLog.Reason reason) {
      int hash = hashing.hash(key, 0, keyLength);
      index.findAddress(hash, address);
      index.removeFound();
      sizes[size(address) / SIZE_STEP]--;
      if (reason == ItemLog.Reason.EXPIRED) {
        countExpired(address);
      } else {
        evictions++;
        evictedUnfetched += isFetched(address) ? 0 : 1;
      }
    }
  }

  // ---- the view's contract: nothing to follow, nothing to save

  @Override
  public String name() {
    return "cache";
  }

  @Override
  public boolean follows(int stream) {
    return false;
  }

  @Override
  public long load(long logEnd) {
    return 0;
  }

  @Override
  public void replay(LoggedPart part) {
    throw new IllegalStateException("the cache follows no stream");
  }

  @Override
  public void recovered(long position) {}

  @Override
  public CompletableFuture<Long> checkpoint() {
    return CompletableFuture.completedFuture(Long.MAX_VALUE);
  }

  @Override
  public void retain(long position) {}

  @Override
  public long applied() {
    return Long.MAX_VALUE;
  }
}
