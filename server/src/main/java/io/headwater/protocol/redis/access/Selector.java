package io.headwater.protocol.redis.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.KeyReferences;
import io.headwater.protocol.redis.text.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One set of rules that together permit a command: commands, keys and channels. */
final class Selector {
  private final CommandRules commands;
  private final List<KeyPattern> keys = new ArrayList<>();
  private final List<Bytes> channels = new ArrayList<>();
  private boolean allKeys;
  private boolean allChannels;

  private Selector(CommandRules commands) {
    this.commands = commands;
  }

  /** Permits nothing, but all channels if that is the default. */
  Selector(CommandTable table, boolean allChannels) {
    this(new CommandRules(table));
    this.allChannels = allChannels;
  }

  Selector copy() {
    Selector copy = new Selector(commands.copy());
    copy.keys.addAll(keys);
    copy.channels.addAll(channels);
    copy.allKeys = allKeys;
    copy.allChannels = allChannels;
    return copy;
  }

  boolean permitsAll() {
    return allKeys && allChannels && commands.permitsAll();
  }

  boolean hasAllKeys() {
    return allKeys;
  }

  boolean hasAllChannels() {
    return allChannels;
  }

  List<Bytes> channels() {
    return channels;
  }

  /** Applies one rule about commands, keys or channels. */
  void apply(String rule) throws RuleRefused {
    switch (rule.toLowerCase(Locale.ROOT)) {
      case "allkeys", "~*" -> {
        keys.clear();
        allKeys = true;
      }
      case "resetkeys" -> {
        keys.clear();
        allKeys = false;
      }
      case "allchannels", "&*" -> {
        channels.clear();
        allChannels = true;
      }
      case "resetchannels" -> {
        channels.clear();
        allChannels = false;
      }
      case "allcommands" -> commands.setAll(true);
      case "nocommands" -> commands.setAll(false);
      default -> applyPrefixed(rule);
    }
  }

  private void applyPrefixed(String rule) throws RuleRefused {
    switch (rule.charAt(0)) {
      case '~', '%' -> addKeys(rule);
      case '&' -> addChannel(rule);
      case '+' -> commands.apply(true, rule.substring(1));
      case '-' -> commands.apply(false, rule.substring(1));
      default -> throw RuleRefused.SYNTAX;
    }
  }

  private void addKeys(String rule) throws RuleRefused {
    if (allKeys) {
      throw RuleRefused.AFTER_ALL_KEYS;
    }
    int access = KeyPattern.READ | KeyPattern.WRITE;
    int from = 1;
    if (rule.charAt(0) == '%') {
      access = 0;
      boolean patternFollows = false;
      while (from < rule.length() && !patternFollows) {
        char c = rule.charAt(from++);
        int flag =
            switch (c) {
              case 'R', 'r' -> KeyPattern.READ;
              case 'W', 'w' -> KeyPattern.WRITE;
              default -> 0;
            };
        patternFollows = c == '~' && access != 0;
        if (!patternFollows && (flag == 0 || (access & flag) != 0)) {
          throw RuleRefused.SYNTAX;
        }
        access |= flag;
      }
    }
    if (access == 0 || hasSpaces(rule)) {
      throw RuleRefused.SYNTAX;
    }
    Bytes glob = Bytes.wrap(rule.substring(from).getBytes(ISO_8859_1));
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).glob().equals(glob)) {
        keys.set(i, new KeyPattern(glob, keys.get(i).access() | access));
        return;
      }
    }
    keys.add(new KeyPattern(glob, access));
  }

  private void addChannel(String rule) throws RuleRefused {
    if (allChannels) {
      throw RuleRefused.AFTER_ALL_CHANNELS;
    }
    if (hasSpaces(rule)) {
      throw RuleRefused.SYNTAX;
    }
    Bytes glob = Bytes.wrap(rule.substring(1).getBytes(ISO_8859_1));
    if (!channels.contains(glob)) {
      channels.add(glob);
    }
  }

  static boolean hasSpaces(String text) {
    return text.chars().anyMatch(c -> c == ' ' || c >= 9 && c <= 13 || c == 0);
  }

  /** What of a call is not permitted; null if all is. */
  @Nullable Denial check(Call call, Command command, KeyReferences found) {
    if (!commands.permits(command, call)) {
      return Denial.COMMAND;
    }
    if (!allKeys) {
      for (int i = 0; i < found.count(); i++) {
        if (!permitsKey(call, found.index(i), KeyPattern.needed(found.flags(i)))) {
          return new Denial(Denial.Reason.KEY, found.index(i));
        }
      }
    }
    Channels named = Channels.of(command);
    if (!allChannels && named != Channels.NONE) {
      int end = named == Channels.FIRST ? 2 : call.count();
      for (int i = 1; i < end; i++) {
        if (!permitsChannel(
            channels, call.array(), call.start(i), call.length(i), named == Channels.PATTERNS)) {
          return new Denial(Denial.Reason.CHANNEL, i);
        }
      }
    }
    return null;
  }

  private boolean permitsKey(Call call, int i, int needed) {
    for (int k = 0; k < keys.size(); k++) {
      KeyPattern pattern = keys.get(k);
      Bytes glob = pattern.glob();
      if ((pattern.access() & needed) == needed
          && Glob.matches(
              glob.array(), 0, glob.length(), call.array(), call.start(i), call.length(i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param literally whether the channel is a pattern itself, which must stand among the permitted
   *     ones as it is
   */
  static boolean permitsChannel(
      List<Bytes> permitted, byte[] array, int from, int length, boolean literally) {
    for (Bytes glob : permitted) {
      boolean same =
          literally
              ? java.util.Arrays.equals(glob.array(), 0, glob.length(), array, from, from + length)
              : Glob.matches(glob.array(), 0, glob.length(), array, from, length);
      if (same) {
        return true;
      }
    }
    return false;
  }

  String commandRules() {
    return commands.describe();
  }

  String keyRules() {
    return allKeys ? "~*" : keys.stream().map(KeyPattern::rule).collect(Collectors.joining(" "));
  }

  String channelRules() {
    return allChannels
        ? "&*"
        : channels.stream()
            .map(glob -> "&" + new String(glob.array(), ISO_8859_1))
            .collect(Collectors.joining(" "));
  }

  /** All rules, as ACL LIST shows them. */
  String rules() {
    return Stream.of(keyRules(), allChannels ? "" : "resetchannels", channelRules(), commandRules())
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(" "));
  }
}
