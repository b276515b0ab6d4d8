package io.headwater.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How Headwater and its peers are started for a comparison, each as its own manual says. */
final class Servers {
  private static final String SERVER_CORES = System.getProperty("server.cores", "0");

  /** In a server's folder: the JVM's pauses with stamps of the monotonic clock. */
  static final String PAUSE_LOG = "pauses.log";

  static final int REDIS_PORT = 16_379;
  static final int MEMCACHED_PORT = 16_211;
  static final int KAFKA_PORT = 16_092;
  static final int ELASTIC_PORT = 16_200;
  static final int ADMIN_PORT = 16_080;

  private static final int PEER_REDIS_PORT = 16_380;
  private static final int PEER_MEMCACHED_PORT = 16_212;
  private static final int PEER_KAFKA_PORT = 16_093;
  private static final int PEER_KAFKA_CONTROLLER_PORT = 16_094;
  private static final int PEER_ELASTIC_PORT = 16_201;
  private static final int PEER_ELASTIC_TRANSPORT_PORT = 16_301;
  private static final String OPENSEARCH_VERSION = "3.8.0";

  /** {@code benchmarks/run} gives those of {@code ./headwater serve}; these are for the build. */
  private static final String HEADWATER_FLAGS =
      "--enable-native-access=ALL-UNNAMED -XX:+UseG1GC -Xms64m -Xmx1g";

  private static final Map<Integer, String> PROTOCOLS =
      Map.of(
          REDIS_PORT, "redis",
          MEMCACHED_PORT, "memcached",
          KAFKA_PORT, "kafka",
          ELASTIC_PORT, "elastic",
          ADMIN_PORT, "admin");

  private Servers() {}

  /**
   * Headwater on an empty folder.
   *
   * @param port the protocol that is on, by its port above; the others are off
   * @param settings as {@code --set} takes them
   */
  static ServerUnderTest headwater(int port, String... settings)
      throws IOException, InterruptedException {
    return headwater(
        SERVER_CORES, Files.createTempDirectory("headwater-load"), port, List.of(settings));
  }

  /** Headwater on an empty folder for Redis clients; only they make it write checkpoints. */
  static ServerUnderTest withoutCheckpoints(String fsync) throws IOException, InterruptedException {
    return headwater(
        REDIS_PORT,
        "redis.appendfsync=" + fsync,
        "checkpoint.log=64g",
        "checkpoint.interval=86400000");
  }

  /** Headwater on cores and a folder of the caller's choice. */
  static ServerUnderTest headwater(String cores, Path folder, int port, List<String> settings)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(java()));
    String flags = System.getProperty("headwater.opts", HEADWATER_FLAGS);
    command.addAll(List.of(flags.split(flags.contains("\n") ? "\n" : " "))); // a path has spaces
    command.add("-Xlog:safepoint=info:file=" + folder.resolve(PAUSE_LOG) + ":tn:filecount=0");
    command.addAll(List.of("-jar", jar().toString(), "serve"));
    command.addAll(arguments(folder, port));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    return ServerUnderTest.start("headwater", cores, port, folder, command);
  }

  /** The arguments of {@code serve} for a folder and one protocol. */
  static List<String> arguments(Path folder, int port) {
    List<String> arguments = new ArrayList<>(List.of("--data", folder.resolve("data").toString()));
    new TreeMap<>(PROTOCOLS)
        .forEach((number, protocol) ->
            arguments.addAll(List.of("--" + protocol + "-port", "" + (number == port ? port : 0))));
    return arguments;
  }

  static Path jar() {
    return Path.of(System.getProperty("headwater.jar", "server/target/headwater-server.jar"))
        .toAbsolutePath();
  }

  /** Null with {@code --peer none}. */
  static @Nullable ServerUnderTest redisIfWanted(Options options, String appendfsync)
      throws IOException, InterruptedException {
    return options.text("--peer", "redis").equals("none") ? null : redis(appendfsync);
  }

  static ServerUnderTest redis(String appendfsync) throws IOException, InterruptedException {
    return ServerUnderTest.start(
        "redis-server",
        SERVER_CORES,
        PEER_REDIS_PORT,
        Files.createTempDirectory("redis-load"),
        List.of(
            "redis-server",
            "--port",
            "" + PEER_REDIS_PORT,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--auto-aof-rewrite-percentage",
            "0",
            "--appendfsync",
            appendfsync));
  }

  /** One worker thread, for it gets one core. */
  static ServerUnderTest memcached(int megabytes) throws IOException, InterruptedException {
    return ServerUnderTest.start(
        "memcached",
        SERVER_CORES,
        PEER_MEMCACHED_PORT,
        Files.createTempDirectory("memcached-load"),
        List.of(
            "memcached",
            "-u",
            "nobody",
            "-l",
            "127.0.0.1",
            "-p",
            "" + PEER_MEMCACHED_PORT,
            "-m",
            "" + megabytes,
            "-t",
            "1"));
  }

  /**
   * Apache Kafka, broker and controller in one process.
   *
   * @param synced with an fsync for each batch, which is not its default
   */
  static ServerUnderTest kafka(boolean synced) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("kafka-load");
    Path config = folder.resolve("server.properties");
    Files.writeString(
        config,
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
        log.dirs=%3$s
        offsets.topic.replication.factor=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        %4$s
        """
            .formatted(
                PEER_KAFKA_PORT,
                PEER_KAFKA_CONTROLLER_PORT,
                folder.resolve("data"),
                synced ? "log.flush.interval.messages=1" : ""));
    String jars = peerJars("kafka") + "/*";
    List<String> format = List.of(java(), "-cp", jars, "kafka.tools.StorageTool", "format");
    List<String> line = new ArrayList<>(format);
    line.addAll(List.of("-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", config.toString()));
    await(line, "Kafka's StorageTool");
    return ServerUnderTest.start(
        synced ? "kafka-synced" : "kafka",
        SERVER_CORES,
        PEER_KAFKA_PORT,
        folder,
        List.of(
            java(),
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-cp",
            jars,
            "kafka.Kafka",
            config.toString()));
  }

  /**
   * OpenSearch from its artifacts: a home folder with the core as {@code lib} and the Netty
   * transport as its only module. It refuses to run as root, so it runs as nobody then.
   */
  static ServerUnderTest openSearch() throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("opensearch-load");
    Path lib = Files.createDirectories(home.resolve("lib"));
    Path module = Files.createDirectories(home.resolve("modules/transport-netty4"));
    Path config = Files.createDirectories(home.resolve("config"));
    Path temporary = Files.createDirectories(home.resolve("tmp"));
    for (String folder : List.of("plugins", "logs", "data")) {
      Files.createDirectories(home.resolve(folder));
    }
    try (Stream<Path> jars = Files.list(peerJars("opensearch"))) {
      for (Path jar : jars.toList()) {
        String name = jar.getFileName().toString();
        boolean transport = name.matches("(netty-|transport-netty4|opensearch-netty4).*");
        Files.copy(
            jar, (transport ? module : lib).resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.writeString(module.resolve("plugin-descriptor.properties"), openSearchModule());
    Files.writeString(
        config.resolve("opensearch.yml"),
        """
        discovery.type: single-node
        network.host: 127.0.0.1
        http.port: %d
        transport.port: %d
        """
            .formatted(PEER_ELASTIC_PORT, PEER_ELASTIC_TRANSPORT_PORT));
    Files.writeString(config.resolve("log4j2.properties"), openSearchLogging());
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
      await(List.of("chown", "-R", "65534:65534", home.toString()), "chown");
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.addAll(
        List.of(
            java(),
            "-Xms1g",
            "-Xmx1g",
            "-XX:+UseG1GC",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "-Djava.io.tmpdir=" + temporary,
            "-Dopensearch.path.home=" + home,
            "-Dopensearch.path.conf=" + config,
            "-Dopensearch.distribution.type=tar",
            "-cp",
            lib + "/*",
            "org.opensearch.bootstrap.OpenSearch"));
    return ServerUnderTest.start("opensearch", SERVER_CORES, PEER_ELASTIC_PORT, home, command);
  }

  private static String openSearchModule() {
    return """
    description=Netty 4 transport
    name=transport-netty4
    version=%1$s
    opensearch.version=%1$s
    java.version=21
    classname=org.opensearch.transport.Netty4ModulePlugin
    """
        .formatted(OPENSEARCH_VERSION);
  }

  private static String openSearchLogging() {
    return """
    appender.console.type = Console
    appender.console.name = console
    appender.console.layout.type = PatternLayout
    appender.console.layout.pattern = %d %p %c %m%n
    rootLogger.level = warn
    rootLogger.appenderRef.console.ref = console
    """;
  }

  private static Path peerJars(String peer) throws IOException {
    Path jars =
        Path.of(System.getProperty("peers", "benchmarks/target/peers"), peer).toAbsolutePath();
    if (!Files.isDirectory(jars)) {
      throw new IOException("no jars of " + peer + " in " + jars + ": ./benchmarks/run gets them");
    }
    return jars;
  }

  private static void await(List<String> command, String what)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile("load", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(what + " failed:\n" + Files.readString(log));
      }
    } finally {
      Files.delete(log);
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
