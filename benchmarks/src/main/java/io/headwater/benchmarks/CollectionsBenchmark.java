package io.headwater.benchmarks;

import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.Slice;
import io.headwater.view.keyspace.types.ZSetValue;
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

/** What one operation on a hash or a sorted set costs, packed (few members) and as a table. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CollectionsBenchmark {
  private static final int PAGE = 10;

  @Param({"20", "100000"})
  int members;

  private final CollectionLimits limits = CollectionLimits.defaults(1);
  private final HashValue hash = new HashValue(limits);
  private final ZSetValue sortedSet = new ZSetValue(limits);
  private final Slice found = new Slice();
  private final byte[] value = new byte[32];
  private final SplittableRandom random = new SplittableRandom(1);
  private byte[][] names = {};
  private long seen;

  @Setup
  public void fill() {
    hash.clear();
    sortedSet.clear();
    names = new byte[members][];
    for (int i = 0; i < members; i++) {
      names[i] = ("member:" + i).getBytes(StandardCharsets.US_ASCII);
      hash.put(names[i], 0, names[i].length, value, 0, value.length);
      sortedSet.put(names[i], 0, names[i].length, random.nextInt());
    }
  }

  @Benchmark
  public boolean hashGet() {
    byte[] name = draw();
    return hash.get(name, 0, name.length, found);
  }

  @Benchmark
  public boolean hashPut() {
    byte[] name = draw();
    return hash.put(name, 0, name.length, value, 0, value.length);
  }

  @Benchmark
  public double sortedSetScore() {
    byte[] name = draw();
    return sortedSet.score(name, 0, name.length);
  }

  /** Gives a member another score, so that it moves. */
  @Benchmark
  public boolean sortedSetPut() {
    byte[] name = draw();
    return sortedSet.put(name, 0, name.length, random.nextInt());
  }

  @Benchmark
  public int sortedSetRank() {
    byte[] name = draw();
    return sortedSet.rank(name, 0, name.length);
  }

  /** Ten members from a random rank on. */
  @Benchmark
  public long sortedSetPage() {
    seen = 0;
    sortedSet.forRange(
        random.nextInt(members - PAGE),
        PAGE,
        (_, _, length, _) -> {
          seen += length;
        });
    return seen;
  }

  private byte[] draw() {
    return names[random.nextInt(members)];
  }
}
