package io.headwater;

import io.headwater.Config.WrongSetting;
import io.headwater.protocol.redis.settings.RedisConf;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code serve} as settings: {@code --config FILE} first, then {@code --redis-conf
 * FILE}, then the others in their order, whichever stands where.
 */
final class ServeOptions {
  private static final Map<String, String> KEYS =
      Map.of(
          "--data", "data",
          "--bind", "bind",
          "--redis-port", "redis.port",
          "--memcached-port", "memcached.port",
          "--kafka-port", "kafka.port",
          "--elastic-port", "elastic.port",
          "--admin-port", "admin.port");

  /** Parameters of a redis.conf that are settings. */
  private static final Map<String, String> CONF_KEYS =
      Map.of(
          "port", "redis.port",
          "bind", "redis.bind",
          "appendfsync", "redis.appendfsync",
          "maxclients", "redis.maxclients",
          "proto-max-bulk-len", "redis.proto-max-bulk-len");

  private ServeOptions() {}

  /**
   * Parses a command line.
   *
   * @throws WrongSetting naming the option
   */
  static Config parse(List<String> arguments) throws WrongSetting {
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < arguments.size(); i += 2) {
      if (arguments.get(i).equals("--config")) {
        texts.putAll(Config.readFile(Path.of(value(arguments, i))));
      }
    }
    RedisConf conf = redisConf(arguments);
    if (conf != null) {
      putSettings(conf, texts);
    }
    for (int i = 0; i < arguments.size(); i += 2) {
      String option = arguments.get(i);
      String key = KEYS.get(option);
      if (key != null) {
        texts.put(key, value(arguments, i));
      } else if (option.equals("--set")) {
        String pair = value(arguments, i);
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw new WrongSetting("--set needs KEY=VALUE, got '" + pair + "'");
        }
        texts.put(pair.substring(0, equals), pair.substring(equals + 1));
      } else if (!isParameter(option)
          && !List.of("--config", "--redis-conf", "--redis").contains(option)) {
        throw new WrongSetting(unknown(option));
      }
    }
    return Config.of(texts, conf);
  }

  /** A file's name alone is what redis-server takes for its configuration. */
  private static String unknown(String option) {
    return "unknown option '"
        + option
        + (option.endsWith(".conf")
            ? "'; a redis.conf is read by --redis-conf " + option
            : "'; headwater serve --help lists them");
  }

  /** As redis-server has it: {@code --maxmemory 1gb}. */
  private static boolean isParameter(String option) {
    return option.startsWith("--")
        && !KEYS.containsKey(option)
        && RedisConf.isParameter(option.substring(2));
  }

  /** What {@code --redis-conf}, {@code --redis} and parameters say; null if none is there. */
  private static @Nullable RedisConf redisConf(List<String> arguments) throws WrongSetting {
    RedisConf conf = null;
    try {
      for (int i = 0; i < arguments.size(); i += 2) {
        if (arguments.get(i).equals("--redis-conf")) {
          conf = RedisConf.read(Path.of(value(arguments, i)));
        }
      }
      for (int i = 0; i < arguments.size(); i += 2) {
        RedisConf before = conf == null ? RedisConf.none() : conf;
        if (arguments.get(i).equals("--redis")) {
          conf = before.with(value(arguments, i));
        } else if (isParameter(arguments.get(i))) {
          conf = before.with(arguments.get(i).substring(2), value(arguments, i));
        }
      }
    } catch (RedisConf.Wrong e) {
      throw new WrongSetting(
          "the redis.conf cannot be used; mend these lines or take them out:\n  "
              + String.join("\n  ", e.problems()));
    }
    return conf;
  }

  /** Puts those parameters of a redis.conf that are settings of ours among them. */
  private static void putSettings(RedisConf conf, Map<String, String> texts) {
    conf.values()
        .forEach((name, value) -> {
          String key = CONF_KEYS.get(name);
          if (key != null) {
            texts.put(key, value);
          } else if (name.equals("dir")) {
            texts.put("data", Path.of(value).resolve("headwater").toString());
          }
        });
  }

  private static String value(List<String> arguments, int option) throws WrongSetting {
    if (option + 1 == arguments.size()) {
      throw new WrongSetting("option " + arguments.get(option) + " needs a value");
    }
    return arguments.get(option + 1);
  }

  static final String HELP =
      """
      usage: headwater serve [--config FILE] [--redis-conf FILE] [--data DIR] [--bind ADDR]
                             [--redis-port N] [--memcached-port N] [--kafka-port N]
                             [--elastic-port N] [--admin-port N] [--set KEY=VALUE]...
                             [--redis 'LINE OF A redis.conf' | --PARAMETER VALUE]...

      Starts the server. Port 0 turns a protocol off. A configuration file has lines of
      KEY = VALUE; what stands on the command line wins. A redis.conf means what it means
      to redis-server, with the data in DIR/headwater of its dir; docs/protocols/redis-config.md
      lists what it may say. Its parameters are options too, as redis-server has them:
      --requirepass secret --maxmemory 1gb --save '60 1000'. The settings:
      """;
}
