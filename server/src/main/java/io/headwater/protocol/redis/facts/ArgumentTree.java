package io.headwater.protocol.redis.facts;

import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One argument of a command as {@code COMMAND DOCS} and HELP show it, read from the notation of
 * {@code commands.txt}: {@code name:type=TOKEN?+%@key^since!deprecated(arguments)}.
 *
 * @param token null if there is none; it may be empty
 * @param key the index of its key specification, or -1
 * @param since and {@code deprecated} are versions, or null
 */
public record ArgumentTree(
    String name,
    String type,
    @Nullable String token,
    List<String> flags,
    int key,
    @Nullable String since,
    @Nullable String deprecated,
    List<ArgumentTree> children) {
  private static final Pattern HEAD =
      Pattern.compile(
          "(.+):([a-z-]+)(?:=(\"[^\"]*\"|[^?+%@^!]+))?(\\?)?(\\+)?(%)?(?:@(\\d+))?(?:\\^([\\d.]+))?"
              + "(?:!([\\d.]+))?");

  public static List<ArgumentTree> parse(String notation) {
    return notation.isEmpty() ? List.of() : new Reader(notation).list();
  }

  /** One level of the notation after the other; the resource nests a few levels deep. */
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    /** Up to the closing parenthesis or the end. */
    List<ArgumentTree> list() {
      List<ArgumentTree> list = new ArrayList<>();
      while (true) {
        list.add(one());
        if (at == text.length() || text.charAt(at) == ')') {
          at++;
          return list;
        }
        at++; // a space
      }
    }

    private ArgumentTree one() {
      int from = at;
      while (at < text.length() && " ()".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      Matcher head = HEAD.matcher(text.substring(from, at));
      if (!head.matches()) {
        throw new IllegalStateException("not an argument: " + text.substring(from, at));
      }
      List<ArgumentTree> children = List.of();
      if (at < text.length() && text.charAt(at) == '(') {
        at++;
        children = list();
      }
      List<String> flags = new ArrayList<>();
      addIf(flags, head.group(4), "optional");
      addIf(flags, head.group(5), "multiple");
      addIf(flags, head.group(6), "multiple_token");
      String token = head.group(3);
      return new ArgumentTree(
          head.group(1),
          head.group(2),
          token == null ? null : token.replace("\"", ""),
          flags,
          head.group(7) == null ? -1 : Integer.parseInt(head.group(7)),
          head.group(8),
          head.group(9),
          children);
    }

    private static void addIf(List<String> flags, @Nullable String mark, String flag) {
      if (mark != null) {
        flags.add(flag);
      }
    }
  }

  public static void write(List<ArgumentTree> arguments, Reply reply) {
    reply.array(arguments.size());
    arguments.forEach(argument -> argument.write(reply));
  }

  private void write(Reply reply) {
    reply.map(
        2
            + (key >= 0 ? 1 : 0)
            + (token != null ? 1 : 0)
            + (since != null ? 1 : 0)
            + (deprecated != null ? 1 : 0)
            + (flags.isEmpty() ? 0 : 1)
            + (children.isEmpty() ? 0 : 1));
    text(reply, "name", name);
    text(reply, "type", type);
    if (key >= 0) {
      reply.bulk("key_spec_index");
      reply.integer(key);
    }
    text(reply, "token", token);
    text(reply, "since", since);
    text(reply, "deprecated_since", deprecated);
    if (!flags.isEmpty()) {
      reply.bulk("flags");
      reply.set(flags.size());
      flags.forEach(reply::simple);
    }
    if (!children.isEmpty()) {
      reply.bulk("arguments");
      write(children, reply);
    }
  }

  /** The arguments in a line, as HELP writes them: {@code <key> [COUNT <count>] (ON|OFF)}. */
  public static String line(List<ArgumentTree> arguments) {
    return arguments.stream().map(ArgumentTree::line).collect(Collectors.joining(" "));
  }

  private String line() {
    String value = valueLine();
    boolean optional = flags.contains("optional");
    boolean many = flags.contains("multiple");
    boolean named = token != null && !token.isEmpty() && !type.equals("pure-token");
    if (type.equals("oneof") && (named || many || !optional)) {
      value = "(" + value + ")";
    }
    if (named && flags.contains("multiple_token")) {
      value = token + " " + value;
    }
    if (many && optional && !named) {
      return "[" + value + " ...]";
    }
    if (many) {
      value += " [" + value + " ...]";
    }
    if (named && !flags.contains("multiple_token")) {
      value = token + " " + value;
    }
    return optional ? "[" + value + "]" : value;
  }

  private String valueLine() {
    return switch (type) {
      case "pure-token" -> String.valueOf(token);
      case "block" -> line(children);
      case "oneof" -> children.stream().map(c -> c.chosenLine()).collect(Collectors.joining("|"));
      default -> "<" + name + ">";
    };
  }

  /** As one of several: whoever chooses it no longer may leave it out. */
  private String chosenLine() {
    String line = line();
    return flags.contains("optional") ? line.substring(1, line.length() - 1) : line;
  }

  private static void text(Reply reply, String name, @Nullable String value) {
    if (value != null) {
      reply.bulk(name);
      reply.bulk(value);
    }
  }
}
