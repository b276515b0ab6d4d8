package io.headwater.host;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * Trigonometry by the machine's C library. Java's own differs from glibc's in the last bit of some
 * results, and what is shown with 17 digits then differs from what a redis-server of the same
 * machine shows.
 */
public final class CMath {
  private static final MethodHandle SIN = bind("sin");
  private static final MethodHandle COS = bind("cos");
  private static final MethodHandle ASIN = bind("asin");

  private CMath() {}

  @SuppressWarnings("restricted")
  private static MethodHandle bind(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(JAVA_DOUBLE, JAVA_DOUBLE),
        Linker.Option.critical(false)); // some nanoseconds each
  }

  public static double sin(double radians) {
    try {
      return (double) SIN.invokeExact(radians);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  public static double cos(double radians) {
    try {
      return (double) COS.invokeExact(radians);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  public static double asin(double ratio) {
    try {
      return (double) ASIN.invokeExact(ratio);
    } catch (Throwable e) {
      throw thrown(e);
    }
  }

  /** Native calls declare all exceptions and throw none. */
  private static IllegalStateException thrown(Throwable e) {
    return new IllegalStateException("a function of the C library", e);
  }
}
