package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import io.headwater.host.Clock;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.observing.LatencyEvents;
import io.headwater.protocol.redis.observing.SlowLog;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.settings.Settings;
import io.headwater.view.keyspace.TurnObserver;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures how long commands take, and looks at the clock rarely for it: one look costs 22 ns,
 * where a pipelined GET costs 120. Equal commands of a batch that follow each other and are
 * <em>bounded</em> (small arguments, small reply, constant time) are one run with one look at its
 * end; their time is shared equally. What may take long has its own look, and so has every command
 * while {@code slowlog-log-slower-than} is under a millisecond. A batch costs one more look at its
 * beginning, but if it is a single command behind another batch of its turn.
 *
 * <p>So a slow log entry of a bounded command says exactly that such a command was held up and for
 * how long, but if it came with equal ones behind each other, it shows the last of them.
 *
 * <p>Commands inside others (EXEC, scripts) are measured each, and counted again in what holds
 * them, as in Redis.
 */
public final class CommandClock implements TurnObserver {
  private static final int SMALL_ARGUMENTS_BYTES = 4 << 10;
  private static final int SMALL_REPLY_BYTES = 64 << 10;
  private static final long EXACT_BELOW_NS = 1_000_000;

  /** More entries than this are not kept, whatever {@code slowlog-max-len} says: 4 KB each. */
  private static final int SLOW_LOG_MAX = 16_384;

  /** Nor more than take this part of the heap. */
  private static final int SLOW_LOG_HEAP_PERCENT = 3;

  private static final int SLOW_LOG_ENTRY_BYTES = 8 << 10;

  private static final long LONG_TURN_MS = 100;

  private static final SlowLog.Source TURN =
      new SlowLog.Source() {
        private final Bytes word = Bytes.utf8("(turn)");

        @Override
        public int count() {
          return 1;
        }

        @Override
        public Bytes argument(int i, int bytesMax) {
          return word;
        }

        @Override
        public int length(int i) {
          return word.length();
        }
      };

  private final RedisServer server;
  private final Clock clock;
  private final SlowLog slowLog = new SlowLog();
  private final LatencyEvents events = new LatencyEvents();
  private final long slowLogMax;
  private long slowNs = 10_000_000;
  private long notableNs = slowNs;
  private boolean exact;
  private boolean tracksLatency = true;

  private @Nullable Command running;
  private @Nullable RedisSession session;
  private int runs;
  private int depth;
  private int last;
  private long sinceNs;

  /** When the last run of this turn ended; 0 if none has. */
  private long endedNs;

  /** Of this turn, what the slow log's entries say; those inside scripts count twice. */
  private long loggedNs;

  CommandClock(RedisServer server) {
    this.server = server;
    this.clock = server.clock();
    this.slowLogMax =
        Math.min(
            SLOW_LOG_MAX,
            server.keyspace().heap().share(SLOW_LOG_HEAP_PERCENT).bytesMax()
                / SLOW_LOG_ENTRY_BYTES);
    server.keyspace().observeTurns(this);
  }

  public SlowLog slowLog() {
    return slowLog;
  }

  public LatencyEvents events() {
    return events;
  }

  void follow(Settings settings) {
    settings.followNumber("slowlog-log-slower-than", this::setSlowerThanMicros);
    settings.followNumber(
        "slowlog-max-len", length -> slowLog.setLengthMax((int) Math.min(length, slowLogMax)));
    settings.followNumber("latency-monitor-threshold", this::setEventThresholdMs);
    settings.follow("latency-tracking", word -> tracksLatency = word.equals("yes"));
  }

  /** 0 logs every command, less than 0 none. */
  private void setSlowerThanMicros(long micros) {
    slowNs = micros < 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(micros);
    exact = slowNs < EXACT_BELOW_NS;
    setNotable();
  }

  /** 0 notes nothing. */
  private void setEventThresholdMs(long ms) {
    events.setThresholdMs(ms);
    setNotable();
  }

  private void setNotable() {
    long eventMs = events.thresholdMs();
    long eventNs = eventMs == 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(eventMs);
    notableNs = Math.min(slowNs, eventNs);
  }

  public boolean tracksLatency() {
    return tracksLatency;
  }

  /**
   * A batch of a client begins now. A single command behind another batch of the same turn begins
   * when that ended: little more than parsing lies between.
   *
   * @return the time
   */
  @SuppressWarnings("ReferenceEquality") // storing what is there already costs a memory fence
  long beginBatch(RedisSession client, int commands) {
    long now = commands == 1 && endedNs != 0 ? endedNs : clock.nanos();
    if (session != client) {
      session = client;
    }
    sinceNs = now;
    runs = 0;
    depth = 0;
    return now;
  }

  void endBatch() {
    if (runs > 0) {
      endRun();
    }
  }

  /**
   * A command begins.
   *
   * @param index of its request in the batch
   * @return for {@link #ended}
   */
  long starting(Command command, int index) {
    if (depth++ > 0) {
      return clock.nanos();
    }
    if (command != running || exact) {
      if (runs > 0) {
        endRun();
      }
      running = command;
    }
    last = index;
    runs++;
    return 0;
  }

  /**
   * The command that {@link #starting} began is over.
   *
   * @param waits it blocked its client: it counts when that is served
   */
  void ended(long startedNs, Call call, Command command, long replyBytes, boolean waits) {
    depth--;
    if (depth > 0) {
      ran(call.session(), command, 1, clock.nanos() - startedNs, call.array(), call.arguments());
    } else if (waits) {
      runs--;
      sinceNs = clock.nanos();
    } else if (!command.isQuick()
        || replyBytes > SMALL_REPLY_BYTES
        || call.bytes() > SMALL_ARGUMENTS_BYTES) {
      endRun();
    }
  }

  /** Whether each command is measured by itself. */
  boolean isExact() {
    return exact;
  }

  /** Like {@link #starting}, for a plain command while nothing is exact. */
  void startingPlain(Command command, int index) {
    if (command != running) {
      if (runs > 0) {
        endRun();
      }
      running = command;
    }
    last = index;
    runs++;
  }

  /** The command that {@link #startingPlain} began is over. */
  void endedPlain(Call call, long replyBytes) {
    if (replyBytes > SMALL_REPLY_BYTES || call.bytes() > SMALL_ARGUMENTS_BYTES) {
      endRun();
    }
  }

  @Override
  public void synced(long nanos) {
    noteEvent(LatencyEvents.SYNC, nanos);
  }

  @Override
  public void expired(long nanos) {
    noteEvent(LatencyEvents.EXPIRE_CYCLE, nanos);
  }

  private void noteEvent(String event, long nanos) {
    if (nanos >= notableNs) {
      events.add(event, clock.wallMs() / 1000, nanos);
    }
  }

  /**
   * A turn that held the loop long is in the slow log even if no single command was slow, or if
   * what was slow was not all: as {@code (turn)}, with how long it took; shorter ones are events if
   * their threshold says so.
   */
  @Override
  public void turned(long ms) {
    if (ms >= LONG_TURN_MS) {
      noteTurn(ms);
    } else if (ms > 0) {
      noteEvent(LatencyEvents.TURN, TimeUnit.MILLISECONDS.toNanos(ms));
    }
    loggedNs = 0;
    endedNs = 0;
  }

  private void noteTurn(long ms) {
    long micros = TimeUnit.MILLISECONDS.toMicros(ms);
    long now = clock.wallMs();
    events.add(LatencyEvents.TURN, now / 1000, micros * 1000);
    long loggedMs = TimeUnit.NANOSECONDS.toMillis(loggedNs);
    if (slowNs != Long.MAX_VALUE && ms - loggedMs >= LONG_TURN_MS) {
      slowLog.add(now / 1000, micros, TURN, "", "");
    }
  }

  /** A client that waited was served by a command of another one. */
  void served(RedisSession client, Command command, Transaction.Queued call, long startedNs) {
    long took = clock.nanos() - startedNs;
    sinceNs += took;
    ran(client, command, 1, took, call.array(), call.arguments());
  }

  private void endRun() {
    long now = clock.nanos();
    long took = now - sinceNs;
    int times = runs;
    sinceNs = now;
    endedNs = now;
    runs = 0;
    Batch batch = server.dispatch().batch();
    ran(
        Objects.requireNonNull(session),
        Objects.requireNonNull(running),
        times,
        took,
        batch.array(last),
        batch.arguments(last));
  }

  private void ran(
      RedisSession client, Command command, int times, long took, byte[] array, Arguments places) {
    command.counts().ran(times, took, tracksLatency);
    if (took >= notableNs) {
      noteSlow(client, command, took, array, places);
    }
  }

  private void noteSlow(
      RedisSession client, Command command, long took, byte[] array, Arguments places) {
    long seconds = clock.wallMs() / 1000;
    events.add(
        command.has(Flags.FAST) ? LatencyEvents.FAST_COMMAND : LatencyEvents.COMMAND,
        seconds,
        took);
    if (took >= slowNs && !command.has(Flags.SKIP_SLOWLOG)) {
      loggedNs += took;
      slowLog.add(
          seconds,
          took / 1000,
          Redaction.of(command, array, places),
          client.isForScripts() ? "?:0" : client.address(),
          client.name());
    }
  }
}
