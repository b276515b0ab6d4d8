package io.headwater.protocol.redis.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.headwater.protocol.redis.CommandTable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A file of lines {@code user NAME RULES}. */
final class AclFile {
  private static final long BYTES_MAX = 16 << 20;

  /** The file is wrong; the message names each line that is. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private final Path path;

  AclFile(Path path) {
    this.path = path;
  }

  /**
   * The users of the file, by name.
   *
   * @param allChannels what {@code acl-pubsub-default} says
   */
  Map<String, Account> read(CommandTable table, boolean allChannels) throws Refused {
    String text;
    try {
      if (Files.size(path) > BYTES_MAX) {
        throw new Refused("Error loading ACLs, file '" + path + "' is larger than 16 MiB");
      }
      text = Files.readString(path, ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new Refused(
          "Error loading ACLs, opening file '" + path + "': No such file or directory");
    } catch (IOException e) {
      throw new Refused("Error loading ACLs, opening file '" + path + "': " + e.getMessage());
    }
    return users(List.of(text.split("\n", -1)), path.toString(), table, allChannels);
  }

  /**
   * The users of some lines.
   *
   * @param source what errors call the place of the lines
   */
  static Map<String, Account> users(
      List<String> lines, String source, CommandTable table, boolean allChannels) throws Refused {
    List<List<String>> words = new ArrayList<>();
    for (String line : lines) {
      words.add(line.isBlank() ? List.of() : List.of(line.strip().split(" ", -1)));
    }
    return usersOf(words, source, table, allChannels);
  }

  /** Like {@link #users}, of lines that are words already; a line without words is none. */
  static Map<String, Account> usersOf(
      List<List<String>> lines, String source, CommandTable table, boolean allChannels)
      throws Refused {
    Map<String, Account> users = new TreeMap<>();
    StringBuilder errors = new StringBuilder();
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty()) {
        add(users, lines.get(i), i + 1, source, errors, table, allChannels);
      }
    }
    if (!errors.isEmpty()) {
      throw new Refused(
          errors
              + "WARNING: ACL errors detected, no change to the previously active ACL rules was"
              + " performed");
    }
    return users;
  }

  private static void add(
      Map<String, Account> users,
      List<String> words,
      int number,
      String source,
      StringBuilder errors,
      CommandTable table,
      boolean allChannels) {
    String place = source + ":" + number;
    if (!words.getFirst().equals("user") || words.size() < 2) {
      errors.append(place).append(" should start with user keyword followed by the username. ");
      return;
    }
    String name = words.get(1);
    if (users.containsKey(name)) {
      errors.append("WARNING: Duplicate user '").append(name);
      errors.append("' found on line ").append(number).append(". ");
      return;
    }
    Account user = Account.create(name, table, allChannels);
    users.put(name, user);
    RuleLine rules =
        RuleLine.of(words.subList(2, words.size()).stream().map(String::strip).toList());
    if (rules.unmatched() != null) {
      errors.append(place).append(": Unmatched parenthesis in selector definition.");
      return;
    }
    boolean said = false;
    for (String rule : rules.rules()) {
      try {
        user.apply(rule, allChannels);
      } catch (RuleRefused e) {
        if (e == RuleRefused.UNKNOWN_COMMAND) {
          errors.append(place).append(": Error in applying operation '").append(rule);
          errors.append("': ").append(e.reason()).append(". ");
        } else if (!said) {
          errors.append(place).append(": ").append(e.reason()).append(". ");
          said = true;
        }
      }
    }
  }

  /** Writes the lines so that the file holds all of them or what it held before. */
  void write(List<String> lines) throws IOException {
    Path whole = path.toAbsolutePath();
    Path folder = java.util.Objects.requireNonNull(whole.getParent());
    Path temporary = folder.resolve(whole.getFileName() + ".tmp");
    try {
      Files.writeString(temporary, String.join("\n", lines) + "\n", ISO_8859_1);
      sync(temporary, StandardOpenOption.WRITE);
      Files.move(temporary, whole, StandardCopyOption.ATOMIC_MOVE);
      sync(folder, StandardOpenOption.READ);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void sync(Path what, StandardOpenOption how) throws IOException {
    try (FileChannel channel = FileChannel.open(what, how)) {
      channel.force(true);
    }
  }
}
