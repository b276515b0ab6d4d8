package io.headwater.view.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Hash64;
import io.headwater.bytes.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreTest {
  private record Value(Bytes bytes, long expiresAtMs) {}

  private final Store store = new Store();
  private final Map<Bytes, Value> model = new HashMap<>();
  private final Key key = new Key();
  private final Key other = new Key();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void randomChangesLeaveWhatAMapWouldHold(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int names = 1 << random.nextInt(4, 16);
    for (int i = 0; i < 60_000; i++) {
      change(random, names);
      if (i % 5_000 == 0) {
        assertSame();
      }
    }
    assertSame();
    for (Bytes name : Set.copyOf(model.keySet())) {
      store.remove(key.at(0, name));
    }
    model.clear();
    assertSame();
    assertThat(store.large().heapBytes()).isZero();
    store.close();
  }

  private Bytes name(SplittableRandom random, int names) {
    int n = random.nextInt(names);
    return Bytes.utf8(
        n % 97 == 0 ? "long".repeat(100) + n : n % 31 == 0 ? "" + (char) n : "key:" + n);
  }

  private static byte[] value(SplittableRandom random) {
    byte[] value =
        new byte
            [switch (random.nextInt(20)) {
              case 0 -> random.nextInt(70_000);
              case 1, 2 -> random.nextInt(5_000);
              default -> random.nextInt(130);
            }];
    random.nextBytes(value);
    return value;
  }

  private void change(SplittableRandom random, int names) {
    Bytes name = name(random, names);
    key.at(0, name);
    Value before = model.get(name);
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> {
        byte[] value = value(random);
        long expires = random.nextInt(3) == 0 ? random.nextLong(1, 1000) : 0;
        Memory.copy(
            value,
            0,
            Entry.value(store.put(key, Entry.STRING, 0, value.length, expires)),
            value.length);
        model.put(name, new Value(Bytes.wrap(value), expires));
      }
      case 4, 5 -> {
        assertThat(store.remove(key)).isEqualTo(before != null);
        model.remove(name);
      }
      case 6 -> {
        if (before != null) {
          long expires = random.nextBoolean() ? random.nextLong(1, 1000) : 0;
          store.setExpiry(key, expires);
          model.put(name, new Value(before.bytes, expires));
        }
      }
      case 7 -> {
        if (before != null) {
          int length = random.nextInt(before.bytes.length() + 50);
          store.resize(key, length, 1);
          byte[] resized = java.util.Arrays.copyOf(before.bytes.array(), length);
          model.put(name, new Value(Bytes.wrap(resized), before.expiresAtMs));
        }
      }
      case 8 -> {
        Bytes to = name(random, names);
        if (before != null && !to.equals(name)) {
          store.rename(key, other.at(0, to));
          model.remove(name);
          model.put(to, before);
        }
      }
      default -> {
        long entry = store.find(key);
        assertThat(entry != 0).isEqualTo(before != null);
      }
    }
  }

  private void assertSame() {
    Map<Bytes, Value> held = new HashMap<>();
    long expiring = 0;
    long cursor = 0;
    do {
      cursor =
          store
              .table(0)
              .scan(
                  cursor,
                  100,
                  entry -> {
                    Bytes name =
                        Bytes.wrap(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
                    Bytes value =
                        Bytes.wrap(
                            Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry)));
                    assertThat(held.put(name, new Value(value, Entry.expiresAtMs(entry))))
                        .as("scanned twice: %s", name)
                        .isNull();
                    assertThat(store.find(other.at(0, name))).isEqualTo(entry);
                  });
    } while (cursor != 0);
    for (Value value : model.values()) {
      expiring += value.expiresAtMs == 0 ? 0 : 1;
    }
    assertThat(held).isEqualTo(model);
    assertThat(store.table(0).size()).isEqualTo(model.size());
    assertThat(store.table(0).expiring()).isEqualTo(expiring);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 1000})
  void aScanSeesEveryKeyThatIsThereAllTheTimeOnceWhileTheTableGrows(int budget) {
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < 3_000; i++) {
      store.put(key.at(0, Bytes.utf8("old" + i)), Entry.STRING, 0, 1, 0);
      expected.add("old" + i);
    }
    Set<String> seen = new HashSet<>();
    long cursor = 0;
    int added = 0;
    do {
      cursor =
          store
              .table(0)
              .scan(
                  cursor,
                  budget,
                  entry -> {
                    String name =
                        new String(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry)));
                    if (name.startsWith("old")) {
                      assertThat(seen.add(name)).as("%s twice", name).isTrue();
                    }
                  });
      for (int i = 0; i < 10 + budget && added < 60_000; i++) {
        store.put(key.at(0, Bytes.utf8("new" + added++)), Entry.STRING, 0, 1, 0);
      }
    } while (cursor != 0);
    assertThat(seen).isEqualTo(expected);
    store.close();
  }

  @Test
  void aFlushedDatabaseIsEmptyAtOnceAndFreedInSlices() {
    for (int i = 0; i < 50_000; i++) {
      store.put(key.at(3, Bytes.utf8("k" + i)), Entry.STRING, 0, 100, 0);
    }
    long full = store.usedBytes();
    store.flush(3);
    assertThat(store.table(3).size()).isZero();
    int slices = 0;
    while (store.freeSlice(4096)) {
      slices++;
    }
    assertThat(slices).isGreaterThan(5);
    assertThat(store.usedBytes()).isLessThan(full / 100);
    store.close();
  }

  @Test
  void keysWhoseHashesCollideOnPurposeStillFit() {
    byte[] name = new byte[16];
    ByteBuffer bytes = ByteBuffer.wrap(name).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(0, 0x6a09_e667_f3bc_c909L); // makes one factor of the hash zero
    long hash = Hash64.of(name, 0, 16);
    for (int i = 0; i < 6_000; i++) {
      bytes.putInt(8, i);
      key.at(0, name, 0, 16);
      assertThat(key.hash).isEqualTo(hash);
      store.put(key, Entry.STRING, 0, 1, 0);
    }
    assertThat(store.table(0).size()).isEqualTo(6_000);
    assertThat(store.table(0).directorySize()).isLessThan(4096);
    for (int i = 0; i < 6_000; i += 7) {
      bytes.putInt(8, i);
      assertThat(store.find(key.at(0, name, 0, 16))).isNotZero();
    }
    int[] seen = {0};
    assertThat(store.table(0).scan(0, Integer.MAX_VALUE, entry -> seen[0]++)).isZero();
    assertThat(seen[0]).isEqualTo(6_000);
    store.close();
  }

  @Test
  void aGiantValueGoesBackToTheSystemInPieces() {
    long before = store.usedBytes();
    int bytes = 33 << 20;
    long entry = store.put(key.at(0, Bytes.utf8("giant")), Entry.STRING, 0, bytes, 0);
    Memory.zero(Entry.value(entry), bytes);
    store.remove(key);
    assertThat(store.find(key)).isZero();
    assertThat(store.isFreeing()).isTrue();
    assertThat(store.usedBytes() - store.flushedBytes()).isEqualTo(before);
    int pieces = 1;
    while (store.freeSlice(1)) {
      pieces++;
    }
    assertThat(pieces).isGreaterThan(8);
    assertThat(store.isFreeing()).isFalse();
    assertThat(store.usedBytes()).isEqualTo(before);
    store.put(key, Entry.STRING, 0, bytes, 0);
    store.remove(key);
    store.close();
    store.close();
  }
}
