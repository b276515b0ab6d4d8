package io.headwater;

import io.headwater.host.Clock;
import io.headwater.host.Listeners;
import io.headwater.host.NetworkLoop;
import io.headwater.host.RealDisk;
import io.headwater.log.Journal;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.replication.Replicas;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.view.Inbox;
import io.headwater.view.keyspace.Keyspace;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Java compile what Redis commands run through, before the first client comes: interpreted
 * code would cost it up to 100 ms. A whole small server (loop, sockets, journal, keyspace) works in
 * a folder of its own for a while and is thrown away; it is the very code and the very classes that
 * clients will use, so that what the compiler learns about them stays true.
 *
 * <p>Nothing here can keep a server from starting: it logs and gives up.
 */
final class WarmUp {
  private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);
  private static final int PIPELINE = 16;
  private static final int KEYS = 1000;
  private static final int JOURNAL_BYTES = 4 << 20;
  private static final int REPLIES_BYTES_MAX = 256 << 10;
  private static final int TIMEOUT_MS = 5_000;

  /** A start waits no longer for what only replicas need. */
  private static final int REPLICA_MS = 500;

  /** Every this many rounds replies wait for a sync each, which takes long. */
  private static final int SYNCED_ROUNDS = 50;

  private static final String FILE_MARK = "$EOF:";
  private static final int LINE_BYTES_MAX = 1000;

  /** What is said of replicas, which are none here. */
  private static final java.util.logging.Logger NEWS =
      java.util.logging.Logger.getLogger("io.headwater.protocol.redis.replication");

  private static final byte[] END = "warm-up-ends".getBytes(StandardCharsets.US_ASCII);

  /** What is sent last, and answered with {@link #END}. */
  private static final String MARK = "ECHO warm-up-ends";

  /**
   * {@code #} is a number that changes, {@code @} a third of a list's node. The first lines are run
   * in pipelines, too.
   */
  private static final List<String> COMMANDS =
      """
      GET k:#
      SET k:# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
      INCR n:#
      GET k:#
      SET k:# yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
      HSET h:# f# v# g w
      HGET h:# f#
      LPUSH l v#
      RPOP l
      SADD s e#
      ZADD z # m#
      EXISTS k:#
      EXPIRE k:# 100
      PING
      GET missing:#
      SET k:# v EX 100
      SETNX k:# v
      GETSET k:# w
      APPEND a:# x
      STRLEN k:#
      SETEX e:# 100 v
      DECR n:#
      INCRBY n:# 7
      GETRANGE k:# 0 3
      MSET k:# 1 j:# 2
      MGET k:# j:#
      SETBIT b # 1
      BITCOUNT b
      TTL k:#
      PERSIST k:#
      TYPE k:#
      DEL k:#
      UNLINK j:#
      HMGET h:# f# g
      HGETALL h:#
      HINCRBY h:# n 1
      HDEL h:# g
      HLEN h:#
      HEXISTS h:# f#
      RPUSH l a b
      LPOP l
      LRANGE l 0 9
      LLEN l
      LTRIM l 0 99
      BLPOP l 1
      LPUSH long @ @ @
      LPOP long
      RPUSH long @ @
      RPOP long
      LTRIM long 0 50
      LINDEX long 20
      LSET long 20 @
      SREM s e1
      SISMEMBER s e#
      SMEMBERS small
      SADD small a b c
      SCARD s
      SPOP s
      ZINCRBY z 1 m#
      ZSCORE z m#
      ZRANK z m#
      ZRANGE z 0 9 WITHSCORES
      ZRANGEBYSCORE z 0 100 LIMIT 0 5
      ZCARD z
      ZREM z m1
      XADD x MAXLEN ~ 100 * f v#
      XLEN x
      XRANGE x - + COUNT 3
      PFADD p e#
      SCAN 0 COUNT 10
      RANDOMKEY
      DBSIZE
      MULTI
      SET k:# 1
      INCR n:#
      EXEC
      PUBLISH c v#
      SELECT 1
      SET k:# 1
      KEYS none*
      FLUSHDB
      SELECT 0
      ECHO v#
      CLIENT ID
      CONFIG GET maxmemory
      OBJECT ENCODING h:#
      COMMAND COUNT
      INFO server
      """
          .replace("@", "x".repeat(2500))
          .lines()
          .toList();

  private static final int PIPELINED = 15;

  /**
   * A limiter, a lock's release, JSON and loops, as most scripts are; tabs stand in the scripts.
   */
  private static final List<String> SCRIPTS =
      """
      EVAL local^n=redis.call('INCR',KEYS[1])^if^n==1^then^redis.call('PEXPIRE',KEYS[1],ARGV[1])^end^return^n 1 limit:# 60000
      SET lock:# me
      EVAL if^redis.call('get',KEYS[1])==ARGV[1]^then^return^redis.call('del',KEYS[1])^else^return^0^end 1 lock:# me
      EVAL local^t=cjson.decode(ARGV[1])^t.n=(t.n^or^0)+1^redis.call('SET',KEYS[1],cjson.encode(t))^return^t.n 1 json:# {"n":#,"list":[1,2,3],"text":"some"}
      EVAL local^r={}^for^i,v^in^ipairs(redis.call('HGETALL',KEYS[1]))^do^r[i]=v..':'..ARGV[1]^end^return^r 1 h:# x
      """
          .lines()
          .toList();

  /** Of so many rounds one is of scripts. */
  private static final int SCRIPT_ROUNDS = 12;

  /**
   * What load balancers and people type: compiled code that has only seen arrays would be dropped
   * at the first line, and compiled again beside the clients.
   */
  private static final List<String> LINES = List.of("PING", "GET k:1", "LASTSAVE", "PING x");

  private static final int LINE_ROUNDS = 4;

  /**
   * Every this many rounds all keys go, and some more that were there for that: so much is freed in
   * slices, beside requests. In between collections grow large.
   */
  private static final int FLUSH_ROUNDS = 6;

  private static final int FLUSHED_KEYS = 500;
  private static final String FLUSHED = "SET flushed:# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

  /** So many values that a checkpoint takes several slices and blocks; one comes in parts. */
  private static final int LONG_VALUES = 80;

  private static final String LONG_VALUE = "SETRANGE long:# 15000 x";
  private static final String PARTED_VALUE = "SETRANGE parted 40000 x";

  private final Clock clock = Clock.system();
  private final NetworkLoop.Sockets sockets;
  private final byte[] buffer = new byte[REPLIES_BYTES_MAX];

  private WarmUp(NetworkLoop.Sockets sockets) {
    this.sockets = sockets;
  }

  /** Works for about so many milliseconds; 0 does nothing. */
  static void run(NetworkLoop.Sockets sockets, long forMs) {
    if (forMs <= 0) {
      return;
    }
    try {
      Path folder = Files.createTempDirectory("headwater-warm-up");
      try {
        new WarmUp(sockets).run(folder, forMs);
      } finally {
        delete(folder);
      }
    } catch (IOException | UncheckedIOException e) {
      logger.warn("no warm-up: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Path folder, long forMs) throws IOException, InterruptedException {
    RealDisk disk = RealDisk.at(folder);
    Journal.Settings settings = Journal.Settings.defaults().withSegmentBytes(JOURNAL_BYTES);
    try (ExecutorService background = Executors.newSingleThreadExecutor();
        Journal journal =
            Journal.open(disk, clock, settings, (_, _, _) -> {}, e -> logger.warn("warm-up", e));
        NetworkLoop loop =
            new NetworkLoop("warm-up", clock, e -> logger.warn("warm-up", e), sockets);
        Keyspace keyspace =
            new Keyspace(loop, clock, disk, background, new Inbox(1 << 20), () -> journal)) {
      keyspace.recovered(journal.appended());
      keyspace.start();
      journal.addDurableListener(loop::release);
      RedisServer server = server(keyspace, journal, folder);
      InetSocketAddress address =
          loop.listen(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              new Listeners.Limits(10, 1 << 20, 1 << 24),
              server);
      loop.start();
      try (Socket client = connect(address);
          Socket other = connect(address)) {
        fill(client);
        follow(address, client, server.replicas(), disk);
        converse(client, other, loop, forMs);
      } finally {
        loop.close(); // before the keyspace, whose owner it is
      }
    }
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket client = new Socket();
    client.connect(address, TIMEOUT_MS);
    client.setSoTimeout(TIMEOUT_MS);
    client.setTcpNoDelay(true);
    return client;
  }

  private RedisServer server(Keyspace keyspace, Journal journal, Path folder) {
    Users users = Users.unshared();
    return new RedisServer(
        keyspace,
        () -> journal,
        clock,
        new SecureRandom(),
        new RedisServer.Options(
            "127.0.0.1", 0, "everysec", 10, 1 << 20, folder.toString(), Main.version(), null),
        new RedisServer.Operations() {
          @Override
          public CompletableFuture<Long> checkpoint() {
            return keyspace.checkpoint();
          }

          @Override
          public void shutdown() {}
        },
        Commands.all(users),
        users);
  }

  /** What checkpoints save besides. */
  private void fill(Socket client) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < LONG_VALUES; i++) {
      put(out, LONG_VALUE, i);
    }
    put(out, PARTED_VALUE, 0);
    exchange(client, out);
  }

  private void flush(Socket client) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < FLUSHED_KEYS; i++) {
      put(out, FLUSHED, i);
    }
    put(out, "FLUSHALL", 0);
    exchange(client, out);
  }

  /**
   * As a replica does: takes all, and the first byte of what comes behind it. The first one would
   * keep the loop for 40 ms.
   */
  private void follow(InetSocketAddress address, Socket client, Replicas replicas, RealDisk disk)
      throws IOException, InterruptedException {
    NEWS.setLevel(Level.WARNING);
    try (Socket replica = connect(address)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      put(out, "REPLCONF capa eof capa psync2", 0);
      exchange(replica, out);
      out.reset();
      put(out, "PSYNC ? -1", 0);
      replica.getOutputStream().write(out.toByteArray());
      InputStream in = new BufferedInputStream(replica.getInputStream());
      String line = line(in);
      while (!line.startsWith(FILE_MARK)) {
        line = line(in); // FULLRESYNC, and empty ones while the checkpoint is made
      }
      skipBehind(in, line.substring(FILE_MARK.length()).getBytes(StandardCharsets.US_ASCII));
      out.reset();
      put(out, "REPLCONF ACK #", 0);
      replica.getOutputStream().write(out.toByteArray());
      out.reset();
      put(out, "CONFIG SET appendfsync always", 0); // replicas get what is synced
      put(out, "SET k:# v", 0);
      exchange(client, out);
      if (in.read() < 0) {
        throw new EOFException("the scratch server closed its replica");
      }
      replica.close();
      replicas.end(disk, REPLICA_MS);
    } finally {
      NEWS.setLevel(null);
    }
    new SimpleFormatter().format(new LogRecord(Level.INFO, "as it will be said of real ones"));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() > LINE_BYTES_MAX) {
        throw new EOFException("the scratch server said no line");
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  /** The mark is random: what begins like it is it. */
  private static void skipBehind(InputStream in, byte[] mark) throws IOException {
    for (int found = 0; found < mark.length; ) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the scratch server's file has no end");
      }
      found = next == mark[found] ? found + 1 : next == mark[0] ? 1 : 0;
    }
  }

  private void converse(Socket client, Socket other, NetworkLoop loop, long forMs)
      throws IOException {
    long endNanos = clock.nanos() + forMs * 1_000_000;
    for (int round = 0; clock.nanos() - endNanos < 0; round++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      boolean synced = round % SYNCED_ROUNDS == SYNCED_ROUNDS - 1;
      put(out, "CONFIG SET appendfsync " + (synced ? "always" : "everysec"), round);
      if (round % FLUSH_ROUNDS == FLUSH_ROUNDS - 1) {
        flush(client);
        fill(client);
      }
      if (round % SYNCED_ROUNDS == 0) {
        put(out, "BGSAVE", round); // else the first one makes compiled code invalid
      }
      if (round % SCRIPT_ROUNDS == 1) {
        for (int i = 0; i < SCRIPTS.size() * PIPELINE; i++) {
          put(out, SCRIPTS.get(i % SCRIPTS.size()), (round * 31 + i) % KEYS);
        }
      } else if (round % 2 == 0) {
        for (String command : COMMANDS) {
          put(out, command, round % KEYS);
        }
      } else {
        for (int i = 0; i < PIPELINED * PIPELINE; i++) {
          put(out, COMMANDS.get(i % PIPELINED), (round * 31 + i) % KEYS);
        }
      }
      exchange(client, out);
      if (round % LINE_ROUNDS == 0) {
        for (String line : LINES) {
          ByteArrayOutputStream one = new ByteArrayOutputStream();
          put(one, COMMANDS.getFirst(), round % KEYS);
          together(loop, client, one, other, line);
        }
      }
      for (int i = 0; i < PIPELINED; i++) { // and alone
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        put(one, COMMANDS.get(i), round % KEYS);
        exchange(client, one);
      }
    }
  }

  private static void put(ByteArrayOutputStream out, String command, int number) {
    String[] words = command.replace("#", Integer.toString(number)).split(" ", -1);
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append("$" + word.length() + "\r\n" + word.replace('^', ' ') + "\r\n");
    }
    out.writeBytes(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** The loop itself sends for both, so that one turn finds them, and other threads' tasks. */
  private void together(
      NetworkLoop loop, Socket client, ByteArrayOutputStream requests, Socket other, String line)
      throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    lines.writeBytes((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
    put(requests, MARK, 0);
    put(lines, MARK, 0);
    loop.execute(() -> {
      try {
        client.getOutputStream().write(requests.toByteArray());
        other.getOutputStream().write(lines.toByteArray());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    await(client);
    await(other);
  }

  /** Sends, and reads until the answer to an ECHO behind it all. */
  private void exchange(Socket client, ByteArrayOutputStream requests) throws IOException {
    put(requests, MARK, 0);
    client.getOutputStream().write(requests.toByteArray());
    await(client);
  }

  private void await(Socket client) throws IOException {
    InputStream in = client.getInputStream();
    int size = 0;
    while (!endsThere(size)) {
      if (size == buffer.length) {
        throw new IOException("more replies than expected");
      }
      int count = in.read(buffer, size, buffer.length - size);
      if (count < 0) {
        throw new EOFException("the scratch server closed its connection");
      }
      size += count;
    }
  }

  private boolean endsThere(int size) {
    int from = size - END.length - 2;
    return from >= 0 && Arrays.equals(buffer, from, from + END.length, END, 0, END.length);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
