package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.HeapBudget;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.view.keyspace.ChangeListener;
import io.headwater.view.keyspace.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Client-side caching: remembers which client may have cached which key, and tells it when that key
 * changes; or tells every change under a prefix to those who want that.
 *
 * <p>A change is noted when it happens and told when the command that made it is over, so that its
 * own client hears of it behind its reply; broadcasts are told once a turn, all keys of a prefix
 * together. What is told is output like any other: it leaves when the change is durable, so whoever
 * gets it can read what it announces.
 *
 * <p>The table of who caches what is bounded by {@code tracking-table-max-keys} and by a share of
 * the heap; what falls out, oldest first, is invalidated for its clients. A client that is gone
 * stays in the table until its keys change, as in Redis.
 */
public final class Tracking implements ChangeListener {
  private static final Bytes CHANNEL = Bytes.utf8("__redis__:invalidate");

  /** Of the heap, for the table. */
  private static final int TABLE_PERCENT = 5;

  /** A key's place in the table, without its name and its clients. */
  private static final int KEY_BYTES = 160;

  /** A prefix's places in maps, without its bytes. */
  private static final int PREFIX_BYTES = 300;

  /** A prefix of broadcasts: who hears of it, and what changed under it in this turn. */
  private static final class Broadcast {
    final Set<RedisSession> clients = new LinkedHashSet<>();

    /** With the client that changed it last, null if none did. */
    final TreeMap<Bytes, @Nullable RedisSession> changed = new TreeMap<>();
  }

  /** Of one key, or, with null, of all. */
  private record Pending(@Nullable Bytes key, long[] clients, @Nullable RedisSession changer) {}

  private static final Pending FLUSHED = new Pending(null, new long[0], null);

  private final RedisServer server;
  private final LinkedHashMap<Bytes, long[]> table = new LinkedHashMap<>();
  private final TreeMap<Bytes, Broadcast> broadcasts = new TreeMap<>();

  private final List<Pending> pending = new ArrayList<>();
  private int clients;
  private long keysMax;
  private long items;
  private final HeapBudget.Share held;

  Tracking(RedisServer server) {
    this.server = server;
    this.held = server.keyspace().heap().share(TABLE_PERCENT);
    server
        .settings()
        .followNumber(
            "tracking-table-max-keys",
            most -> {
              keysMax = most == 0 ? Long.MAX_VALUE : most;
              limit();
            });
  }

  /** Turns tracking on, or changes how; the prefixes come on top of those that it has. */
  public void turnOn(RedisSession session, TrackingMode mode, List<Bytes> prefixes) {
    if (session.tracking() == null) {
      session.setTracking(mode);
      clients++;
      listen();
    }
    if (mode.broadcast) {
      for (Bytes prefix : prefixes.isEmpty() ? List.of(Bytes.EMPTY) : prefixes) {
        if (!mode.prefixes.contains(prefix)) {
          if (!server.limits().held().take(PREFIX_BYTES + prefix.length())) {
            throw new CommandError("OOM the prefixes of all clients take too much memory");
          }
          mode.prefixes.add(prefix);
          broadcasts.computeIfAbsent(prefix, _ -> new Broadcast()).clients.add(session);
        }
      }
    }
  }

  public void turnOff(RedisSession session) {
    TrackingMode mode = session.tracking();
    if (mode == null) {
      return;
    }
    session.setTracking(null);
    clients--;
    for (Bytes prefix : mode.prefixes) {
      server.limits().held().add(-PREFIX_BYTES - prefix.length());
      Broadcast broadcast = broadcasts.get(prefix);
      if (broadcast != null && broadcast.clients.remove(session) && broadcast.clients.isEmpty()) {
        broadcasts.remove(prefix);
      }
    }
    if (clients == 0) {
      forgetAll();
      pending.clear();
    }
    listen();
  }

  private void listen() {
    server.keyspace().listen(clients == 0 ? null : this);
  }

  /** Clients that track. */
  public int clients() {
    return clients;
  }

  /** Keys of the table. */
  public int keys() {
    return table.size();
  }

  /** Pairs of a key and a client that caches it. */
  public long items() {
    return items;
  }

  public int prefixes() {
    return broadcasts.size();
  }

  /** A command of a tracking client has read its keys. */
  void remember(RedisSession session, TrackingMode mode, Call call, Command command) {
    if (!mode.caches() || command.has(Flags.PUBSUB) || !command.hasKeys()) {
      return;
    }
    for (int i : command.keys(call)) {
      remember(call.bytes(i), session.id());
    }
    limit();
  }

  /** A script of this client has read something: what it declared as its keys counts as read. */
  public void scriptRead(Call script) {
    TrackingMode mode = script.session().tracking();
    if (mode != null) {
      remember(script.session(), mode, script, script.command());
    }
  }

  private void remember(Bytes key, long client) {
    long[] known = table.get(key);
    if (known == null) {
      table.put(key, new long[] {client});
      held.add(KEY_BYTES + key.length());
      items++;
    } else if (Arrays.stream(known).noneMatch(id -> id == client)) {
      long[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = client;
      table.put(key, more);
      held.add(Long.BYTES);
      items++;
    }
  }

  private void limit() {
    while (table.size() > keysMax || held.bytes() > held.bytesMax()) {
      Iterator<Map.Entry<Bytes, long[]>> oldest = table.entrySet().iterator();
      Map.Entry<Bytes, long[]> entry = oldest.next();
      pending.add(new Pending(entry.getKey(), entry.getValue(), null));
      forget(entry.getKey(), entry.getValue());
      oldest.remove();
    }
  }

  private void forget(Bytes key, long[] known) {
    held.add(-KEY_BYTES - key.length() - (known.length - 1L) * Long.BYTES);
    items -= known.length;
  }

  @Override
  public void changed(Key changed) {
    RedisSession changer = server.dispatch().executing();
    if (!table.isEmpty()) {
      Bytes key = changed.toBytes();
      long[] known = table.remove(key);
      if (known != null) {
        forget(key, known);
        pending.add(new Pending(key, known, changer));
      }
    }
    if (!broadcasts.isEmpty()) {
      broadcast(changed.toBytes(), changer);
    }
  }

  /**
   * Notes a key at each prefix of it. What stands before the key in order and is no prefix of it
   * tells how far prefixes may reach, so few are looked at.
   */
  private void broadcast(Bytes key, @Nullable RedisSession changer) {
    Map.Entry<Bytes, Broadcast> nearest = broadcasts.floorEntry(key);
    while (nearest != null) {
      Bytes prefix = nearest.getKey();
      int common = Arrays.mismatch(prefix.array(), key.array());
      boolean isPrefix = common < 0 || common == prefix.length();
      if (isPrefix) {
        nearest.getValue().changed.put(key, changer);
        common = prefix.length() - 1;
      }
      nearest = common < 0 ? null : broadcasts.floorEntry(Bytes.copyOf(key.array(), 0, common));
    }
  }

  @Override
  public void allChanged() {
    if (pending.isEmpty() || pending.getLast().key != null) { // it comes once for each database
      pending.add(FLUSHED);
    }
    forgetAll();
  }

  private void forgetAll() {
    table.clear();
    held.add(-held.bytes());
    items = 0;
  }

  /** A client's command is over: what CLIENT CACHING said was for it, or for the transaction. */
  static void commandDone(RedisSession session, @Nullable Command command) {
    TrackingMode mode = session.tracking();
    if (mode != null
        && mode.isCachingGiven()
        && !session.transaction().isOpen()
        && (command == null || !command.name().startsWith("client|"))) {
      mode.giveCaching(false);
    }
  }

  /** After a command: tells those who cached what it changed. */
  void tell() {
    if (!pending.isEmpty()) {
      Pending[] all = pending.toArray(new Pending[0]);
      pending.clear();
      for (Pending one : all) {
        tell(one);
      }
    }
  }

  private void tellFlushed() {
    for (RedisSession session : List.copyOf(server.sessions())) {
      if (session.tracking() != null) {
        tell(session, null);
      }
    }
  }

  private void tell(Pending one) {
    Bytes key = one.key;
    if (key == null) {
      tellFlushed();
      return;
    }
    for (long id : one.clients) {
      RedisSession session = server.session(id);
      TrackingMode mode = session == null ? null : session.tracking();
      if (session != null
          && mode != null
          && !mode.broadcast
          && !(mode.noLoop() && session == one.changer)) {
        tell(session, List.of(key));
      }
    }
  }

  /** At the end of a turn, before its changes are appended: what nobody told so far. */
  @Override
  public void settle() {
    tell();
    for (Broadcast broadcast : broadcasts.values().toArray(new Broadcast[0])) {
      if (!broadcast.changed.isEmpty()) {
        tell(broadcast);
        broadcast.changed.clear();
      }
    }
  }

  private void tell(Broadcast broadcast) {
    List<Bytes> all = List.copyOf(broadcast.changed.keySet());
    for (RedisSession session : broadcast.clients.toArray(new RedisSession[0])) {
      TrackingMode mode = session.tracking();
      if (mode != null && mode.noLoop()) {
        List<Bytes> others = new ArrayList<>();
        broadcast.changed.forEach((key, changer) -> {
          if (changer != session) {
            others.add(key);
          }
        });
        if (!others.isEmpty()) {
          tell(session, others);
        }
      } else {
        tell(session, all);
      }
    }
  }

  /** Sends one message; null for all keys. */
  private void tell(RedisSession tracking, @Nullable List<Bytes> keys) {
    TrackingMode mode = tracking.tracking();
    if (mode == null) {
      return;
    }
    RedisSession target = mode.redirect() == 0 ? tracking : server.session(mode.redirect());
    if (target == null) {
      mode.breakRedirect();
      if (tracking.reply().protocol() > 2) {
        tracking.tell(push -> {
          push.push(2);
          push.bulk("tracking-redir-broken");
          push.integer(mode.redirect());
        });
      }
      return;
    }
    boolean withPushes = target.reply().protocol() > 2;
    if (!withPushes && (target == tracking || !target.isSubscribed())) {
      return; // RESP2 has no way to say it outside of pub/sub
    }
    target.tell(push -> {
      if (withPushes) {
        push.push(2);
        push.bulk("invalidate");
      } else {
        push.array(3);
        push.bulk("message");
        push.bulk(CHANNEL);
      }
      if (keys == null) {
        push.nil();
      } else {
        push.array(keys.size());
        keys.forEach(push::bulk);
      }
    });
  }
}
