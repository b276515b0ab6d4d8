package io.headwater.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * How Linux shares a core among threads, by sched_setattr(2). It picks whose turn is due first, and
 * a thread that asks for short turns is due soon: when it wakes, it takes the core from one that is
 * in the middle of a long turn, a compiler or collector thread say, instead of waiting for some
 * milliseconds. Its share of the core stays what it is. Since Linux 6.12 (EEVDF with slices of a
 * thread's own); before, and elsewhere, nothing happens.
 */
final class Scheduling {
  private static final long SLICE_NS = 100_000; // the shortest there is

  /**
   * {@code | size u32 | policy u32 | flags u64 | nice s32 | priority u32 | runtime u64 | .. 48 |}
   */
  private static final int ATTRIBUTES_BYTES = 48;

  private static final int POLICY = 4;
  private static final int RUNTIME = 24;
  private static final int SCHED_OTHER = 0;

  private Scheduling() {}

  /** For the calling thread, until its end. */
  static void shortTurns() {
    int set =
        switch (System.getProperty("os.arch")) {
          case "amd64" -> 314;
          case "aarch64" -> 274;
          default -> 0;
        };
    if (set == 0 || !System.getProperty("os.name").equals("Linux")) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, Long.BYTES);
      MethodHandle call = call();
      long got = (long) call.invokeExact(set + 1L, 0L, attributes.address(), 48L, 0L);
      if (got == 0 && attributes.get(JAVA_INT, POLICY) == SCHED_OTHER) {
        attributes.set(JAVA_LONG, RUNTIME, SLICE_NS);
        got = (long) call.invokeExact((long) set, 0L, attributes.address(), 0L, 0L);
      }
      assert got <= 0 : got; // a sandbox may forbid it
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("sched_setattr", e); // native calls declare it and throw none
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle call() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.firstVariadicArg(1));
  }
}
