package io.headwater.protocol.redis;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Loop;
import io.headwater.protocol.redis.settings.Settings;
import java.util.List;
import java.util.logging.Logger;

/**
 * What a client may cost before it is closed: output that it does not take ({@code
 * client-output-buffer-limit}), a request that does not end ({@code client-query-buffer-limit}),
 * silence ({@code timeout}).
 *
 * <p>A client that only asks is slowed down long before its output reaches a limit, because the
 * loop reads nothing from it while a megabyte waits. Limits matter for those who are told things:
 * subscribers, monitors, trackers. Redis counts monitors as normal clients, which have no limit;
 * here they have the one of subscribers if normal clients have none.
 *
 * <p>As in Redis, what MULTI has queued counts as part of the request that does not end. Beyond
 * that all that is remembered for clients (queues, watched and awaited keys, subscriptions, cached
 * keys, unfinished lists of arguments) may take an eighth of the heap together; then who wants more
 * gets an error.
 */
public final class ClientLimits {
  private static final Logger LOGGER = Logger.getLogger(ClientLimits.class.getName());
  private static final int PERIOD_MS = 1000;

  /** Limits of one class of clients; 0 for none. */
  private record Limit(long hardBytes, long softBytes, long softSeconds) {
    static final Limit NONE = new Limit(0, 0, 0);

    boolean isNone() {
      return hardBytes == 0 && softBytes == 0;
    }
  }

  private final RedisServer server;
  private Limit normal = Limit.NONE;
  private Limit pubSub = Limit.NONE;
  private long requestBytes;
  private long idleSeconds;
  private long clients;
  private boolean started;

  /** Of the heap: what is remembered for clients, beside their buffers. */
  private static final int HELD_PERCENT = 12;

  private final HeapBudget.Share held;

  ClientLimits(RedisServer server) {
    this.server = server;
    this.held = server.keyspace().heap().share(HELD_PERCENT);
    Settings settings = server.settings();
    settings.follow("client-output-buffer-limit", this::setOutputLimits);
    settings.followNumber("client-query-buffer-limit", bytes -> requestBytes = bytes);
    settings.followNumber("timeout", seconds -> idleSeconds = seconds);
    settings.followNumber("maxclients", most -> clients = most);
  }

  private void setOutputLimits(String text) {
    String[] words = text.split(" ", -1);
    for (int i = 0; i + 3 < words.length; i += 4) {
      Limit limit =
          new Limit(
              Long.parseLong(words[i + 1]),
              Long.parseLong(words[i + 2]),
              Long.parseLong(words[i + 3]));
      switch (words[i]) {
        case "normal" -> normal = limit;
        case "pubsub" -> pubSub = limit;
        default -> {} // replicas have theirs in Replicas
      }
    }
  }

  /** Begins to look after clients that are silent or slow, once. */
  void start(Loop loop) {
    if (!started) {
      started = true;
      loop.schedule(PERIOD_MS, () -> look(loop));
    }
  }

  private void look(Loop loop) {
    for (RedisSession session : List.copyOf(server.sessions())) {
      checkOutput(session);
      if (idleSeconds > 0 && isIdle(session)) {
        session.closeNow();
      }
    }
    loop.schedule(PERIOD_MS, () -> look(loop));
  }

  /** Those who wait for something are silent with good reason. */
  private boolean isIdle(RedisSession session) {
    return !session.isSuspended()
        && !session.isReplica()
        && !session.isSubscribed()
        && !server.monitors().contains(session)
        && session.idleSeconds() > idleSeconds;
  }

  /** What all clients together have queued, watch, wait for, listen to and cache. */
  public HeapBudget.Share held() {
    return held;
  }

  /** Whether one more client may come. */
  boolean admits() {
    return server.sessions().size() < clients;
  }

  /** Whether a request that has not ended takes too much. */
  boolean isTooLong(long unfinishedBytes) {
    return unfinishedBytes > requestBytes;
  }

  /** Closes a client that does not take what it is sent. */
  void checkOutput(RedisSession session) {
    Limit limit = limitOf(session);
    if (limit.isNone()) {
      return;
    }
    long pending = session.connection().pendingBytes();
    boolean hard = limit.hardBytes > 0 && pending > limit.hardBytes;
    boolean soft = limit.softBytes > 0 && pending > limit.softBytes;
    if (hard || session.isSoftFor(soft, limit.softSeconds)) {
      LOGGER.warning(() ->
          "closing "
              + session.address()
              + ", which takes its output too slowly: "
              + pending
              + " bytes wait");
      session.closeNow();
    }
  }

  private Limit limitOf(RedisSession session) {
    if (session.isReplica()) {
      return Limit.NONE; // it gets no more than it takes
    }
    if (session.isSubscribed() || server.monitors().contains(session) && normal.isNone()) {
      return pubSub;
    }
    return normal;
  }
}
