package io.headwater.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MemoryTest {
  private static final int ROOM = 700;
  private static final int LENGTH_MAX = 600;

  @Test
  void copiesIntoMemoryTouchNothingBesideTheRange() {
    SplittableRandom random = new SplittableRandom(1);
    long memory = Memory.allocate(ROOM, 64);
    try {
      for (int length = 0; length <= LENGTH_MAX; length++) {
        byte[] source = bytes(random);
        byte[] expected = bytes(random);
        Memory.copy(expected, 0, memory, ROOM);
        int from = random.nextInt(40);
        int to = random.nextInt(40);

        Memory.copy(source, from, memory + to, length);

        System.arraycopy(source, from, expected, to, length);
        assertThat(Memory.toByteArray(memory, ROOM)).isEqualTo(expected);
      }
    } finally {
      Memory.free(memory);
    }
  }

  @Test
  void copiesOutOfMemoryTouchNothingBesideTheRange() {
    SplittableRandom random = new SplittableRandom(2);
    long memory = Memory.allocate(ROOM, 64);
    try {
      byte[] source = bytes(random);
      Memory.copy(source, 0, memory, ROOM);
      for (int length = 0; length <= LENGTH_MAX; length++) {
        byte[] target = bytes(random);
        byte[] expected = target.clone();
        int from = random.nextInt(40);
        int to = random.nextInt(40);

        Memory.copy(memory + from, target, to, length);

        System.arraycopy(source, from, expected, to, length);
        assertThat(target).isEqualTo(expected);
      }
    } finally {
      Memory.free(memory);
    }
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] bytes = new byte[ROOM];
    random.nextBytes(bytes);
    return bytes;
  }
}
