package io.headwater.protocol.redis;

import io.headwater.bytes.Hash64;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.resp.RequestParser;
import io.headwater.protocol.redis.text.FloatText;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Prefetch;
import io.headwater.view.keyspace.types.Lookahead;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Requests that stand parsed in one buffer, to be run in order. Before the first runs, the first
 * key of each is hashed and its slot and entry are loaded, all independent of each other, so that
 * the memory's latencies overlap instead of adding up. One object per server, reused.
 */
final class Batch {
  static final int REQUESTS_MAX = 64;
  private static final byte[] NOTHING = new byte[0];

  /** Arrays of up to so many bytes, such as the loop's own, are not let go after each batch. */
  private static final int KEEP_BYTES = 256 << 10;

  /** Commands that look one field or member up, and which argument names it. */
  private static final Map<String, Integer> MEMBERS =
      Map.ofEntries(
          Map.entry("hget", 2),
          Map.entry("hset", 2),
          Map.entry("hsetnx", 2),
          Map.entry("hdel", 2),
          Map.entry("hexists", 2),
          Map.entry("hincrby", 2),
          Map.entry("sadd", 2),
          Map.entry("srem", 2),
          Map.entry("sismember", 2),
          Map.entry("zadd", 3),
          Map.entry("zincrby", 3),
          Map.entry("zrem", 2),
          Map.entry("zscore", 2),
          Map.entry("zrank", 2));

  /** One parsed request. */
  private static final class Request {
    private Arguments arguments = new Arguments();
    private byte[] array = NOTHING;
    private @Nullable Command command;
    private int end;
    private int member;
    private long hash;
    private boolean hashed;
    private boolean plain;
  }

  private final CommandTable table;
  private final Request[] requests = new Request[REQUESTS_MAX];
  private final int[] memberArguments;
  private final Prefetch prefetch;
  private final Lookahead ahead = new Lookahead(REQUESTS_MAX);

  /** By request: where its lookup begins, 0 if it has none; then the address of its entry. */
  private final long[] candidates = new long[REQUESTS_MAX];

  private int count;

  /** What the loads brought, so that they are not optimised away. */
  private long loaded;

  Batch(CommandTable table, Keyspace keyspace) {
    this.table = table;
    this.prefetch = keyspace.prefetch();
    for (int i = 0; i < requests.length; i++) {
      requests[i] = new Request();
    }
    memberArguments = new int[table.all().stream().mapToInt(Command::number).max().orElse(0) + 1];
    MEMBERS.forEach(
        (name, i) -> memberArguments[Objects.requireNonNull(table.find(name)).number()] = i);
  }

  /** Lets go of the buffers. */
  void clear() {
    for (int i = 0; i < count; i++) {
      Request request = requests[i];
      if (request.array.length > KEEP_BYTES) {
        request.array = NOTHING;
      }
      request.arguments.clear();
    }
    count = 0;
  }

  int count() {
    return count;
  }

  boolean isFull() {
    return count == REQUESTS_MAX;
  }

  /**
   * Parses the request that starts at {@code from}, and takes it if it is whole. Storing a
   * reference costs a memory fence with G1 (5 ns), so those that are there already are not stored.
   *
   * @return behind it, or -1 if there is more to come
   */
  @SuppressWarnings("ReferenceEquality")
  int add(RequestParser parser, byte[] buffer, int from, int to, long bulkBytesMax) {
    Request request = requests[count];
    byte[] array = buffer;
    int end = parser.parseCommon(buffer, from, to, request.arguments);
    if (end < 0) {
      end = parser.parse(buffer, from, to, bulkBytesMax);
      if (end < 0) {
        return -1;
      }
      array = parser.array();
      if (parser.arguments().areFew()) {
        request.arguments.copy(parser.arguments());
      } else {
        request.arguments = parser.exchange(request.arguments);
      }
    }
    if (request.array != array) {
      request.array = array;
    }
    request.end = end;
    count++;
    name(request);
    return end;
  }

  /** Finds which command a request asks for, and the hash of its first key. */
  @SuppressWarnings("ReferenceEquality")
  private void name(Request request) {
    byte[] array = request.array;
    Arguments arguments = request.arguments;
    Command command =
        arguments.count() == 0 ? null : table.find(array, arguments.start(0), arguments.length(0));
    if (request.command != command) {
      request.command = command;
    }
    request.hashed = command != null && command.firstKey() == 1 && arguments.count() > 1;
    if (request.hashed) {
      request.hash = Hash64.of(array, arguments.start(1), arguments.length(1));
    }
    request.plain = command != null && command.has(Flags.PLAIN) && command.takes(arguments.count());
    request.member = command == null ? 0 : memberArguments[command.number()];
  }

  /**
   * Loads what the requests will look at, step by step. The processor looks some hundred
   * instructions ahead, so the loops that load do nothing else: so many more loads are under way at
   * once.
   */
  void prefetch(int db) {
    if (count < 2) {
      return;
    }
    long sum = 0;
    for (int i = 0; i < count; i++) {
      Request request = requests[i];
      candidates[i] = request.hashed ? prefetch.slot(db, request.hash) : 0;
    }
    for (int i = 0; i < count; i++) {
      sum += Entry.touchSlot(candidates[i]);
    }
    for (int i = 0; i < count; i++) {
      if (candidates[i] != 0) {
        candidates[i] = prefetch.candidate(db, requests[i].hash, candidates[i]);
      }
    }
    sum += prefetch.load(candidates, count);
    for (int i = 0; i < count; i++) {
      if (candidates[i] != 0 && requests[i].member != 0) {
        lookAhead(requests[i], candidates[i]);
      }
    }
    loaded = sum + ahead.load();
  }

  private void lookAhead(Request request, long candidate) {
    int member = request.member;
    Arguments arguments = request.arguments;
    if (arguments.count() > member) {
      double score = Double.NaN;
      if (member == 3) { // ZADD, ZINCRBY
        score = FloatText.parse(request.array, arguments.start(2), arguments.length(2));
      }
      prefetch.lookAhead(
          ahead,
          candidate,
          request.array,
          arguments.start(member),
          arguments.length(member),
          score);
    }
  }

  Arguments arguments(int i) {
    return requests[i].arguments;
  }

  byte[] array(int i) {
    return requests[i].array;
  }

  /** Null if no command has this name. */
  @Nullable Command command(int i) {
    return requests[i].command;
  }

  /** Whether a request is for a plain command, with as many arguments as it takes. */
  boolean isPlain(int i) {
    return requests[i].plain;
  }

  int end(int i) {
    return requests[i].end;
  }

  /** Tells a call the hash of its first key, where it is known. */
  void tellHash(int i, Call call) {
    if (requests[i].hashed) {
      call.knowHash(requests[i].hash);
    }
  }

  /** Means nothing; read so that it is kept. */
  long loaded() {
    return loaded;
  }
}
