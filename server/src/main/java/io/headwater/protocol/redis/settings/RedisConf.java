package io.headwater.protocol.redis.settings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a redis.conf says.
 *
 * @param file the file itself, which CONFIG REWRITE writes; null if there is none
 * @param values parameters by name, those only that have a meaning here
 * @param users the words of the {@code user} lines, without that one
 * @param renamed commands by their name with the new one, empty for none
 * @param notices what is ignored because nothing depends on it, a line of text each
 */
public record RedisConf(
    @Nullable Path file,
    Map<String, String> values,
    List<List<String>> users,
    Map<String, String> renamed,
    List<String> notices) {
  private static final int INCLUDES_MAX = 16;
  private static final int FILE_BYTES_MAX = 16 << 20;

  /** All that is wrong with a file, a line of text each. */
  public static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    Wrong(List<String> problems) {
      super(String.join("\n", problems));
      this.problems = problems;
    }

    public List<String> problems() {
      return problems;
    }
  }

  /**
   * Reads a file and those that it includes.
   *
   * @throws Wrong naming file and line of everything that is unknown, malformed or has no meaning
   *     here and would change what a client sees
   */
  public static RedisConf read(Path file) throws Wrong {
    Reading reading = new Reading(file);
    reading.file(file, 0);
    if (!reading.problems.isEmpty()) {
      throw new Wrong(reading.problems);
    }
    return new RedisConf(
        file.toAbsolutePath(), reading.values, reading.users, reading.renamed, reading.notices);
  }

  /** No file, and no parameters yet. */
  public static RedisConf none() {
    return new RedisConf(null, Map.of(), List.of(), Map.of(), List.of());
  }

  /**
   * With one more line.
   *
   * @throws Wrong if a redis.conf could not have it
   */
  public RedisConf with(String line) throws Wrong {
    Reading reading = new Reading(Path.of("command line"));
    reading.values.putAll(values);
    reading.users.addAll(users);
    reading.renamed.putAll(renamed);
    reading.notices.addAll(notices);
    reading.place = "--redis '" + line + "': ";
    reading.line(line, INCLUDES_MAX);
    if (!reading.problems.isEmpty()) {
      throw new Wrong(reading.problems);
    }
    return new RedisConf(file, reading.values, reading.users, reading.renamed, reading.notices);
  }

  /** Whether a redis.conf may say something about this, in lower case. */
  public static boolean isParameter(String name) {
    return Parameters.ALL.has(name);
  }

  /**
   * With one more parameter, whatever stands in its value.
   *
   * @throws Wrong if it does not take the value
   */
  public RedisConf with(String parameter, String value) throws Wrong {
    return with(parameter + " " + ConfWords.quoted(value));
  }

  static List<String> lines(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) {
      throw new IOException("larger than " + FILE_BYTES_MAX + " bytes");
    }
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList();
  }

  /** One run over a file and its includes. */
  private static final class Reading {
    private final Parameters table = Parameters.ALL;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<List<String>> users = new ArrayList<>();
    private final Map<String, String> renamed = new LinkedHashMap<>();
    private final List<String> notices = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private final Path first;
    private String place = "";

    Reading(Path first) {
      this.first = first;
    }

    void file(Path file, int depth) {
      List<String> lines;
      try {
        lines = lines(file);
      } catch (IOException e) {
        problems.add(place + "cannot read " + file + ": " + reason(e));
        return;
      }
      for (int i = 0; i < lines.size(); i++) {
        place = file + ":" + (i + 1) + ": ";
        line(lines.get(i).strip(), depth);
      }
    }

    private static String reason(IOException e) {
      return e instanceof java.nio.file.NoSuchFileException
          ? "it is not there"
          : e instanceof java.nio.file.AccessDeniedException
              ? "permission denied"
              : String.valueOf(e.getMessage());
    }

    private void line(String line, int depth) {
      if (line.isEmpty() || line.startsWith("#")) {
        return;
      }
      List<String> words = ConfWords.split(line);
      if (words == null || words.isEmpty()) {
        wrong("unbalanced quotes");
        return;
      }
      String name = words.getFirst().toLowerCase(Locale.ROOT);
      List<String> rest = words.subList(1, words.size());
      switch (name) {
        case "include" -> include(rest, depth);
        case "user" -> users.add(List.copyOf(rest));
        case "rename-command" -> rename(rest);
        case "loadmodule" -> wrong("loadmodule: Headwater has no modules");
        case "sentinel" -> wrong("sentinel: Headwater has no sentinel");
        default -> parameter(name, rest);
      }
    }

    private void include(List<String> rest, int depth) {
      if (rest.size() != 1) {
        wrong("include: needs one file");
      } else if (depth == INCLUDES_MAX) {
        wrong("include: more than " + INCLUDES_MAX + " files deep");
      } else {
        String before = place;
        for (Path included : matching(Path.of(rest.getFirst()))) {
          file(included, depth + 1);
        }
        place = before;
      }
    }

    /** The files of a pattern in order of their names; a plain name is itself. */
    private List<Path> matching(Path pattern) {
      String last = String.valueOf(pattern.getFileName());
      Path folder = pattern.getParent();
      if (!last.matches(".*[*?\\[].*")) {
        return List.of(pattern);
      }
      List<Path> found = new ArrayList<>();
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(folder == null ? Path.of(".") : folder, last)) {
        files.forEach(found::add);
      } catch (IOException e) {
        wrong("include: cannot list " + folder + ": " + reason(e));
      }
      found.sort(null);
      return found;
    }

    private void rename(List<String> rest) {
      if (rest.size() != 2) {
        wrong("rename-command: needs a command and its new name");
      } else {
        renamed.put(rest.get(0).toLowerCase(Locale.ROOT), rest.get(1).toLowerCase(Locale.ROOT));
      }
    }

    private void parameter(String name, List<String> rest) {
      if (!table.has(name)) {
        wrong("unknown directive '" + name + "'");
        return;
      }
      Parameter parameter = table.get(name);
      if (rest.isEmpty()) {
        wrong(name + ": needs a value");
        return;
      }
      String text = String.join(" ", rest);
      @Nullable String before = values.get(parameter.name());
      if (parameter.kind().accumulates() && before != null && !text.isEmpty()) {
        text = (before + " " + text).strip();
      }
      try {
        take(parameter, name, parameter.kind().canonical(text, parameter.fallback()), text);
      } catch (Refused e) {
        wrong(name + " '" + String.join(" ", rest) + "': " + e.reason());
      }
    }

    private void take(Parameter parameter, String name, String value, String text) {
      boolean isDefault = value.equals(parameter.fallback());
      switch (parameter.use()) {
        case ACTS, AT_START ->
            values.put(parameter.name(), parameter.kind().accumulates() ? text : value);
        case HINT -> {
          if (!isDefault) {
            notices.add(place + name + " is ignored: " + parameter.meaning());
          }
        }
        case IDLE -> {
          if (!isDefault) {
            wrong(name + " '" + value + "' has no meaning here: " + parameter.meaning());
          }
        }
      }
    }

    private void wrong(String what) {
      problems.add((place.isEmpty() ? first + ": " : place) + what);
    }
  }
}
