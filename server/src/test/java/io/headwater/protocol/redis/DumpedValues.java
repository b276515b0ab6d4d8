package io.headwater.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws values of every type and encoding, as the commands that make them. */
public final class DumpedValues {
  private static final long[] EDGES = {
    0,
    1,
    -1,
    12,
    13,
    63,
    64,
    127,
    128,
    -128,
    -129,
    4095,
    4096,
    -4096,
    -4097,
    32767,
    32768,
    -32768,
    -32769,
    8388607,
    8388608,
    -8388608,
    -8388609,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Integer.MAX_VALUE + 1L,
    Integer.MIN_VALUE - 1L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Long.MIN_VALUE + 1
  };
  private static final String[] SCORES = {
    "inf",
    "-inf",
    "0.1",
    "-1.5",
    "1e300",
    "1e-300",
    "3",
    "4611686018427387904",
    "1e17",
    "9007199254740993",
    "123456789012345680",
    "5e-324",
    "2.5"
  };
  private static final int[] LENGTHS = {0, 1, 20, 21, 44, 45, 63, 64, 65, 127, 4095, 4096, 9000};

  private final Random random;
  private boolean pushedLeft;
  private boolean deleted;

  public DumpedValues(Random random) {
    this.random = random;
  }

  /** Whether the last value is a list that grew to the left. */
  boolean pushedLeft() {
    return pushedLeft;
  }

  public List<String[]> next(String key) {
    List<String[]> commands = new ArrayList<>();
    commands.add(new String[] {"DEL", key});
    int size =
        switch (random.nextInt(4)) {
          case 0 -> 1 + random.nextInt(4);
          case 1 -> 1 + random.nextInt(130);
          case 2 -> 500 + random.nextInt(30);
          default -> 1 + random.nextInt(2000);
        };
    boolean small = size > 600 || random.nextInt(3) > 0;
    boolean numbers = random.nextBoolean();
    int kind = random.nextInt(10);
    deleted = false;
    pushedLeft = kind == 2;
    switch (kind) {
      case 0, 1 -> commands.add(new String[] {"SET", key, any(200_000)});
      case 2, 7 ->
          several(
              commands,
              size,
              pushedLeft ? "LPUSH" : "RPUSH",
              key,
              () -> List.of(element(small, numbers)));
      case 8, 9 -> stream(commands, size, key);
      case 3 -> several(commands, size, "SADD", key, () -> List.of(element(small, numbers)));
      case 4 ->
          several(
              commands,
              numbers ? size : size / 5 + 1,
              "HSET",
              key,
              () -> List.of(element(small, numbers), element(small, random.nextBoolean())));
      default ->
          several(
              commands,
              numbers ? size : size / 10 + 1,
              "ZADD",
              key,
              () -> List.of(score(), element(small, numbers)));
    }
    return commands;
  }

  /** Whether the last value is a stream of which entries were deleted: they leave traces there. */
  boolean deleted() {
    return deleted;
  }

  private void stream(List<String[]> commands, int size, String key) {
    boolean same = random.nextBoolean();
    long ms = random.nextInt(3) == 0 ? 0 : random.nextLong() >>> 1 + random.nextInt(60);
    long seq = random.nextInt(5);
    int entries = 1 + size / 3;
    for (int i = 0; i < entries; i++) {
      ms += random.nextInt(3) == 0 ? random.nextInt(100_000) : 0;
      seq = random.nextInt(3) == 0 ? seq + 1 + random.nextInt(1000) : seq + 1;
      List<String> words = new ArrayList<>(List.of("XADD", key, ms + "-" + seq));
      for (int n = same ? 2 : 1 + random.nextInt(3); n > 0; n--) {
        words.add("field" + n + (same ? "" : random.nextInt(3)));
        words.add(random.nextInt(60) == 0 ? any(2000) : element(true, random.nextBoolean()));
      }
      commands.add(words.toArray(new String[0]));
      if (random.nextInt(50) == 0) {
        commands.add(new String[] {"XDEL", key, ms + "-" + seq});
        deleted = true;
      }
    }
    for (int g = random.nextInt(3); g > 0; g--) {
      group(commands, key, "group" + g, ms, seq);
    }
    if (random.nextInt(4) == 0) {
      commands.add(new String[] {"XTRIM", key, "MAXLEN", Integer.toString(random.nextInt(size))});
      deleted = true;
    }
  }

  private void group(List<String[]> commands, String key, String group, long ms, long seq) {
    String from = random.nextInt(3) == 0 ? ms + "-" + seq : random.nextBoolean() ? "0" : "$";
    commands.add(new String[] {"XGROUP", "CREATE", key, group, from});
    for (int i = random.nextInt(4); i > 0; i--) {
      String count = Integer.toString(1 + random.nextInt(30));
      String consumer = "consumer" + random.nextInt(3);
      commands.add(
          new String[] {
            "XREADGROUP", "GROUP", group, consumer, "COUNT", count, "STREAMS", key, ">"
          });
      commands.add(new String[] {"XACK", key, group, ms + "-" + seq});
    }
  }

  private interface Items {
    List<String> draw();
  }

  private void several(List<String[]> commands, int count, String name, String key, Items items) {
    for (int done = 0; done < count; ) {
      List<String> words = new ArrayList<>(List.of(name, key));
      for (int i = 0; i < 50 && done < count; i++, done++) {
        words.addAll(items.draw());
      }
      commands.add(words.toArray(new String[0]));
    }
  }

  private String score() {
    return switch (random.nextInt(4)) {
      case 0 -> SCORES[random.nextInt(SCORES.length)];
      case 1 -> Double.toString(random.nextGaussian());
      case 2 -> Long.toString(EDGES[random.nextInt(EDGES.length)]);
      default -> Integer.toString(random.nextInt(100));
    };
  }

  private String element(boolean small, boolean numbers) {
    if (numbers) {
      return number();
    }
    return small ? "e" + random.nextInt(5000) : any(10_000);
  }

  private String number() {
    return switch (random.nextInt(3)) {
      case 0 -> Long.toString(EDGES[random.nextInt(EDGES.length)]);
      case 1 -> Integer.toString(random.nextInt(10_000));
      default -> Long.toString(random.nextLong() >> random.nextInt(64));
    };
  }

  /** Numbers and what looks like them, and bytes that compress well, badly or not at all. */
  private String any(int longest) {
    int length =
        random.nextInt(40) == 0
            ? random.nextInt(longest)
            : random.nextBoolean() ? LENGTHS[random.nextInt(LENGTHS.length)] : random.nextInt(300);
    return switch (random.nextInt(6)) {
      case 0 -> number();
      case 1 -> random.nextBoolean() ? "0" + number() : number() + " ";
      case 2 -> bytes(length, 256);
      case 3 -> bytes(length, 2);
      case 4 -> ("word" + random.nextInt(100)).repeat(length / 5 + 1);
      default -> bytes(length, 30);
    };
  }

  private String bytes(int length, int kinds) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) (random.nextInt(kinds) + (kinds < 256 ? 'a' : 0)));
    }
    return text.toString();
  }
}
