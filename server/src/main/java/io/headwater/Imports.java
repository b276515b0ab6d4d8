package io.headwater;

import io.headwater.Config.WrongSetting;
import io.headwater.Server.CannotStart;
import io.headwater.host.Clock;
import io.headwater.protocol.redis.moving.RedisImport;
import io.headwater.protocol.redis.moving.RedisImport.Address;
import io.headwater.protocol.redis.moving.RedisImport.Options;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code import redis}: brings the keys of an RDB file or of a live Redis here. */
final class Imports {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;
  private static final int DATABASES = 16;
  private static final long STOP_MS_MAX = 5_000;
  private static final Set<String> VALUED =
      Set.of(
          "--rdb",
          "--from",
          "--to",
          "--data",
          "--db",
          "--user",
          "--password",
          "--to-user",
          "--to-password");
  private static final Set<String> FLAGS = Set.of("--scan", "--follow", "--keep-existing");

  static final String HELP =
      """
      usage: headwater import redis --rdb FILE        [--to HOST:PORT | --data DIR] [OPTION]...
             headwater import redis --from HOST:PORT  [--to HOST:PORT | --data DIR] [OPTION]...

      Copies the keys of an RDB file (versions 1 to 12) or of a live Redis into a server, by RESTORE
      through its Redis port (127.0.0.1:6379 unless --to says otherwise), or into a data folder that
      no server uses. It may be interrupted and run again.

        --db N             only this database
        --keep-existing    a key that is there already stays as it is; else it is replaced
        --user, --password for the source; REDISCLI_AUTH in the environment is a password too
        --to-user, --to-password   for the target
        --scan             ask for key by key (SCAN, DUMP, PTTL), not as a replica (PSYNC)
        --follow           as a replica: go on applying writes until the source ends the connection
      """;

  private Imports() {}

  /** A command line that is wrong. */
  private static final class Usage extends Exception {
    private static final long serialVersionUID = 1L;

    Usage(String message) {
      super(message);
    }
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.contains("--help")) {
      out.print(HELP);
      return OK;
    }
    try {
      if (arguments.isEmpty() || !arguments.getFirst().equals("redis")) {
        throw new Usage("only 'import redis' is there; import redis --help lists its options");
      }
      Map<String, String> options = options(arguments.subList(1, arguments.size()));
      if (options.containsKey("--rdb") == options.containsKey("--from")) {
        throw new Usage("one of --rdb FILE and --from HOST:PORT is needed");
      }
      if (options.containsKey("--to") && options.containsKey("--data")) {
        throw new Usage("--to and --data exclude each other");
      }
      return copy(options, out) ? OK : FAILED;
    } catch (Usage | WrongSetting | CannotStart e) {
      err.println("headwater: import: " + e.getMessage());
      return WRONG_USAGE;
    } catch (IOException e) {
      err.println("headwater: import: " + e.getMessage());
      return FAILED;
    }
  }

  private static boolean copy(Map<String, String> options, PrintStream out)
      throws Usage, WrongSetting, CannotStart, IOException {
    String rdb = options.get("--rdb");
    Path file = rdb == null ? null : Path.of(rdb);
    if (file != null && !Files.isRegularFile(file)) {
      throw new Usage("--rdb " + file + " is not a file");
    }
    String from = options.get("--from");
    String password = options.getOrDefault("--password", System.getenv("REDISCLI_AUTH"));
    Address source = from == null ? null : address("--from", from, options.get("--user"), password);
    Options wanted =
        new Options(
            options.containsKey("--keep-existing"),
            database(options),
            options.containsKey("--scan"),
            options.containsKey("--follow"));
    String data = options.get("--data");
    if (data == null) {
      String to = options.getOrDefault("--to", "127.0.0.1:6379");
      Address target = address("--to", to, options.get("--to-user"), options.get("--to-password"));
      return copy(file, source, target, wanted, out);
    }
    int port = freePort();
    List<String> settings = serverOn(data, port);
    try (Server _ = Server.start(ServeOptions.parse(settings), Imports::die)) {
      return copy(file, source, new Address("127.0.0.1", port, null, null), wanted, out);
    }
  }

  private static boolean copy(
      @Nullable Path file,
      @Nullable Address source,
      Address target,
      Options wanted,
      PrintStream out)
      throws IOException {
    RedisImport copying =
        new RedisImport(target, wanted, Clock.system(), out, System.console() != null);
    if (wanted.follows()) {
      stopWhenAsked(copying);
    }
    return file != null ? copying.file(file) : copying.server(Objects.requireNonNull(source));
  }

  /** Ctrl-C while following: what has come is applied, and the summary is printed. */
  private static void stopWhenAsked(RedisImport copying) {
    Thread following = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  copying.stop();
                  try {
                    following.join(STOP_MS_MAX);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "import-stop"));
  }

  /** A server for this copy alone: only its Redis port is open, and only to this machine. */
  static List<String> serverOn(String data, int port) {
    return List.of(
        "--data",
        data,
        "--bind",
        "127.0.0.1",
        "--redis-port",
        Integer.toString(port),
        "--memcached-port",
        "0",
        "--kafka-port",
        "0",
        "--elastic-port",
        "0",
        "--admin-port",
        "0");
  }

  private static void die(Throwable failure) {
    System.err.println("headwater: fatal: " + failure);
    Runtime.getRuntime().halt(FAILED);
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static Map<String, String> options(List<String> arguments) throws Usage {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      if (FLAGS.contains(option)) {
        options.put(option, "");
      } else if (!VALUED.contains(option)) {
        throw new Usage("unknown option '" + option + "'; import redis --help lists them");
      } else if (i + 1 == arguments.size()) {
        throw new Usage("option " + option + " needs a value");
      } else {
        options.put(option, arguments.get(++i));
      }
    }
    return options;
  }

  private static int database(Map<String, String> options) throws Usage {
    String db = options.get("--db");
    if (db == null) {
      return -1;
    }
    if (!db.matches("[0-9]{1,2}") || Integer.parseInt(db) >= DATABASES) {
      throw new Usage("--db needs a number from 0 to 15, got '" + db + "'");
    }
    return Integer.parseInt(db);
  }

  private static Address address(
      String option, String text, @Nullable String user, @Nullable String password) throws Usage {
    int colon = text.lastIndexOf(':');
    String port = text.substring(colon + 1);
    if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw new Usage(option + " needs HOST:PORT, got '" + text + "'");
    }
    String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
    return new Address(host, Integer.parseInt(port), user, password);
  }
}
