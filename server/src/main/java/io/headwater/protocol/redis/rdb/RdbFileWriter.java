package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.SavedKeys;
import io.headwater.view.keyspace.types.CollectionLimits;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.StreamValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes a checkpoint as an RDB file of version 10, as redis-server 7.0 does, in pieces of some 64
 * KiB: large collections go item by item, long strings byte by byte, only a stream is built whole.
 * {@link RdbFile} draws the file.
 *
 * <p>Keys come in the checkpoint's order, so a database may be selected more than once. What Redis
 * 7.0 does not know, times of fields, is left out. Writing the same checkpoint twice gives the same
 * bytes.
 */
public final class RdbFileWriter {
  private static final int PIECE_BYTES = 64 << 10;
  private static final int KEPT_BYTES = 1 << 20;

  /** Longer strings than this are not compressed: their bytes pass through. */
  private static final String MAGIC = "REDIS0010";

  /** Takes the file's bytes; the range is valid during the call only. */
  public interface Sink {
    void write(byte[] array, int from, int length) throws IOException;
  }

  /** What goes into the file. */
  public enum Contents {
    ALL,
    /** Libraries of functions only, as REPLCONF rdb-filter-only functions asks. */
    FUNCTIONS,
    /** Nothing but the frame, as an empty filter asks: somebody wants the stream only. */
    NOTHING
  }

  /**
   * What is known beforehand.
   *
   * @param version of the server, as Redis counts
   * @param wallMs the time to be noted, since 1970
   * @param usedBytes the memory to be noted
   * @param sizes per database two numbers: keys, and those that expire; about
   */
  public record Facts(String version, long wallMs, long usedBytes, long[] sizes) {}

  private final RdbWriter values = new RdbWriter(true);
  private final RdbWriter.Style style;
  private final Contents contents;
  private final Sink sink;
  private final ByteWriter out = new ByteWriter();
  private final ByteWriter value = new ByteWriter();
  private final CollectionLimits limits = CollectionLimits.defaults(0);
  private final HashValue hash = new HashValue(limits);
  private final ListValue list = new ListValue();
  private final SetValue set = new SetValue(limits);
  private final ZSetValue zset = new ZSetValue(limits);
  private int db = -1;
  private long crc;

  private RdbFileWriter(RdbWriter.Style style, Contents contents, Sink sink) {
    this.style = style;
    this.contents = contents;
    this.sink = sink;
  }

  /**
   * Writes the whole file.
   *
   * @throws IOException if the checkpoint is damaged, or the sink's
   */
  public static void write(
      SavedKeys keys, RdbWriter.Style style, Facts facts, Contents contents, Sink sink)
      throws IOException {
    RdbFileWriter file = new RdbFileWriter(style, contents, sink);
    file.values.setStyle(style);
    file.begin(facts);
    keys.visit(file.new Keys(facts));
    file.end();
  }

  private void begin(Facts facts) throws IOException {
    out.putAscii(MAGIC);
    note("redis-ver", facts.version);
    note("redis-bits", "64");
    note("ctime", Long.toString(facts.wallMs / 1000));
    note("used-mem", Long.toString(facts.usedBytes));
    note("aof-base", "0");
    flush();
  }

  private void note(String name, String text) {
    out.putByte(RdbType.AUX);
    string(name.getBytes(StandardCharsets.US_ASCII));
    string(text.getBytes(StandardCharsets.US_ASCII));
  }

  private void string(byte[] bytes) {
    values.string(out, bytes, 0, bytes.length);
  }

  private void end() throws IOException {
    out.putByte(RdbType.END);
    flush();
    sink.write(out.putLong(crc).array(), 0, Long.BYTES);
  }

  private void flush() throws IOException {
    if (out.size() > 0) {
      pass(out.array(), 0, out.size());
      out.clear(KEPT_BYTES);
    }
  }

  private void pass(byte[] array, int from, int length) throws IOException {
    crc = Crc64.update(crc, array, from, length);
    sink.write(array, from, length);
  }

  private void flushIfMuch() throws IOException {
    if (out.size() >= PIECE_BYTES) {
      flush();
    }
  }

  /** Takes the keys as they come. */
  private final class Keys implements SavedKeys.Visitor {
    private final Facts facts;
    private final boolean[] sized = new boolean[Keyspace.DATABASES];

    Keys(Facts facts) {
      this.facts = facts;
    }

    private boolean isWanted(SavedKeys.Head head) {
      return contents == Contents.ALL
          || contents == Contents.FUNCTIONS && head.db() == Keyspace.LIBRARIES;
    }

    private void begin(SavedKeys.Head head) {
      if (head.db() != db) {
        db = head.db();
        RdbWriter.length(out.putByte(RdbType.SELECT_DB), db);
        if (!sized[db]) {
          sized[db] = true;
          RdbWriter.length(out.putByte(RdbType.RESIZE_DB), facts.sizes[2 * db]);
          RdbWriter.length(out, facts.sizes[2 * db + 1]);
        }
      }
      if (head.expiresAtMs() > 0) {
        out.putByte(RdbType.EXPIRES_AT_MS).putLong(head.expiresAtMs());
      }
    }

    /** The type stands before the key. */
    private void put(SavedKeys.Head head, byte[] typeAndValue, int length) throws IOException {
      begin(head);
      out.putByte(typeAndValue[0]);
      string(head.key());
      out.put(typeAndValue, 1, length - 1);
      flushIfMuch();
    }

    @Override
    public void packed(SavedKeys.Head head, byte[] array, int from, int length) throws IOException {
      if (!isWanted(head)) {
        return;
      }
      if (head.db() == Keyspace.LIBRARIES) {
        values.string(out.putByte(RdbType.FUNCTION_2), array, from, length);
        flushIfMuch();
        return;
      }
      if (head.type() == Entry.STRING) {
        begin(head);
        out.putByte(RdbType.STRING);
        string(head.key());
        values.string(out, array, from, length);
        flushIfMuch();
        return;
      }
      CollectionValue collection =
          switch (head.type()) {
            case Entry.LIST -> list;
            case Entry.SET -> set;
            case Entry.ZSET -> zset;
            default -> hash;
          };
      collection.load(array, from, length);
      value.clear(KEPT_BYTES);
      values.collection(collection, value);
      put(head, value.array(), value.size());
    }

    @Override
    public void string(SavedKeys.Head head, long length) throws IOException {
      skipping = !isWanted(head);
      if (skipping) {
        return;
      }
      if (head.db() == Keyspace.LIBRARIES) {
        out.putByte(RdbType.FUNCTION_2);
      } else {
        begin(head);
        out.putByte(RdbType.STRING);
        RdbFileWriter.this.string(head.key());
      }
      RdbWriter.length(out, length);
    }

    private boolean skipping;

    @Override
    public void part(byte[] array, int from, int length) throws IOException {
      if (!skipping) {
        flush();
        pass(array, from, length);
      }
    }

    @Override
    public void large(SavedKeys.Head head, long items) throws IOException {
      if (isWanted(head)) {
        begin(head);
        out.putByte(
            switch (head.type()) {
              case Entry.LIST -> RdbType.LIST;
              case Entry.SET -> RdbType.SET;
              case Entry.ZSET -> RdbType.ZSET_2;
              default -> RdbType.HASH;
            });
        string(head.key());
        RdbWriter.length(out, items);
      }
    }

    @Override
    public void items(SavedKeys.Head head, ByteReader in, int count) throws IOException {
      for (int left = count; left > 0; left--) {
        double score = head.type() == Entry.ZSET ? in.getDouble() : 0;
        sized(head, in);
        if (head.type() == Entry.ZSET) {
          if (isWanted(head)) {
            out.putDouble(score);
          }
        } else if (head.type() == Entry.HASH) {
          sized(head, in);
        }
      }
    }

    private void sized(SavedKeys.Head head, ByteReader in) throws IOException {
      int length = in.getLength();
      if (isWanted(head)) {
        values.string(out, in.array(), in.index(), length);
        flushIfMuch();
      }
      in.skip(length);
    }

    private void string(byte[] bytes) {
      RdbFileWriter.this.string(bytes);
    }

    @Override
    public void stream(SavedKeys.Head head, StreamValue stream) throws IOException {
      if (isWanted(head)) {
        value.clear(KEPT_BYTES);
        values.stream(stream, value);
        put(head, value.array(), value.size());
        value.clear(KEPT_BYTES);
      }
    }
  }
}
