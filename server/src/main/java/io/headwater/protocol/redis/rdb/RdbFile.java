package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.MalformedBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads an RDB file of versions 1 to 12, or one inside a replication stream, front to back:
 *
 * <pre>{@code
 * "REDIS" four digits   { opcode ... | [expiry] [idle or freq] type, key, value }   255   CRC64 u64
 * }</pre>
 *
 * A value comes out as the payload that RESTORE takes, unopened. One that is larger than {@link
 * #PAYLOAD_BYTES} and has items comes out as commands that build it, so that memory stays bounded
 * by the longest string, not by the largest value.
 *
 * @see <a href="https://github.com/redis/redis/blob/7.0/src/rdb.h">Redis's rdb.h</a>
 */
public final class RdbFile {
  /** Up to here a value is one payload. */
  public static final int PAYLOAD_BYTES = 16 << 20;

  private static final int MAGIC_BYTES = 9;
  private static final int VERSION_WITH_CHECKSUM = 5;
  private static final int MODULE_END = 0;

  /**
   * What stands before a value.
   *
   * @param expiresAtMs since 1970, 0 for never
   * @param idleSeconds since the last use, -1 if not known
   * @param frequency of use from 0 to 255, -1 if not known
   * @param kind string, list, set, zset, hash or stream
   */
  public record Head(
      int db, byte[] key, long expiresAtMs, long idleSeconds, int frequency, String kind) {}

  /** Takes what the file holds. */
  public interface Contents {
    /** A note of the server that wrote the file, such as its version. */
    void note(String name, String value);

    /** About so many keys of a database follow. */
    void sizes(int db, long keys, long expiring);

    /** The code of a library of functions. */
    void library(byte[] code) throws IOException;

    /** A value; its payload is valid during the call. */
    void value(Head head, Payload payload) throws IOException;

    /** One of the commands that build a large value; the first deletes its key. */
    void command(Head head, byte[][] arguments) throws IOException;

    /** That was the last command of a large value. */
    void built(Head head);

    /** Something that is passed over; {@code what} names it. */
    void refused(@Nullable Head head, String what);
  }

  static final String[] KINDS = {"string", "list", "set", "zset", "hash", "stream"};

  private final RdbInput in;
  private final Contents contents;
  private final RdbValues values = new RdbValues();
  private final Piece piece = new Piece();
  private int version;
  private int db;
  private long expiresAtMs;
  private long idleSeconds = -1;
  private int frequency = -1;

  private RdbFile(InputStream stream, Contents contents) {
    this.in = RdbInput.of(stream);
    this.contents = contents;
  }

  /**
   * Reads a whole file.
   *
   * @return the stream behind it
   * @throws IOException if it cannot be read, is damaged, or its checksum is wrong
   */
  public static InputStream read(InputStream stream, Contents contents) throws IOException {
    RdbFile file = new RdbFile(stream, contents);
    try {
      file.run();
    } catch (MalformedBytes e) {
      throw new IOException("damaged at byte " + file.in.position() + ": " + e.getMessage(), e);
    } catch (UncheckedIOException e) {
      throw Objects.requireNonNull(e.getCause());
    }
    byte[] ahead = file.in.ahead();
    return ahead.length == 0
        ? stream
        : new SequenceInputStream(new ByteArrayInputStream(ahead), stream);
  }

  private void run() throws IOException {
    begin();
    for (int opcode = in.getByte(); opcode != RdbType.END; opcode = in.getByte()) {
      switch (opcode) {
        case RdbType.SELECT_DB -> db = (int) Math.min(Integer.MAX_VALUE, in.getCount(1));
        case RdbType.RESIZE_DB -> contents.sizes(db, in.getCount(1), in.getCount(1));
        case RdbType.AUX -> contents.note(text(), text());
        case RdbType.EXPIRES_AT_S -> expiresAtMs = in.getInt() * 1000L;
        case RdbType.EXPIRES_AT_MS -> expiresAtMs = in.getLong();
        case RdbType.IDLE -> idleSeconds = in.getCount(1);
        case RdbType.FREQ -> frequency = in.getByte();
        case RdbType.FUNCTION_2 -> {
          in.getString(piece);
          contents.library(piece.toByteArray());
        }
        case RdbType.FUNCTION_EARLY ->
            throw new MalformedBytes("functions as a release candidate of 7.0 wrote them");
        case RdbType.SLOT_INFO -> {
          for (int i = 0; i < 3; i++) {
            in.getNumber();
          }
        }
        case RdbType.MODULE_AUX -> {
          String name = moduleName(in.getNumber());
          skipModule();
          contents.refused(null, "data of module " + name);
        }
        default -> key(opcode);
      }
    }
    end();
  }

  private void begin() {
    byte[] magic = new byte[MAGIC_BYTES];
    for (int i = 0; i < MAGIC_BYTES; i++) {
      magic[i] = (byte) in.getByte();
    }
    String text = new String(magic, StandardCharsets.ISO_8859_1);
    if (!text.matches("REDIS[0-9]{4}")) {
      throw new MalformedBytes("this is no RDB file: it does not begin with REDIS and a version");
    }
    version = Integer.parseInt(text.substring(5));
    if (version < 1 || version > RdbType.VERSION_MAX) {
      throw new MalformedBytes(
          "RDB version " + version + "; versions up to " + RdbType.VERSION_MAX + " are read");
    }
  }

  private void end() {
    if (version < VERSION_WITH_CHECKSUM) {
      return;
    }
    long sum = in.crc();
    long written = in.getLong();
    if (written != 0 && written != sum) { // 0: the server was told to write none
      throw new MalformedBytes("the checksum is wrong");
    }
  }

  private String text() {
    in.getString(piece);
    return new String(piece.array(), piece.from(), piece.length(), StandardCharsets.UTF_8);
  }

  private void key(int type) throws IOException {
    int entryType = RdbType.entryType(type);
    boolean module = type == RdbType.MODULE_2;
    if (entryType < 0 && !module) {
      throw new MalformedBytes(
          type == RdbType.MODULE ? "a value of a module of Redis 4.0" : "a value of type " + type);
    }
    in.getString(piece);
    byte[] key = piece.toByteArray();
    String kind = module ? "module" : KINDS[entryType];
    Head head = new Head(db, key, expiresAtMs, idleSeconds, frequency, kind);
    expiresAtMs = 0;
    idleSeconds = -1;
    frequency = -1;
    if (module) {
      String name = moduleName(in.getNumber());
      skipModule();
      contents.refused(head, "value of module " + name);
      return;
    }
    new Value(head, type).read();
  }

  /** One value on its way out. */
  private final class Value implements RdbValues.Progress {
    private final Head head;
    private final int type;
    private long items;

    /** Where the first item stands behind the mark. */
    private int firstItem;

    private @Nullable ValueCommands commands;

    Value(Head head, int type) {
      this.head = head;
      this.type = type;
    }

    void read() throws IOException {
      in.mark();
      values.skip(in, type, this);
      ValueCommands large = commands;
      if (large == null) {
        int from = in.marked();
        contents.value(head, new Payload(type, in.array(), from, in.index() - from));
      } else {
        build(large);
        large.end();
        contents.built(head);
      }
      in.release();
    }

    @Override
    public void items(long more) {
      if (more == 0) {
        firstItem = in.index() - in.marked();
      }
      items += more;
      if (in.index() - in.marked() > PAYLOAD_BYTES && items > 0) {
        ValueCommands large = commands;
        if (large == null) {
          large = new ValueCommands(head, contents);
          commands = large;
        }
        build(large);
        in.mark();
        firstItem = 0;
      }
    }

    private void build(ValueCommands large) {
      int from = in.marked() + firstItem;
      values.items(RdbInput.of(in.array(), from, in.index() - from), type, items, large);
      items = 0;
    }
  }

  /** A module names itself by nine letters of six bits; the lowest ten bits are a version. */
  private static String moduleName(long id) {
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    StringBuilder name = new StringBuilder();
    for (int shift = 58; shift >= 10; shift -= 6) {
      name.append(letters.charAt((int) (id >>> shift) & 0x3f));
    }
    return name.toString();
  }

  /** Each thing that a module saved says what it is. */
  private void skipModule() {
    for (long what = in.getNumber(); what != MODULE_END; what = in.getNumber()) {
      switch ((int) what) {
        case 1, 2 -> in.getNumber();
        case 3 -> in.skip(Float.BYTES);
        case 4 -> in.skip(Double.BYTES);
        case 5 -> in.skipString();
        default -> throw new MalformedBytes("a module's " + what);
      }
    }
  }
}
