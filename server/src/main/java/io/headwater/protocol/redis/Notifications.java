package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.KeyObserver;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keyspace notifications: what happened to which key, published to {@code __keyspace@0__:key} and
 * {@code __keyevent@0__:event}, as {@code notify-keyspace-events} asks for.
 *
 * <p>A handler calls {@link Call#notify} after the change, once for each event that Redis has, in
 * Redis's order. Off, that costs the test of one field. A message is written to its listeners at
 * once and so leaves no earlier than the change is durable, as any other output of the turn.
 */
public final class Notifications implements KeyObserver {
  public static final int GENERIC = 1 << 2;
  public static final int STRING = 1 << 3;
  public static final int LIST = 1 << 4;
  public static final int SET = 1 << 5;
  public static final int HASH = 1 << 6;
  public static final int ZSET = 1 << 7;
  public static final int EXPIRED = 1 << 8;
  public static final int EVICTED = 1 << 9;
  public static final int STREAM = 1 << 10;
  public static final int KEY_MISS = 1 << 11;
  public static final int MODULE = 1 << 13;
  public static final int NEW = 1 << 14;

  private static final int KEYSPACE = 1;
  private static final int KEYEVENT = 1 << 1;
  private static final int ALL =
      GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

  /** In the order in which CONFIG GET shows them. */
  private static final Map<Character, Integer> LETTERS = new LinkedHashMap<>();

  static {
    LETTERS.put('g', GENERIC);
    LETTERS.put('$', STRING);
    LETTERS.put('l', LIST);
    LETTERS.put('s', SET);
    LETTERS.put('h', HASH);
    LETTERS.put('z', ZSET);
    LETTERS.put('x', EXPIRED);
    LETTERS.put('e', EVICTED);
    LETTERS.put('t', STREAM);
    LETTERS.put('d', MODULE);
    LETTERS.put('n', NEW);
    LETTERS.put('K', KEYSPACE);
    LETTERS.put('E', KEYEVENT);
    LETTERS.put('m', KEY_MISS);
  }

  private record Created(int db, Bytes key) {}

  private final RedisServer server;
  private final Map<String, Bytes> names = new HashMap<>();
  private final Map<Created, Boolean> created = new LinkedHashMap<>();
  private final Key key = new Key();

  /** The types that are sent; 0 if neither K nor E is there to send them to. */
  private int wanted;

  private int chosen;

  Notifications(RedisServer server) {
    this.server = server;
  }

  /** The value of a setting's text, or -1 if a letter means nothing. */
  public static int parse(String letters) {
    int flags = 0;
    for (int i = 0; i < letters.length(); i++) {
      char c = letters.charAt(i);
      Integer flag = c == 'A' ? Integer.valueOf(ALL) : LETTERS.get(c);
      if (flag == null) {
        return -1;
      }
      flags |= flag;
    }
    return flags;
  }

  /** As CONFIG GET shows a value; Redis 7.0 forgets {@code n} beside {@code A}, later ones not. */
  public static String text(int flags) {
    StringBuilder text = new StringBuilder();
    boolean all = (flags & ALL) == ALL;
    if (all) {
      text.append('A');
    }
    LETTERS.forEach((letter, flag) -> {
      boolean shown = all && ((ALL | NEW) & flag) != 0;
      if ((flags & flag) != 0 && !shown) {
        text.append((char) letter);
      }
    });
    if (all && (flags & NEW) != 0) {
      text.append('n');
    }
    return text.toString();
  }

  /**
   * Chooses what is sent.
   *
   * @param flags from {@link #parse}
   */
  public void choose(int flags) {
    chosen = flags;
    wanted = (flags & (KEYSPACE | KEYEVENT)) == 0 ? 0 : flags & ~(KEYSPACE | KEYEVENT);
    server
        .keyspace()
        .observe((wanted & (NEW | HASH | GENERIC | EXPIRED | EVICTED)) == 0 ? null : this);
  }

  /** Whether nothing is sent. */
  boolean areOff() {
    return wanted == 0 && created.isEmpty();
  }

  /** Whether events of this type are sent. */
  public boolean wants(int type) {
    return (wanted & type) != 0;
  }

  /** Sends an event of a type that is {@linkplain #wants wanted}. */
  public void send(int type, String event, Key about) {
    flush();
    if ((wanted & type) != 0) {
      publish(event, about.db(), about.toBytes());
    }
  }

  /** Before a command: those of its keys that are past their time go, and that is told first. */
  void expireKeys(Call call, Command command) {
    if ((wanted & EXPIRED) != 0 && command.hasKeys()) {
      for (int i : command.keys(call)) {
        server.keyspace().departures().expire(call.keyAt(i, key));
      }
    }
  }

  /** After a command: tells what no other event has flushed out. */
  void flush() {
    if (!created.isEmpty()) {
      Created[] all = created.keySet().toArray(new Created[0]);
      created.clear();
      for (Created one : all) {
        publish("new", one.db, one.key);
      }
    }
  }

  /** Waits for the next event or the command's end, when it is recorded. */
  @Override
  public void created(Key about) {
    if ((wanted & NEW) != 0) {
      created.put(new Created(about.db(), about.toBytes()), true);
    }
  }

  @Override
  public void expired(Key about) {
    send(EXPIRED, "expired", about);
  }

  @Override
  public void fieldsExpired(Key about, boolean gone) {
    send(HASH, "hexpired", about);
    if (gone) {
      send(GENERIC, "del", about);
    }
  }

  @Override
  public void evicted(Key about) {
    send(EVICTED, "evicted", about);
  }

  private void publish(String event, int db, Bytes about) {
    Bytes name = names.computeIfAbsent(event, Bytes::utf8);
    if ((chosen & KEYSPACE) != 0) {
      server.pubSub().publish(channel("__keyspace@", db, about), name);
    }
    if ((chosen & KEYEVENT) != 0) {
      server.pubSub().publish(channel("__keyevent@", db, name), about);
    }
  }

  private static Bytes channel(String prefix, int db, Bytes rest) {
    byte[] head = (prefix + db + "__:").getBytes(StandardCharsets.US_ASCII);
    byte[] whole = java.util.Arrays.copyOf(head, head.length + rest.length());
    System.arraycopy(rest.array(), 0, whole, head.length, rest.length());
    return Bytes.wrap(whole);
  }
}
