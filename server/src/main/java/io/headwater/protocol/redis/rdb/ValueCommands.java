package io.headwater.protocol.redis.rdb;

import io.headwater.view.keyspace.types.StreamValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes the commands that build a large value, some thousand items each. */
final class ValueCommands implements ValueSink {
  private static final int ITEMS = 1_000;
  private static final int BYTES = 1 << 20;

  private final RdbFile.Head head;
  private final RdbFile.Contents contents;
  private final List<byte[]> words = new ArrayList<>();
  private int items;
  private long bytes;
  private boolean begun;

  ValueCommands(RdbFile.Head head, RdbFile.Contents contents) {
    this.head = head;
    this.contents = contents;
  }

  /** After the last item. */
  void end() {
    flush();
    if (head.expiresAtMs() != 0) {
      send(word("PEXPIREAT"), head.key(), word(Long.toString(head.expiresAtMs())));
    }
  }

  private void send(byte[]... arguments) {
    try {
      if (!begun) {
        begun = true;
        contents.command(head, new byte[][] {word("DEL"), head.key()});
      }
      contents.command(head, arguments);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] word(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void flush() {
    if (items > 0) {
      send(words.toArray(new byte[0][]));
    }
    words.clear();
    items = 0;
    bytes = 0;
  }

  private void add(String command, byte[]... pieces) {
    if (items == 0) {
      words.add(word(command));
      words.add(head.key());
    }
    for (byte[] piece : pieces) {
      words.add(piece);
      bytes += piece.length;
    }
    if (++items == ITEMS || bytes > BYTES) {
      flush();
    }
  }

  private static byte[] copy(byte[] array, int from, int length) {
    return java.util.Arrays.copyOfRange(array, from, from + length);
  }

  @Override
  public void string(byte[] array, int from, int length) {
    throw new IllegalStateException("a string has no items");
  }

  @Override
  public void element(byte[] array, int from, int length) {
    add("RPUSH", copy(array, from, length));
  }

  @Override
  public boolean member(byte[] array, int from, int length) {
    add("SADD", copy(array, from, length));
    return true;
  }

  @Override
  public boolean scored(byte[] array, int from, int length, double score) {
    String text = Double.isInfinite(score) ? score > 0 ? "inf" : "-inf" : Double.toString(score);
    add("ZADD", word(text), copy(array, from, length));
    return true;
  }

  @Override
  public boolean field(Piece field, Piece value, long expiresAtMs) {
    byte[] name = field.toByteArray();
    add("HSET", name, value.toByteArray());
    if (expiresAtMs != 0) {
      flush();
      add("HPEXPIREAT", word(Long.toString(expiresAtMs)), word("FIELDS"), word("1"), name);
      flush();
    }
    return true;
  }

  @Override
  public void stream(StreamValue stream) {
    throw new IllegalStateException("a stream is one payload");
  }
}
