package io.headwater.protocol.redis;

import io.headwater.host.Loop;
import io.headwater.protocol.redis.facts.Flags;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT PAUSE: for a time, no command of any client runs, or none that writes. A client that sends
 * one waits with it. Nothing expires or is evicted meanwhile.
 */
public final class Pause {
  /** What waits. */
  public enum Mode {
    WRITE,
    ALL
  }

  private static final long LONGEST_MS = Long.MAX_VALUE >> 24;

  private final RedisServer server;
  private final Set<RedisSession> waiting = new LinkedHashSet<>();
  private @Nullable Mode mode;
  private long untilMs;
  private Loop.@Nullable Timer timer;

  Pause(RedisServer server) {
    this.server = server;
  }

  /** How many clients wait. */
  public int clients() {
    return waiting.size();
  }

  public boolean isOn() {
    return mode != null;
  }

  /** Begins a pause; one that is under way becomes no shorter and no weaker. */
  public void begin(Loop loop, long durationMs, Mode newMode) {
    long now = server.clock().wallMs();
    if (durationMs > Long.MAX_VALUE - now) {
      return; // as Redis, where the end overflows into the past
    }
    untilMs = Math.max(mode == null ? 0 : untilMs, now + Math.min(durationMs, LONGEST_MS));
    mode = mode == Mode.ALL ? Mode.ALL : newMode;
    server.keyspace().departures().pause(true);
    if (timer != null) {
      timer.cancel();
    }
    timer = loop.schedule(untilMs - now, this::end);
  }

  public void end() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    mode = null;
    server.keyspace().departures().pause(false);
    RedisSession[] all = waiting.toArray(new RedisSession[0]);
    waiting.clear();
    for (RedisSession session : all) {
      session.resume();
    }
  }

  /** Whether a command that would run or be queued has to wait now; then its client does. */
  boolean holds(RedisSession session, Command command) {
    if (mode == null || session.isReplica() || mode == Mode.WRITE && !mayWrite(session, command)) {
      return false;
    }
    waiting.add(session);
    session.suspend(() -> waiting.remove(session));
    return true;
  }

  private static boolean mayWrite(RedisSession session, Command command) {
    if (command.name().equals("exec")) {
      return session.transaction().queue().stream().anyMatch(q -> writes(q.command()));
    }
    return writes(command);
  }

  private static boolean writes(Command command) {
    return command.has(Flags.WRITE) || command.has(Flags.MAY_REPLICATE);
  }
}
