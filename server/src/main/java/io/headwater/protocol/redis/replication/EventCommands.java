package io.headwater.protocol.redis.replication;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.protocol.redis.rdb.RdbPayloads;
import io.headwater.view.keyspace.EventKind;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Says each event of the log as commands that do the same to a Redis 7.0 holding the same state:
 * {@code docs/formats/keyspace-events.md} has the events. Needs no state but the database that was
 * selected last, because events are absolute. Three say a place or a count where no command takes
 * one (an insertion into a list, a splice of a string, a stream's trim), and a delivery to a
 * consumer says a time that XREADGROUP does not take: those go as small scripts.
 *
 * <p>A frame becomes one transaction, so that a replica never shows half of a command or an EXEC.
 *
 * <p>What Redis 7.0 does not have is left out: times of hash fields (a field that expired is
 * deleted by an event of its own).
 */
final class EventCommands {
  /** Items in one command; more go in several. */
  private static final int ITEMS_MAX = 1000;

  /** A frame's commands are passed on when they are more. */
  private static final int PASS_BYTES = 64 << 10;

  private static final int KEPT_BYTES = 1 << 20;
  private static final byte[] MULTI = "*1\r\n$5\r\nMULTI\r\n".getBytes(US_ASCII);
  private static final byte[] EXEC = "*1\r\n$4\r\nEXEC\r\n".getBytes(US_ASCII);
  private static final int EXPIRY_FLAG = 4;
  private static final int ALL_DATABASES = 255;

  /** Inserts before an index, or at the end. The mark stands for the element that was there. */
  private static final byte[] INSERT =
      ("local v=redis.call('LINDEX',KEYS[1],ARGV[1]) if not v then"
           + " redis.call('RPUSH',KEYS[1],ARGV[2]) else redis.call('LSET',KEYS[1],ARGV[1],ARGV[3])"
           + " redis.call('LINSERT',KEYS[1],'BEFORE',ARGV[3],ARGV[2])"
           + " redis.call('LSET',KEYS[1],ARGV[1]+1,v) end")
          .getBytes(US_ASCII);

  private static final byte[] SPLICE =
      ("local v=redis.call('GET',KEYS[1])"
              + " redis.call('SET',KEYS[1],string.sub(v,1,ARGV[1])..ARGV[3].."
              + "string.sub(v,ARGV[1]+ARGV[2]+1),'KEEPTTL')")
          .getBytes(US_ASCII);

  private static final byte[] TRIM =
      "redis.call('XTRIM',KEYS[1],'MAXLEN','=',redis.call('XLEN',KEYS[1])-ARGV[1])"
          .getBytes(US_ASCII);

  private static final byte[] PUT_GROUP =
      ("if redis.pcall('XGROUP','CREATE',KEYS[1],ARGV[1],ARGV[2],'MKSTREAM','ENTRIESREAD',ARGV[3]).err"
           + " then redis.call('XGROUP','SETID',KEYS[1],ARGV[1],ARGV[2],'ENTRIESREAD',ARGV[3]) end")
          .getBytes(US_ASCII);

  private static final byte[] DELIVER =
      ("local"
           + " r=redis.call('XREADGROUP','GROUP',ARGV[1],ARGV[2],'COUNT',ARGV[3],'STREAMS',KEYS[1],'>')"
           + " for _,e in ipairs(r[1][2]) do"
           + " redis.call('XCLAIM',KEYS[1],ARGV[1],ARGV[2],0,e[1],'TIME',ARGV[4],'RETRYCOUNT',1,'FORCE','JUSTID')"
           + " end")
          .getBytes(US_ASCII);

  private static final byte[] FLUSH_BUT =
      ("local c='0' repeat local r=redis.call('SCAN',c,'COUNT',1000) c=r[1]"
              + " for _,k in ipairs(r[2]) do local keep=false"
              + " for _,p in ipairs(ARGV) do if string.sub(k,1,#p)==p then keep=true end end"
              + " if not keep then redis.call('DEL',k) end end until c=='0'")
          .getBytes(US_ASCII);

  /** Takes the commands' bytes; the range is valid during the call only. */
  interface Sink {
    void write(byte[] array, int from, int length) throws InterruptedException;
  }

  private final Sink sink;
  private final byte[] mark;
  private final ByteWriter out = new ByteWriter();
  private final RdbPayloads payloads = new RdbPayloads();
  private final ByteWriter payload = new ByteWriter();
  private int selected = -1;
  private int commands;
  private boolean passed;
  private boolean leftOut;

  /**
   * @param mark what no list holds as an element; random
   */
  EventCommands(Sink sink, byte[] mark) {
    this.sink = sink;
    this.mark = mark;
  }

  /** The next command says its database anew: a replica begins here. */
  void forgetSelected() {
    selected = -1;
  }

  /** Whether something was left out since the last call, because Redis 7.0 does not have it. */
  boolean takeLeftOut() {
    boolean was = leftOut;
    leftOut = false;
    return was;
  }

  /** Begins a frame. */
  void begin() {
    out.clear(KEPT_BYTES);
    out.put(MULTI);
    commands = 0;
    passed = false;
  }

  /** Says the events of one part of a frame. */
  void part(ByteReader in) throws InterruptedException {
    while (in.hasRemaining()) {
      event(in);
      if (out.size() > PASS_BYTES && commands > 1) {
        sink.write(out.array(), 0, out.size());
        out.clear(KEPT_BYTES);
        passed = true;
      }
    }
  }

  /** Ends the frame and passes it on. */
  void end() throws InterruptedException {
    if (passed || commands > 1) {
      out.put(EXEC);
    }
    int from = passed || commands > 1 ? 0 : MULTI.length;
    if (out.size() > from) {
      sink.write(out.array(), from, out.size() - from);
    }
  }

  private void event(ByteReader in) {
    int kind = in.getByte() & 0xff;
    int db = in.getByte() & 0xff;
    byte[] key = in.getSizedArray();
    if (kind == EventKind.CONVERTED) {
      kind = in.getByte() & 0xff; // a replica's encodings follow its own limits
    }
    if (db == Keyspace.LIBRARIES) {
      library(kind, key, in);
      return;
    }
    if (kind == EventKind.FLUSHED) {
      flushed(db, in);
      return;
    }
    if (db >= Keyspace.DATABASES) {
      throw new MalformedBytes("keyspace event of database " + db);
    }
    switch (kind / 10) {
      case 0, 1 -> generic(kind, db, key, in);
      case 2 -> hash(kind, db, key, in);
      case 3 -> list(kind, db, key, in);
      case 4 -> set(kind, db, key, in);
      case 5 -> sortedSet(kind, db, key, in);
      case 6, 7 -> stream(kind, db, key, in);
      default -> throw unknown(kind);
    }
  }

  private static MalformedBytes unknown(int kind) {
    return new MalformedBytes("keyspace event of unknown kind " + kind);
  }

  private void library(int kind, byte[] name, ByteReader in) {
    switch (kind) {
      case EventKind.STRING_SET -> {
        if ((in.getByte() & EXPIRY_FLAG) != 0) {
          in.getLong();
        }
        command("FUNCTION", 4).word("LOAD").word("REPLACE").bulk(in.getSizedArray());
      }
      case EventKind.DELETED -> command("FUNCTION", 3).word("DELETE").bulk(name);
      case EventKind.FLUSHED -> {
        in.skip(in.remaining());
        command("FUNCTION", 2).word("FLUSH");
      }
      default -> throw unknown(kind);
    }
  }

  private void flushed(int db, ByteReader in) {
    List<byte[]> kept = new ArrayList<>();
    for (int left = in.getCount(); left > 0; left--) {
      kept.add(in.getSizedArray());
    }
    if (kept.isEmpty() && db == ALL_DATABASES) {
      command("FLUSHALL", 1);
      return;
    }
    int from = db == ALL_DATABASES ? 0 : db;
    int to = db == ALL_DATABASES ? Keyspace.DATABASES : db + 1;
    for (int d = from; d < to; d++) {
      if (d == 0 && !kept.isEmpty()) {
        select(0);
        command("EVAL", 3 + kept.size()).bulk(FLUSH_BUT).number(0);
        kept.forEach(this::bulk);
      } else {
        select(d);
        command("FLUSHDB", 1);
      }
    }
  }

  private void generic(int kind, int db, byte[] key, ByteReader in) {
    if (kind == EventKind.DATABASES_SWAPPED) {
      command("SWAPDB", 3).number(db).number(in.getByte());
      return;
    }
    select(db);
    switch (kind) {
      case EventKind.STRING_SET -> {
        boolean expires = (in.getByte() & EXPIRY_FLAG) != 0;
        long expiresAtMs = expires ? in.getLong() : 0;
        command("SET", expires ? 5 : 3).bulk(key).sized(in);
        if (expires) {
          word("PXAT").number(expiresAtMs);
        }
      }
      case EventKind.DELETED -> command("DEL", 2).bulk(key);
      case EventKind.EXPIRY_SET -> {
        long expiresAtMs = in.getLong();
        if (expiresAtMs == 0) {
          command("PERSIST", 2).bulk(key);
        } else {
          command("PEXPIREAT", 3).bulk(key).number(expiresAtMs);
        }
      }
      case EventKind.RENAMED -> command("RENAME", 3).bulk(key).sized(in);
      case EventKind.COPIED -> {
        int to = in.getByte();
        command("COPY", 6).bulk(key).sized(in).word("DB").number(to).word("REPLACE");
      }
      case EventKind.STRING_APPENDED -> command("APPEND", 3).bulk(key).sized(in);
      case EventKind.STRING_OVERWRITTEN -> {
        long place = in.getVarint();
        byte[] bytes = in.getSizedArray();
        if (bytes.length > 0) { // without a byte only the encoding changes
          command("SETRANGE", 4).bulk(key).number(place).bulk(bytes);
        }
      }
      case EventKind.STRING_SPLICED -> {
        long place = in.getVarint();
        long removed = in.getVarint();
        script(SPLICE, key, 3).number(place).number(removed).sized(in);
      }
      default -> throw unknown(kind);
    }
  }

  private void hash(int kind, int db, byte[] key, ByteReader in) {
    select(db);
    switch (kind) {
      case EventKind.HASH_REPLACED -> {
        command("DEL", 2).bulk(key);
        items("HSET", key, in, 2);
      }
      case EventKind.HASH_SET, EventKind.HASH_CHANGED -> items("HSET", key, in, 2);
      case EventKind.HASH_DELETED -> items("HDEL", key, in, 1);
      case EventKind.HASH_FIELDS_EXPIRY -> {
        for (int left = in.getCount(); left > 0; left--) {
          in.getLong();
          in.skip(in.getLength());
        }
        leftOut = true;
      }
      default -> throw unknown(kind);
    }
  }

  private void list(int kind, int db, byte[] key, ByteReader in) {
    select(db);
    switch (kind) {
      case EventKind.LIST_REPLACED -> {
        command("DEL", 2).bulk(key);
        items("RPUSH", key, in, 1);
      }
      case EventKind.LIST_PUSHED_LEFT -> items("LPUSH", key, in, 1);
      case EventKind.LIST_PUSHED_RIGHT -> items("RPUSH", key, in, 1);
      case EventKind.LIST_POPPED -> {
        String pop = in.getByte() == 0 ? "LPOP" : "RPOP";
        command(pop, 3).bulk(key).number(in.getVarint());
      }
      case EventKind.LIST_ROTATED -> {
        String from = end(in);
        command("LMOVE", 5).bulk(key).bulk(key).word(from).word(end(in));
      }
      case EventKind.LIST_SET -> command("LSET", 4).bulk(key).number(in.getVarint()).sized(in);
      case EventKind.LIST_INSERTED -> {
        long index = in.getVarint();
        script(INSERT, key, 3).number(index).sized(in).bulk(mark);
      }
      case EventKind.LIST_REMOVED -> command("LREM", 4).bulk(key).number(in.getSigned()).sized(in);
      case EventKind.LIST_TRIMMED -> {
        long first = in.getVarint();
        long count = in.getVarint();
        if (count == 0) {
          command("DEL", 2).bulk(key);
        } else {
          command("LTRIM", 4).bulk(key).number(first).number(first + count - 1);
        }
      }
      default -> throw unknown(kind);
    }
  }

  private static String end(ByteReader in) {
    return in.getByte() == 0 ? "LEFT" : "RIGHT";
  }

  private void set(int kind, int db, byte[] key, ByteReader in) {
    select(db);
    switch (kind) {
      case EventKind.SET_REPLACED -> {
        command("DEL", 2).bulk(key);
        items("SADD", key, in, 1);
      }
      case EventKind.SET_ADDED -> items("SADD", key, in, 1);
      case EventKind.SET_REMOVED -> items("SREM", key, in, 1);
      default -> throw unknown(kind);
    }
  }

  private void sortedSet(int kind, int db, byte[] key, ByteReader in) {
    select(db);
    switch (kind) {
      case EventKind.ZSET_REPLACED -> {
        command("DEL", 2).bulk(key);
        scored(key, in);
      }
      case EventKind.ZSET_PUT -> scored(key, in);
      case EventKind.ZSET_REMOVED -> items("ZREM", key, in, 1);
      case EventKind.ZSET_RANGE_REMOVED -> {
        long first = in.getVarint();
        command("ZREMRANGEBYRANK", 4).bulk(key).number(first).number(first + in.getVarint() - 1);
      }
      default -> throw unknown(kind);
    }
  }

  private void stream(int kind, int db, byte[] key, ByteReader in) {
    select(db);
    switch (kind) {
      case EventKind.STREAM_REPLACED -> {
        payload.clear(KEPT_BYTES);
        payloads.stream(StreamValue.read(in), payload);
        command("RESTORE", 5).bulk(key).number(0).bulk(payload.array(), 0, payload.size());
        word("REPLACE");
      }
      case EventKind.STREAM_ADDED -> {
        byte[] id = id(in);
        int fields = in.getCount();
        command("XADD", 3 + 2 * fields).bulk(key).bulk(id);
        for (int left = 2 * fields; left > 0; left--) {
          sized(in);
        }
      }
      case EventKind.STREAM_DELETED -> {
        int count = in.getCount();
        command("XDEL", 2 + count).bulk(key).ids(in, count);
      }
      case EventKind.STREAM_TRIMMED -> script(TRIM, key, 1).number(in.getVarint());
      case EventKind.STREAM_IDS_SET -> {
        byte[] last = id(in);
        long added = in.getVarint();
        command("XSETID", 7).bulk(key).bulk(last).word("ENTRIESADDED").number(added);
        word("MAXDELETEDID").bulk(id(in));
      }
      default -> group(kind, key, in.getSizedArray(), in);
    }
  }

  private void group(int kind, byte[] key, byte[] group, ByteReader in) {
    switch (kind) {
      case EventKind.STREAM_GROUP_PUT -> {
        byte[] last = id(in);
        script(PUT_GROUP, key, 3).bulk(group).bulk(last).number(in.getSigned());
      }
      case EventKind.STREAM_GROUP_DESTROYED ->
          command("XGROUP", 4).word("DESTROY").bulk(key).bulk(group);
      case EventKind.STREAM_CONSUMER_CREATED -> {
        command("XGROUP", 5).word("CREATECONSUMER").bulk(key).bulk(group).sized(in);
        in.getSigned();
      }
      case EventKind.STREAM_CONSUMER_DELETED ->
          command("XGROUP", 5).word("DELCONSUMER").bulk(key).bulk(group).sized(in);
      case EventKind.STREAM_DELIVERED -> {
        byte[] consumer = in.getSizedArray();
        long count = in.getVarint();
        long ms = in.getSigned();
        if (in.getByte() == 0) {
          script(DELIVER, key, 4).bulk(group).bulk(consumer).number(count).number(ms);
        } else {
          command("XREADGROUP", 10).word("GROUP").bulk(group).bulk(consumer).word("COUNT");
          number(count).word("NOACK").word("STREAMS").bulk(key).word(">");
        }
      }
      case EventKind.STREAM_ACKNOWLEDGED -> {
        int count = in.getCount();
        command("XACK", 3 + count).bulk(key).bulk(group).ids(in, count);
      }
      case EventKind.STREAM_CLAIMED -> {
        byte[] consumer = in.getSizedArray();
        in.getSigned();
        for (int left = in.getCount(); left > 0; left--) {
          byte[] id = id(in);
          long deliveredMs = in.getSigned();
          command("XCLAIM", 12).bulk(key).bulk(group).bulk(consumer).number(0).bulk(id);
          word("TIME").number(deliveredMs).word("RETRYCOUNT").number(in.getVarint());
          word("FORCE").word("JUSTID");
        }
      }
      default -> throw unknown(kind);
    }
  }

  private static byte[] id(ByteReader in) {
    String ms = Long.toUnsignedString(in.getVarint());
    return (ms + "-" + Long.toUnsignedString(in.getVarint())).getBytes(US_ASCII);
  }

  private void ids(ByteReader in, int count) {
    for (int left = count; left > 0; left--) {
      bulk(id(in));
    }
  }

  /** {@code | count | (item sized) * width ... |} as one or more commands. */
  private void items(String name, byte[] key, ByteReader in, int width) {
    for (int left = in.getCount(); left > 0; left -= ITEMS_MAX) {
      int some = Math.min(left, ITEMS_MAX);
      command(name, 2 + width * some).bulk(key);
      for (int i = width * some; i > 0; i--) {
        sized(in);
      }
    }
  }

  private void scored(byte[] key, ByteReader in) {
    for (int left = in.getCount(); left > 0; left -= ITEMS_MAX) {
      int some = Math.min(left, ITEMS_MAX);
      command("ZADD", 2 + 2 * some).bulk(key);
      for (int i = some; i > 0; i--) {
        bulk(score(in.getDouble()));
        sized(in);
      }
    }
  }

  private static byte[] score(double score) {
    String text = Double.toString(score);
    if (Double.isInfinite(score)) {
      text = score > 0 ? "inf" : "-inf";
    }
    return text.getBytes(US_ASCII);
  }

  // Writing.

  private void select(int db) {
    if (db != selected) {
      selected = db;
      command("SELECT", 2).number(db);
    }
  }

  private EventCommands script(byte[] script, byte[] key, int arguments) {
    return command("EVAL", 4 + arguments).bulk(script).number(1).bulk(key);
  }

  private EventCommands command(String name, int words) {
    commands++;
    out.putByte('*').putAscii(Integer.toString(words)).putByte('\r').putByte('\n');
    return word(name);
  }

  private EventCommands word(String text) {
    return bulk(text.getBytes(US_ASCII));
  }

  private EventCommands number(long value) {
    return word(Long.toString(value));
  }

  private EventCommands sized(ByteReader in) {
    int length = in.getLength();
    bulk(in.array(), in.index(), length);
    in.skip(length);
    return this;
  }

  private EventCommands bulk(byte[] bytes) {
    return bulk(bytes, 0, bytes.length);
  }

  private EventCommands bulk(byte[] array, int from, int length) {
    out.putByte('$').putAscii(Integer.toString(length)).putByte('\r').putByte('\n');
    out.put(array, from, length).putByte('\r').putByte('\n');
    return this;
  }
}
