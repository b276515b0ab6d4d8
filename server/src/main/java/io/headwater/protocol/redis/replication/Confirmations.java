package io.headwater.protocol.redis.replication;

import io.headwater.host.Loop;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.Waiting;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Key;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Clients that wait by WAIT until replicas have what they wrote. Loop only. */
final class Confirmations {
  private final RedisServer server;
  private final Replicas replicas;
  private final List<Awaited> waiting = new ArrayList<>();

  Confirmations(RedisServer server, Replicas replicas) {
    this.server = server;
    this.replicas = replicas;
  }

  /** What one client waits for: how many have what it had written; ends when they are enough. */
  private final class Awaited implements Waiting.Attempt {
    private final RedisSession session;
    private final long wanted;
    private long offset = Long.MAX_VALUE;
    private boolean over;

    Awaited(RedisSession session, long wanted) {
      this.session = session;
      this.wanted = wanted;
    }

    @Override
    public boolean serve(Call call, Key key) {
      return false;
    }

    @Override
    public void nothing(Reply reply) {
      over = true;
      reply.integer(replicas.acknowledgedBy(offset));
    }

    boolean isOver() {
      return over || session.isClosing();
    }

    void check() {
      if (!isOver() && replicas.acknowledgedBy(offset) >= wanted) {
        server.waiting().unblock(session, false);
      }
    }
  }

  void add(Call call, long wanted, long timeoutMs) {
    RedisSession session = call.session();
    Awaited one = new Awaited(session, wanted);
    server.waiting().add(call, new int[0], timeoutMs, one);
    waiting.removeIf(Awaited::isOver);
    waiting.add(one);
    Loop own = session.connection().loop();
    own.schedule(0, () -> ask(own, one)); // behind the turn: what it wrote is appended
  }

  private void ask(Loop own, Awaited one) {
    @Nullable Feed feed = replicas.feed();
    if (feed != null && !one.isOver() && replicas.isAnyOnline()) {
      feed.await(
          server.log().appended(),
          offset ->
              own.execute(() -> {
                one.offset = offset;
                one.check();
                if (!one.isOver()) {
                  feed.say(Replicas.ASK);
                }
              }));
    }
  }

  /** A replica acknowledged something. */
  void check() {
    waiting.removeIf(Awaited::isOver);
    for (Awaited one : List.copyOf(waiting)) {
      one.check();
    }
  }
}
