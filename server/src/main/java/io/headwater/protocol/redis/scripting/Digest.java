package io.headwater.protocol.redis.scripting;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-1 in hexadecimal: the name of a script. */
final class Digest {
  /** Of every name. */
  static final int DIGITS = 40;

  private final MessageDigest sha1;

  Digest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  String of(byte[] bytes) {
    return HexFormat.of().formatHex(sha1.digest(bytes));
  }
}
