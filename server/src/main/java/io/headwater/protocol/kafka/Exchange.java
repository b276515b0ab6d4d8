package io.headwater.protocol.kafka;

import io.headwater.host.Connection;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.jspecify.annotations.Nullable;

/** One request and its place in the order of its connection's responses. Topics loop only. */
final class Exchange {
  private static final ListenerName LISTENER =
      ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT);

  /** What becomes of a request. */
  sealed interface Outcome {
    /** {@code version} is the request's, but for versions of ApiVersions that are unknown. */
    record Answer(ApiMessage body, short version) implements Outcome {}

    /** The client wanted no answer. */
    record Silence() implements Outcome {}

    /** Something is wrong that no answer can say, so the connection ends here. */
    record Hangup() implements Outcome {}
  }

  private final KafkaSession session;
  private final RequestHeader header;
  private final int requestBytes;
  private final long heldBytes;
  private long heldFor;
  private @Nullable Outcome outcome;
  private @Nullable Runnable whenAbandoned;

  Exchange(KafkaSession session, RequestHeader header, int requestBytes, long heldBytes) {
    this.session = session;
    this.header = header;
    this.requestBytes = requestBytes;
    this.heldBytes = heldBytes;
  }

  RequestHeader header() {
    return header;
  }

  short version() {
    return header.apiVersion();
  }

  KafkaSession session() {
    return session;
  }

  Connection connection() {
    return session.connection();
  }

  Outcome answer(ApiMessage body) {
    return new Outcome.Answer(body, header.apiVersion());
  }

  int requestBytes() {
    return requestBytes;
  }

  /** Of the memory for requests under way. */
  long heldBytes() {
    return heldBytes;
  }

  /** The response leaves only when the log is durable up to {@code position}. */
  void holdFor(long position) {
    heldFor = Math.max(heldFor, position);
  }

  long heldFor() {
    return heldFor;
  }

  /** Null until it is known. */
  @Nullable Outcome outcome() {
    return outcome;
  }

  void finish(Outcome known) {
    assert outcome == null : header + " is finished";
    outcome = known;
    whenAbandoned = null;
    session.flush();
  }

  /** What to undo if the connection closes before this is finished. */
  void whenAbandoned(Runnable action) {
    whenAbandoned = action;
  }

  void abandon() {
    Runnable action = whenAbandoned;
    if (action != null) {
      whenAbandoned = null;
      action.run();
    }
  }

  /** Who asks, as Apache's code wants to know it. */
  RequestContext context() {
    Connection connection = connection();
    return new RequestContext(
        header,
        Long.toString(connection.id()),
        connection.remote().getAddress(),
        KafkaPrincipal.ANONYMOUS,
        LISTENER,
        SecurityProtocol.PLAINTEXT,
        session.client(),
        false);
  }
}
