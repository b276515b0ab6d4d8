package io.headwater.host;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * How Linux shares a core among threads, by sched_setattr(2); elsewhere nothing happens.
 *
 * <p>A loop asks for short turns. The kernel picks whose turn is due first, and such a thread is
 * due soon: when it wakes, it takes the core from one that is in the middle of a long turn instead
 * of waiting for some milliseconds. Its share of the core stays what it is. Since Linux 6.12 (EEVDF
 * with slices of a thread's own).
 *
 * <p>The JVM's compilers and concurrent collectors become batch threads, which take the core from
 * nobody when they wake. It is the loop itself that wakes a compiler, in the middle of a request,
 * when a method has run often enough; and the compiler, which has slept for long and so is owed
 * time, took the core at once and kept it for one or two ticks, 4 to 8 ms.
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
  private static final int SCHED_BATCH = 3;
  private static final Path THREADS = Path.of("/proc/self/task");

  /** HotSpot's threads for whose work nobody waits, as far as Linux keeps names. */
  private static final List<String> BACKGROUND =
      List.of("C1 CompilerThre", "C2 CompilerThre", "G1 Conc#", "G1 Main Marker", "G1 Refine#");

  private Scheduling() {}

  /** For the calling thread, until its end. */
  static void shortTurns() {
    change(0, attributes -> attributes.set(JAVA_LONG, RUNTIME, SLICE_NS));
  }

  /** For the JVM's threads of now; what a compiler or collector starts later inherits it. */
  static void backgroundWaits() {
    if (!Files.isDirectory(THREADS)) {
      return;
    }
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        if (isBackground(thread)) {
          change(
              Long.parseLong(thread.getFileName().toString()),
              attributes -> attributes.set(JAVA_INT, POLICY, SCHED_BATCH));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      assert false : e; // a sandbox may forbid it; the compilers then stay as they are
    }
  }

  private static boolean isBackground(Path thread) {
    try {
      String name = Files.readString(thread.resolve("comm"));
      return BACKGROUND.stream().anyMatch(name::startsWith);
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  /** Only ordinary threads are changed: others were changed already, or know what they want. */
  private static void change(long thread, Consumer<MemorySegment> change) {
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
      long got = (long) call.invokeExact(set + 1L, thread, attributes.address(), 48L, 0L);
      if (got == 0 && attributes.get(JAVA_INT, POLICY) == SCHED_OTHER) {
        change.accept(attributes);
        got = (long) call.invokeExact((long) set, thread, attributes.address(), 0L, 0L);
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
