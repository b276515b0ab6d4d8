package io.headwater.view.cache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.cache.Cache.Arithmetic;
import io.headwater.view.cache.Cache.Outcome;
import io.headwater.view.cache.ItemChange.Compare;
import io.headwater.view.cache.ItemChange.Mode;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CacheTest {
  private static final int MIB = 1 << 20;
  private static final int SWEEP_SECONDS = 3;

  private long nowNs;

  private final Clock clock =
      new Clock() {
        @Override
        public long wallMs() {
          return 1_700_000_000_000L + TimeUnit.NANOSECONDS.toMillis(nowNs);
        }

        @Override
        public long nanos() {
          return nowNs;
        }
      };

  private final ItemChange change = new ItemChange();

  private Cache cache(int mebibytes) {
    return new Cache(new Cache.Limits((long) mebibytes * MIB, MIB), clock, 1);
  }

  private void passSeconds(Cache cache, long seconds) {
    nowNs += TimeUnit.SECONDS.toNanos(seconds);
    cache.refreshTime();
  }

  private Outcome store(Cache cache, String key, String value, Mode mode, long exptime) {
    return store(cache, key, value, change.reset(mode).exptime(exptime));
  }

  private static Outcome store(Cache cache, String key, String value, ItemChange how) {
    byte[] k = key.getBytes(ISO_8859_1);
    byte[] v = value.getBytes(ISO_8859_1);
    return cache.store(k, 0, k.length, v, 0, v.length, how);
  }

  private void set(Cache cache, String key, String value) {
    assertThat(store(cache, key, value, Mode.SET, 0)).isEqualTo(Outcome.STORED);
  }

  private static long find(Cache cache, String key) {
    byte[] k = ("<" + key + ">").getBytes(ISO_8859_1);
    return cache.find(k, 1, k.length - 2);
  }

  private static @Nullable String get(Cache cache, String key) {
    long address = find(cache, key);
    if (address == 0) {
      return null;
    }
    cache.hit(address);
    ByteWriter out = new ByteWriter();
    cache.writeValue(address, out);
    return new String(out.toByteArray(), ISO_8859_1);
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 6);
  }

  private record Expected(String value, int flags, long cas, long expiresAt) {}

  /** Memory is ample: every answer must be that of a map. */
  @ParameterizedTest
  @MethodSource("seeds")
  void withAmpleMemoryItIsAMapWithExpiry(long seed) {
    Random random = new Random(seed);
    Cache cache = cache(16);
    Map<String, Expected> model = new HashMap<>();
    long now = 0;
    for (int i = 0; i < 40_000; i++) {
      String key = "key" + random.nextInt(2000) + "x".repeat(random.nextInt(4) * 7);
      Expected expected = model.get(key);
      if (expected != null && expected.expiresAt != 0 && expected.expiresAt <= now) {
        model.remove(key);
        expected = null;
      }
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          long seconds = random.nextInt(3) == 0 ? 1 + random.nextInt(30) : 0;
          String value = value(random);
          int flags = random.nextInt();
          change.reset(Mode.SET).flags(flags).exptime(seconds);
          assertThat(store(cache, key, value, change)).isEqualTo(Outcome.STORED);
          long cas = cache.cas(cache.lastStored());
          model.put(key, new Expected(value, flags, cas, seconds == 0 ? 0 : now + seconds));
        }
        case 2 -> {
          boolean append = random.nextBoolean();
          String value = value(random);
          Outcome outcome = store(cache, key, value, append ? Mode.APPEND : Mode.PREPEND, 0);
          assertThat(outcome).isEqualTo(expected == null ? Outcome.NOT_STORED : Outcome.STORED);
          if (expected != null) {
            String joined = append ? expected.value + value : value + expected.value;
            long cas = cache.cas(cache.lastStored());
            model.put(key, new Expected(joined, expected.flags, cas, expected.expiresAt));
          }
        }
        case 3 -> {
          long address = find(cache, key);
          assertThat(address != 0).isEqualTo(expected != null);
          if (address != 0) {
            cache.remove(address);
            model.remove(key);
          }
        }
        case 4 -> swap(cache, key, expected, random, model);
        case 5 -> {
          if (random.nextInt(50) == 0) {
            passSeconds(cache, 1);
            now++;
          }
        }
        default -> {
          assertThat(get(cache, key)).isEqualTo(expected == null ? null : expected.value);
          if (expected != null) {
            assertThat(cache.flags(find(cache, key))).isEqualTo(expected.flags);
          }
        }
      }
    }
    assertThat(cache.stats().evictions()).isZero();
    long at = now + SWEEP_SECONDS;
    sweep(cache);
    model.values().removeIf(e -> e.expiresAt != 0 && e.expiresAt <= at);
    assertThat(cache.stats().items()).isEqualTo(model.size());
    model.forEach((key, expected) -> assertThat(get(cache, key)).isEqualTo(expected.value));
  }

  private void swap(
      Cache cache,
      String key,
      @Nullable Expected expected,
      Random random,
      Map<String, Expected> model) {
    long cas = expected == null ? 7 : expected.cas + random.nextInt(2);
    change.reset(Mode.SET).compare(Compare.EQUAL, cas);
    Outcome outcome = store(cache, key, "swapped", change);
    if (expected == null) {
      assertThat(outcome).isEqualTo(Outcome.NOT_FOUND);
    } else if (cas != expected.cas) {
      assertThat(outcome).isEqualTo(Outcome.EXISTS);
    } else {
      assertThat(outcome).isEqualTo(Outcome.STORED);
      model.put(key, new Expected("swapped", 0, cache.cas(cache.lastStored()), 0));
    }
  }

  private static String value(Random random) {
    return "v".repeat(random.nextInt(random.nextInt(20) == 0 ? 5000 : 60)) + random.nextInt(10);
  }

  /** Lets the cache's own timer do it; takes {@link #SWEEP_SECONDS} and a bit. */
  private void sweep(Cache cache) {
    SimulatedLoop loop = new SimulatedLoop(clock);
    cache.sweepOn(loop);
    for (int i = 0; i < SWEEP_SECONDS * 100 + 70; i++) {
      nowNs += TimeUnit.MILLISECONDS.toNanos(10);
      loop.runUntilIdle();
    }
  }

  /** Memory is short: what is answered must be right, and memory stays within its limit. */
  @ParameterizedTest
  @MethodSource("seeds")
  void withShortMemoryItForgetsButNeverLies(long seed) {
    Random random = new Random(seed);
    Cache cache = cache(4);
    Map<String, String> model = new HashMap<>();
    int hits = 0;
    for (int i = 0; i < 150_000; i++) {
      String key = "key" + random.nextInt(60_000);
      if (random.nextInt(3) == 0) {
        String found = get(cache, key);
        if (found != null) {
          hits++;
          assertThat(found).isEqualTo(model.get(key));
        }
      } else if (random.nextInt(10) == 0) {
        long address = find(cache, key);
        if (address != 0) {
          cache.remove(address);
        }
        model.remove(key);
      } else {
        String value = i + "-" + "v".repeat(random.nextInt(150));
        set(cache, key, value);
        model.put(key, value);
      }
    }
    Cache.Stats stats = cache.stats();
    assertThat(hits).isGreaterThan(5_000);
    assertThat(stats.evictions()).isPositive();
    assertThat(stats.bytes()).isLessThanOrEqualTo(4L * MIB).isGreaterThan(2L * MIB);
    assertThat(stats.segmentBytes()).isLessThanOrEqualTo(4L * MIB);
    long[] counted = new long[1];
    cache.sizes((size, count) -> counted[0] += count);
    assertThat(counted[0]).isEqualTo(stats.items());
    long present = model.keySet().stream().filter(key -> find(cache, key) != 0).count();
    assertThat(present).isEqualTo(stats.items());
  }

  @Test
  void whatIsReadSurvivesWhatIsOnlyWritten() {
    Cache cache = cache(8);
    for (int i = 0; i < 1000; i++) {
      set(cache, "hot" + i, "h".repeat(100));
    }
    for (int i = 0; i < 300_000; i++) {
      set(cache, "scan" + i, "s".repeat(100));
      assertThat(get(cache, "hot" + i % 1000)).as("hot%d", i % 1000).isNotNull();
    }
    assertThat(cache.stats().evictions()).isGreaterThan(100_000);
  }

  @Test
  void spaceOfRewrittenItemsComesBackWithoutEvictingOthers() {
    Cache cache = cache(8);
    for (int i = 0; i < 10_000; i++) {
      set(cache, "cold" + i, "c".repeat(200));
    }
    for (int i = 0; i < 200_000; i++) { // ever other sizes, so never in place
      set(cache, "hot" + i % 50, "h".repeat(100 + i % 300));
    }
    assertThat(cache.stats().evictions()).isZero();
    assertThat(cache.stats().items()).isEqualTo(10_050);
  }

  @Test
  void itemsOfAnySizeUpToTheLimitFitBesideEachOther() {
    Cache cache = cache(8);
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      int length =
          random.nextInt(4) == 0 ? 1_000_000 + random.nextInt(48_000) : random.nextInt(9000);
      String value = "b".repeat(length);
      set(cache, "key" + i, value);
      assertThat(get(cache, "key" + i)).hasSize(length);
    }
    assertThat(cache.isTooLarge(4, MIB - 59 - 4, 0)).isFalse();
    assertThat(cache.isTooLarge(4, MIB - 59 - 3, 0)).isTrue();
    set(cache, "full", "f".repeat(MIB - 59 - 4));
    assertThat(get(cache, "full")).hasSize(MIB - 59 - 4);
    assertThat(store(cache, "full", "f".repeat(MIB), Mode.SET, 0)).isEqualTo(Outcome.TOO_LARGE);
    assertThat(store(cache, "full", "f", Mode.APPEND, 0)).isEqualTo(Outcome.NOT_STORED);
  }

  @Test
  void anItemCostsLessThanSixtyBytesBesideKeyAndValue() {
    Cache cache = cache(64);
    int items = 300_000;
    for (int i = 0; i < items; i++) {
      set(cache, "key:%012d".formatted(i), "v".repeat(100));
    }
    Cache.Stats stats = cache.stats();
    assertThat(stats.items()).isEqualTo(items);
    long overhead = (stats.bytes() + stats.indexBytes()) / items - 16 - 100;
    assertThat(overhead).isLessThan(50);
  }

  @Test
  void expiredItemsAreDroppedWithoutAnyoneAsking() {
    Cache cache = cache(8);
    for (int i = 0; i < 5_000; i++) {
      store(cache, "short" + i, "s", Mode.SET, 5);
      store(cache, "long" + i, "l", Mode.SET, 500);
      set(cache, "ever" + i, "e");
    }
    passSeconds(cache, 5);
    sweep(cache);
    assertThat(cache.stats().items()).isEqualTo(10_000);
    assertThat(cache.stats().reclaimed()).isEqualTo(5_000);
    assertThat(cache.stats().expiredUnfetched()).isEqualTo(5_000);
    cache.touch(find(cache, "ever7"), 2);
    passSeconds(cache, 2);
    sweep(cache);
    assertThat(cache.stats().items()).isEqualTo(9_999);
    passSeconds(cache, 500);
    sweep(cache);
    assertThat(cache.stats().items()).isEqualTo(4_999);
  }

  @Test
  void timesAreRelativeUpToThirtyDaysAndAbsoluteBeyond() {
    Cache cache = cache(4);
    long month = 30L * 24 * 3600;
    store(cache, "relative", "v", Mode.SET, month);
    store(cache, "past", "v", Mode.SET, month + 1);
    store(cache, "absolute", "v", Mode.SET, cache.unixSeconds() + 100);
    store(cache, "negative", "v", Mode.SET, -1);
    store(cache, "never", "v", Mode.SET, 0);

    assertThat(cache.secondsToLive(find(cache, "relative"))).isEqualTo(month);
    assertThat(find(cache, "past")).isZero();
    assertThat(cache.secondsToLive(find(cache, "absolute"))).isEqualTo(100);
    assertThat(find(cache, "negative")).isZero();
    assertThat(cache.secondsToLive(find(cache, "never"))).isEqualTo(-1);
    passSeconds(cache, 99);
    assertThat(find(cache, "absolute")).isNotZero();
    passSeconds(cache, 1);
    assertThat(find(cache, "absolute")).isZero();
  }

  @Test
  void aDelayedFlushForgetsWhatIsThereWhenItsTimeComes() {
    Cache cache = cache(4);
    set(cache, "before", "v");
    cache.flush(10);
    passSeconds(cache, 9);
    set(cache, "between", "v");
    assertThat(find(cache, "before")).isNotZero();
    passSeconds(cache, 1);
    assertThat(find(cache, "before")).isZero();
    assertThat(find(cache, "between")).isZero();
    set(cache, "after", "v");
    assertThat(find(cache, "after")).isNotZero();
    cache.flush(0);
    assertThat(find(cache, "after")).isZero();
    assertThat(cache.stats().bytes()).isZero();
  }

  @Test
  void numbersWrapUpwardsEndAtZeroDownwardsAndArePadded() {
    Cache cache = cache(4);
    set(cache, "n", "18446744073709551615");
    assertThat(cache.isNumeric(find(cache, "n"))).isTrue();
    assertThat(cache.arithmetic(find(cache, "n"), Arithmetic.INCREMENT, 5, 0)).isEqualTo(4);
    assertThat(get(cache, "n")).isEqualTo("4                   ");
    assertThat(cache.arithmetic(find(cache, "n"), Arithmetic.DECREMENT, 5, 0)).isZero();
    set(cache, "n", "99");
    cache.arithmetic(find(cache, "n"), Arithmetic.INCREMENT, 1, 0);
    assertThat(get(cache, "n")).isEqualTo("100");
    for (String text : new String[] {"", "x", "-1", "18446744073709551616", "1x", " "}) {
      set(cache, "n", text);
      assertThat(cache.isNumeric(find(cache, "n"))).as(text).isFalse();
    }
    for (String text : new String[] {"0", " 7", "7 ", "007", "18446744073709551615"}) {
      set(cache, "n", text);
      assertThat(cache.isNumeric(find(cache, "n"))).as(text).isTrue();
    }
  }

  @Test
  void limitsThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new Cache.Limits(1 << 20, 1 << 20))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cache memory");
    assertThatThrownBy(() -> new Cache.Limits(64 << 20, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("item limit");
  }

  @Test
  void asAViewItFollowsNothingAndHoldsNobodyBack() throws Exception {
    Cache cache = cache(4);

    assertThat(cache.follows(0)).isFalse();
    assertThat(cache.follows(1)).isFalse();
    assertThat(cache.load(100)).isZero();
    assertThat(cache.checkpoint().get(60, TimeUnit.SECONDS)).isEqualTo(Long.MAX_VALUE);
    assertThat(cache.applied()).isEqualTo(Long.MAX_VALUE);
  }
}
