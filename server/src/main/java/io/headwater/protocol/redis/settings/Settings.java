package io.headwater.protocol.redis.settings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The parameters' values of one server. Loop only.
 *
 * <p>What is set at run time is forgotten at the end of the process, as in Redis, unless CONFIG
 * REWRITE writes it to the redis.conf.
 */
public final class Settings {
  /** A change that CONFIG SET asks for. */
  public record Change(String name, String value) {}

  private static final long VALUE_BYTES_MAX = 512 << 20;
  private static final int VALUE_CHARACTERS_MAX = 64 << 10;

  private final Parameters table = Parameters.ALL;
  private final Map<String, String> values = new LinkedHashMap<>();
  private final Map<String, List<Consumer<String>>> followers = new LinkedHashMap<>();

  private final Map<String, Supplier<List<String>>> groups = new LinkedHashMap<>();
  private @Nullable ConfFile file;
  private long bulkBytesMax;

  /**
   * @param start values of the configuration by name; the others have their defaults
   * @throws Refused if a parameter does not take its value
   */
  public Settings(Map<String, String> start) {
    for (Parameter parameter : table.all()) {
      values.put(parameter.name(), parameter.fallback());
    }
    start.forEach((name, value) -> {
      Parameter parameter = table.get(name);
      values.put(parameter.name(), parameter.kind().canonical(value, parameter.fallback()));
    });
    followNumber("proto-max-bulk-len", this::setBulkBytesMax);
  }

  private void setBulkBytesMax(long bytes) {
    if (bytes > VALUE_BYTES_MAX) {
      throw new Refused("Headwater's longest value has " + VALUE_BYTES_MAX + " bytes");
    }
    bulkBytesMax = bytes;
  }

  /** Which redis.conf {@link #rewrite} writes. */
  public void startedWith(@Nullable Path redisConf) {
    file = redisConf == null ? null : new ConfFile(redisConf);
  }

  /**
   * Says what CONFIG REWRITE writes for a directive that stands several times, such as {@code
   * user}: its lines, without the directive's name.
   */
  public void rewritesAs(String directive, Supplier<List<String>> lines) {
    groups.put(directive, lines);
  }

  /**
   * Writes what is set now to the redis.conf that the server was started with.
   *
   * @throws Refused without one
   */
  public void rewrite() throws IOException {
    ConfFile there = file;
    if (there == null) {
      throw new Refused("The server is running without a config file");
    }
    there.rewrite(this, groups);
  }

  public Parameters table() {
    return table;
  }

  /** The value as CONFIG GET shows it. */
  public String text(String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  /** The value of a parameter that is a number or a size in bytes. */
  public long number(String name) {
    return Long.parseLong(text(name));
  }

  /** Whether a parameter is {@code yes}. */
  public boolean isOn(String name) {
    return text(name).equals("yes");
  }

  /** The longest argument: {@code proto-max-bulk-len}, without a lookup. */
  public long bulkBytesMax() {
    return bulkBytesMax;
  }

  /** Calls the follower now, and after each change of the parameter. See the package's essay. */
  public void follow(String name, Consumer<String> follower) {
    followers.computeIfAbsent(name, _ -> new ArrayList<>()).add(follower);
    follower.accept(text(name));
  }

  /** Like {@link #follow}, for a number. */
  public void followNumber(String name, LongConsumer follower) {
    follow(name, text -> follower.accept(Long.parseLong(text)));
  }

  /**
   * Sets something that another command than CONFIG changed, such as the default user's password.
   * Followers do not hear of it.
   */
  public void note(String name, String value) {
    values.put(name, value);
  }

  /** What refused a change, with the argument that it was about. */
  public static final class ChangeRefused extends Exception {
    private static final long serialVersionUID = 1L;

    ChangeRefused(String line) {
      super(line, null, false, false);
    }

    static ChangeRefused of(String argument, String reason) {
      return new ChangeRefused(
          "ERR CONFIG SET failed (possibly related to argument '" + argument + "') - " + reason);
    }

    /** The error reply, with its code. */
    public String line() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Makes all of these changes or none.
   *
   * @throws ChangeRefused if one cannot be
   */
  public void change(List<Change> changes) throws ChangeRefused {
    for (int i = 0; i < changes.size(); i++) {
      checkName(changes, i);
    }
    Map<String, String> before = new LinkedHashMap<>();
    try {
      for (Change change : changes) {
        Parameter parameter = table.get(change.name());
        before.putIfAbsent(parameter.name(), text(parameter.name()));
        set(parameter, change);
      }
      apply(changes, before);
    } catch (ChangeRefused e) {
      values.putAll(before);
      throw e;
    }
  }

  private void checkName(List<Change> changes, int i) throws ChangeRefused {
    String name = changes.get(i).name();
    if (!table.has(name)) {
      throw new ChangeRefused(
          "ERR Unknown option or number of arguments for CONFIG SET - '" + name + "'");
    }
    Parameter parameter = table.get(name);
    if (parameter.setting() == Parameter.Setting.IMMUTABLE) {
      throw ChangeRefused.of(name, "can't set immutable config");
    }
    if (parameter.setting() == Parameter.Setting.PROTECTED) {
      throw ChangeRefused.of(name, "can't set protected config");
    }
    for (int k = 0; k < i; k++) {
      if (changes.get(k).name().equals(name)) {
        throw ChangeRefused.of(name, "duplicate parameter");
      }
    }
  }

  private void set(Parameter parameter, Change change) throws ChangeRefused {
    String value;
    if (change.value().length() > VALUE_CHARACTERS_MAX) {
      throw ChangeRefused.of(
          change.name(), "argument of more than " + VALUE_CHARACTERS_MAX + " bytes");
    }
    try {
      value = parameter.kind().canonical(change.value(), text(parameter.name()));
    } catch (Refused e) {
      throw ChangeRefused.of(change.name(), e.reason());
    }
    if (parameter.use() != Parameter.Use.ACTS && !value.equals(text(parameter.name()))) {
      throw ChangeRefused.of(
          change.name(),
          parameter.use() == Parameter.Use.AT_START
              ? "Headwater changes it at the start only"
              : "Headwater does not change it: " + parameter.meaning());
    }
    values.put(parameter.name(), value);
  }

  /** Tells the followers; if one refuses, those that heard of a change hear of its end. */
  private void apply(List<Change> changes, Map<String, String> before) throws ChangeRefused {
    List<String> told = new ArrayList<>();
    for (Change change : changes) {
      String name = table.get(change.name()).name();
      if (told.contains(name)) {
        continue;
      }
      told.add(name);
      try {
        if (!text(name).equals(before.get(name))) {
          tell(name, text(name));
        }
      } catch (Refused e) {
        told.forEach(heard -> tell(heard, Objects.requireNonNull(before.get(heard))));
        throw ChangeRefused.of(change.name(), e.reason());
      }
    }
  }

  private void tell(String name, String value) {
    for (Consumer<String> follower : followers.getOrDefault(name, List.of())) {
      follower.accept(value);
    }
  }
}
