package io.headwater.bytes;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Raw memory outside the heap, by address. The only place that reaches past the JVM's checks: a
 * wrong address ends the process, so only owners of a whole structure (an allocator, a table) use
 * it. Numbers are little-endian.
 *
 * <p>One segment spans the whole address space, so that an access costs no bounds or lifetime check
 * that matters. Memory comes from the C library, because an arena would zero what is overwritten at
 * once and would count against the limit for direct buffers.
 */
public final class Memory {
  private static final MemorySegment ALL = everything();
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle ALIGNED_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle ALIGNED_INT =
      ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
  private static final VarHandle ARRAY_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final MethodHandle ALIGNED_ALLOC =
      bind(
          "aligned_alloc",
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final MethodHandle FREE =
      bind("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

  private static final int WORD_BYTES = 8;
  private static final int WORDWISE_BYTES_MAX = 256;

  /** Only glibc has it. */
  private static final @Nullable MethodHandle MALLOC_TRIM = bindTrim();

  /** No Linux has larger ordinary pages; advice rounds a range's end up to its own. */
  private static final long PAGE_BYTES_MAX = 64 << 10;

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_NOHUGEPAGE = 15;
  private static final @Nullable MethodHandle MADVISE =
      System.getProperty("os.name").equals("Linux")
          ? bind(
              "madvise",
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT))
          : null;

  private Memory() {}

  @SuppressWarnings("restricted")
  private static MemorySegment everything() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE, Arena.global(), null);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  @SuppressWarnings("restricted")
  private static @Nullable MethodHandle bindTrim() {
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("malloc_trim")
        .map(trim ->
            linker.downcallHandle(
                trim, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)))
        .orElse(null);
  }

  /**
   * Lets the system have the pages that the C library keeps of what was freed, the JVM's own memory
   * included. Takes milliseconds, in which others who allocate may wait.
   */
  public static void trim() {
    if (MALLOC_TRIM != null) {
      try {
        int ignored = (int) MALLOC_TRIM.invokeExact(0L);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * Allocates {@code size} bytes with undefined contents.
   *
   * @param alignment a power of two, at least 8
   * @throws OutOfMemoryError if the system has no more
   */
  public static long allocate(long size, long alignment) {
    long address;
    try {
      address = (long) ALIGNED_ALLOC.invokeExact(alignment, (size + alignment - 1) & -alignment);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    if (address == 0) {
      throw new OutOfMemoryError("no " + size + " bytes outside the heap");
    }
    return address;
  }

  /** The size and alignment of what {@link #preferHugePages} is about. */
  public static final long HUGE_PAGE_BYTES = 2L << 20;

  /**
   * Asks for pages of {@link #HUGE_PAGE_BYTES} under a range that is aligned to them: where many
   * small things are read at random, finding the page costs more than the read. Only a hint, and
   * nothing on other systems than Linux.
   */
  public static void preferHugePages(long address, long size) {
    advise(address, size, MADV_HUGEPAGE);
  }

  /** The opposite of {@link #preferHugePages}: a touch makes no more resident than it needs. */
  public static void preferSmallPages(long address, long size) {
    advise(address, size, MADV_NOHUGEPAGE);
  }

  /**
   * Lets the system take a range's pages back; its contents are undefined from then on. Only a
   * hint, and nothing on other systems than Linux.
   */
  public static void discard(long address, long size) {
    advise(address, size, MADV_DONTNEED);
  }

  /** The same for a buffer outside the heap: its whole pages, whatever its position and limit. */
  public static void discard(ByteBuffer buffer) {
    MemorySegment all = MemorySegment.ofBuffer(buffer.duplicate().clear());
    long from = (all.address() + PAGE_BYTES_MAX - 1) & -PAGE_BYTES_MAX;
    long to = (all.address() + all.byteSize()) & -PAGE_BYTES_MAX;
    if (from < to) {
      discard(from, to - from);
    }
  }

  private static void advise(long address, long size, int what) {
    if (MADVISE != null) {
      try {
        int ignored = (int) MADVISE.invokeExact(address, size, what);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /**
   * A buffer of whole pages with undefined contents that takes memory as it is written, and is
   * freed when nobody refers to it any more. Java's own direct buffers are zeroed, so they take all
   * of theirs at once.
   *
   * @throws OutOfMemoryError if the system has no more
   */
  public static ByteBuffer buffer(int size) {
    return buffer(size, PAGE_BYTES_MAX);
  }

  /**
   * The same; if it is that large, its first {@link #HUGE_PAGE_BYTES} lie in one huge page, where
   * the system has one.
   */
  public static ByteBuffer bufferFromHugePage(int size) {
    if (size < HUGE_PAGE_BYTES) {
      return buffer(size);
    }
    ByteBuffer buffer = buffer(size, HUGE_PAGE_BYTES);
    preferHugePages(MemorySegment.ofBuffer(buffer).address(), HUGE_PAGE_BYTES);
    return buffer;
  }

  @SuppressWarnings("restricted")
  private static ByteBuffer buffer(int size, long alignment) {
    return MemorySegment.ofAddress(allocate(size, alignment))
        .reinterpret(size, Arena.ofAuto(), segment -> free(segment.address()))
        .asByteBuffer();
  }

  /** Gives back what {@link #allocate} returned. */
  public static void free(long address) {
    try {
      FREE.invokeExact(address);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  public static byte getByte(long address) {
    return ALL.get(BYTE, address);
  }

  public static void putByte(long address, int value) {
    ALL.set(BYTE, address, (byte) value);
  }

  public static int getUnsignedShort(long address) {
    return ALL.get(SHORT, address) & 0xffff;
  }

  public static void putShort(long address, int value) {
    ALL.set(SHORT, address, (short) value);
  }

  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  /** What another side wrote before it wrote this is seen after it. Aligned. */
  public static int getIntAcquire(long address) {
    return (int) ALIGNED_INT.getAcquire(ALL, address);
  }

  /** What was written before is seen by whoever sees this. Aligned. */
  public static void putIntRelease(long address, int value) {
    ALIGNED_INT.setRelease(ALL, address, value);
  }

  /** As {@link #putIntRelease} does it. */
  public static void putShortRelease(long address, int value) {
    ALIGNED_SHORT.setRelease(ALL, address, (short) value);
  }

  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  public static void zero(long address, long length) {
    ALL.asSlice(address, length).fill((byte) 0);
  }

  /**
   * Short ranges go word by word and touch no byte beside them. The JVM's copies end with a masked
   * vector of 32 bytes, which waits for the cache line behind the range though it needs nothing of
   * it: a miss for each value that ends close before another's line (25 % of a pipelined GET).
   */
  public static void copy(byte[] source, int from, long target, int length) {
    if (length < WORD_BYTES || length > WORDWISE_BYTES_MAX) {
      copyOther(source, from, target, length);
      return;
    }
    int last = length - WORD_BYTES;
    for (int i = 0; i < last; i += WORD_BYTES) {
      ALL.set(LONG, target + i, (long) ARRAY_LONG.get(source, from + i));
    }
    ALL.set(LONG, target + last, (long) ARRAY_LONG.get(source, from + last));
  }

  private static void copyOther(byte[] source, int from, long target, int length) {
    if (length > WORDWISE_BYTES_MAX) {
      MemorySegment.copy(source, from, ALL, BYTE, target, length);
      return;
    }
    for (int i = 0; i < length; i++) {
      ALL.set(BYTE, target + i, source[from + i]);
    }
  }

  /** As {@link #copy(byte[], int, long, int)}, the other way. */
  public static void copy(long source, byte[] target, int to, int length) {
    if (length < WORD_BYTES || length > WORDWISE_BYTES_MAX) {
      copyOther(source, target, to, length);
      return;
    }
    int last = length - WORD_BYTES;
    for (int i = 0; i < last; i += WORD_BYTES) {
      ARRAY_LONG.set(target, to + i, ALL.get(LONG, source + i));
    }
    ARRAY_LONG.set(target, to + last, ALL.get(LONG, source + last));
  }

  private static void copyOther(long source, byte[] target, int to, int length) {
    if (length > WORDWISE_BYTES_MAX) {
      MemorySegment.copy(ALL, BYTE, source, target, to, length);
      return;
    }
    for (int i = 0; i < length; i++) {
      target[to + i] = ALL.get(BYTE, source + i);
    }
  }

  /** The ranges may overlap. */
  public static void copy(long source, long target, long length) {
    MemorySegment.copy(ALL, source, ALL, target, length);
  }

  public static byte[] toByteArray(long address, int length) {
    byte[] copy = new byte[length];
    copy(address, copy, 0, length);
    return copy;
  }

  /** Puts an unsigned LEB128, as {@link ByteWriter#putVarint} does; returns where it ends. */
  public static long putVarint(long address, long value) {
    long at = address;
    long left = value;
    while ((left & ~0x7fL) != 0) {
      putByte(at++, (int) left | 0x80);
      left >>>= 7;
    }
    putByte(at++, (int) left);
    return at;
  }

  /** A range as a direct buffer, little-endian; as valid as the address is. */
  public static ByteBuffer view(long address, int length) {
    return ALL.asSlice(address, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Appends a range to a writer. */
  public static void appendTo(ByteWriter target, long address, int length) {
    int at = target.ensure(length);
    copy(address, target.array(), at, length);
    target.advance(length);
  }

  public static boolean equals(long address, byte[] array, int from, int length) {
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      if (ALL.get(LONG, address + i) != (long) ARRAY_LONG.get(array, from + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (ALL.get(BYTE, address + i) != array[from + i]) {
        return false;
      }
    }
    return true;
  }
}
