package io.headwater.protocol.http;

/** A protocol on HTTP. Called from many virtual threads at once; blocking is fine. */
public interface HttpService {
  /** Answers one request. What it throws is logged and becomes {@link Refusal#INTERNAL}. */
  HttpResponse answer(HttpRequest request);

  /**
   * Says in the protocol's own words why a request was not even looked at.
   *
   * @param detail one sentence for the client, never a stack trace
   */
  HttpResponse refuse(Refusal refusal, String detail);

  /** Why the server turns a request away by itself. */
  enum Refusal {
    /** Not HTTP, or a path or query that cannot be decoded. */
    MALFORMED(400),
    /** A {@code Content-Encoding} other than gzip. */
    UNKNOWN_ENCODING(415),
    /** A body over the limit, before or after decompression. */
    TOO_LARGE(413),
    /** So many large bodies are being read that memory would run out. */
    OVERLOADED(429),
    /** The server ends and takes no new work. */
    SHUTTING_DOWN(503),
    /** A bug: it is in the log. */
    INTERNAL(500),
    /** Refused by the HTTP library: its status says why. */
    PROTOCOL(400);

    private final int status;

    Refusal(int status) {
      this.status = status;
    }

    public int status() {
      return status;
    }
  }
}
