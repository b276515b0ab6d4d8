package io.headwater.protocol.redis;

import java.util.Collection;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every command this server knows, by name. */
final class CommandTable {
  private static final int NAME_LENGTH_MAX = 32;
  private final TreeMap<String, Command> byName = new TreeMap<>();

  /** Open addressing by the lower-cased name's bytes; twice as many places as names at least. */
  private @Nullable Command[] places = new Command[1024];

  private byte[][] names = new byte[places.length][];

  void add(Command command) {
    if (byName.put(command.name(), command) != null) {
      throw new IllegalStateException("declared twice: " + command.name());
    }
    if (byName.size() * 2 > places.length) {
      throw new IllegalStateException("too many commands for their places");
    }
    byte[] name = command.name().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int i = hash(name, 0, name.length) & places.length - 1;
    while (places[i] != null) {
      i = i + 1 & places.length - 1;
    }
    places[i] = command;
    names[i] = name;
  }

  /** By name as a client wrote it. Allocates nothing. */
  @Nullable Command find(byte[] array, int from, int length) {
    if (length > NAME_LENGTH_MAX) {
      return null;
    }
    for (int i = hash(array, from, length) & places.length - 1; ; i = i + 1 & places.length - 1) {
      Command command = places[i];
      if (command == null || same(names[i], array, from, length)) {
        return command;
      }
    }
  }

  @Nullable Command find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** In order of names, without subcommands. */
  Collection<Command> all() {
    return byName.values();
  }

  private static int hash(byte[] array, int from, int length) {
    int hash = length;
    for (int i = from; i < from + length; i++) {
      hash = hash * 31 + (array[i] | 0x20);
    }
    return hash ^ hash >>> 15;
  }

  private static boolean same(byte[] lower, byte[] array, int from, int length) {
    if (lower.length != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      int b = array[from + i];
      if (lower[i] != (b >= 'A' && b <= 'Z' ? b + 32 : b)) {
        return false;
      }
    }
    return true;
  }
}
