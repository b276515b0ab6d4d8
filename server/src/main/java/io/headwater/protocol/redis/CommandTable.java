package io.headwater.protocol.redis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Every command this server knows, by name. */
public final class CommandTable {
  private static final int NAME_LENGTH_MAX = 32;
  private static final int SHOWN_BYTES_MAX = 128;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long UPPER_CASE = 0xdfdf_dfdf_dfdf_dfdfL;
  private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;
  private static final int SHORT_MASK = 1023;

  private final TreeMap<String, Command> byName = new TreeMap<>();

  /** Open addressing by the lower-cased name's bytes; twice as many places as names at least. */
  private @Nullable Command[] places = new Command[1024];

  private byte[][] names = new byte[places.length][];

  /** The same for names of up to eight letters, in upper case as one number: one comparison. */
  private final long[] shortNames = new long[SHORT_MASK + 1];

  private final @Nullable Command[] shortPlaces = new Command[SHORT_MASK + 1];

  private ScriptUsage scriptUsage = ScriptUsage.NONE;
  private final List<Command> byNumber = new ArrayList<>();
  private final TreeMap<String, Command> originals = new TreeMap<>();

  public void add(Command declared) {
    if (declared.handler() == null && (declared.subcommands().isEmpty() || declared.takes(1))) {
      throw new IllegalStateException("nothing runs " + declared.name());
    }
    List<Command> subcommands = new ArrayList<>(declared.subcommands());
    subcommands.replaceAll(sub -> numbered(sub, List.of()));
    Command command = numbered(declared, subcommands);
    if (byName.put(command.name(), command) != null) {
      throw new IllegalStateException("declared twice: " + command.name());
    }
    if (byName.size() * 2 > places.length) {
      throw new IllegalStateException("too many commands for their places");
    }
    place(command.name(), command);
  }

  /** Who knows what scripts take. */
  public void tellsOfScripts(ScriptUsage usage) {
    scriptUsage = usage;
  }

  public ScriptUsage scriptUsage() {
    return scriptUsage;
  }

  private void place(String called, Command command) {
    byte[] name = called.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int i = hash(name, 0, name.length) & places.length - 1;
    while (places[i] != null) {
      i = i + 1 & places.length - 1;
    }
    places[i] = command;
    names[i] = name;
    if (called.matches("[a-z]{1,8}")) {
      long word = word(Arrays.copyOf(name, Long.BYTES), 0, name.length);
      int at = shortPlace(word);
      while (shortNames[at] != 0) {
        at = at + 1 & SHORT_MASK;
      }
      shortNames[at] = word;
      shortPlaces[at] = command;
    }
  }

  /** Up to eight bytes, letters in upper case; what is no letter becomes none. */
  private static long word(byte[] array, int from, int length) {
    return (long) LONG.get(array, from) & UPPER_CASE >>> 64 - 8 * length;
  }

  private int shortPlace(long word) {
    return (int) (word * SPREAD >>> 32) & SHORT_MASK;
  }

  private Command numbered(Command command, List<Command> subcommands) {
    Command placed = command.placed(byNumber.size(), subcommands);
    byNumber.add(placed);
    originals.put(placed.name(), placed);
    return placed;
  }

  /**
   * Lets clients call a command by another name only, or, with an empty one, by none.
   *
   * @throws IllegalArgumentException if there is no such command, or one of the new name
   */
  public void rename(String from, String to) {
    Command command = byName.remove(from);
    if (command == null) {
      throw new IllegalArgumentException("rename-command: there is no command '" + from + "'");
    }
    if (!to.isEmpty() && byName.putIfAbsent(to, command) != null) {
      throw new IllegalArgumentException("rename-command: there is a command '" + to + "' already");
    }
    places = new Command[places.length];
    names = new byte[places.length][];
    Arrays.fill(shortPlaces, null);
    Arrays.fill(shortNames, 0);
    byName.forEach(this::place);
  }

  /** All commands and subcommands, each at its {@link Command#number}. */
  public List<Command> numbered() {
    return byNumber;
  }

  /**
   * All commands and subcommands by their full names, in order of these, a container before its
   * subcommands. No renaming shows here.
   */
  public Map<String, Command> originals() {
    return originals;
  }

  /** By name as a client wrote it. Allocates nothing. */
  public @Nullable Command find(byte[] array, int from, int length) {
    if (length > 0 && length <= Long.BYTES && array.length - from >= Long.BYTES) {
      long word = word(array, from, length);
      boolean endsInLetter = word >>> 8 * (length - 1) != 0; // as all short names do
      for (int i = shortPlace(word); endsInLetter && shortNames[i] != 0; i = i + 1 & SHORT_MASK) {
        if (shortNames[i] == word) {
          return shortPlaces[i];
        }
      }
    }
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

  public @Nullable Command find(String name) {
    return byName.get(name.toLowerCase(Locale.ROOT));
  }

  /** A command, or a subcommand by its full name such as {@code client|id}. */
  public @Nullable Command findFull(String name) {
    int bar = name.indexOf('|');
    if (bar < 0) {
      return find(name);
    }
    Command container = find(name.substring(0, bar));
    if (container != null) {
      for (Command sub : container.subcommands()) {
        if (sub.name().equalsIgnoreCase(name)) {
          return sub;
        }
      }
    }
    return null;
  }

  /** In order of names, without subcommands. */
  public Collection<Command> all() {
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

  /** The command itself, or the subcommand that argument 1 names. */
  public static Command subcommand(Command command, Call call) {
    Command found = subcommandOrNull(command, call);
    if (found != null) {
      return found;
    }
    throw new CommandError(
        "ERR unknown subcommand '"
            + shown(call.text(1))
            + "'. Try "
            + command.name().toUpperCase(java.util.Locale.ROOT)
            + " HELP.");
  }

  /** Like {@link #subcommand}, or null if there is no such subcommand. */
  public static @Nullable Command subcommandOrNull(Command command, Call call) {
    if (command.subcommands().isEmpty() || call.count() < 2) {
      return command;
    }
    for (Command sub : command.subcommands()) {
      if (call.is(1, sub.shortName())) {
        return sub;
      }
    }
    return command.handler() != null ? command : null;
  }

  /** For a subcommand that takes no more arguments than it has. */
  public static CommandError unknownSubcommandOrArity(Call call) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '"
            + shown(call.text(1))
            + "'. Try "
            + call.text(0).toUpperCase(Locale.ROOT)
            + " HELP.");
  }

  public static CommandError unknown(Call call) {
    StringBuilder arguments = new StringBuilder();
    for (int i = 1; i < call.count() && arguments.length() < SHOWN_BYTES_MAX; i++) {
      String text = CommandError.untilNul(call.text(i));
      int room = SHOWN_BYTES_MAX - arguments.length();
      arguments.append('\'').append(text, 0, Math.min(room, text.length())).append("' ");
    }
    return new CommandError(
        "ERR unknown command '"
            + shown(call.text(0))
            + "', with args beginning with: "
            + arguments);
  }

  private static String shown(String whole) {
    String text = CommandError.untilNul(whole);
    return text.length() <= SHOWN_BYTES_MAX ? text : text.substring(0, SHOWN_BYTES_MAX);
  }
}
