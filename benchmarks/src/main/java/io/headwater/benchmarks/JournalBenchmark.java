package io.headwater.benchmarks;

import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a SET costs in the journal: building and appending a frame of 200 bytes (writing it out is
 * included, on whichever thread it happens), and the same with a sync.
 */
@State(Scope.Thread)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournalBenchmark {
  private static final int PAYLOAD_BYTES = 124;

  private final Frame frame = new Frame(Frame.Origin.KEYSPACE);
  private final byte[] payload = new byte[PAYLOAD_BYTES];
  private Path folder = Path.of("");

  @SuppressWarnings("NullAway.Init") // JMH calls open() first
  private Journal journal;

  @Setup
  public void open() throws IOException {
    folder = Files.createTempDirectory("journal-benchmark");
    journal =
        Journal.open(
            RealDisk.at(folder),
            Clock.system(),
            Journal.Settings.defaults(),
            (_, _, _) -> {},
            Throwable::printStackTrace);
  }

  @TearDown(Level.Iteration)
  public void cut() throws IOException {
    journal.sync(journal.appended());
    journal.cut(journal.appended());
  }

  @TearDown
  public void close() throws IOException {
    journal.close();
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.delete(path);
    }
  }

  @Benchmark
  @BenchmarkMode(Mode.AverageTime)
  public long append() {
    frame.clear();
    Frame.Part part = frame.part(1);
    part.payload().put(payload);
    part.addRecord();
    return journal.append(frame);
  }

  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  public long appendAndSync() {
    long position = append();
    journal.sync(position);
    return position;
  }
}
