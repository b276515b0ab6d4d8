package io.headwater.bytes;

/** Input that does not decode: too short, a bad varint, a length outside its limit. */
public final class MalformedBytes extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedBytes(String message) {
    super(message, null, false, false);
  }
}
