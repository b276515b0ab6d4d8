package io.headwater.protocol.kafka;

import io.headwater.bytes.HeapBudget;
import io.headwater.host.Connection;
import io.headwater.host.Session;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * One Kafka client's connection: requests with a four-byte length in front, answered in the order
 * they came even where a later one is done first. Reading stops while too many requests wait for
 * their answers or too much output waits for a slow reader. Whatever is not a Kafka request ends
 * the connection with one log line.
 *
 * <pre>{@code
 * request:  int32 length | int16 api key | int16 version | int32 correlation id | ...
 * }</pre>
 */
final class KafkaSession implements Session {
  private static final System.Logger LOG = System.getLogger(KafkaSession.class.getName());

  /** Api key, version and correlation id. */
  private static final int HEADER_BYTES_MIN = 8;

  /** A request with a few elements. */
  private static final int REQUEST_BYTES = 500;

  /** So much the first request of each connection may always take, a half the second and so on. */
  private static final int SMALL_BYTES = HeapBudget.FREE_ARRAY_BYTES;

  private final Connection connection;
  private final HeapBudget.Share held;
  private final Dispatch dispatch;
  private final KafkaSettings settings;
  private final Deque<Exchange> pending = new ArrayDeque<>();
  private ClientInformation client = ClientInformation.EMPTY;
  private long pendingRequestBytes;
  private boolean paused;
  private boolean ended;

  /**
   * @param held what all requests under way hold
   */
  KafkaSession(
      Connection connection, Dispatch dispatch, KafkaSettings settings, HeapBudget.Share held) {
    this.connection = connection;
    this.held = held;
    this.dispatch = dispatch;
    this.settings = settings;
  }

  Connection connection() {
    return connection;
  }

  /** The software that the client named in its ApiVersions request. */
  ClientInformation client() {
    return client;
  }

  void client(ClientInformation named) {
    client = named;
  }

  @Override
  public int receive(byte[] buffer, int from, int to) {
    ByteBuffer bytes = ByteBuffer.wrap(buffer).order(ByteOrder.BIG_ENDIAN);
    int at = from;
    while (!ended && !mustWait() && to - at >= Integer.BYTES) {
      int length = bytes.getInt(at);
      int have = to - at - Integer.BYTES;
      if (!plausible(bytes, at, length, have)) {
        return to - from;
      }
      if (have < length) {
        break;
      }
      request(bytes.slice(at + Integer.BYTES, length));
      at += Integer.BYTES + length;
    }
    return ended ? to - from : at - from;
  }

  /** Looks at what there is of a request, so that nonsense is not buffered to its claimed end. */
  private boolean plausible(ByteBuffer bytes, int at, int length, int have) {
    if (length < HEADER_BYTES_MIN || length > settings.requestBytesMax()) {
      refuse(describe(bytes, at, length));
      return false;
    }
    if (have < Short.BYTES) {
      return true;
    }
    short key = bytes.getShort(at + Integer.BYTES);
    if (!ApiKeys.hasId(key)) {
      refuse("an unknown api key, " + key);
      return false;
    }
    if (length > settings.otherRequestBytesMax() && ApiKeys.forId(key) != ApiKeys.PRODUCE) {
      refuse("a " + ApiKeys.forId(key) + " request of " + length + " bytes");
      return false;
    }
    return true;
  }

  private static String describe(ByteBuffer bytes, int at, int length) {
    byte first = bytes.get(at);
    if (first == 0x16 && bytes.get(at + 1) == 3) {
      return "a TLS handshake; this listener speaks plain text";
    }
    boolean letters = true;
    for (int i = 0; i < Integer.BYTES; i++) {
      byte b = bytes.get(at + i);
      letters &= (b >= 'A' && b <= 'Z') || b == ' ';
    }
    return letters ? "what looks like an HTTP request" : "a request length of " + length;
  }

  private void request(ByteBuffer bytes) {
    int length = bytes.remaining();
    RequestHeader header;
    try {
      header = RequestHeader.parse(bytes);
    } catch (RuntimeException e) {
      refuse("a request header that does not decode: " + e.getMessage());
      return;
    }
    int elements = RequestElements.count(header.apiKey(), header.apiVersion(), bytes);
    if (elements > RequestElements.limit(header.apiKey())) {
      refuse("a " + header.apiKey() + " request whose arrays have too many elements");
      return;
    }
    long cost = cost(header, length, elements);
    boolean free = cost <= SMALL_BYTES / (pending.size() + 1);
    if (!free && !held.take(cost)) {
      refuse("a " + header.apiKey() + " request while others take all the memory for requests");
      return;
    }
    Exchange exchange = new Exchange(this, header, length, free ? 0 : cost);
    pending.add(exchange);
    pendingRequestBytes += length;
    dispatch.dispatch(exchange, bytes);
  }

  /** What is kept of a request until it is answered; of a Produce, which never waits, little. */
  private static long cost(RequestHeader header, int length, int elements) {
    long bytes = header.apiKey() == ApiKeys.PRODUCE ? 0 : 2L * length;
    return REQUEST_BYTES + bytes + (long) elements * RequestElements.ELEMENT_BYTES;
  }

  /** Ends the connection because of what the client sent. */
  void refuse(String what) {
    LOG.log(Level.WARNING, "kafka: {0} sent {1}; closing", connection.remote(), what);
    end();
  }

  /** Closes behind the answers that are ready; requests still waiting get none. */
  private void end() {
    if (!ended) {
      ended = true;
      connection.closeAfterFlush();
    }
  }

  /** Writes the answers that are next in order. */
  void flush() {
    while (!ended && !pending.isEmpty()) {
      Exchange next = pending.peek();
      Exchange.Outcome outcome = next.outcome();
      if (outcome == null) {
        break;
      }
      pending.remove();
      pendingRequestBytes -= next.requestBytes();
      held.add(-next.heldBytes());
      switch (outcome) {
        case Exchange.Outcome.Answer answer -> write(next, answer);
        case Exchange.Outcome.Silence _ -> {}
        case Exchange.Outcome.Hangup _ -> end();
      }
    }
    resumeIfPossible();
  }

  private void write(Exchange exchange, Exchange.Outcome.Answer answer) {
    int before = connection.out().size();
    try {
      ResponseWriter.write(connection, exchange.header(), answer.body(), answer.version());
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "kafka: cannot encode the answer to " + exchange.header(), e);
      connection.out().truncate(Math.min(before, connection.out().size()));
      end();
      return;
    }
    if (exchange.heldFor() > 0) {
      connection.hold(exchange.heldFor());
    }
  }

  private boolean mustWait() {
    if (paused) {
      return true;
    }
    if (tooManyWait()) {
      paused = true;
      connection.pauseReading();
    }
    return paused || connection.congested();
  }

  private boolean tooManyWait() {
    return pending.size() >= settings.requestsInFlightMax()
        || pendingRequestBytes > settings.otherRequestBytesMax();
  }

  private void resumeIfPossible() {
    if (paused && !ended && !tooManyWait()) {
      paused = false;
      connection.resumeReading();
    }
  }

  @Override
  public void closed() {
    ended = true;
    for (Exchange exchange : pending) {
      exchange.abandon();
      held.add(-exchange.heldBytes());
    }
    pending.clear();
  }
}
