package io.headwater.protocol.redis.replication;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.host.Disk;
import io.headwater.host.Loop;
import io.headwater.log.Log;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.rdb.RdbFileWriter;
import io.headwater.protocol.redis.rdb.RdbWriter;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.OwnedBy;
import io.headwater.view.keyspace.Checkpoints;
import io.headwater.view.keyspace.Keyspace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of this server. While there are none, nothing runs and nothing is kept, but for the
 * backlog of those that left less than {@code repl-backlog-ttl} ago.
 *
 * <p>All replicas read one stream of commands, which has one ID. It begins with the first replica,
 * and ends when it cannot go on where it stopped: when the log has been cut meanwhile, or more of
 * it would have to be said than {@code client-output-buffer-limit replica} allows. The next one has
 * another ID, and replicas that come back get all anew. So it is after a crash; where a server
 * ended in an orderly way, {@link StreamEnd} says where the next one goes on.
 */
@OwnedBy("keyspace")
public final class Replicas {
  private static final Logger LOGGER = Logger.getLogger(Replicas.class.getName());
  private static final int PERIOD_MS = 1000;
  private static final int AGAIN_MS = 1;
  private static final int ID_BYTES = 20;

  /** Each may have a thread for its file, and a megabyte on its way. */
  private static final int REPLICAS_MAX = 64;

  /** A backlog takes so much at least, and what repl-backlog-size says at most up to this. */
  private static final long BACKLOG_BYTES_MIN = 1 << 20;

  private static final String LOG_IS_CUT = "the log is cut where the last process ended";
  private static final byte[] PING = "*1\r\n$4\r\nPING\r\n".getBytes(US_ASCII);
  static final byte[] ASK =
      "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n".getBytes(US_ASCII);

  /** How often replicas were served since the start. */
  public record Counts(long full, long partial, long refused) {}

  /** One replica as INFO and ROLE show it. */
  public record Shown(String address, int port, String state, long acknowledged, long lagSeconds) {}

  private final RedisServer server;
  private final Map<RedisSession, Replica> announced = new HashMap<>();
  private final Map<RedisSession, Replica> replicas = new LinkedHashMap<>();
  private final Confirmations confirmations;
  private final GoodReplicas good;
  private final BehindLimit limit;
  private final AtomicBoolean pumping = new AtomicBoolean();
  private volatile @Nullable Feed feed;

  /** Whether the process ends: the stream has a last command. */
  private boolean isEnding;

  /** The keyspace's, from the first replica on. */
  private volatile @Nullable Loop loop;

  /** Of the stream, once there was one. */
  private @Nullable String id;

  private long base;

  /** Where the last process's stream ended, until one begins here. */
  private @Nullable StreamEnd before;

  private boolean looking;
  private boolean listening;
  private boolean droppedSaid;
  private long pingedNanos;
  private long emptyNanos;
  private long full;
  private long partial;
  private long refused;

  public Replicas(RedisServer server) {
    this.server = server;
    good = new GoodReplicas(server.settings());
    confirmations = new Confirmations(server, this);
    limit = new BehindLimit(server.settings());
    server.settings().follow("client-output-buffer-limit", _ -> limitChanged());
  }

  private void limitChanged() {
    Feed current = feed;
    if (current != null) {
      current.backlog().setBehindMax(limit.bytes());
    }
  }

  private String newId() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ID_BYTES; i++) {
      text.append(String.format("%02x", server.random().nextInt(256)));
    }
    return text.toString();
  }

  private Loop loop(Replica replica) {
    return replica.connection().loop();
  }

  private long now() {
    return server.clock().nanos();
  }

  // What replicas ask.

  /** What REPLCONF says of a client is kept here. */
  Replica of(RedisSession session) {
    Replica replica = replicas.get(session);
    return replica != null ? replica : announced.computeIfAbsent(session, Replica::new);
  }

  /**
   * PSYNC: goes on where the replica stopped, or begins anew.
   *
   * @param offset of the first byte that it wants, counted from 1; -1 for none
   */
  void sync(RedisSession session, String wantedId, long offset) {
    Replica replica = begin(session);
    boolean isOurs = wantedId.equals(id);
    if (isOurs && (canContinue(offset - 1) || canResume(replica, offset - 1))) {
      partial++;
      replica.reader = java.util.Objects.requireNonNull(feed).backlog().attach(offset - 1);
      replica.acknowledged = offset - 1;
      loop(replica).execute(() -> goOn(replica)); // a replica's command has no reply
      return;
    }
    if (!wantedId.equals("?")) {
      refused++;
    }
    save(replica);
  }

  private void goOn(Replica replica) {
    if (!replica.connection().isClosed()) {
      String line = replica.takesNewIds ? "+CONTINUE " + id + "\r\n" : "+CONTINUE\r\n";
      replica.connection().out().putAscii(line);
      comeOnline(replica);
      LOGGER.info(
          () -> "replica " + replica.session.address() + " goes on at " + replica.acknowledged);
      pumpSoon();
    }
  }

  /** SYNC: the file, and the stream behind it. */
  void sync(RedisSession session) {
    Replica replica = begin(session);
    replica.isSilent = true;
    save(replica);
  }

  private Replica begin(RedisSession session) {
    if (replicas.size() >= REPLICAS_MAX) {
      throw new CommandError("ERR there are " + REPLICAS_MAX + " replicas already");
    }
    Replica replica = of(session);
    announced.remove(session);
    replicas.put(session, replica);
    session.becomeReplica();
    replica.heardNanos = now();
    replica.movedNanos = now();
    if (!looking) {
      looking = true;
      loop(replica).schedule(PERIOD_MS, () -> look(loop(replica)));
    }
    return replica;
  }

  private boolean canContinue(long offset) {
    Feed current = feed;
    return current != null
        && offset >= current.backlog().start()
        && offset <= current.backlog().end()
        && !isTooMuchBehind(current.position())
        && holdsAgain(current);
  }

  private static boolean holdsAgain(Feed stopped) {
    try {
      stopped.holdAgain();
      return true;
    } catch (IOException e) {
      LOGGER.log(Level.INFO, "the log is cut where the stream stopped", e);
      return false;
    }
  }

  /** Whether it has all that the last process said: then that process's stream goes on. */
  private boolean canResume(Replica replica, long offset) {
    StreamEnd end = before;
    if (end == null || feed != null || offset != end.offset() || isTooMuchBehind(end.position())) {
      return false;
    }
    try {
      feed(loop(replica), end.position());
      return true;
    } catch (IOException e) {
      LOGGER.log(Level.INFO, LOG_IS_CUT, e);
      return false;
    }
  }

  /** Has a checkpoint made that the stream can follow. */
  private void save(Replica replica) {
    if (replica.connection().isClosed()) {
      return;
    }
    replica.state = Replica.State.WAITING;
    Checkpoints.Saving saving =
        server.keyspace().checkpoints().beginNow(Checkpoints.Haste.SOMEBODY_WAITS);
    try {
      if (!replica.wantsFileOnly && !attach(replica, saving.position())) {
        // one that runs already, and began before where the stream is
        saving.done().whenComplete((_, _) -> loop(replica).execute(() -> save(replica)));
        return;
      }
    } catch (IOException e) {
      drop(replica, "the log cannot be read", e);
      return;
    }
    full++;
    saving
        .done()
        .whenComplete((_, failure) ->
            loop(replica)
                .execute(() -> {
                  if (failure != null) {
                    drop(replica, "there is no checkpoint for it", failure);
                  } else {
                    replica.isSaved = true;
                    send(replica, saving.position());
                  }
                }));
  }

  /** False if the stream is past the position. */
  private boolean attach(Replica replica, long position) throws IOException {
    Feed current = feed;
    if (current == null || !current.backlog().isWanted() && !takeUp(current)) {
      current = begin(loop(replica), position);
    }
    return current.attachAt(
        position,
        reader ->
            loop(replica)
                .execute(() -> {
                  if (replica.connection().isClosed()) {
                    reader.detach();
                    stopIfNobodyReads();
                    return;
                  }
                  replica.reader = reader;
                  send(replica, position);
                }));
  }

  /**
   * Goes on with a stream that nobody reads now, so that those who come back find theirs; false if
   * they would not find what they miss in the backlog anyway.
   */
  private boolean takeUp(Feed stopped) {
    return isInBacklog(stopped.position()) && holdsAgain(stopped);
  }

  private boolean isInBacklog(long position) {
    return server.log().appended() - position <= backlogBytesWanted();
  }

  private long backlogBytesWanted() {
    return Math.max(server.settings().number("repl-backlog-size"), BACKLOG_BYTES_MIN);
  }

  /** The stream of the last process, if those who followed it can still go on; else a new one. */
  private Feed begin(Loop loop, long position) throws IOException {
    StreamEnd last = before;
    if (last != null && feed == null && isInBacklog(last.position())) {
      try {
        return feed(loop, last.position());
      } catch (IOException e) {
        LOGGER.log(Level.INFO, LOG_IS_CUT, e);
      }
    }
    end();
    id = newId();
    base = Math.max(base, position);
    return feed(loop, position);
  }

  /** Starts the stream of the ID and offset that are set. */
  private Feed feed(Loop loop, long position) throws IOException {
    before = null;
    Backlog backlog = new Backlog(backlogBytesWanted(), limit.bytes(), base, this::pumpSoon);
    Feed begun =
        new Feed(
            server.log(),
            position,
            backlog,
            newId().getBytes(US_ASCII),
            this::pumpSoon,
            failure -> loop.execute(() -> failed(failure)));
    feed = begun;
    this.loop = loop;
    if (!listening) {
      listening = true;
      server
          .log()
          .addDurableListener(_ -> {
            Feed now = feed;
            if (now != null) {
              now.durable();
            }
          });
    }
    begun.start();
    return begun;
  }

  /** The stream cannot go on. */
  private void end() {
    Feed current = feed;
    if (current != null) {
      base = current.backlog().end();
      current.close();
      feed = null;
    }
  }

  private void failed(Throwable failure) {
    LOGGER.log(Level.SEVERE, "the stream for replicas ends", failure);
    end();
    for (Replica replica : List.copyOf(replicas.values())) {
      if (!replica.wantsFileOnly) {
        replica.session.closeNow();
      }
    }
  }

  /** Once the checkpoint is there and the stream's offset known: the file. */
  private void send(Replica replica, long position) {
    boolean isReady = replica.isSaved && (replica.reader != null || replica.wantsFileOnly);
    if (!isReady || replica.state != Replica.State.WAITING || replica.connection().isClosed()) {
      return;
    }
    Backlog.Reader reader = replica.reader;
    long offset = reader == null ? offset() : reader.offset();
    replica.acknowledged = offset;
    if (!replica.isSilent) {
      replica.connection().out().putAscii("+FULLRESYNC " + id + " " + offset + "\r\n");
    }
    String address = replica.session.address();
    Keyspace keyspace = server.keyspace();
    long[] sizes = new long[2 * Keyspace.DATABASES];
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      sizes[2 * db] = keyspace.size(db);
      sizes[2 * db + 1] = keyspace.expiring(db);
    }
    RdbFileWriter.Facts facts =
        new RdbFileWriter.Facts(
            RedisServer.REDIS_VERSION,
            server.clock().wallMs(),
            keyspace.memory().usedBytes(),
            sizes);
    Snapshot snapshot =
        new Snapshot(
            () -> {
              LOGGER.info(() -> "replica " + address + " gets all up to " + offset);
              return keyspace.checkpoints().open(position);
            },
            RdbWriter.Style.of(server.settings()),
            facts,
            replica.wanted,
            replica.takesMark ? newId() : null,
            this::pumpSoon,
            failure ->
                loop(replica)
                    .execute(() -> drop(replica, "its checkpoint cannot be read", failure)));
    replica.snapshot = snapshot;
    replica.state = Replica.State.SENDING;
    loop = loop(replica);
    snapshot.start();
  }

  private void drop(Replica replica, String why, @Nullable Throwable failure) {
    if (!replica.connection().isClosed()) {
      LOGGER.log(
          Level.WARNING, "closing replica " + replica.session.address() + ": " + why, failure);
      replica.session.closeNow();
    }
  }

  /** REPLCONF ACK. */
  void acknowledge(RedisSession session, long offset) {
    Replica replica = replicas.get(session);
    if (replica == null) {
      return;
    }
    replica.heardNanos = now();
    replica.acknowledged = Math.max(replica.acknowledged, offset);
    replica.hasLoaded |= replica.isFileBegun;
    if (replica.state == Replica.State.LOADING) {
      comeOnline(replica);
      pumpSoon();
    }
    confirmations.check();
  }

  private void comeOnline(Replica replica) {
    replica.state = Replica.State.ONLINE;
    good.count(replicas.values(), now());
  }

  /** Something came of a replica: while it loads its file it sends empty lines. */
  public void heard(RedisSession session) {
    Replica replica = replicas.get(session);
    if (replica != null) {
      replica.heardNanos = now();
    }
  }

  /** A client is gone. */
  public void leave(RedisSession session) {
    announced.remove(session);
    Replica replica = replicas.remove(session);
    if (replica == null) {
      return;
    }
    replica.leave();
    good.count(replicas.values(), now());
    if (!replica.wantsFileOnly) {
      stopIfNobodyReads();
    }
  }

  private void stopIfNobodyReads() {
    Feed current = feed;
    if (current != null && !current.backlog().isWanted()) {
      if (isEnding) {
        current.backlog().close(); // else the last command waits for somebody to read it
      }
      current.release();
      emptyNanos = now();
    }
  }

  // The stream's way out.

  /** Any thread. */
  private void pumpSoon() {
    Loop current = loop;
    if (current != null && pumping.compareAndSet(false, true)) {
      current.execute(this::pump);
    }
  }

  private void pump() {
    pumping.set(false);
    boolean more = false;
    for (Replica replica : List.copyOf(replicas.values())) {
      more |= replica.pump();
    }
    Feed fed = feed;
    if (fed != null && fed.backlog().isFull()) {
      checkLimit(fed, now());
    }
    Loop current = loop;
    if (more && current != null && pumping.compareAndSet(false, true)) {
      current.schedule(AGAIN_MS, this::pump);
    }
  }

  /** Every second while there is something to look after. */
  private void look(Loop loop) {
    long now = now();
    Settings settings = server.settings();
    Feed current = feed;
    long timeoutNanos = TimeUnit.SECONDS.toNanos(settings.number("repl-timeout"));
    for (Replica replica : List.copyOf(replicas.values())) {
      look(replica, now, timeoutNanos);
    }
    good.count(replicas.values(), now);
    if (current != null && !replicas.isEmpty()) {
      long periodNanos = TimeUnit.SECONDS.toNanos(settings.number("repl-ping-replica-period"));
      if (now - pingedNanos >= periodNanos) {
        pingedNanos = now;
        current.say(PING);
      }
      checkLimit(current, now);
    } else if (current != null) {
      long ttl = settings.number("repl-backlog-ttl");
      if (ttl > 0 && now - emptyNanos > TimeUnit.SECONDS.toNanos(ttl)) {
        end();
      }
    }
    looking = !replicas.isEmpty() || feed != null;
    if (looking) {
      loop.schedule(PERIOD_MS, () -> look(loop));
    }
  }

  private void look(Replica replica, long now, long timeoutNanos) {
    long sent = replica.connection().sentBytes();
    if (sent != replica.sentBytes) {
      replica.sentBytes = sent;
      replica.movedNanos = now;
    }
    switch (replica.state) {
      case ANNOUNCED -> {}
      case WAITING -> feedLine(replica);
      case SENDING -> {
        if (!replica.isFileBegun) {
          feedLine(replica);
        } else if (now - replica.movedNanos > timeoutNanos) {
          drop(replica, "timed out (full sync): it takes nothing of its file", null);
        }
      }
      case LOADING, ONLINE -> {
        if (!replica.isSilent && now - replica.heardNanos > timeoutNanos) {
          drop(replica, "timed out (streaming sync): nothing was heard of it", null);
        }
      }
    }
  }

  /** Says that we are still there. */
  private static void feedLine(Replica replica) {
    replica.connection().out().putByte('\n');
  }

  private boolean isTooMuchBehind(long position) {
    return limit.isTooMuchLog(server.log().appended() - position);
  }

  /** Who takes too little for too long has to go. */
  private void checkLimit(Feed current, long now) {
    for (Replica replica : List.copyOf(replicas.values())) {
      if (limit.isExceededBy(replica, current.backlog(), now)) {
        drop(replica, "overcoming of output buffer limits", null);
      }
    }
  }

  /** A message that clients sent goes to replicas, too; if too many wait, it is lost to them. */
  public void published(String command, Bytes channel, Bytes message) {
    Feed current = feed;
    if (current == null || replicas.isEmpty()) {
      return;
    }
    ByteWriter out = new ByteWriter(64 + channel.length() + message.length());
    out.putAscii("*3\r\n$" + command.length() + "\r\n" + command + "\r\n$" + channel.length());
    out.putAscii("\r\n").put(channel).putAscii("\r\n$" + message.length() + "\r\n").put(message);
    boolean isSaid = current.say(out.putAscii("\r\n").toByteArray());
    if (!isSaid && !droppedSaid) {
      LOGGER.warning("messages are lost to replicas: they are sent faster than those take them");
    }
    droppedSaid = !isSaid;
  }

  // WAIT.

  /**
   * Lets a client wait until so many replicas have what was written so far.
   *
   * @param timeoutMs 0 waits without end
   */
  public void await(Call call, long wanted, long timeoutMs) {
    if (wanted <= 0 && replicas.isEmpty()) {
      call.reply().integer(0);
    } else {
      confirmations.add(call, wanted, timeoutMs);
    }
  }

  @Nullable Feed feed() {
    return feed;
  }

  boolean isAnyOnline() {
    return replicas.values().stream().anyMatch(Replica::isOnline);
  }

  /** How many that are online have all up to an offset. */
  long acknowledgedBy(long offset) {
    return replicas.values().stream().filter(r -> r.isOnline() && r.acknowledged >= offset).count();
  }

  // The end of the process.

  /**
   * Goes on with the stream of the last process if a replica comes that has all of it. Before the
   * loop starts.
   */
  public void resume(Disk disk) {
    try {
      StreamEnd end = StreamEnd.take(disk);
      Log log = server.log();
      if (end != null && end.epoch() == log.epoch() && end.position() <= log.appended()) {
        before = end;
        id = end.id();
        base = end.offset();
      }
    } catch (IOException e) {
      LOGGER.log(Level.WARNING, "where the stream for replicas ended is not known", e);
    }
  }

  /**
   * Ends the stream, for good: those that are online get what was written until now, and where they
   * acknowledge it in time, that is where the next process goes on. Not for the loop's own thread.
   */
  public void end(Disk disk, long limitMs) throws InterruptedException {
    Loop current = loop;
    if (current == null) {
      return;
    }
    CompletableFuture<@Nullable StreamEnd> ended = new CompletableFuture<>();
    try {
      current.execute(() -> end(current, ended));
      StreamEnd end = ended.get(limitMs, TimeUnit.MILLISECONDS);
      if (end != null) {
        end.keep(disk);
      }
    } catch (IOException | ExecutionException e) {
      LOGGER.log(Level.WARNING, "replicas will get all anew", e);
    } catch (TimeoutException | RejectedExecutionException e) {
      LOGGER.log(Level.INFO, "a replica did not get the end of the stream", e);
    }
  }

  private void end(Loop own, CompletableFuture<@Nullable StreamEnd> ended) {
    Feed current = feed;
    String endedId = id;
    if (current == null || endedId == null || !isAnyOnline()) {
      end();
      ended.complete(null);
      return;
    }
    isEnding = true;
    Log log = server.log();
    long position = log.appended();
    log.syncSoon();
    current.endAt(
        position,
        ASK,
        offset -> {
          StreamEnd end = new StreamEnd(endedId, offset + ASK.length, position, log.epoch());
          own.execute(() -> awaitEnd(own, end, offset, ended));
          pumpSoon();
        });
  }

  /** A replica acknowledges what was before the question, and has the question then. */
  private void awaitEnd(
      Loop own, StreamEnd end, long asked, CompletableFuture<@Nullable StreamEnd> ended) {
    boolean isThere =
        replicas.values().stream().filter(Replica::isOnline).allMatch(r -> r.acknowledged >= asked);
    if (isThere) {
      ended.complete(end);
    } else {
      own.schedule(AGAIN_MS, () -> awaitEnd(own, end, asked, ended));
    }
  }

  // What is shown.

  /** Whether there are as many as the administrator wants. */
  public GoodReplicas good() {
    return good;
  }

  /** Whether there are any, online or not. */
  public boolean isEmpty() {
    return replicas.isEmpty();
  }

  public Counts counts() {
    return new Counts(full, partial, refused);
  }

  /** The stream's ID, 40 hexadecimal digits. */
  public String id() {
    String own = id;
    return own != null
        ? own
        : String.format("%016x", server.log().epoch()).repeat(3).substring(0, 40);
  }

  /** Where the stream ends; while there is none, where the next one may begin. */
  public long offset() {
    Feed current = feed;
    if (current != null) {
      return current.backlog().end();
    }
    return before != null ? base : Math.max(base, server.log().appended());
  }

  /** Of the backlog: how many bytes it keeps, 0 if there is none. */
  public long backlogBytes() {
    Feed current = feed;
    return current == null ? 0 : current.backlog().capacity();
  }

  /** Memory that the backlog takes, with what waits for replicas that are behind it. */
  public long bufferBytes() {
    Feed current = feed;
    return current == null ? 0 : current.backlog().allocatedBytes();
  }

  /** Of the backlog: the offset of the first byte it keeps. */
  public long backlogStart() {
    Feed current = feed;
    return current == null ? 0 : current.backlog().start();
  }

  public Collection<Shown> shown() {
    List<Shown> all = new ArrayList<>();
    for (Replica r : replicas.values()) {
      long lag = r.isOnline() ? r.lagSeconds(now()) : 0;
      all.add(new Shown(r.shownAddress(), r.port, r.state.word, r.acknowledged, lag));
    }
    return all;
  }
}
