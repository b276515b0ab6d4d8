package io.headwater.benchmarks.load;

import io.headwater.benchmarks.load.Options.WrongOption;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Compares Headwater with a peer, in alternation; one comparison per run, named by the first
 * argument. {@code benchmarks/README.md} says what each does and how to read what it prints.
 */
public final class Load {
  /** Runs a comparison and prints what it found. */
  private interface Action {
    void run(Options options, PrintStream out)
        throws IOException, InterruptedException, WrongOption;
  }

  private record Comparison(String name, String options, String meaning, Action action) {
    List<String> known() {
      return OPTION.matcher(options).results().map(MatchResult::group).toList();
    }
  }

  private static final Pattern OPTION = Pattern.compile("--[a-z-]+");

  private static final List<Comparison> COMPARISONS =
      List.of(
          new Comparison(
              "redis",
              "--fsync always|everysec --workloads get,set,incr,... --pipelines 1,16,64"
                  + " --connections N --rounds N --seconds N --keys N",
              "requests in pipelines (GET and SET at 1 and 16), against redis-server",
              KeyValues::redis),
          new Comparison(
              "memcached",
              "--workloads get,set --pipelines 1,16 --connections N --rounds N --seconds N --keys"
                  + " N",
              "get and set at pipelines 1 and 16, against memcached",
              KeyValues::memcached),
          new Comparison(
              "latency",
              "--rate N --fsync always|everysec --workloads get,set --rounds N --seconds N"
                  + " --waits MS --plot FILE",
              "GET and SET on schedule, against redis-server",
              KeyValues::latency),
          new Comparison(
              "memory",
              "--kind strings|hashes|zset|list --keys N",
              "bytes per key or element, against redis-server",
              Memory::run),
          new Comparison(
              "stall",
              "--keys N --elements N --commands ping,keys,del,unlink,flushall --fsync"
                  + " always|everysec --peer redis|none --rounds N --seconds N --waits MS",
              "how long others wait for FLUSHALL, KEYS and DEL, against redis-server",
              Stalls::run),
          new Comparison(
              "checkpoint",
              "--rate N --keys N --connections N --workloads set,get --fsync always|everysec"
                  + " --peer redis|none --rounds N --seconds N --waits MS --plot FILE",
              "latency on schedule without and during BGSAVE, against redis-server",
              Checkpoints::run),
          new Comparison(
              "kafka",
              "--bytes N --partitions N --peer-synced yes|no --rounds N --seconds N",
              "produce with the stock Java producer, against Apache Kafka",
              KafkaProduce::run),
          new Comparison(
              "bulk",
              "--documents N --batch N --connections N --ids explicit|auto"
                  + " --peer opensearch|none --rounds N",
              "package-like documents through _bulk, against OpenSearch",
              Bulk::run),
          new Comparison(
              "fresh",
              "--writes N --searches N --documents N --seconds N --peer opensearch|none",
              "searches that must see every acknowledged write",
              Fresh::run),
          new Comparison(
              "recovery",
              "--megabytes N --kind redis|elastic --checkpoint-log BYTES",
              "SIGKILL behind a long log, then start to first reply",
              Lifetimes::recovery),
          new Comparison(
              "startup",
              "--runs N --launcher FILE",
              "shell start to ready on an empty folder",
              Lifetimes::startup));

  private Load() {}

  /** Runs one comparison; exits with 2 on a wrong command line. */
  public static void main(String[] args) throws IOException, InterruptedException {
    PrintStream out = System.out;
    try {
      Comparison comparison = find(args);
      List<String> rest = Arrays.asList(args).subList(1, args.length);
      Options options = Options.parse(rest, comparison.known());
      out.println(header(args));
      comparison.action.run(options, out);
    } catch (WrongOption e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private static Comparison find(String[] args) throws WrongOption {
    for (Comparison comparison : COMPARISONS) {
      if (args.length > 0 && comparison.name.equals(args[0])) {
        return comparison;
      }
    }
    StringBuilder usage = new StringBuilder("the first argument is one of\n");
    COMPARISONS.forEach(
        c -> usage.append("  %-10s %s%n             %s%n".formatted(c.name, c.meaning, c.options)));
    throw new WrongOption(usage.toString());
  }

  /** What was measured, where and with which code. */
  private static String header(String[] args) throws IOException, InterruptedException {
    String processor =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown processor");
    long cores =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("processor"))
            .count();
    return "# %s | %s, %d cores, server on %s, Linux %s | Java %s | commit %s | %s"
        .formatted(
            String.join(" ", args),
            processor,
            cores,
            System.getProperty("server.cores", "0"),
            System.getProperty("os.version"),
            Runtime.version(),
            commit(),
            LocalDate.now(ZoneOffset.UTC));
  }

  /** Of the folder that this was started in. */
  private static String commit() throws IOException, InterruptedException {
    Process git =
        new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=9")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? text : "unknown";
  }
}
