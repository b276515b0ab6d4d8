package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What another thread finds that comes between a write that failed and the journal's death. */
class SegmentWriterTest {
  private final Journal.Settings settings =
      Journal.Settings.simulated(new SplittableRandom(1)).withSegmentBytes(16 << 10);
  private final SimulatedDisk disk = new SimulatedDisk(3);
  private Appender appender;
  private SegmentWriter writer;

  @BeforeEach
  void open() throws Exception {
    Opening opening = Opening.of(disk, settings);
    Recovery recovered = opening.recovered();
    Segment newest = new Segment(recovered.segments().getLast());
    Spares spares = new Spares(disk);
    KeptSegments segments = new KeptSegments(disk, settings.cutSegments());
    recovered.segments().forEach(segments::add);
    appender =
        new Appender(
            new SimulatedClock(),
            (_, _, _) -> {},
            opening.meta().generation(),
            recovered,
            newest,
            new Staging(settings.stagingBytes(), newest));
    writer = new SegmentWriter(disk, settings, opening, appender, newest, spares, segments);
    spares.recover();
    writer.open(recovered.proven());
  }

  @Test
  void whatComesBehindAWriteThatFailedIsNeverCalledDurable() throws Exception {
    long kept = append("kept");
    writer.sync();
    assertThat(writer.durable()).isEqualTo(kept);
    append("lost");
    disk.failAt(disk.operations());
    assertThatThrownBy(writer::write).isInstanceOf(IOException.class);

    append("behind the gap");

    assertThatThrownBy(writer::write).hasMessage("an earlier write failed");
    assertThatThrownBy(writer::sync).hasMessage("an earlier write failed");
    assertThatThrownBy(writer::seal).hasMessage("an earlier write failed");
    assertThat(writer.durable()).isEqualTo(kept);
    assertThat(writer.written()).isEqualTo(writer.synced());
  }

  private long append(String text) {
    Frame frame = new Frame(Frame.Origin.KEYSPACE);
    JournalTest.put(frame, 1, text);
    return appender.append(frame, 1, (int) frame.payloadBytes(), frame.bodyCrc());
  }
}
