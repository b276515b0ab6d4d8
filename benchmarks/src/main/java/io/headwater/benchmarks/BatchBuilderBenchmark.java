package io.headwater.benchmarks;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.topics.BatchBuilder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a batch costs that a projection writes: its records of 16 + 100 bytes and its checksum. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BatchBuilderBenchmark {
  @Param({"1", "100"})
  int records;

  private final BatchBuilder batch = new BatchBuilder();
  private final ByteWriter out = new ByteWriter(1 << 16);
  private final byte[] key = new byte[16];
  private final byte[] value = new byte[100];
  private final byte[][] noHeaders = {};

  @Benchmark
  public int build() {
    out.clear();
    batch.begin(out);
    for (int i = 0; i < records; i++) {
      batch.add(1_000_000L + i, key, 0, key.length, value, 0, value.length, noHeaders);
    }
    return batch.end();
  }
}
