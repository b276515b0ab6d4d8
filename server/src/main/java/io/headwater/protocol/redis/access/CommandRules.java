package io.headwater.protocol.redis.access;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Category;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which commands a selector permits: a bit for each number of the command table. */
final class CommandRules {
  private final CommandTable table;
  private final long[] bits;

  /** By the number of a command that is not permitted as a whole: first arguments that are. */
  private final Map<Integer, List<String>> firstArguments = new TreeMap<>();

  /** Also commands that come later. */
  private boolean future;

  /** All of them: no bit was cleared since {@code +@all}. */
  private boolean all;

  CommandRules(CommandTable table) {
    this.table = table;
    bits = new long[(table.numbered().size() + 63) / 64];
  }

  CommandRules copy() {
    CommandRules copy = new CommandRules(table);
    System.arraycopy(bits, 0, copy.bits, 0, bits.length);
    firstArguments.forEach((number, words) -> copy.firstArguments.put(number, List.copyOf(words)));
    copy.future = future;
    copy.all = all;
    return copy;
  }

  boolean permitsAll() {
    return all;
  }

  boolean permits(Command command, Call call) {
    if (all || command.has(Flags.NO_AUTH) || isSet(command)) {
      return true;
    }
    if (firstArguments.isEmpty()) {
      return false;
    }
    for (String word : firstArguments.getOrDefault(command.number(), List.of())) {
      if (call.count() > 1 && call.text(1).equalsIgnoreCase(word)) {
        return true;
      }
    }
    return false;
  }

  private boolean isSet(Command command) {
    return (bits[command.number() >> 6] & 1L << command.number()) != 0;
  }

  void setAll(boolean permitted) {
    Arrays.fill(bits, permitted ? -1 : 0);
    firstArguments.clear();
    future = permitted;
    all = permitted;
  }

  /**
   * Applies {@code +x} or {@code -x}.
   *
   * @param what a command, {@code command|subcommand}, {@code command|argument} or {@code
   *     @category}
   */
  void apply(boolean permitted, String what) throws RuleRefused {
    String name = what.toLowerCase(Locale.ROOT);
    if (name.startsWith("@")) {
      applyCategory(permitted, name.substring(1));
      return;
    }
    Command command = table.originals().get(name);
    if (command != null && command.group() != Group.INTERNAL) {
      set(command, permitted);
      return;
    }
    int bar = name.indexOf('|');
    if (!permitted || bar < 0) {
      throw RuleRefused.UNKNOWN_COMMAND;
    }
    applyFirstArgument(name.substring(0, bar), what.substring(bar + 1));
  }

  private void applyFirstArgument(String name, String argument) throws RuleRefused {
    Command command = table.originals().get(name);
    if (command == null || command.group() == Group.INTERNAL) {
      throw RuleRefused.UNKNOWN_COMMAND;
    }
    if (argument.indexOf('|') >= 0) {
      throw RuleRefused.FIRST_ARGUMENT_OF_SUBCOMMAND;
    }
    if (argument.isEmpty()) {
      throw RuleRefused.SYNTAX;
    }
    if (!command.subcommands().isEmpty()) {
      throw RuleRefused.UNKNOWN_COMMAND;
    }
    if (isSet(command)) {
      return;
    }
    List<String> words = new ArrayList<>(firstArguments.getOrDefault(command.number(), List.of()));
    if (words.stream().noneMatch(argument::equalsIgnoreCase)) {
      words.add(argument);
    }
    firstArguments.put(command.number(), words);
  }

  private void applyCategory(boolean permitted, String name) throws RuleRefused {
    if (name.equals("all")) {
      setAll(permitted);
      return;
    }
    Category category = Category.of(name);
    if (category == null) {
      throw RuleRefused.UNKNOWN_COMMAND;
    }
    set(category, permitted);
  }

  private void set(Category category, boolean permitted) {
    for (Command command : table.numbered()) {
      if (command.facts().isIn(category)) {
        set(command, permitted);
      }
    }
  }

  /** The command with its subcommands. */
  private void set(Command command, boolean permitted) {
    setAlone(command, permitted);
    for (Command sub : command.subcommands()) {
      setAlone(sub, permitted);
    }
  }

  private void setAlone(Command command, boolean permitted) {
    long bit = 1L << command.number();
    if (permitted) {
      bits[command.number() >> 6] |= bit;
    } else {
      bits[command.number() >> 6] &= ~bit;
      all = false;
    }
    firstArguments.remove(command.number());
  }

  /**
   * The shortest rules that we find for these bits, as Redis 7.0 looks for them: from all or
   * nothing, category by category, always the one that explains the most of what is left and is
   * wrong the least, and then the single commands that are still wrong. Commands that Redis does
   * not have count among those only, so that what is found is what Redis finds.
   */
  String describe() {
    CommandRules described = new CommandRules(table);
    described.setAll(future);
    StringBuilder rules = new StringBuilder(future ? "+@all" : "-@all");
    CommandRules left = copy();
    boolean adding = !future;
    while (!isSameForRedis(described)) {
      Category best = left.bestCategory(adding);
      if (best == null) {
        break;
      }
      rules.append(adding ? " +@" : " -@").append(best.word);
      described.set(best, adding);
      left.set(best, !adding);
    }
    for (Command command : table.originals().values()) {
      describeAlone(command, described, rules);
    }
    return rules.toString();
  }

  private boolean isSameForRedis(CommandRules other) {
    for (Command command : table.numbered()) {
      if (command.facts().isRedis() && isSet(command) != other.isSet(command)) {
        return false;
      }
    }
    return true;
  }

  private @Nullable Category bestCategory(boolean adding) {
    Category best = null;
    int leastWrong = Integer.MAX_VALUE;
    int mostRight = 0;
    for (Category category : Category.values()) {
      int on = 0;
      int off = 0;
      for (Command command : table.numbered()) {
        if (command.facts().isIn(category) && command.facts().isRedis()) {
          if (isSet(command)) {
            on++;
          } else {
            off++;
          }
        }
      }
      int wrong = adding ? off : on;
      int right = adding ? on : off;
      if (right > wrong && (wrong < leastWrong || wrong == leastWrong && right > mostRight)) {
        best = category;
        leastWrong = wrong;
        mostRight = right;
      }
    }
    return best;
  }

  private void describeAlone(Command command, CommandRules described, StringBuilder rules) {
    if (command.group() == Group.INTERNAL) {
      return;
    }
    if (isSet(command) != described.isSet(command)) {
      rules.append(isSet(command) ? " +" : " -").append(command.name());
      described.set(command, isSet(command));
    }
    for (String word : firstArguments.getOrDefault(command.number(), List.of())) {
      rules.append(" +").append(command.name()).append('|').append(word);
    }
  }
}
