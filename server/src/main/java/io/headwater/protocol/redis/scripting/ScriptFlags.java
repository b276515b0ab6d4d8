package io.headwater.protocol.redis.scripting;

import io.headwater.protocol.redis.CommandError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a script says of itself in its first line: {@code #!lua flags=no-writes}. */
final class ScriptFlags {
  static final int NO_WRITES = 1;
  static final int ALLOW_OOM = 1 << 1;
  static final int ALLOW_STALE = 1 << 2;
  static final int NO_CLUSTER = 1 << 3;
  static final int CROSS_SLOTS = 1 << 4;

  /** Without such a line: each command is checked alone. */
  static final int COMPATIBLE = 1 << 5;

  private static final List<String> NAMES =
      List.of("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys");

  private ScriptFlags() {}

  /** The flag of a name, 0 if there is none. */
  static int of(String name) {
    int i = NAMES.indexOf(name);
    return i < 0 ? 0 : 1 << i;
  }

  static List<String> names(int flags) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      if ((flags & 1 << i) != 0) {
        names.add(NAMES.get(i));
      }
    }
    return names;
  }

  /** The length of the first line if it begins with {@code #!}, else 0. */
  static int lineLength(byte[] source) {
    if (source.length < 2 || source[0] != '#' || source[1] != '!') {
      return 0;
    }
    int end = 0;
    while (end < source.length && source[end] != '\n') {
      end++;
    }
    return end;
  }

  /** The words of the first line; null if there is none. */
  static @Nullable List<String> words(byte[] source) {
    int length = lineLength(source);
    if (length == 0) {
      return null;
    }
    String line = new String(source, 0, length, StandardCharsets.ISO_8859_1);
    return List.of(line.trim().split("[ \t\r]+", -1));
  }

  /** The flags of a script for EVAL. */
  static int ofScript(byte[] source) {
    List<String> words = words(source);
    if (words == null) {
      return COMPATIBLE;
    }
    if (lineLength(source) == source.length) {
      throw new CommandError("ERR Invalid script shebang");
    }
    if (!words.getFirst().equals("#!lua")) {
      throw new CommandError("ERR Unexpected engine in script shebang: " + words.getFirst());
    }
    int flags = 0;
    for (String word : words.subList(1, words.size())) {
      if (!word.startsWith("flags=")) {
        throw new CommandError("ERR Unknown lua shebang option: " + word);
      }
      for (String name : word.substring("flags=".length()).split(",", -1)) {
        int flag = of(name);
        if (flag == 0 && !name.isEmpty()) {
          throw new CommandError("ERR Unexpected flag in script shebang: " + name);
        }
        flags |= flag;
      }
    }
    return flags;
  }

  /** The source behind the first line; lines keep their numbers. */
  static byte[] body(byte[] source) {
    return Arrays.copyOfRange(source, lineLength(source), source.length);
  }
}
