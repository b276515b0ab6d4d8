package io.headwater.protocol.redis;

import io.headwater.protocol.redis.observing.CommandCounts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command, or one subcommand ({@code client|id}), as data.
 *
 * @param arity arguments with the name (and the subcommand's); negative: at least so many
 * @param flags of the constants here
 * @param firstKey index of the first key argument, 0 without keys
 * @param lastKey index of the last one; negative counts from the end
 * @param keyStep from key to key
 * @param since the Redis version that brought it
 * @param keyFinder finds the keys where positions do not say; then the positions are only a hint
 * @param written finds those keys that a command writes, if not all
 * @param handler null for a container of subcommands that does nothing by itself
 * @param facts what Redis says of it; arity, flags and key positions are taken from there
 * @param number its place in the table, from 0 without gaps, for bit sets; -1 before it is added
 * @param counts what it has done so far
 */
public record Command(
    String name,
    int arity,
    int flags,
    int firstKey,
    int lastKey,
    int keyStep,
    Group group,
    String since,
    String summary,
    @Nullable KeyFinder keyFinder,
    @Nullable KeyFinder written,
    @Nullable Handler handler,
    List<Command> subcommands,
    CommandFacts facts,
    int number,
    CommandCounts counts) {
  public static final int WRITE = 1;
  public static final int READONLY = 1 << 1;
  public static final int DENYOOM = 1 << 2;
  public static final int ADMIN = 1 << 3;
  public static final int PUBSUB = 1 << 4;
  public static final int NOSCRIPT = 1 << 5;
  public static final int BLOCKING = 1 << 6;
  public static final int LOADING = 1 << 7;
  public static final int STALE = 1 << 8;
  public static final int SKIP_MONITOR = 1 << 9;
  public static final int SKIP_SLOWLOG = 1 << 10;
  public static final int ASKING = 1 << 11;
  public static final int FAST = 1 << 12;
  public static final int NO_AUTH = 1 << 13;
  public static final int MAY_REPLICATE = 1 << 14;
  public static final int NO_MANDATORY_KEYS = 1 << 15;
  public static final int NO_ASYNC_LOADING = 1 << 16;
  public static final int NO_MULTI = 1 << 17;
  public static final int MOVABLEKEYS = 1 << 18;
  public static final int ALLOW_BUSY = 1 << 19;

  /** Runs at once inside MULTI instead of being queued. Ours, not shown. */
  public static final int ENDS_QUEUE = 1 << 30;

  /** A RESP2 client may call it while it is subscribed. Ours, not shown. */
  public static final int WHILE_SUBSCRIBED = 1 << 29;

  /** The flags that COMMAND INFO shows. */
  static final int SHOWN_FLAGS = (ALLOW_BUSY << 1) - 1 & ~MAY_REPLICATE;

  /**
   * Takes a time that its arguments and its reply bound, though it is not FAST. Ours, not shown.
   */
  public static final int BRIEF = 1 << 28;

  /**
   * Changes and reads its keys only, and runs at once. While nothing unusual is on, {@link
   * RedisServer} takes a short way for it. Ours, not shown; follows from the others.
   */
  static final int PLAIN = 1 << 27;

  private static final int NEVER_PLAIN =
      ENDS_QUEUE | NO_MULTI | NOSCRIPT | ADMIN | BLOCKING | PUBSUB;

  /** By bit: what COMMAND INFO calls each flag. */
  private static final String[] FLAG_WORDS = {
    "write",
    "readonly",
    "denyoom",
    "admin",
    "pubsub",
    "noscript",
    "blocking",
    "loading",
    "stale",
    "skip_monitor",
    "skip_slowlog",
    "asking",
    "fast",
    "no_auth",
    "may_replicate",
    "no_mandatory_keys",
    "no_async_loading",
    "no_multi",
    "movablekeys",
    "allow_busy"
  };

  /** Runs a command. */
  public interface Handler {
    void run(Call call);
  }

  /** Finds the key arguments: their indexes. */
  public interface KeyFinder {
    int[] keys(Call call);
  }

  /** Starts a declaration. */
  public static Declaration command(
      String name, int arity, int flags, Group group, String since, String summary) {
    return new Declaration(name, arity, flags, group, since, summary);
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Whether it is EVAL, FCALL or another of their family: it runs other commands. */
  boolean isScript() {
    return group == Group.SCRIPTING && handler != null && !name.contains("|");
  }

  /** Whether its time is bounded by the bytes that it takes and answers. */
  boolean isQuick() {
    return (flags & (FAST | BRIEF)) != 0 && (flags & PUBSUB) == 0;
  }

  public boolean takes(int argumentCount) {
    return arity >= 0 ? argumentCount == arity : argumentCount >= -arity;
  }

  /** Whether it does anything here; else it is known by name only. */
  public boolean isSupported() {
    return handler != null || subcommands.stream().anyMatch(Command::isSupported);
  }

  public boolean hasKeys() {
    return firstKey != 0 || keyFinder != null;
  }

  /** Indexes of the key arguments of a call. */
  public int[] keys(Call call) {
    if (keyFinder != null) {
      return keyFinder.keys(call);
    }
    return range(call, firstKey, lastKey, keyStep);
  }

  /** Indexes of the arguments of a call that name keys it writes. */
  public int[] writtenKeys(Call call) {
    return written != null ? written.keys(call) : keys(call);
  }

  public static int[] range(Call call, int first, int last, int step) {
    if (first == 0) {
      return new int[0];
    }
    int end = last < 0 ? call.count() + last : Math.min(last, call.count() - 1);
    int[] keys = new int[Math.max(0, (end - first) / step + 1)];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = first + i * step;
    }
    return keys;
  }

  /** The name's last part, for a subcommand. */
  public String shortName() {
    return name.substring(name.indexOf('|') + 1);
  }

  public List<String> flagWords() {
    List<String> words = new ArrayList<>();
    for (int bit = 0; bit < FLAG_WORDS.length; bit++) {
      if ((flags & SHOWN_FLAGS & 1 << bit) != 0) {
        words.add(FLAG_WORDS[bit]);
      }
    }
    return words;
  }

  /** The flag of a word of {@link #flagWords}. */
  static int flag(String word) {
    int bit = List.of(FLAG_WORDS).indexOf(word);
    if (bit < 0) {
      throw new IllegalArgumentException("no such command flag: " + word);
    }
    return 1 << bit;
  }

  /** With a number and other subcommands. */
  Command placed(int newNumber, List<Command> newSubcommands) {
    return new Command(
        name,
        arity,
        flags,
        firstKey,
        lastKey,
        keyStep,
        group,
        since,
        summary,
        keyFinder,
        written,
        handler,
        List.copyOf(newSubcommands),
        facts,
        newNumber,
        counts);
  }

  /** A command of Redis that this server does not have: known by name, refused by name. */
  public static Command unsupported(CommandFacts facts) {
    return command(
            facts.name(), facts.arity(), facts.flags(), Group.of(facts.group()), facts.since(), "")
        .container();
  }

  /** A command being written down. */
  public static final class Declaration {
    private final String name;
    private final int arity;
    private final int flags;
    private final Group group;
    private final String since;
    private final String summary;
    private int firstKey;
    private int lastKey;
    private int keyStep;
    private @Nullable KeyFinder keyFinder;
    private @Nullable KeyFinder written;
    private final List<Command> subcommands = new ArrayList<>();

    private Declaration(
        String name, int arity, int flags, Group group, String since, String summary) {
      this.name = name;
      this.arity = arity;
      this.flags = flags;
      this.group = group;
      this.since = since;
      this.summary = summary;
    }

    /** Where keys stand: 1, 1, 1 for one key in front; last -1 for all to the end. */
    public Declaration keys(int first, int last, int step) {
      firstKey = first;
      lastKey = last;
      keyStep = step;
      return this;
    }

    /** For keys that no three numbers describe, such as {@code ZUNION numkeys key...}. */
    public Declaration keys(KeyFinder finder) {
      keyFinder = finder;
      return this;
    }

    /** Which of the keys are written, where that is not all of them. */
    public Declaration writes(int first, int last, int step) {
      written = call -> range(call, first, last, step);
      return this;
    }

    /** Like {@link #writes(int, int, int)}, where no three numbers say it. */
    public Declaration writes(KeyFinder finder) {
      written = finder;
      return this;
    }

    /** Adds a subcommand, itself declared by its full name such as {@code client|id}. */
    public Declaration sub(Command subcommand) {
      subcommands.add(subcommand);
      return this;
    }

    public Command does(Handler handler) {
      return build(handler);
    }

    /** A container that only has subcommands. */
    public Command container() {
      return build(null);
    }

    private Command build(@Nullable Handler handler) {
      CommandFacts known = CommandFacts.of(name);
      if (known == null) {
        known =
            CommandFacts.derived(
                name, arity, flags, firstKey, lastKey, keyStep, keyFinder != null, group, since);
      }
      int all = flags & ~SHOWN_FLAGS | known.flags();
      boolean plain =
          (all & (FAST | BRIEF)) != 0
              && (all & NEVER_PLAIN) == 0
              && known.firstKey() != 0
              && handler != null
              && subcommands.isEmpty();
      return new Command(
          name,
          known.arity(),
          plain ? all | PLAIN : all,
          known.firstKey(),
          known.lastKey(),
          known.keyStep(),
          group,
          since,
          summary,
          keyFinder,
          written,
          handler,
          List.copyOf(subcommands),
          known,
          -1,
          new CommandCounts());
    }
  }
}
