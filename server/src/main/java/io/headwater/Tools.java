package io.headwater;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.RealDisk;
import io.headwater.log.Inspect;
import io.headwater.log.Restore;
import io.headwater.log.Restore.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Commands that work on a data folder while no server uses it, and the simulation. */
final class Tools {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private Tools() {}

  /** A command line that is wrong. */
  private static final class Usage extends Exception {
    private static final long serialVersionUID = 1L;

    Usage(String message) {
      super(message);
    }
  }

  /** {@code restore --data DIR --to POSITION|TIME --into DIR}. */
  static int restore(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      Map<String, String> options = options(arguments, Set.of("--data", "--to", "--into"));
      Path data = Path.of(required(options, "--data"));
      Path into = Path.of(required(options, "--into"));
      Target target = target(required(options, "--to"));
      if (!Files.isDirectory(data)) {
        throw new Usage("--data " + data + " is not a folder");
      }
      Files.createDirectories(into);
      RealDisk from = RealDisk.at(data);
      try (RealDisk.Lock _ =
          from.tryLock()
              .orElseThrow(() -> new Usage("another process uses the data folder " + data))) {
        Restore.Restored restored =
            Restore.restore(from, RealDisk.at(into), target, new SecureRandom());
        out.printf(
            "restored to position %d (%s); epoch %016x%n",
            restored.position(), Instant.ofEpochMilli(restored.timeMs()), restored.epoch());
      }
      return OK;
    } catch (Usage e) {
      err.println("headwater: restore: " + e.getMessage());
      return WRONG_USAGE;
    } catch (FailureException e) {
      String reason =
          e.failure() instanceof Failure.Invalid(String text) ? text : e.failure().toString();
      err.println("headwater: restore: " + reason);
      return WRONG_USAGE;
    } catch (IOException e) {
      err.println("headwater: restore: " + e.getMessage());
      return FAILED;
    }
  }

  /** A position is digits, a token is epoch:position, a time is ISO 8601 ({@code …T…Z}). */
  private static Target target(String text) throws Usage {
    String digits = text.matches("[0-9a-f]{16}:[0-9]+") ? text.substring(17) : text;
    if (digits.matches("[0-9]{1,18}")) {
      return new Target.Position(Long.parseLong(digits));
    }
    try {
      return new Target.Time(Instant.parse(text).toEpochMilli());
    } catch (DateTimeException e) {
      throw new Usage(
          "--to '" + text + "' is neither a position nor a time such as 2026-11-22T18:30:00Z");
    }
  }

  /** {@code log inspect --data DIR [--after POSITION] [--frames N]}. */
  static int log(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      if (arguments.isEmpty() || !arguments.getFirst().equals("inspect")) {
        throw new Usage("usage: headwater log inspect --data DIR [--after POSITION] [--frames N]");
      }
      Map<String, String> options =
          options(arguments.subList(1, arguments.size()), Set.of("--data", "--after", "--frames"));
      Path data = Path.of(required(options, "--data"));
      if (!Files.isDirectory(data)) {
        throw new Usage("--data " + data + " is not a folder");
      }
      Inspect.print(
          RealDisk.at(data),
          out,
          number(options, "--after", 0),
          number(options, "--frames", Long.MAX_VALUE));
      return OK;
    } catch (Usage e) {
      err.println("headwater: log: " + e.getMessage());
      return WRONG_USAGE;
    } catch (IOException e) {
      err.println("headwater: log: " + e.getMessage());
      return FAILED;
    }
  }

  private static Map<String, String> options(List<String> arguments, Set<String> known)
      throws Usage {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String option = arguments.get(i);
      if (!known.contains(option)) {
        throw new Usage("unknown option '" + option + "'");
      }
      if (i + 1 == arguments.size()) {
        throw new Usage("option " + option + " needs a value");
      }
      options.put(option, arguments.get(i + 1));
    }
    return options;
  }

  private static String required(Map<String, String> options, String option) throws Usage {
    String value = options.get(option);
    if (value == null) {
      throw new Usage("option " + option + " is missing");
    }
    return value;
  }

  private static long number(Map<String, String> options, String option, long fallback)
      throws Usage {
    String value = options.get(option);
    if (value == null) {
      return fallback;
    }
    if (!value.matches("[0-9]{1,18}")) {
      throw new Usage("option " + option + " needs a number, got '" + value + "'");
    }
    return Long.parseLong(value);
  }

  /** {@code simulate --seed N [--runs N]}. */
  static int simulate(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      Map<String, String> options = options(arguments, Set.of("--seed", "--runs"));
      long seed = Long.parseLong(required(options, "--seed"));
      long runs = number(options, "--runs", 1);
      return NodeSimulation.run(seed, runs, out) ? OK : FAILED;
    } catch (NumberFormatException e) {
      err.println("headwater: simulate: --seed needs a number");
      return WRONG_USAGE;
    } catch (Usage e) {
      err.println("headwater: simulate: " + e.getMessage());
      return WRONG_USAGE;
    }
  }
}
