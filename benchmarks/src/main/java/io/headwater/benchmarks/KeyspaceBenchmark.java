package io.headwater.benchmarks;

import io.headwater.host.Clock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.Inbox;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the keyspace's table and blocks cost for one key of 16 bytes with a value of 100, hashing
 * included: a keyspace that was not started records no events.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyspaceBenchmark {
  private static final int VALUE_BYTES = 100;

  /** In the processor's cache, and far outside of it. */
  @Param({"10000", "1000000"})
  int keys;

  private final Key key = new Key();
  private final byte[] name = "key:000000000000".getBytes(StandardCharsets.US_ASCII);
  private final byte[] value = new byte[VALUE_BYTES];
  private final SplittableRandom random = new SplittableRandom(1);

  @SuppressWarnings("NullAway.Init") // JMH calls fill() first
  private Keyspace keyspace;

  @Setup
  public void fill() {
    Clock clock = Clock.system();
    keyspace =
        new Keyspace(
            new SimulatedLoop(clock),
            clock,
            new SimulatedDisk(1),
            Runnable::run,
            new Inbox(1 << 20),
            () -> {
              throw new IllegalStateException("never started");
            });
    for (int i = 0; i < keys; i++) {
      put(i);
    }
  }

  @TearDown
  public void close() {
    keyspace.close();
  }

  @Benchmark
  public long find() {
    return keyspace.find(key(random.nextInt(keys)));
  }

  /** Keys beside those that are there. */
  @Benchmark
  public long findMissing() {
    return keyspace.find(key(keys + random.nextInt(keys)));
  }

  @Benchmark
  public void replace() {
    put(random.nextInt(keys));
  }

  @Benchmark
  public void deleteAndPut() {
    int number = random.nextInt(keys);
    keyspace.generic().delete(key(number));
    put(number);
  }

  private void put(int number) {
    keyspace.strings().set(key(number), value, 0, VALUE_BYTES, Strings.NATURAL, 0);
  }

  private Key key(int number) {
    int left = number;
    for (int i = name.length - 1; i >= name.length - 10; i--) {
      name[i] = (byte) ('0' + left % 10);
      left /= 10;
    }
    return key.at(0, name, 0, name.length);
  }
}
