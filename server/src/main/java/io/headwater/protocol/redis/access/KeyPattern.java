package io.headwater.protocol.redis.access;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.facts.KeySpec;
import java.nio.charset.StandardCharsets;

/**
 * Keys that may be read, written, or both.
 *
 * @param access of {@link #READ} and {@link #WRITE}
 */
record KeyPattern(Bytes glob, int access) {
  static final int READ = 1;
  static final int WRITE = 2;

  /** What a command's flags for a key ask for; 0 asks for any access. */
  static int needed(int keyFlags) {
    return ((keyFlags & KeySpec.ACCESS) != 0 ? READ : 0)
        | ((keyFlags & (KeySpec.INSERT | KeySpec.DELETE | KeySpec.UPDATE)) != 0 ? WRITE : 0);
  }

  /** As a rule. */
  String rule() {
    String text = new String(glob.array(), StandardCharsets.ISO_8859_1);
    return switch (access) {
      case READ -> "%R~" + text;
      case WRITE -> "%W~" + text;
      default -> "~" + text;
    };
  }
}
