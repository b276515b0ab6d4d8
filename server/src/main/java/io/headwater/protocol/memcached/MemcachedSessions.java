package io.headwater.protocol.memcached;

import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Listeners.Limits;
import io.headwater.host.Loop;
import io.headwater.host.Session;
import io.headwater.view.OwnedBy;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.ReadThrough;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Opens the sessions of memcached's port and keeps what they share: the cache, the counters of
 * {@code stats}, and the rule that a reply that read the keyspace leaves only when what it saw is
 * durable.
 */
@OwnedBy("keyspace")
public final class MemcachedSessions implements Session.Factory {
  /** A request line and its data must fit what the loop keeps of an unfinished request. */
  private static final int LINE_BYTES = 4096;

  final Cache cache;
  final ReadThrough readThrough;
  final Counters counters;
  final Limits limits;
  final Clock clock;
  final String version;
  final long startedNs;

  private final LongSupplier holdPosition;
  private final List<Connection> readers = new ArrayList<>();

  /**
   * Registers a turn hook on {@code loop}, so create it after the keyspace's owner has registered
   * its own: replies are held after the turn's frame was appended.
   *
   * @param holdPosition what must be durable before replies leave that read the keyspace in this
   *     turn; 0 if nothing
   * @param version as {@code version} and {@code stats} give it; begins with a version of memcached
   *     that clients know
   * @throws IllegalArgumentException if an item of the cache's limit would not fit {@code limits}
   */
  public MemcachedSessions(
      Loop loop,
      Clock clock,
      Cache cache,
      ReadThrough readThrough,
      LongSupplier holdPosition,
      Limits limits,
      String version) {
    if (limits.receiveBytes() < cache.limits().itemBytes() + LINE_BYTES) {
      throw new IllegalArgumentException(
          "memcached receive limit %d is below the item limit %d and %d for the line"
              .formatted(limits.receiveBytes(), cache.limits().itemBytes(), LINE_BYTES));
    }
    this.clock = clock;
    this.cache = cache;
    this.readThrough = readThrough;
    this.holdPosition = holdPosition;
    this.limits = limits;
    this.version = version;
    this.counters = new Counters();
    this.startedNs = clock.nanos();
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {}

          @Override
          public void afterTurn() {
            holdReaders();
          }
        });
  }

  @Override
  public Session open(Connection connection) {
    counters.connections++;
    counters.connectionsTotal++;
    return new MemcachedSession(this, connection);
  }

  /** The connection's replies of this turn show the keyspace. */
  void mustHold(Connection connection) {
    readers.add(connection);
  }

  private void holdReaders() {
    if (!readers.isEmpty()) {
      long position = holdPosition.getAsLong();
      for (Connection reader : readers) {
        if (position > 0 && !reader.isClosed()) {
          reader.hold(position);
        }
      }
      readers.clear();
    }
  }
}
