package io.headwater.protocol.redis;

import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.BLOCKING;
import static io.headwater.protocol.redis.facts.Flags.BRIEF;
import static io.headwater.protocol.redis.facts.Flags.ENDS_QUEUE;
import static io.headwater.protocol.redis.facts.Flags.FAST;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.NO_MULTI;
import static io.headwater.protocol.redis.facts.Flags.PLAIN;
import static io.headwater.protocol.redis.facts.Flags.PUBSUB;
import static io.headwater.protocol.redis.facts.Flags.SHOWN;

import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.observing.CommandCounts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One command, or one subcommand ({@code client|id}), as data.
 *
 * @param arity arguments with the name (and the subcommand's); negative: at least so many
 * @param flags of {@link Flags}
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
  private static final int NEVER_PLAIN =
      ENDS_QUEUE | NO_MULTI | NOSCRIPT | ADMIN | BLOCKING | PUBSUB;

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
      int all = flags & ~SHOWN | known.flags();
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
