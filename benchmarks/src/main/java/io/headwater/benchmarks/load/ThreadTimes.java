package io.headwater.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * For how long each thread of a process ran, and for how long it was ready but another had the
 * core, as Linux counts both in {@code /proc/PID/task/TID/schedstat}. A look costs about a
 * microsecond for each thread and allocates nothing that counts. What a running thread did since
 * the last tick (4 ms) or change of thread is not in it yet.
 */
final class ThreadTimes implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 128;

  private final List<String> names = new ArrayList<>();
  private final List<FileChannel> files = new ArrayList<>();
  private final ByteBuffer line = ByteBuffer.allocateDirect(LINE_BYTES_MAX);
  private final int loop;

  /** The threads that there are now; {@code loopName} is the one that serves the clients. */
  ThreadTimes(long pid, String loopName) throws IOException {
    int found = 0;
    try (DirectoryStream<Path> tasks =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks) {
        try {
          String name = Files.readString(task.resolve("comm")).strip();
          files.add(FileChannel.open(task.resolve("schedstat")));
          names.add(name);
          if (name.equals(loopName)) {
            found = names.size() - 1;
          }
        } catch (NoSuchFileException e) {
          continue; // it ended meanwhile
        }
      }
    }
    loop = found;
  }

  int count() {
    return files.size();
  }

  String name(int thread) {
    return names.get(thread);
  }

  /** Which one serves the clients. */
  int loop() {
    return loop;
  }

  /**
   * Nanoseconds since each thread began: {@code out[2 * i]} running, {@code out[2 * i + 1]} waiting
   * for the core. Those of a thread that has ended stay what they were in {@code before}.
   */
  void read(long[] before, long[] out) {
    for (int i = 0; i < files.size(); i++) {
      try {
        line.clear();
        files.get(i).read(line, 0);
        line.flip();
        out[2 * i] = number();
        out[2 * i + 1] = number();
      } catch (IOException e) {
        out[2 * i] = before[2 * i];
        out[2 * i + 1] = before[2 * i + 1];
      }
    }
  }

  private long number() {
    long number = 0;
    while (line.hasRemaining()) {
      int digit = line.get() - '0';
      if (digit < 0) {
        break;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  @Override
  public void close() throws IOException {
    for (FileChannel file : files) {
      file.close();
    }
  }
}
