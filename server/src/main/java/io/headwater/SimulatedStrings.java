package io.headwater;

import io.headwater.SimulatedKeyspace.Command;
import io.headwater.SimulatedKeyspace.Entry;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Strings with something in them, for {@link SimulatedKeyspace}: bytes that BITFIELD counts in, and
 * HyperLogLogs, which are shown as their registers.
 */
final class SimulatedStrings {
  private static final int BYTES = 8;
  private static final int SKETCH_HEADER_BYTES = 16;

  /** The registers that PFADD m0, m1 and so on raises, and how high; from a real redis-server. */
  private static final int[][] ELEMENTS = {
    {1918, 1}, {7179, 2}, {2265, 1}, {1015, 2}, {2986, 1}, {4484, 3}, {5596, 3}, {11144, 1}
  };

  private SimulatedStrings() {}

  static Command bits(String key, String name, SplittableRandom random) {
    int at = random.nextInt(BYTES);
    int number = random.nextInt(1, 128);
    boolean adds = random.nextBoolean();
    String operation = adds ? " OVERFLOW FAIL INCRBY i8 #" : " SET u8 #";
    return new Command(
        "BITFIELD " + name + operation + at + " " + number,
        state -> {
          Entry entry = state.get(key);
          StringBuilder bytes = new StringBuilder(entry == null ? "" : entry.value().getFirst());
          while (bytes.length() <= at) {
            bytes.append('\0');
          }
          int value = number + (adds ? bytes.charAt(at) : 0);
          if (value < 128) {
            bytes.setCharAt(at, (char) value);
          }
          long expiresAtMs = entry == null ? -1 : entry.expiresAtMs();
          state.put(key, new Entry(List.of(bytes.toString()), expiresAtMs));
        });
  }

  static Command sketch(String key, String name, SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      int colon = name.indexOf(':') + 1;
      String other = name.substring(0, colon) + random.nextInt(3);
      String otherKey = key.substring(0, key.indexOf('/') + 1) + other;
      return new Command(
          "PFMERGE " + name + " " + other,
          state -> {
            Entry entry = state.get(otherKey);
            List<String> merged = entry == null ? List.of("=") : entry.value();
            SimulatedKeyspace.with(
                state,
                key,
                registers -> {
                  registers.put("", "");
                  for (String pair : merged) {
                    String register = pair.substring(0, pair.indexOf('='));
                    registers.put(register, pair.substring(pair.indexOf('=') + 1));
                  }
                });
          });
    }
    int element = random.nextInt(ELEMENTS.length);
    return new Command(
        "PFADD " + name + " m" + element,
        state ->
            SimulatedKeyspace.with(
                state,
                key,
                registers -> {
                  registers.put("", ""); // it is there even if it is empty
                  registers.put("" + ELEMENTS[element][0], "" + ELEMENTS[element][1]);
                }));
  }

  /** The registers of a sparse HyperLogLog that are not zero. */
  static List<String> shownSketch(String bytes) {
    TreeMap<String, Integer> registers = new TreeMap<>();
    int register = 0;
    for (int at = SKETCH_HEADER_BYTES; at < bytes.length(); at++) {
      int b = bytes.charAt(at);
      if (b < 0x40) {
        register += b + 1;
      } else if (b < 0x80) {
        register += ((b & 0x3f) << 8 | bytes.charAt(++at)) + 1;
      } else {
        for (int run = (b & 3) + 1; run > 0; run--) {
          registers.put("" + register++, (b >> 2 & 0x1f) + 1);
        }
      }
    }
    if (register != 1 << 14) {
      throw new AssertionError("a HyperLogLog of " + register + " registers");
    }
    List<String> shown = new java.util.ArrayList<>(List.of("="));
    registers.forEach((name, value) -> shown.add(name + "=" + value));
    return shown;
  }
}
