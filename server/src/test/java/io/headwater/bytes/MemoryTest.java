package io.headwater.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MemoryTest {
  private static final int ROOM = 700;
  private static final int LENGTH_MAX = 600;
  private static final Path VIRTUAL = Path.of("/proc/self/statm"); // in pages, of 4 KiB at least

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

  @Test
  void buffersHoldWhatIsWrittenAndAreAligned() {
    ByteBuffer buffer = Memory.buffer(10_000);

    for (int i = 0; i < 10_000; i++) {
      buffer.put((byte) i);
    }

    assertThat(buffer.isDirect()).isTrue();
    assertThat(buffer.hasRemaining()).isFalse();
    assertThat(buffer.alignmentOffset(0, 4096)).isZero();
    for (int i = 0; i < 10_000; i++) {
      assertThat(buffer.get(i)).isEqualTo((byte) i);
    }
  }

  @Test
  void aLargeBufferBeginsWithAHugePageAndASmallOneIsABufferLikeOthers() {
    int huge = (int) Memory.HUGE_PAGE_BYTES;
    ByteBuffer large = Memory.bufferFromHugePage(huge + 5_000);
    ByteBuffer small = Memory.bufferFromHugePage(huge - 1);

    large.put(huge - 1, (byte) 1).put(huge, (byte) 2).put(huge + 4_999, (byte) 3);
    small.put(huge - 2, (byte) 4);

    assertThat(large.capacity()).isEqualTo(huge + 5_000);
    assertThat(small.capacity()).isEqualTo(huge - 1);
    assertThat(large.alignmentOffset(0, huge)).isZero();
    assertThat(small.alignmentOffset(0, 4096)).isZero();
    assertThat(large.get(huge - 1) + large.get(huge) + large.get(huge + 4_999)).isEqualTo(6);
    assertThat(small.get(huge - 2)).isEqualTo((byte) 4);
  }

  @Test
  void buffersThatNobodyRefersToAreFreed() throws IOException {
    assumeTrue(Files.isReadable(VIRTUAL));
    long before = virtualBytes();
    List<ByteBuffer> buffers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      buffers.add(Memory.buffer(64 << 20));
    }
    assertThat(virtualBytes()).isGreaterThan(before + (3L << 30));
    buffers.clear();

    long deadlineNs = System.nanoTime() + 30_000_000_000L;
    while (virtualBytes() > before + (1L << 30) && System.nanoTime() < deadlineNs) {
      System.gc();
    }

    assertThat(virtualBytes()).isLessThan(before + (1L << 30));
  }

  private static long virtualBytes() throws IOException {
    return Long.parseLong(Files.readString(VIRTUAL).split(" ", 2)[0]) * 4096;
  }

  @Test
  void aDiscardedBufferTouchesNothingBesideItAndIsUsedAgain() {
    SplittableRandom random = new SplittableRandom(3);
    long memory = Memory.allocate(1 << 20, 4096);
    try {
      for (int round = 0; round < 200; round++) {
        int from = random.nextInt(1 << 19);
        int to = from + random.nextInt(1 << 19);
        for (int i = 0; i < 1 << 20; i++) {
          Memory.putByte(memory + i, 7);
        }

        ByteBuffer buffer = Memory.view(memory + from, to - from);
        buffer.limit(buffer.capacity() / 2).position(buffer.limit() / 2);
        Memory.discard(buffer);

        for (int i = 0; i < 1 << 20; i++) {
          if (Memory.getByte(memory + i) != 7) {
            assertThat(i).isBetween(from, to - 1);
          }
        }
        buffer.clear();
        for (int i = 0; i < buffer.capacity(); i++) {
          buffer.put(i, (byte) i);
          assertThat(buffer.get(i)).isEqualTo((byte) i);
        }
      }
    } finally {
      Memory.free(memory);
    }
  }

  @Test
  void trimmingLeavesWhatIsAllocatedAsItIs() {
    SplittableRandom random = new SplittableRandom(4);
    List<Long> kept = new ArrayList<>();
    for (int i = 0; i < 4_000; i++) {
      long memory = Memory.allocate(ROOM, 64);
      if (i % 4 == 0) {
        Memory.putLong(memory, i);
        Memory.putByte(memory + ROOM - 1, i);
        kept.add(memory);
      } else {
        Memory.free(memory);
      }
      if (random.nextInt(500) == 0) {
        Memory.trim();
      }
    }
    Memory.trim();

    for (int i = 0; i < kept.size(); i++) {
      assertThat(Memory.getLong(kept.get(i))).isEqualTo(4L * i);
      assertThat(Memory.getByte(kept.get(i) + ROOM - 1)).isEqualTo((byte) (4 * i));
      Memory.free(kept.get(i));
    }
  }

  private static byte[] bytes(SplittableRandom random) {
    byte[] bytes = new byte[ROOM];
    random.nextBytes(bytes);
    return bytes;
  }
}
