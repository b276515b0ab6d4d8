package io.headwater.protocol.redis.settings;

/** Why a parameter does not take a value, in Redis's words where it has some. No stack trace. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Refused(String reason) {
    super(reason, null, false, false);
  }

  public String reason() {
    return String.valueOf(getMessage());
  }
}
