package io.headwater.benchmarks;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What one varint costs, written and read; lengths are as in events: mostly one or two bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class VarintBenchmark {
  private static final int COUNT = 1024;

  private final long[] values = new long[COUNT];
  private final ByteWriter out = new ByteWriter(COUNT * 10);
  private byte[] written = {};

  @Setup
  public void draw() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < COUNT; i++) {
      values[i] = random.nextLong(1L << random.nextInt(1, i % 10 == 0 ? 63 : 14));
    }
    write();
    written = out.toByteArray();
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public int write() {
    out.clear();
    for (long value : values) {
      out.putVarint(value);
    }
    return out.size();
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long read() {
    ByteReader in = new ByteReader(written);
    long sum = 0;
    for (int i = 0; i < COUNT; i++) {
      sum += in.getVarint();
    }
    return sum;
  }
}
