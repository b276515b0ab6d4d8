package io.headwater.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Room for files by fallocate(2): Java has no call for it. On 64-bit Linux only. */
final class Allocation {
  private static final int O_WRONLY = 1;
  private static final int O_CLOEXEC = 0x80000;
  private static final int EINTR = 4;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;
  private static final int EIO = 5;

  private static final @Nullable Allocation CALLS = bind();

  private final MethodHandle open;
  private final MethodHandle fallocate;
  private final MethodHandle close;

  @SuppressWarnings("restricted")
  private Allocation(Linker linker) {
    // The third argument of open is one of "...": none is given.
    open = call(linker, "open", JAVA_INT, Linker.Option.firstVariadicArg(2), ADDRESS, JAVA_INT);
    fallocate =
        call(
            linker,
            "fallocate",
            JAVA_INT,
            Linker.Option.captureCallState("errno"),
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_LONG);
    close = call(linker, "close", JAVA_INT, null, JAVA_INT);
  }

  @SuppressWarnings("restricted")
  private static MethodHandle call(
      Linker linker,
      String name,
      MemoryLayout result,
      Linker.@Nullable Option option,
      MemoryLayout... arguments) {
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        option == null ? new Linker.Option[0] : new Linker.Option[] {option});
  }

  private static @Nullable Allocation bind() {
    String machine = System.getProperty("os.arch");
    if (!System.getProperty("os.name").equals("Linux")
        || !(machine.equals("amd64") || machine.equals("aarch64"))) {
      return null;
    }
    try {
      return new Allocation(Linker.nativeLinker());
    } catch (LinkageError | RuntimeException e) {
      return null; // no native access for us, or another C library
    }
  }

  /**
   * Makes an existing file at least so large, with room on the disk for all of it.
   *
   * @return false if this cannot be had here; nothing has changed then
   */
  static boolean allocate(Path file, long bytes) throws IOException {
    return CALLS != null && CALLS.reserve(file, bytes);
  }

  private boolean reserve(Path file, long bytes) throws IOException {
    int error;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      int descriptor =
          (int) open.invokeExact(arena.allocateFrom(file.toString()), O_WRONLY | O_CLOEXEC);
      if (descriptor < 0) {
        return false; // a name that is not UTF-8, or no descriptors: let the caller's way tell
      }
      try {
        do {
          int result = (int) fallocate.invokeExact(state, descriptor, 0, 0L, bytes);
          error = result == 0 ? 0 : state.get(JAVA_INT, 0);
        } while (error == EINTR);
      } finally {
        int closed = (int) close.invokeExact(descriptor);
        assert closed == 0;
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("fallocate", e); // native calls declare it and throw nothing
    }
    return switch (error) {
      case 0 -> true;
      case ENOSPC -> throw new IOException("No space left on device");
      case EDQUOT -> throw new IOException("Disk quota exceeded");
      case EIO -> throw new IOException("Input/output error");
      default -> false;
    };
  }
}
