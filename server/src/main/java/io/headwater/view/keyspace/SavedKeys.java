package io.headwater.view.keyspace;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.view.keyspace.types.StreamValue;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads a checkpoint key by key, off the loop, for those who write the state down in another form.
 * {@link CheckpointFile} draws the bytes.
 *
 * <p>In the file the items of large collections stand in pieces, other entries between them, and
 * nothing says beforehand how many items there are. So this walks the file once and, where the
 * first piece of a collection stands, walks ahead from there twice: to count its items and to show
 * them. No more is held than a block of the file, of a stream its entries, and the keys whose
 * pieces are still to come, which the checkpoint held as well when it was written. A file that is
 * open is read to its end, even if a newer checkpoint deletes it meanwhile.
 *
 * <p>One thread at a time.
 */
public final class SavedKeys implements AutoCloseable {
  private static final int PIECE_OF_EXPIRIES = -1;
  private static final int STREAM_NODE = 1;
  private static final int STREAM_GROUP = 2;

  /** A key and what is said of its value. Type is one of {@link Entry}'s. */
  public record Head(int db, int type, long expiresAtMs, byte[] key) {
    private boolean isOf(int otherDb, byte[] array, int from, int length) {
      return db == otherDb && Arrays.equals(key, 0, key.length, array, from, from + length);
    }
  }

  /** Sees one key after the other, in no order. Ranges are valid during the call only. */
  public interface Visitor {
    /** A string or a small collection in its packed form. */
    void packed(Head head, byte[] array, int from, int length) throws IOException;

    /** A long string of so many bytes; {@link #part} shows them. */
    void string(Head head, long length) throws IOException;

    /** The next bytes of a long string. */
    void part(byte[] array, int from, int length) throws IOException;

    /** A large list, set, sorted set or hash of so many items, more than 0. */
    void large(Head head, long items) throws IOException;

    /** The next items, as {@code docs/formats/collections.md} draws them: all of them are read. */
    void items(Head head, ByteReader in, int count) throws IOException;

    void stream(Head head, StreamValue stream) throws IOException;
  }

  /** Null at the very beginning, where there are no keys and no file. */
  private final @Nullable DiskFile file;

  private final String path;

  SavedKeys(Disk disk, long position) throws IOException {
    path = CheckpointFile.path(position);
    file = position == 0 ? null : disk.open(path, Disk.Mode.READ);
  }

  /**
   * Shows all keys. May be called again, and shows the same in the same order.
   *
   * @throws IOException naming the file if it is damaged
   */
  public void visit(Visitor visitor) throws IOException {
    DiskFile opened = file;
    if (opened == null) {
      return;
    }
    try {
      Walk walk = new Walk(opened);
      while (walk.next()) {
        switch (walk.form) {
          case PACKED -> {
            int length = walk.in.getLength();
            visitor.packed(walk.head(), walk.in.array(), walk.in.index(), length);
          }
          case PART -> part(walk, visitor);
          case FIRST_PIECE -> collection(walk, visitor);
          case HEAD, PIECE -> {} // shown with the first piece
        }
      }
    } catch (EOFException e) {
      throw new IOException("damaged checkpoint: " + path + " ends early", e);
    } catch (MalformedBytes | IndexOutOfBoundsException e) {
      throw new IOException("damaged checkpoint: " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }

  /** A value in parts, at one of them: with the first, shows all. */
  private static void part(Walk walk, Visitor visitor) throws IOException {
    long length = walk.in.getVarint();
    if (walk.in.getVarint() != 0) {
      return;
    }
    Head head = walk.head();
    Walk ahead = walk.fork();
    boolean isString = head.type == Entry.STRING;
    ByteWriter whole = new ByteWriter();
    if (isString) {
      visitor.string(head, length);
    }
    for (long at = 0; at < length; ) {
      if (!ahead.next()) {
        throw new MalformedBytes("a value of " + length + " bytes ends at " + at);
      }
      if (ahead.form != Form.PART || !ahead.isOf(head)) {
        continue;
      }
      ByteReader in = ahead.in;
      if (in.getVarint() != length || in.getVarint() != at) {
        throw new MalformedBytes("a part of a value that is not the next");
      }
      int part = in.getLength();
      if (isString) {
        visitor.part(in.array(), in.index(), part);
      } else {
        whole.put(in.array(), in.index(), part);
      }
      at += part;
    }
    if (!isString) {
      visitor.packed(head, whole.array(), 0, whole.size());
    }
  }

  /** A large collection, at its first piece. */
  private static void collection(Walk walk, Visitor visitor) throws IOException {
    Open open = walk.opened();
    Head head = open.head;
    if (head.type == Entry.STREAM) {
      StreamValue stream = StreamValue.read(new ByteReader(open.begin));
      pieces(walk.fork(), head, stream::readMore);
      visitor.stream(head, stream);
      return;
    }
    long[] items = {0};
    pieces(walk.fork(), head, in -> items[0] += Math.max(0, in.getInt()));
    visitor.large(head, items[0]);
    pieces(
        walk.fork(),
        head,
        in -> {
          int count = in.getInt();
          if (count != PIECE_OF_EXPIRIES) {
            visitor.items(head, in, count);
          }
        });
  }

  private interface Pieces {
    void piece(ByteReader in) throws IOException;
  }

  private static void pieces(Walk ahead, Head head, Pieces pieces) throws IOException {
    while (ahead.next()) {
      boolean isPiece = ahead.form == Form.FIRST_PIECE || ahead.form == Form.PIECE;
      if (isPiece && ahead.isOf(head)) {
        pieces.piece(ahead.in);
      } else if (isPiece) {
        return; // those of the next one: they come one collection after the other
      }
    }
  }

  /** What an entry of the file is. */
  private enum Form {
    PACKED,
    PART,
    HEAD,
    FIRST_PIECE,
    PIECE
  }

  /** A large value whose head was passed: how it begins, and whether pieces of it were. */
  private record Open(Head head, byte[] begin, boolean begun) {}

  /**
   * A place in the file that moves from entry to entry.
   *
   * <p>An entry that says MORE is a piece or a part, which its bytes do not tell. But pieces come
   * collection by collection in the order of the heads, so it is a piece if its key is that of the
   * oldest head whose pieces may not all have come, or of the one after that.
   */
  private static final class Walk {
    /** Heads from the one whose pieces are being passed on. */
    private final ArrayDeque<Open> open;

    private final DiskFile file;
    private final CRC32C crc = new CRC32C();

    /** Its own, from the first block on that it reads by itself. */
    private byte @Nullable [] payload;

    private long nextBlock;

    /** At the current entry's value. */
    ByteReader in;

    Form form = Form.PACKED;
    private int entryAt;
    private int db;
    private int type;
    private long expiresAtMs;
    private int keyFrom;
    private int keyLength;

    /** Behind the current entry. */
    private int end;

    Walk(DiskFile file) {
      this(file, CheckpointFile.HEADER_BYTES, new ByteReader(new byte[0]), new ArrayDeque<>());
    }

    private Walk(DiskFile file, long nextBlock, ByteReader in, ArrayDeque<Open> open) {
      this.file = file;
      this.nextBlock = nextBlock;
      this.in = in;
      this.end = in.index();
      this.open = open;
    }

    /** A walk that will meet the current entry first; only until this one moves on. */
    Walk fork() {
      ArrayDeque<Open> before = new ArrayDeque<>(open);
      if (form == Form.FIRST_PIECE) {
        Open first = before.removeFirst();
        before.addFirst(new Open(first.head, first.begin, false));
      }
      int left = in.index() - entryAt + in.remaining();
      return new Walk(file, nextBlock, new ByteReader(in.array(), entryAt, left), before);
    }

    Head head() {
      byte[] key = Arrays.copyOfRange(in.array(), keyFrom, keyFrom + keyLength);
      return new Head(db, type, expiresAtMs, key);
    }

    boolean isOf(Head head) {
      return head.isOf(db, in.array(), keyFrom, keyLength);
    }

    /** The collection whose piece this is. */
    Open opened() {
      return open.getFirst();
    }

    boolean next() throws IOException {
      in.skip(end - in.index());
      while (!in.hasRemaining() || in.array()[in.index()] == (byte) CheckpointFile.PADDING) {
        if (!readBlock()) {
          return false;
        }
      }
      readEntry();
      return true;
    }

    private void readEntry() {
      entryAt = in.index();
      db = in.getByte() & 0xff;
      int kind = in.getByte() & 0xff;
      if (db >= Store.TABLES) {
        throw new MalformedBytes("database " + db);
      }
      type = kind & Entry.TYPE_MASK;
      expiresAtMs = (kind & Entry.EXPIRES) == 0 ? 0 : in.getLong();
      keyLength = in.getLength();
      keyFrom = in.index();
      in.skip(keyLength);
      ByteReader rest = new ByteReader(in.array(), in.index(), in.remaining());
      if ((kind & CheckpointFile.MORE) != 0) {
        form = more();
        if (form == Form.PART) {
          rest.getVarint();
          rest.getVarint();
          rest.skip(rest.getLength());
        } else {
          skipPiece(rest);
        }
      } else if ((kind & Entry.LARGE) != 0) {
        form = Form.HEAD;
        skipHead(rest);
        byte[] begin = Arrays.copyOfRange(in.array(), in.index(), rest.index());
        open.addLast(new Open(head(), begin, false));
      } else {
        form = Form.PACKED;
        rest.skip(rest.getLength());
      }
      end = rest.index();
    }

    private Form more() {
      Iterator<Open> heads = open.iterator();
      @Nullable Open oldest = heads.hasNext() ? heads.next() : null;
      @Nullable Open following = heads.hasNext() ? heads.next() : null;
      if (oldest != null && isOf(oldest.head)) {
        return oldest.begun ? Form.PIECE : begin(oldest);
      }
      if (following != null && oldest != null && oldest.begun && isOf(following.head)) {
        open.removeFirst();
        return begin(following);
      }
      return Form.PART;
    }

    private Form begin(Open first) {
      open.removeFirst();
      open.addFirst(new Open(first.head, first.begin, true));
      return Form.FIRST_PIECE;
    }

    private void skipHead(ByteReader rest) {
      if (type == Entry.STREAM) {
        StreamValue.read(rest);
        return;
      }
      int beginning = rest.getByte();
      rest.getVarint();
      if (type == Entry.HASH && beginning > 2) {
        if (rest.getByte() == 0) {
          rest.skip(rest.getLength());
        } else {
          rest.getVarint();
        }
      }
    }

    private void skipPiece(ByteReader rest) {
      if (type == Entry.STREAM) {
        for (int left = rest.getInt(); left > 0; left--) {
          skipStreamItem(rest);
        }
        return;
      }
      int items = rest.getInt();
      boolean times = type == Entry.HASH && items == PIECE_OF_EXPIRIES;
      for (int left = times ? rest.getInt() : items; left > 0; left--) {
        if (times || type == Entry.ZSET) {
          rest.getDouble();
        }
        rest.skip(rest.getLength());
        if (!times && type == Entry.HASH) {
          rest.skip(rest.getLength());
        }
      }
    }

    private void skipStreamItem(ByteReader rest) {
      int kind = rest.getByte();
      if (kind == STREAM_NODE) {
        numbers(rest, 6);
        rest.skip(rest.getLength());
      } else {
        rest.skip(rest.getLength());
        if (kind == STREAM_GROUP) {
          numbers(rest, 3);
        }
        for (int left = rest.getCount(); left > 0; left--) {
          if (kind == STREAM_GROUP) {
            rest.skip(rest.getLength());
          }
          numbers(rest, kind == STREAM_GROUP ? 2 : 5);
        }
      }
    }

    private void numbers(ByteReader rest, int count) {
      for (int left = count; left > 0; left--) {
        rest.getVarint();
      }
    }

    private boolean readBlock() throws IOException {
      long block = nextBlock;
      ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      file.readFully(head, block);
      int length = head.getInt(0);
      if (length == 0) {
        return false;
      }
      if (length < 0 || length > file.size() - block - 8) {
        throw new MalformedBytes("a wrong length at " + block);
      }
      byte[] array = payload;
      if (array == null || array.length < length) {
        array = new byte[Math.max(length, CheckpointFile.BLOCK_BYTES)];
        payload = array;
      }
      file.readFully(ByteBuffer.wrap(array, 0, length), block + 8);
      crc.reset();
      crc.update(array, 0, length);
      if (head.getInt(4) != (int) crc.getValue()) {
        throw new MalformedBytes("a wrong checksum at " + block);
      }
      nextBlock = block + 8 + length;
      in = new ByteReader(array, 0, length);
      end = 0;
      return true;
    }
  }
}
