package io.headwater.demo;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Where the demo's server listens. */
record Ports(String bind, int redis, int memcached, int kafka, int elastic, int admin) {
  static final Ports DEFAULT = new Ports("127.0.0.1", 6379, 11211, 9092, 9200, 8080);

  /**
   * Reads {@code --bind ADDR} and {@code --X-port N} options.
   *
   * @throws IllegalArgumentException naming an option that is unknown or lacks its value
   */
  static Ports of(List<String> options) {
    Ports p = DEFAULT;
    for (int i = 0; i < options.size(); i += 2) {
      String option = options.get(i);
      if (i + 1 == options.size()) {
        throw new IllegalArgumentException(option + " needs a value");
      }
      String value = options.get(i + 1);
      p =
          switch (option) {
            case "--bind" -> new Ports(value, p.redis, p.memcached, p.kafka, p.elastic, p.admin);
            case "--redis-port" ->
                new Ports(p.bind, port(value), p.memcached, p.kafka, p.elastic, p.admin);
            case "--memcached-port" ->
                new Ports(p.bind, p.redis, port(value), p.kafka, p.elastic, p.admin);
            case "--kafka-port" ->
                new Ports(p.bind, p.redis, p.memcached, port(value), p.elastic, p.admin);
            case "--elastic-port" ->
                new Ports(p.bind, p.redis, p.memcached, p.kafka, port(value), p.admin);
            case "--admin-port" ->
                new Ports(p.bind, p.redis, p.memcached, p.kafka, p.elastic, port(value));
            default -> throw new IllegalArgumentException("unknown option " + option);
          };
    }
    return p;
  }

  private static int port(String text) {
    int port;
    try {
      port = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is not a port", e);
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port " + port + " must be between 1 and 65535");
    }
    return port;
  }

  List<String> serveOptions() {
    List<String> options = new ArrayList<>(List.of("--bind", bind));
    options.addAll(List.of("--redis-port", "" + redis, "--memcached-port", "" + memcached));
    options.addAll(List.of("--kafka-port", "" + kafka, "--elastic-port", "" + elastic));
    options.addAll(List.of("--admin-port", "" + admin));
    return options;
  }

  InetSocketAddress address(int port) {
    return new InetSocketAddress(bind, port);
  }
}
