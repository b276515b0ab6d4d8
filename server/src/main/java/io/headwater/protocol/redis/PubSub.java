package io.headwater.protocol.redis;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.HeapBudget;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.Glob;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who listens to which channels. Messages are never logged: whoever is not there misses them. */
public final class PubSub {
  private final Map<Bytes, Set<RedisSession>> channels = new HashMap<>();
  private final Map<Bytes, Set<RedisSession>> patterns = new HashMap<>();
  private final Map<Bytes, Set<RedisSession>> shardChannels = new HashMap<>();

  /** A name's places in maps and sets, without its bytes. */
  private static final int SUBSCRIPTION_BYTES = 300;

  private final HeapBudget.Share held;

  /** The three kinds of subscription, with the words of their replies. */
  public enum Kind {
    CHANNEL("subscribe", "unsubscribe"),
    PATTERN("psubscribe", "punsubscribe"),
    SHARD("ssubscribe", "sunsubscribe");

    public final String joined;
    public final String left;

    Kind(String joined, String left) {
      this.joined = joined;
      this.left = left;
    }
  }

  PubSub(HeapBudget.Share held) {
    this.held = held;
  }

  public Map<Bytes, Set<RedisSession>> of(Kind kind) {
    return switch (kind) {
      case CHANNEL -> channels;
      case PATTERN -> patterns;
      case SHARD -> shardChannels;
    };
  }

  public static Set<Bytes> own(RedisSession session, Kind kind) {
    return switch (kind) {
      case CHANNEL -> session.channels();
      case PATTERN -> session.patterns();
      case SHARD -> session.shardChannels();
    };
  }

  /**
   * @throws CommandError if all subscriptions together would take too much memory
   */
  public void subscribe(RedisSession session, Kind kind, Bytes name) {
    if (own(session, kind).contains(name)) {
      return;
    }
    if (!held.take(bytesOf(name))) {
      throw new CommandError("ERR all subscriptions together take too much memory");
    }
    own(session, kind).add(name);
    of(kind).computeIfAbsent(name, n -> new LinkedHashSet<>()).add(session);
  }

  /** What a client's subscriptions take, without the names. */
  static long bytesOf(RedisSession session) {
    int subscriptions =
        session.channels().size() + session.patterns().size() + session.shardChannels().size();
    return (long) SUBSCRIPTION_BYTES * subscriptions;
  }

  private static long bytesOf(Bytes name) {
    return SUBSCRIPTION_BYTES + (long) name.length();
  }

  public void unsubscribe(RedisSession session, Kind kind, Bytes name) {
    if (own(session, kind).remove(name)) {
      held.add(-bytesOf(name));
      Set<RedisSession> listeners = of(kind).get(name);
      if (listeners != null) {
        listeners.remove(session);
        if (listeners.isEmpty()) {
          of(kind).remove(name);
        }
      }
    }
  }

  /** Ends all subscriptions of a client without a word to it. */
  public void leave(RedisSession session) {
    for (Kind kind : Kind.values()) {
      for (Bytes name : List.copyOf(own(session, kind))) {
        unsubscribe(session, kind, name);
      }
    }
  }

  /**
   * Sends a message.
   *
   * @return how many clients got it
   */
  public int publish(Bytes channel, Bytes message) {
    int receivers = 0;
    for (RedisSession session : channels.getOrDefault(channel, Set.of())) {
      send(session, "message", null, channel, message);
      receivers++;
    }
    for (Map.Entry<Bytes, Set<RedisSession>> pattern : patterns.entrySet()) {
      byte[] glob = pattern.getKey().array();
      if (Glob.matches(glob, 0, glob.length, channel.array(), 0, channel.length())) {
        for (RedisSession session : pattern.getValue()) {
          send(session, "pmessage", pattern.getKey(), channel, message);
          receivers++;
        }
      }
    }
    return receivers;
  }

  public int publishToShard(Bytes channel, Bytes message) {
    Set<RedisSession> listeners = shardChannels.getOrDefault(channel, Set.of());
    for (RedisSession session : listeners) {
      send(session, "smessage", null, channel, message);
    }
    return listeners.size();
  }

  private static void send(
      RedisSession session, String kind, @Nullable Bytes pattern, Bytes channel, Bytes message) {
    try {
      Reply push = session.push();
      push.push(pattern == null ? 3 : 4);
      push.bulk(kind);
      if (pattern != null) {
        push.bulk(pattern);
      }
      push.bulk(channel);
      push.bulk(message);
      session.pushed();
    } catch (BufferFull e) {
      session.closeNow(); // it has too much before it; the others get theirs
    }
  }
}
