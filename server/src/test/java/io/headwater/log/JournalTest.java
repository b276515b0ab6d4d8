package io.headwater.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Clock;
import io.headwater.host.RealDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  @TempDir Path folder;

  @Test
  void framesOfSeveralPartsAreReadBackWithTheirOffsets() throws Exception {
    try (Journal journal = open()) {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      for (int i = 0; i < 5000; i++) {
        frame.clear();
        put(frame, 1, "key" + i);
        put(frame, 17, "a" + i);
        put(frame, 17, "b" + i);
        long position = journal.append(frame);
        assertThat(frame.partAt(1).baseOffset()).isEqualTo(2L * i);
        if (i % 100 == 0) {
          journal.sync(position);
          assertThat(journal.durable()).isEqualTo(position);
        }
      }
      assertThat(read(journal)).hasSize(10000);
    }
    try (Journal journal = open()) {
      assertThat(journal.nextOffset(17)).isEqualTo(10000);
      List<String> parts = read(journal);
      assertThat(parts).hasSize(10000);
      assertThat(parts.get(1)).contains("17@0 2 a0b0");
    }
  }

  private Journal open() throws Exception {
    return Journal.open(
        RealDisk.at(folder),
        Clock.system(),
        Journal.Settings.simulated(new SplittableRandom(1)),
        (_, _, _) -> {},
        Throwable::printStackTrace);
  }

  static void put(Frame frame, int stream, String text) {
    Frame.Part part = frame.part(stream);
    part.payload().putAscii(text);
    part.addRecord();
  }

  static List<String> read(Log log) throws Exception {
    List<String> parts = new ArrayList<>();
    try (LogCursor cursor = log.read(0)) {
      while (cursor.next()) {
        for (LoggedPart p : cursor.parts()) {
          parts.add(
              p.stream()
                  + "@"
                  + p.baseOffset()
                  + " "
                  + p.count()
                  + " "
                  + new String(p.array(), p.from(), p.length(), StandardCharsets.US_ASCII));
        }
      }
    }
    return parts;
  }
}
