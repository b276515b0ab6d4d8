package io.headwater.protocol.redis.settings;

import io.headwater.protocol.redis.Notifications;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Texts with rules of their own, as Redis 7.0 reads them. */
final class Readers {
  private static final Pattern PERCENTILE = Pattern.compile("[+-]?[0-9]+(\\.[0-9]*)?");

  private Readers() {}

  /** Pairs of seconds and changes, or nothing. */
  static String save(String text, String current) {
    List<String> words = words(text);
    if (words.size() % 2 != 0) {
      throw new Refused("Invalid save parameters");
    }
    for (int i = 0; i < words.size(); i++) {
      if (wholeFrom(words.get(i), i % 2 == 0 ? 1 : 0) < 0) {
        throw new Refused("Invalid save parameters");
      }
    }
    return String.join(" ", words);
  }

  /** Groups of class, hard limit, soft limit and seconds; classes that are missing stay. */
  static String outputBufferLimit(String text, String current) {
    Map<String, String> limits = new LinkedHashMap<>();
    read(current, limits);
    read(text, limits);
    List<String> all = new ArrayList<>();
    limits.forEach((client, limit) -> all.add(client + " " + limit));
    return String.join(" ", all);
  }

  private static void read(String text, Map<String, String> limits) {
    List<String> words = words(text);
    if (words.isEmpty() || words.size() % 4 != 0) {
      throw new Refused("Wrong number of arguments in buffer limit configuration.");
    }
    for (int i = 0; i < words.size(); i += 4) {
      String client =
          switch (words.get(i).toLowerCase(java.util.Locale.ROOT)) {
            case "normal" -> "normal";
            case "slave", "replica" -> "slave";
            case "pubsub" -> "pubsub";
            default ->
                throw new Refused("Invalid client class specified in buffer limit configuration.");
          };
      long hard = Kind.Size.bytes(words.get(i + 1));
      long soft = Kind.Size.bytes(words.get(i + 2));
      long seconds = wholeFrom(words.get(i + 3), 0);
      if (hard < 0 || soft < 0 || seconds < 0) {
        throw new Refused(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      limits.put(client, hard + " " + soft + " " + seconds);
    }
  }

  /** Numbers from 0 to 100. */
  static String percentiles(String text, String current) {
    List<String> words = words(text);
    for (String word : words) {
      if (!PERCENTILE.matcher(word).matches()) {
        throw new Refused("Invalid latency-tracking-info-percentiles parameters");
      }
      double value = Double.parseDouble(word);
      if (value < 0 || value > 100) {
        throw new Refused(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
      }
    }
    return String.join(" ", words);
  }

  /** Letters of event classes. */
  static String notifications(String text, String current) {
    int flags = Notifications.parse(text);
    if (flags < 0) {
      throw new Refused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
    }
    return Notifications.text(flags);
  }

  static String hostname(String text, String current) {
    if (!text.chars()
        .allMatch(c -> c == '-' || c == '.' || c < 128 && Character.isLetterOrDigit(c))) {
      throw new Refused("Hostnames may only contain alphanumeric characters, hyphens or dots");
    }
    return text;
  }

  static String oomScores(String text, String current) {
    List<String> words = words(text);
    if (words.size() != 3) {
      throw new Refused("wrong number of arguments");
    }
    for (String word : words) {
      if (!word.matches("-?[0-9]{1,4}") || Math.abs(Integer.parseInt(word)) > 2000) {
        throw new Refused("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
      }
    }
    return String.join(" ", words);
  }

  /** A whole number of at least this; -1 if it is none. */
  private static long wholeFrom(String word, long least) {
    try {
      long value = Long.parseLong(word);
      return value < least ? -1 : value;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static List<String> words(String text) {
    String stripped = text.strip();
    return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+"));
  }
}
