package io.headwater.protocol.redis.probabilistic;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import java.util.SplittableRandom;

/** PFSELFTEST: whether the code does on this machine what it should; some ten milliseconds. */
final class SelfTest {
  private static final int ELEMENTS = 100_000;
  private static final int CHECKED_EVERY = 10_000;

  /** Six times the standard error of 16,384 registers. */
  private static final double ERROR_MAX = 6 * 1.04 / 128;

  private SelfTest() {}

  static void pfselftest(Call call) {
    SplittableRandom random = new SplittableRandom(1);
    registers(random);
    estimates(random);
    call.reply().ok();
  }

  /** What was put into registers comes out of them. */
  private static void registers(SplittableRandom random) {
    byte[] bytes = new byte[Sketch.DENSE_BYTES];
    byte[] values = new byte[Sketch.REGISTERS];
    for (int i = 0; i < 2 * Sketch.REGISTERS; i++) {
      int register = i < Sketch.REGISTERS ? i : random.nextInt(Sketch.REGISTERS);
      values[register] = (byte) random.nextInt(64);
      Registers.set(bytes, Sketch.HEADER_BYTES, register, values[register]);
    }
    for (int i = 0; i < Sketch.REGISTERS; i++) {
      check(
          Registers.get(bytes, Sketch.HEADER_BYTES, i) == values[i],
          "register " + i + " is not what was set");
    }
  }

  /** A sparse and a dense one have the same registers, whose count is near enough. */
  private static void estimates(SplittableRandom random) {
    Sketch sparse = new Sketch();
    Sketch dense = new Sketch();
    sparse.clear();
    dense.clear();
    dense.makeDense();
    byte[] element = new byte[8];
    for (int i = 1; i <= ELEMENTS; i++) {
      long drawn = random.nextLong();
      for (int k = 0; k < 8; k++) {
        element[k] = (byte) (drawn >>> 8 * k);
      }
      long hash = MurmurHash.of(element, 0, 8);
      sparse.add(Sketch.register(hash), Sketch.rank(hash), 3000);
      dense.add(Sketch.register(hash), Sketch.rank(hash), 0);
      if (i == 1000 || i % CHECKED_EVERY == 0) {
        byte[] registers = dense.registers();
        check(
            registers != null && java.util.Arrays.equals(registers, sparse.registers()),
            "sparse and dense differ after " + i);
        long count = registers == null ? -1 : Cardinality.of(registers);
        check(Math.abs(count - i) <= i * ERROR_MAX, count + " estimated for " + i);
      }
    }
  }

  private static void check(boolean right, String otherwise) {
    if (!right) {
      throw new CommandError("ERR TESTFAILED " + otherwise);
    }
  }
}
