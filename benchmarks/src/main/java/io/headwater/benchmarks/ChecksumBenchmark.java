package io.headwater.benchmarks;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the checksum of one log frame costs: CRC32C over off-heap bytes, as the journal does it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBenchmark {
  @Param({"128", "4096", "65536"})
  int frameBytes;

  private final CRC32C checksum = new CRC32C();
  private ByteBuffer frame = ByteBuffer.allocate(0);

  @Setup
  public void fill() {
    frame = ByteBuffer.allocateDirect(frameBytes);
    for (int i = 0; i < frameBytes; i++) {
      frame.put(i, (byte) (i * 31));
    }
  }

  @Benchmark
  public long ofOneFrame() {
    checksum.reset();
    checksum.update(frame.duplicate());
    return checksum.getValue();
  }
}
