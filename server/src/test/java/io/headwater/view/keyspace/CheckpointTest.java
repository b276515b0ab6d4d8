package io.headwater.view.keyspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.Inbox;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  private final SimulatedDisk disk = new SimulatedDisk(1);
  private final SimulatedClock clock = new SimulatedClock();
  private final CheckpointWriter.Blocks blocks = new CheckpointWriter.Blocks();
  private final Key key = new Key();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whatIsSavedIsTheStateWhereItBeganWhateverChangesMeanwhile(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Store store = new Store();
    int names = 1 << random.nextInt(3, 15);
    change(store, random, names, names * 2);
    for (int number = 1; number <= 3; number++) {
      saveAndCompare(store, random, names, number);
      blocks.prepare();
    }
    store.close();
    blocks.close();
  }

  private void saveAndCompare(Store store, SplittableRandom random, int names, int number)
      throws IOException {
    Map<String, String> atBegin = contents(store);
    boolean[] done = {false};
    CheckpointWriter file =
        new CheckpointWriter(
            disk,
            77 * number,
            blocks,
            Runnable::run,
            () -> {},
            failure -> done[0] = failure == null);
    Checkpoint checkpoint = new Checkpoint(number, store, file, clock);
    store.setCheckpoint(checkpoint);
    do {
      change(store, random, names, random.nextInt(200));
      if (random.nextInt(40) == 0) {
        store.flush(random.nextInt(4));
      }
      if (random.nextInt(20) == 0) {
        store.swap(random.nextInt(4), random.nextInt(4));
      }
      store.freeSlice(500);
    } while (!checkpoint.slice(1 + random.nextInt(20_000), 1));
    store.setCheckpoint(null);
    checkpoint.finish();
    assertThat(done[0]).isTrue();

    Store loaded = new Store();
    assertThat(checkpoints(loaded).load(77 * number)).isEqualTo(77 * number);
    assertThat(contents(loaded)).isEqualTo(atBegin);
    loaded.close();
  }

  private Checkpoints checkpoints(Store store) {
    SimulatedLoop loop = new SimulatedLoop(new SimulatedClock());
    Keyspace unused =
        new Keyspace(
            loop,
            new SimulatedClock(),
            disk,
            Runnable::run,
            new Inbox(1),
            () -> {
              throw new IllegalStateException();
            });
    return new Checkpoints(unused, store, disk, Runnable::run, loop, new SimulatedClock());
  }

  private void change(Store store, SplittableRandom random, int names, int changes) {
    for (int i = 0; i < changes; i++) {
      key.at(random.nextInt(4), Bytes.utf8("key" + random.nextInt(names)));
      long entry = store.findForWrite(key);
      switch (random.nextInt(6)) {
        case 0 -> store.remove(key);
        case 5 -> {
          if (entry != 0) {
            Key to = new Key();
            to.at(random.nextInt(4), Bytes.utf8("key" + random.nextInt(names)));
            if (!to.toBytes().equals(key.toBytes()) || to.db != key.db) {
              store.rename(key, to);
            }
          }
        }
        case 1 -> {
          if (entry != 0) {
            store.setExpiry(key, random.nextLong(2));
          }
        }
        default -> {
          int length = random.nextInt(random.nextInt(300) == 0 ? 60_000 : 60);
          long put =
              store.put(key, random.nextInt(5), random.nextInt(4), length, random.nextInt(2));
          for (int b = 0; b < length; b++) {
            Memory.putByte(Entry.value(put) + b, random.nextInt());
          }
        }
      }
    }
  }

  static Map<String, String> contents(Store store) {
    Map<String, String> contents = new TreeMap<>();
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      int d = db;
      store
          .table(db)
          .scan(
              0,
              Integer.MAX_VALUE,
              entry ->
                  contents.put(
                      d + "/" + new Key().of(d, entry).toBytes(),
                      Entry.type(entry)
                          + " "
                          + Entry.encoding(entry)
                          + " "
                          + Entry.expiresAtMs(entry)
                          + " "
                          + java.util.HexFormat.of()
                              .formatHex(
                                  Memory.toByteArray(
                                      Entry.value(entry), Entry.valueLength(entry)))));
    }
    return contents;
  }

  @Test
  void everyDamagedByteIsNoticed() throws IOException {
    Store store = new Store();
    change(store, new SplittableRandom(3), 20, 40);
    CheckpointWriter file =
        new CheckpointWriter(disk, 5, blocks, Runnable::run, () -> {}, failure -> {});
    Checkpoint checkpoint = new Checkpoint(1, store, file, clock);
    assertThat(checkpoint.slice(1 << 20, 1)).isTrue();
    checkpoint.finish();
    String path = CheckpointFile.path(5);
    byte[] whole = disk.readAll(path);
    for (int i = 0; i < whole.length; i++) {
      try (DiskFile damaged = disk.open(path, Disk.Mode.WRITE)) {
        damaged.write(ByteBuffer.wrap(new byte[] {(byte) (whole[i] ^ 0x40)}), i);
      }
      assertThatThrownBy(() -> checkpoints(new Store()).load(100))
          .as("byte %d", i)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(path);
      try (DiskFile mended = disk.open(path, Disk.Mode.WRITE)) {
        mended.write(ByteBuffer.wrap(new byte[] {whole[i]}), i);
      }
    }
    store.close();
  }
}
