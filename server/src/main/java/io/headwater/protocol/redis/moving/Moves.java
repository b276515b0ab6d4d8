package io.headwater.protocol.redis.moving;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.HeapBudget;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.Loop;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.rdb.Dumper;
import io.headwater.protocol.redis.rdb.Payload;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The MIGRATEs of one server. A move has rounds: the loop makes payloads of the keys and watches
 * them, a thread sends them, and the loop deletes those that arrived. A key that somebody changed
 * meanwhile goes again, in the next round, so that nothing written is lost; when it changed in
 * every round it stays, and the client hears of it.
 */
final class Moves {
  private static final int ROUNDS_MAX = 10;

  private static final int FIRST_BYTES = 256;

  /** What deleting a key records beside it, at most. */
  private static final int EVENT_BYTES = 64;

  /** Of all moves together, if what is held for clients leaves so much. */
  private static final long PAYLOAD_BYTES_MAX = 512L << 20;

  private final Dumper dumper = new Dumper();
  private long payloadBytes;

  /** One key on its way; the loop's, but for what the thread reads. */
  private static final class Moved implements Keyspace.Watcher {
    final byte[] key;

    /** Null if it is gone here and must go there too. */
    byte @Nullable [] payload;

    long expiresAtMs;
    boolean touched;
    boolean arrived;

    Moved(byte[] key) {
      this.key = key;
    }

    @Override
    public void touched() {
      touched = true;
    }
  }

  private record Move(
      RedisServer server,
      RedisSession session,
      Loop loop,
      MigrateCommand.Wanted wanted,
      int db,
      List<String> errors) {}

  void begin(Call call, MigrateCommand.Wanted wanted) {
    RedisSession session = call.session();
    Move move =
        new Move(
            call.server(),
            session,
            session.connection().loop(),
            wanted,
            call.db(),
            new ArrayList<>());
    List<Moved> keys = new ArrayList<>();
    try {
      for (int i : wanted.keys()) {
        Moved moved = new Moved(call.bytes(i).array());
        if (take(move, moved)) {
          keys.add(moved);
        }
      }
    } catch (RuntimeException | Error e) {
      forget(move, keys);
      throw e;
    }
    if (keys.isEmpty()) {
      call.reply().simple("NOKEY");
      return;
    }
    session.suspend(null);
    send(move, keys, 1);
  }

  private static Key key(Move move, Moved moved) {
    return new Key().at(move.db, moved.key, 0, moved.key.length);
  }

  /** Makes a key's payload and watches it; false if there is none. */
  private boolean take(Move move, Moved moved) {
    Keyspace keyspace = move.server.keyspace();
    Key key = key(move, moved);
    moved.touched = false;
    moved.arrived = false;
    moved.payload = null;
    long entry = keyspace.find(key);
    if (entry == 0) {
      return false;
    }
    moved.payload = payload(move, entry);
    moved.expiresAtMs = Entry.expiresAtMs(entry);
    payloadBytes += moved.payload.length;
    keyspace.watch(key, moved);
    return true;
  }

  private byte[] payload(Move move, long entry) {
    HeapBudget.Share held = move.server.limits().held();
    ByteWriter out = new ByteWriter(FIRST_BYTES, held);
    try {
      dumper.dump(move.server.keyspace(), entry, move.server.settings(), out);
      long bytes = payloadBytes + out.size();
      if (bytes > PAYLOAD_BYTES_MAX || !held.take(HeapBudget.arrayBytes(out.size()))) {
        throw tooMuch(bytes);
      }
      return out.toByteArray();
    } catch (BufferFull e) {
      throw tooMuch(payloadBytes + out.size());
    } finally {
      out.release();
    }
  }

  private static FailureException tooMuch(long bytes) {
    return new FailureException(
        new Failure.TooLarge("what is being migrated", bytes, PAYLOAD_BYTES_MAX));
  }

  private void forget(Move move, List<Moved> keys) {
    for (Moved moved : keys) {
      move.server.keyspace().unwatch(moved);
      byte[] payload = moved.payload;
      if (payload != null) {
        payloadBytes -= payload.length;
        move.server.limits().held().add(-HeapBudget.arrayBytes(payload.length));
        moved.payload = null;
      }
    }
  }

  private void send(Move move, List<Moved> keys, int round) {
    boolean replace = move.wanted.replace() || round > 1;
    Thread.ofVirtual()
        .name("migrate")
        .start(() -> {
          String error = sent(move, keys, replace);
          move.loop.execute(() -> settle(move, keys, round, error));
        });
  }

  /** Away from the loop. Returns an error's line, or null. */
  private static @Nullable String sent(Move move, List<Moved> keys, boolean replace) {
    RedisClient client;
    try {
      RedisImport.Address target = move.wanted.target();
      client = RedisClient.connect(target.host(), target.port(), move.wanted.timeoutMs());
    } catch (IOException e) {
      // Redis notices a refused connection only when it writes to it.
      return e.getCause() instanceof ConnectException
          ? "IOERR error or timeout writing to target instance"
          : "IOERR error or timeout connecting to the client";
    }
    boolean reading = false;
    try (client) {
      int heads = write(move, client, keys, replace);
      client.flush();
      reading = true;
      return read(client, heads, keys);
    } catch (SocketTimeoutException e) {
      return "IOERR error or timeout reading to target instance";
    } catch (IOException e) {
      return "IOERR error or timeout " + (reading ? "reading" : "writing") + " to target instance";
    }
  }

  /** Returns how many commands stand before those of the keys. */
  private static int write(Move move, RedisClient client, List<Moved> keys, boolean replace)
      throws IOException {
    int heads = 1;
    String password = move.wanted.target().password();
    String user = move.wanted.target().user();
    if (password != null) {
      heads++;
      byte[] secret = password.getBytes(StandardCharsets.ISO_8859_1);
      if (user == null) {
        client.send(RedisClient.word("AUTH"), secret);
      } else {
        client.send(RedisClient.word("AUTH"), user.getBytes(StandardCharsets.ISO_8859_1), secret);
      }
    }
    client.send(RedisClient.word("SELECT"), RedisClient.word(Integer.toString(move.wanted.db())));
    List<byte[]> options = new ArrayList<>();
    if (replace) {
      options.add(RedisClient.word("REPLACE"));
    }
    for (Moved moved : keys) {
      byte[] payload = moved.payload;
      if (payload == null) {
        client.send(RedisClient.word("DEL"), moved.key);
        continue;
      }
      long ttl =
          moved.expiresAtMs == 0
              ? 0
              : Math.max(1, moved.expiresAtMs - move.server.clock().wallMs());
      client.sendRestore(
          RedisClient.word("RESTORE"),
          moved.key,
          RedisClient.word(Long.toString(ttl)),
          Objects.requireNonNull(Payload.of(payload)),
          options);
    }
    return heads;
  }

  private static @Nullable String read(RedisClient client, int heads, List<Moved> keys)
      throws IOException {
    String error = null;
    for (int i = 0; i < heads; i++) {
      if (client.shortAnswer() instanceof Answer.Failed(String line) && error == null) {
        error = line;
      }
    }
    boolean refused = error != null;
    for (Moved moved : keys) {
      if (client.shortAnswer() instanceof Answer.Failed(String line)) {
        error = error == null ? line : error;
      } else {
        moved.arrived = !refused;
      }
    }
    return error == null ? null : "ERR Target instance replied with error: " + error;
  }

  /** On the loop again: deletes what arrived, and sends again what changed meanwhile. */
  private void settle(Move move, List<Moved> keys, int round, @Nullable String error) {
    Keyspace keyspace = move.server.keyspace();
    if (error != null) {
      move.errors.add(error);
    }
    forget(move, keys);
    List<Moved> again = new ArrayList<>();
    long bytes = 0;
    for (Moved moved : keys) {
      Key key = key(move, moved);
      bytes += key.length() + EVENT_BYTES;
      bytes += keyspace.followedBytes(key.db(), key.array(), key.from(), key.length());
    }
    Failure refusal = keyspace.refusal(bytes);
    for (Moved moved : keys) {
      if (!moved.arrived || move.wanted.copy()) {
        continue;
      }
      if (refusal != null) {
        move.errors.add(RedisServer.line(refusal));
      } else if (moved.touched) {
        again.add(moved);
      } else {
        delete(move, key(move, moved));
      }
    }
    keyspace.commandDone();
    if (!again.isEmpty() && round < ROUNDS_MAX && move.errors.isEmpty()) {
      again(move, again, round);
      return;
    }
    if (!again.isEmpty()) {
      move.errors.add("ERR keys changed again and again while they were moved: they stay here too");
    }
    answer(move);
  }

  private void again(Move move, List<Moved> keys, int round) {
    try {
      keys.forEach(moved -> take(move, moved));
      send(move, keys, round + 1);
    } catch (FailureException e) {
      forget(move, keys);
      move.errors.add(RedisServer.line(e.failure()));
      answer(move);
    }
  }

  private static void delete(Move move, Key key) {
    if (move.server.keyspace().generic().delete(key)) {
      Notifications notifications = move.server.notifications();
      if (notifications.wants(Notifications.GENERIC)) {
        notifications.send(Notifications.GENERIC, "del", key);
      }
    }
  }

  private static void answer(Move move) {
    RedisSession session = move.session;
    if (session.connection().isClosed()) {
      return;
    }
    session.tell(reply -> {
      if (move.errors.isEmpty()) {
        reply.ok();
      } else {
        reply.error(move.errors.getFirst());
      }
    });
    session.resume();
  }
}
