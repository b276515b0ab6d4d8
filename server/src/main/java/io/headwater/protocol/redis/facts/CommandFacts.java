package io.headwater.protocol.redis.facts;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Redis 7.0.15 says of a command by {@code COMMAND INFO} and {@code COMMAND DOCS}: read from
 * the resource {@code commands.txt}, which draws its own format. Access rules depend on these, so
 * they win over what a declaration says. A command that Redis 7.0 does not have gets its facts from
 * its declaration.
 *
 * @param isRedis whether Redis 7.0 has it
 * @param flags of {@link Flags}, only those that Redis shows
 * @param categories bits of {@link Category}
 * @param complexity the formula alone; empty if there is none
 * @param deprecatedSince a version or empty
 * @param replacedBy what to use instead, or empty
 * @param arguments in the notation of the resource
 */
public record CommandFacts(
    String name,
    boolean isRedis,
    int arity,
    int flags,
    int firstKey,
    int lastKey,
    int keyStep,
    int categories,
    List<String> tips,
    List<KeySpec> keySpecs,
    String since,
    String group,
    String complexity,
    List<String> docFlags,
    String deprecatedSince,
    String replacedBy,
    String arguments) {
  private static final Map<String, CommandFacts> ALL = read();

  /** The facts of a command or subcommand that Redis has, by its lower-case full name. */
  public static @Nullable CommandFacts of(String name) {
    return ALL.get(name);
  }

  /** Of all commands of Redis, subcommands behind their containers. */
  public static Collection<CommandFacts> all() {
    return ALL.values();
  }

  /** For a command that Redis does not have. */
  public static CommandFacts derived(
      String name,
      int arity,
      int flags,
      int firstKey,
      int lastKey,
      int keyStep,
      boolean hasFinder,
      Group group,
      String since) {
    boolean write = (flags & Flags.WRITE) != 0;
    int keyFlags =
        write ? KeySpec.RW | KeySpec.ACCESS | KeySpec.UPDATE : KeySpec.RO | KeySpec.ACCESS;
    List<KeySpec> specs = new ArrayList<>();
    if (hasFinder) {
      specs.add(new KeySpec(keyFlags, new KeySpec.Begin.Unknown(), new KeySpec.Find.Unknown()));
    } else if (firstKey > 0) {
      int last = lastKey < 0 ? lastKey : lastKey - firstKey;
      specs.add(
          new KeySpec(
              keyFlags,
              new KeySpec.Begin.Index(firstKey),
              new KeySpec.Find.Range(last, keyStep, 0)));
    }
    return new CommandFacts(
        name,
        false,
        arity,
        flags & Flags.SHOWN,
        firstKey,
        lastKey,
        keyStep,
        derivedCategories(flags, group),
        List.of(),
        specs,
        since,
        group.word,
        "",
        List.of(),
        "",
        "",
        "");
  }

  private static int derivedCategories(int flags, Group group) {
    int bits =
        switch (group) {
          case GENERIC -> Category.KEYSPACE.bit;
          case SORTED_SET -> Category.SORTEDSET.bit;
          case TRANSACTIONS -> Category.TRANSACTION.bit;
          case SERVER, CLUSTER, SENTINEL, INTERNAL -> 0;
          default -> Category.valueOf(group.name()).bit;
        };
    bits |= (flags & Flags.WRITE) != 0 ? Category.WRITE.bit : 0;
    bits |= (flags & Flags.READONLY) != 0 ? Category.READ.bit : 0;
    bits |= (flags & Flags.ADMIN) != 0 ? Category.ADMIN.bit | Category.DANGEROUS.bit : 0;
    bits |= (flags & Flags.BLOCKING) != 0 ? Category.BLOCKING.bit : 0;
    return bits | ((flags & Flags.FAST) != 0 ? Category.FAST.bit : Category.SLOW.bit);
  }

  public boolean isIn(Category category) {
    return (categories & category.bit) != 0;
  }

  /** Whether some argument may be a key. */
  public boolean hasKeys() {
    for (KeySpec spec : keySpecs) {
      if (!spec.has(KeySpec.NOT_KEY)) {
        return true;
      }
    }
    return false;
  }

  /** Whether what happens to a key depends on options, so that the specifications tell too much. */
  public boolean variableFlags() {
    for (KeySpec spec : keySpecs) {
      if (spec.has(KeySpec.VARIABLE_FLAGS)) {
        return true;
      }
    }
    return false;
  }

  private static Map<String, CommandFacts> read() {
    Map<String, CommandFacts> all = new LinkedHashMap<>();
    try (InputStream in = CommandFacts.class.getResourceAsStream("commands.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), US_ASCII);
      Block block = null;
      for (String line : text.split("\n", -1)) {
        if (line.isEmpty() || line.startsWith("#")) {
          continue;
        }
        if (line.charAt(0) != ' ') {
          if (block != null) {
            all.put(block.name(), block.facts());
          }
          block = new Block(line);
        } else {
          Objects.requireNonNull(block).take(line);
        }
      }
      Objects.requireNonNull(block);
      all.put(block.name(), block.facts());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Collections.unmodifiableMap(all);
  }

  /** The lines of one command. */
  private static final class Block {
    private final String[] head;
    private final Map<String, String> rest = new LinkedHashMap<>();
    private final List<KeySpec> keySpecs = new ArrayList<>();

    Block(String line) {
      head = line.split(" ", -1);
    }

    String name() {
      return head[0];
    }

    void take(String line) {
      int space = line.indexOf(' ', 1);
      String word = line.substring(1, space);
      String value = line.substring(space + 1);
      if (word.equals("keys")) {
        keySpecs.add(keySpec(value.split(" ", -1)));
      } else {
        rest.put(word, value);
      }
    }

    private static KeySpec keySpec(String[] words) {
      int flags = 0;
      for (String flag : words[0].split(",", -1)) {
        flags |= KeySpec.flag(flag);
      }
      int at = 2;
      KeySpec.Begin begin =
          switch (words[1]) {
            case "index" -> new KeySpec.Begin.Index(number(words[at++]));
            case "keyword" ->
                new KeySpec.Begin.Keyword(
                    words[at++].toLowerCase(Locale.ROOT), number(words[at++]));
            default -> new KeySpec.Begin.Unknown();
          };
      KeySpec.Find find =
          switch (words[at]) {
            case "range" ->
                new KeySpec.Find.Range(
                    number(words[at + 1]), number(words[at + 2]), number(words[at + 3]));
            case "keynum" ->
                new KeySpec.Find.KeyNum(
                    number(words[at + 1]), number(words[at + 2]), number(words[at + 3]));
            default -> new KeySpec.Find.Unknown();
          };
      return new KeySpec(flags, begin, find);
    }

    private static int number(String text) {
      return Integer.parseInt(text);
    }

    private List<String> words(String key, String separator) {
      String value = rest.get(key);
      return value == null ? List.of() : List.of(value.split(separator, -1));
    }

    CommandFacts facts() {
      String[] keys = head[2].split(",", -1);
      int flags = 0;
      if (head.length > 3) {
        for (String word : head[3].split(",", -1)) {
          flags |= Flags.of(word);
        }
      }
      int categories = 0;
      for (String word : words("categories", ",")) {
        categories |= Objects.requireNonNull(Category.of(word)).bit;
      }
      List<String> docs = words("docs", " ");
      String deprecated = rest.getOrDefault("deprecated", "");
      int space = deprecated.indexOf(' ');
      return new CommandFacts(
          head[0],
          true,
          number(head[1]),
          flags,
          number(keys[0]),
          number(keys[1]),
          number(keys[2]),
          categories,
          words("tips", " "),
          List.copyOf(keySpecs),
          docs.get(0),
          docs.get(1),
          docs.size() > 2 ? docs.get(2) : "",
          words("doc_flags", " "),
          space < 0 ? deprecated : deprecated.substring(0, space),
          space < 0 ? "" : deprecated.substring(space + 1),
          rest.getOrDefault("arguments", ""));
    }
  }
}
