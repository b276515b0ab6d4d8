package io.headwater.view.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import io.headwater.log.Frame;
import io.headwater.log.Log;
import io.headwater.log.LoggedPart;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.Inbox;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventBytesTest {
  private static final int[] KINDS = {
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 20, 21, 22, 30, 31, 32, 33, 34, 35, 36, 37, 38, 40, 41, 42,
    50, 51, 52, 53, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71
  };
  private final Keyspace keyspace = keyspace();

  private static Keyspace keyspace() {
    SimulatedClock clock = new SimulatedClock();
    return new Keyspace(
        new SimulatedLoop(clock),
        clock,
        new SimulatedDisk(1),
        Runnable::run,
        new Inbox(1),
        () -> {
          throw new IllegalStateException();
        });
  }

  private void apply(byte[] bytes, int length) {
    keyspace.replay(new LoggedPart(1, 1, Log.KEYSPACE_STREAM, 0, 1, bytes, 0, length));
  }

  @Test
  void derivedEventsCutAnywhereAreRefused() {
    Frame frame = new Frame(Frame.Origin.TOPICS);
    Frame.Part part = frame.part(Log.KEYSPACE_STREAM);
    Bytes key = Bytes.utf8("key");
    KeyspaceEvents.setHash(part, 0, key, Map.of(Bytes.utf8("f"), Bytes.utf8("value")));
    byte[] hash = part.payload().toByteArray();
    for (int length = 1; length < hash.length; length++) {
      int cut = length;
      assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> apply(hash, cut)))
          .as("cut to %d of %d", length, hash.length)
          .isInstanceOf(MalformedBytes.class);
    }
    apply(hash, hash.length);
    Key found = new Key().at(0, key);
    assertThat(Entry.type(keyspace.find(found))).isEqualTo(Entry.HASH);
    KeyspaceEvents.delete(part, 0, key);
    apply(part.payload().array(), part.payload().size());
    assertThat(keyspace.find(found)).isZero();
  }

  /** A wrong address would end the process, so surviving is the assertion. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomEventsAreAppliedOrRefused(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ByteWriter out = new ByteWriter();
    int applied = 0;
    for (int round = 0; round < 60_000; round++) {
      out.clear();
      out.putByte(KINDS[random.nextInt(KINDS.length)]);
      out.putByte(random.nextInt(20) == 0 ? random.nextInt(256) : random.nextInt(3));
      out.putSized(new byte[] {(byte) ('a' + random.nextInt(6))});
      for (int left = random.nextInt(6); left > 0; left--) {
        switch (random.nextInt(5)) {
          case 0 -> out.putByte(random.nextInt(256));
          case 1 -> out.putByte(random.nextInt(3));
          case 2 -> out.putVarint(random.nextInt(5));
          case 3 -> out.putSized(new byte[random.nextInt(100)]);
          default -> out.putDouble(random.nextInt(3));
        }
      }
      try {
        apply(out.array(), out.size());
        applied++;
      } catch (MalformedBytes | IllegalArgumentException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
    assertThat(applied).isGreaterThan(1000);
    keyspace.close();
  }
}
