package io.headwater.protocol.memcached;

import io.headwater.host.Clock;
import io.headwater.host.Listeners.Limits;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.ReadThrough;
import java.util.concurrent.TimeUnit;

/** Memcached sessions on a simulated loop, for tests. */
final class Sessions {
  static final class TestClock implements Clock {
    long nowNs = 1_000_000_000L;

    @Override
    public long wallMs() {
      return 1_700_000_000_000L + TimeUnit.NANOSECONDS.toMillis(nowNs);
    }

    @Override
    public long nanos() {
      return nowNs;
    }

    void passSeconds(long seconds) {
      nowNs += TimeUnit.SECONDS.toNanos(seconds);
    }
  }

  static final Limits LIMITS = new Limits(100, 2 << 20, 64 << 20);

  final TestClock clock = new TestClock();
  final SimulatedLoop loop = new SimulatedLoop(clock);
  final Cache cache;
  final MemcachedSessions sessions;
  long holdPosition;

  Sessions() {
    this(ReadThrough.NONE);
  }

  Sessions(ReadThrough readThrough) {
    cache = new Cache(Cache.Limits.DEFAULT, clock, 7);
    sessions =
        new MemcachedSessions(
            loop, clock, cache, readThrough, () -> holdPosition, LIMITS, "1.6.31-headwater");
  }

  SimulatedConnection connect() {
    return loop.connect(sessions);
  }

  /** What a new client gets for a request. */
  String answer(String request) {
    return connect().exchange(request);
  }
}
