package io.headwater.benchmarks.load;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What stands behind a comparison's name: {@code --name value} pairs. */
record Options(Map<String, String> values) {
  /** A wrong command line; the message is for its user. */
  static final class WrongOption extends Exception {
    private static final long serialVersionUID = 1L;

    WrongOption(String message) {
      super(message);
    }
  }

  /**
   * Parses pairs.
   *
   * @param known the names that the comparison understands, with their dashes
   */
  static Options parse(List<String> arguments, List<String> known) throws WrongOption {
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < arguments.size(); i += 2) {
      String name = arguments.get(i);
      if (!known.contains(name)) {
        throw new WrongOption("unknown option " + name + "; known: " + String.join(" ", known));
      }
      if (i + 1 == arguments.size()) {
        throw new WrongOption("option " + name + " needs a value");
      }
      values.put(name, arguments.get(i + 1));
    }
    return new Options(values);
  }

  String text(String name, String fallback) {
    return values.getOrDefault(name, fallback);
  }

  int number(String name, int fallback) throws WrongOption {
    String text = values.get(name);
    try {
      return text == null ? fallback : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new WrongOption("option " + name + " needs a number, got " + text);
    }
  }

  /** Numbers with commas between them. */
  int[] numbers(String name, String fallback) throws WrongOption {
    String text = text(name, fallback);
    try {
      return Pattern.compile(",").splitAsStream(text).mapToInt(Integer::parseInt).toArray();
    } catch (NumberFormatException e) {
      throw new WrongOption("option " + name + " needs numbers, got " + text);
    }
  }

  long seconds(int fallback) throws WrongOption {
    return number("--seconds", fallback) * 1_000_000_000L;
  }
}
