package io.headwater.protocol.redis.observing;

import io.headwater.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The last commands that took longer than a threshold, newest first. Of each, at most {@value
 * #ARGUMENTS_MAX} arguments are kept and {@value #ARGUMENT_BYTES_MAX} bytes of each of them, with a
 * note in place of the rest.
 */
public final class SlowLog {
  private static final int ARGUMENTS_MAX = 32;
  private static final int ARGUMENT_BYTES_MAX = 128;

  /**
   * One command.
   *
   * @param id counted from 0 since the start
   * @param seconds when it ended, since 1970
   * @param client its address and port
   */
  public record Entry(
      long id, long seconds, long micros, List<Bytes> arguments, String client, String name) {}

  /** Where the arguments of a command come from. */
  public interface Source {
    int count();

    Bytes argument(int i, int bytesMax);

    int length(int i);
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long nextId;
  private int lengthMax = 128;

  public void setLengthMax(int newMax) {
    lengthMax = newMax;
    trim();
  }

  public void add(long seconds, long micros, Source source, String client, String name) {
    entries.addFirst(new Entry(nextId++, seconds, micros, copy(source), client, name));
    trim();
  }

  public Iterable<Entry> entries() {
    return entries;
  }

  public int length() {
    return entries.size();
  }

  /** How many were added, since the start. */
  public long added() {
    return nextId;
  }

  public void reset() {
    entries.clear();
  }

  private void trim() {
    while (entries.size() > lengthMax) {
      entries.removeLast();
    }
  }

  private static List<Bytes> copy(Source source) {
    int count = Math.min(source.count(), ARGUMENTS_MAX);
    Bytes[] arguments = new Bytes[count];
    for (int i = 0; i < count; i++) {
      if (i == count - 1 && source.count() > count) {
        arguments[i] = ascii("... (" + (source.count() - count + 1) + " more arguments)");
      } else {
        arguments[i] = cut(source, i);
      }
    }
    return List.of(arguments);
  }

  private static Bytes cut(Source source, int i) {
    int length = source.length(i);
    if (length <= ARGUMENT_BYTES_MAX) {
      return source.argument(i, length);
    }
    Bytes head = source.argument(i, ARGUMENT_BYTES_MAX);
    Bytes note = ascii("... (" + (length - ARGUMENT_BYTES_MAX) + " more bytes)");
    byte[] both = java.util.Arrays.copyOf(head.array(), head.length() + note.length());
    System.arraycopy(note.array(), 0, both, head.length(), note.length());
    return Bytes.wrap(both);
  }

  private static Bytes ascii(String text) {
    return Bytes.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
