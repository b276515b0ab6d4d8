package io.headwater;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keyspace as one Redis client knows it, exactly: what it holds after everything that was
 * acknowledged, and, when a request got no answer, after each command of that request. Databases 0
 * to 2; keys are called by their type, so that no command meets a wrong one. Libraries of functions
 * and users are here too, under names of their own.
 */
final class SimulatedKeyspace {
  /** Keys whose writes go into the other views. */
  static final String FOLLOWED = "sim:";

  /** Keys that a projection writes. */
  static final String DERIVED = "fed:";

  /** Keys whose field {@code n} should be a number. */
  static final String TYPED = "typed:";

  private static final int KEYS = 6;

  private static final List<String> TYPES =
      List.of("sim", "sim", "s", "s", "n", "l", "h", "t", "z", "x", "x", "x", "b", "p", "g", "e");
  private static final Pattern USED_MEMORY = Pattern.compile("used_memory:([0-9]+)");

  /** Longitude and latitude, and the score that Redis gives them. */
  private static final String[][] PLACES = {
    {"13.361389 38.115556", "3479099956230698"},
    {"15.087269 37.502669", "3479447370796909"},
    {"-0.127758 51.507351", "2163557714754256"},
    {"139.691706 35.689487", "4171231230197027"}
  };

  private static final int DATABASES = 3;

  /** {@code value} as {@link #read} shows it: a list, or sorted pairs. */
  record Entry(List<String> value, long expiresAtMs) {}

  /** By database and name, as in {@code 0/sim:3}. */
  private TreeMap<String, Entry> acknowledged = new TreeMap<>();

  private List<TreeMap<String, Entry>> possible = List.of();
  private final Set<String> misfits = new HashSet<>();
  private final Set<String> triedMisfits = new HashSet<>();
  private long counter;

  /** Whether keys were evicted that nobody knows of: any of {@link #possible} may be missing. */
  private boolean evicting;

  /** A command and what it does to the keys of its database. */
  record Command(String text, Consumer<TreeMap<String, Entry>> effect) {}

  /** The values of the only field of the hashes under a prefix; empty if there is no such key. */
  Map<String, String> hashes(String prefix) {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (int i = 0; i < KEYS; i++) {
      Entry entry = acknowledged.get("0/" + prefix + i);
      hashes.put(prefix + i, entry == null ? "" : entry.value.getFirst().substring(2));
    }
    return hashes;
  }

  /** What the keys of database 0 under a prefix hold; nothing for those that are not there. */
  Map<String, List<String>> held(String prefix) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (int i = 0; i < KEYS; i++) {
      Entry entry = acknowledged.get("0/" + prefix + i);
      values.put(prefix + i, entry == null ? List.of() : entry.value);
    }
    return values;
  }

  /** The keys whose database and name begin so. */
  Map<String, Entry> entries(String prefix) {
    Map<String, Entry> entries = new TreeMap<>();
    acknowledged.forEach((key, entry) -> {
      if (key.startsWith(prefix)) {
        entries.put(key, entry);
      }
    });
    return entries;
  }

  /** Values that the index of {@link #TYPED} cannot take, acknowledged. */
  Set<String> misfits() {
    return misfits;
  }

  /** The same, and those without an answer. */
  Set<String> triedMisfits() {
    return triedMisfits;
  }

  /** Writes one hash that a typed index follows; not every value fits. */
  void operateTyped(SimulatedNode node, SplittableRandom random) {
    String name = TYPED + random.nextInt(KEYS);
    boolean fits = random.nextBoolean();
    String value = (fits ? "" : "bad") + counter++;
    Command command = hash("HSET " + name + " n " + value, "0/" + name, "n", value);
    if (!fits) {
      triedMisfits.add(value);
    }
    begin(List.of(command), 0, false, node.wallMs());
    List<String> replies = replies(node.redis("SELECT 0\r\n" + command.text + "\r\n"));
    if (replies.size() == 2) {
      settle(List.of(command), 0, false, replies, node.wallMs());
      if (!fits && isDone(replies.getLast())) {
        misfits.add(value);
      }
    }
  }

  /** Sends some commands, sometimes as a transaction, and notes what was acknowledged. */
  void operate(SimulatedNode node, SplittableRandom random) {
    switch (random.nextInt(24)) {
      case 0 -> pop(node, random);
      case 1 -> evict(node, random);
      case 2 -> run(node, SimulatedUsers.draw("v" + counter++, random), 0, false);
      default -> several(node, random);
    }
  }

  private void several(SimulatedNode node, SplittableRandom random) {
    int database = random.nextInt(4) == 0 ? random.nextInt(1, DATABASES) : 0;
    boolean transaction = random.nextInt(4) == 0;
    List<Command> commands = new ArrayList<>();
    int rare = random.nextInt(60);
    if (rare == 0) {
      commands.add(new Command(random.nextBoolean() ? "FLUSHDB" : "FLUSHALL", _ -> {}));
    } else if (rare == 1) {
      commands.add(new Command("SWAPDB 1 2", SimulatedKeyspace::swap));
    } else if (rare < 5) {
      commands.add(restoring(node, database, random));
    } else {
      String focus = random.nextInt(3) == 0 ? name(random) : null;
      if (focus != null && focus.startsWith("x:")) {
        for (int what : SimulatedStream.OPENING) {
          SimulatedStream.Change change =
              SimulatedStream.draw(what, focus, ++counter, List.of(), random);
          commands.add(stream(database + "/" + focus, change));
        }
      }
      for (int i = 1 + random.nextInt(focus == null ? 4 : 12); i > 0; i--) {
        commands.add(command(database, focus, node.wallMs(), random));
      }
    }
    run(node, commands, database, transaction);
  }

  private void run(SimulatedNode node, List<Command> commands, int database, boolean transaction) {
    StringBuilder request = new StringBuilder("SELECT " + database + "\r\n");
    request.append(transaction ? "MULTI\r\n" : "");
    commands.forEach(c -> request.append(c.text).append("\r\n"));
    request.append(transaction ? "EXEC\r\n" : "");
    begin(commands, database, transaction, node.wallMs());
    List<String> replies = replies(node.redis(request.toString()));
    int expected = 1 + commands.size() + (transaction ? 2 : 0);
    if (replies.size() < expected) {
      return; // not acknowledged: the node is about to end
    }
    settle(commands, database, transaction, replies, node.wallMs());
  }

  /** Takes members that the node chooses. */
  private void pop(SimulatedNode node, SplittableRandom random) {
    String name = "t:" + random.nextInt(KEYS);
    String key = "0/" + name;
    Entry entry = acknowledged.get(key);
    List<String> members =
        entry == null
            ? List.of()
            : entry.value.stream().map(m -> m.substring(0, m.length() - 1)).toList();
    begin(List.of(), 0, false, node.wallMs());
    List<TreeMap<String, Entry>> states = new ArrayList<>(possible);
    for (String member : members) {
      TreeMap<String, Entry> state = new TreeMap<>(acknowledged);
      expire(state, node.wallMs());
      with(state, key, pairs -> pairs.remove(member));
      states.add(state);
    }
    possible = states;
    List<String> replies = replies(node.redis("SELECT 0\r\nSPOP " + name + "\r\n"));
    if (replies.size() == 2) {
      List<String> popped = isDone(replies.getLast()) ? values(replies.getLast()) : List.of();
      require(members.containsAll(popped), "popped " + popped + " of " + members);
      Command command =
          new Command("SPOP", s -> popped.forEach(m -> with(s, key, pairs -> pairs.remove(m))));
      settle(List.of(command), 0, false, replies, node.wallMs());
    }
  }

  /** Too little memory for a while: keys go, of those that are there, and none change. */
  private void evict(SimulatedNode node, SplittableRandom random) {
    Matcher used = USED_MEMORY.matcher(node.redis("INFO memory\r\n"));
    require(used.find(), "INFO memory without used_memory");
    long left = Math.max(1, Long.parseLong(used.group(1)) - random.nextInt(400));
    String name = "s:" + random.nextInt(KEYS);
    String fresh = "v" + counter++;
    Command command =
        new Command(
            "SET " + name + " " + fresh,
            state -> state.put("0/" + name, new Entry(List.of(fresh), -1)));
    begin(List.of(command), 0, false, node.wallMs());
    evicting = true;
    String policy = random.nextBoolean() ? "allkeys-random" : "volatile-ttl";
    List<String> replies =
        replies(
            node.redis(
                "SELECT 0\r\nCONFIG SET maxmemory-policy "
                    + policy
                    + " maxmemory "
                    + left
                    + "\r\n"
                    + command.text
                    + "\r\nCONFIG SET maxmemory 0\r\n"));
    if (replies.size() == 4) {
      if (isDone(replies.get(2)) && !replies.get(2).startsWith("-OOM")) {
        possible = List.of(possible.getLast());
      }
      check(node, "after evictions");
    }
  }

  private static void swap(TreeMap<String, Entry> state) {
    TreeMap<String, Entry> before = new TreeMap<>(state);
    state.keySet().removeIf(key -> key.startsWith("1/") || key.startsWith("2/"));
    before.forEach((key, entry) -> {
      if (key.startsWith("1/")) {
        state.put("2" + key.substring(1), entry);
      } else if (key.startsWith("2/")) {
        state.put("1" + key.substring(1), entry);
      }
    });
  }

  /** RESTORE with what DUMP gives for some key. */
  private Command restoring(SimulatedNode node, int database, SplittableRandom random) {
    TreeMap<String, Entry> state = new TreeMap<>(acknowledged);
    expire(state, node.wallMs());
    List<String> sources =
        state.keySet().stream()
            .filter(key -> key.startsWith(database + "/") && !key.contains(TYPED))
            .toList();
    if (sources.isEmpty()) {
      return new Command("PING", _ -> {});
    }
    String source = sources.get(random.nextInt(sources.size()));
    String name = source.substring(2);
    String dump = "SELECT " + database + "\r\nDUMP " + name + "\r\n";
    List<String> payload = values(replies(node.redis(dump)).getLast());
    if (payload.isEmpty()) {
      return new Command("PING", _ -> {}); // the node is about to end
    }
    String to = name.substring(0, name.indexOf(':') + 1) + random.nextInt(KEYS);
    boolean stays = name.startsWith(FOLLOWED) || random.nextBoolean();
    long at = stays ? -1 : expiry(node.wallMs(), random);
    StringBuilder text = new StringBuilder("*6");
    for (String word :
        List.of("RESTORE", to, "" + Math.max(0, at), payload.getFirst(), "REPLACE", "ABSTTL")) {
      text.append("\r\n$").append(word.length()).append("\r\n").append(word);
    }
    List<String> value = java.util.Objects.requireNonNull(state.get(source)).value;
    return new Command(text.toString(), s -> s.put(database + "/" + to, new Entry(value, at)));
  }

  /** Each prefix of the request may survive a crash; a transaction as a whole. */
  private void begin(List<Command> commands, int database, boolean atomic, long nowMs) {
    List<TreeMap<String, Entry>> states = new ArrayList<>();
    states.add(acknowledged);
    TreeMap<String, Entry> state = new TreeMap<>(acknowledged);
    expire(state, nowMs);
    for (Command command : commands) {
      apply(state, command, database);
      if (!atomic) {
        states.add(new TreeMap<>(state));
      }
    }
    states.add(state);
    possible = states;
  }

  private void settle(
      List<Command> commands, int database, boolean transaction, List<String> replies, long nowMs) {
    possible = List.of();
    TreeMap<String, Entry> state = new TreeMap<>(acknowledged);
    expire(state, nowMs);
    boolean done = !transaction || isDone(replies.getLast());
    String last = replies.getLast();
    List<String> results =
        transaction && done ? replies(last.substring(last.indexOf('\n') + 1)) : List.of();
    for (int i = 0; i < commands.size(); i++) {
      if (done && isDone(transaction ? results.get(i) : replies.get(i + 1))) {
        apply(state, commands.get(i), database);
      }
    }
    acknowledged = state;
  }

  /** An error may only be the full disk's. */
  private static boolean isDone(String reply) {
    if (!reply.startsWith("-")
        || SimulatedStream.isRefusal(reply)
        || SimulatedRarities.isRefusal(reply)
        || reply.startsWith("-OOM")) {
      return true;
    }
    require(
        reply.startsWith("-MISCONF") || reply.startsWith("-EXECABORT"),
        "unexpected reply: " + reply);
    return false;
  }

  private static void apply(TreeMap<String, Entry> state, Command command, int database) {
    switch (command.text) {
      case "FLUSHALL" -> state.keySet().removeIf(key -> Character.isDigit(key.charAt(0)));
      case "FLUSHDB" -> state.keySet().removeIf(key -> key.startsWith(database + "/"));
      default -> command.effect.accept(state);
    }
  }

  static void expire(Map<String, Entry> state, long nowMs) {
    state.values().removeIf(e -> e.expiresAtMs >= 0 && e.expiresAtMs <= nowMs);
    SimulatedFields.expire(state, nowMs);
  }

  // Commands

  /** Some keys are used more than others: much happens to them. */
  private static String name(SplittableRandom random) {
    String type = TYPES.get(random.nextInt(TYPES.size()));
    return type + ":" + random.nextInt(random.nextBoolean() ? KEYS : 2);
  }

  /**
   * @param focus the key that the commands before and after it are about, if they have one
   */
  private Command command(
      int database, @Nullable String focus, long nowMs, SplittableRandom random) {
    String name = focus == null ? name(random) : focus;
    String type = name.substring(0, name.indexOf(':'));
    String key = database + "/" + name;
    String fresh = "v" + counter++;
    if (random.nextInt(focus == null ? 4 : 12) == 0) {
      return new SimulatedRarities(database, KEYS, random).draw(fresh);
    }
    if (random.nextInt(focus == null ? 8 : 40) == 0) {
      return new Command("DEL " + name, state -> state.remove(key));
    }
    if (random.nextInt(8) == 0) {
      return anyKey(database, name, nowMs, random);
    }
    return switch (type) {
      case "sim" -> hash("HSET " + name + " v " + fresh, key, "v", fresh);
      case "h" -> hash(key, name, fresh, random);
      case "s" -> string(key, name, fresh, nowMs, random);
      case "n" -> number("INCRBY " + name + " ", key, random.nextInt(-5, 100));
      case "l" -> list(key, name, fresh, random);
      case "t" -> set(key, name, random);
      case "b" -> SimulatedStrings.bits(key, name, random);
      case "p" -> SimulatedStrings.sketch(key, name, random);
      case "g" -> place(key, name, random);
      case "e" -> SimulatedFields.draw(key, name, fresh, expiry(nowMs, random), random);
      case "x" ->
          stream(
              key,
              SimulatedStream.draw(
                  random.nextInt(SimulatedStream.KINDS), name, counter, ids(key), random));
      default -> scores(key, name, random);
    };
  }

  /** What works for keys of every type. */
  private static Command anyKey(int database, String name, long nowMs, SplittableRandom random) {
    String key = database + "/" + name;
    switch (random.nextInt(4)) {
      case 0 -> {
        long at = expiry(nowMs, random);
        return new Command(
            "PEXPIREAT " + name + " " + at,
            state -> state.computeIfPresent(key, (_, e) -> new Entry(e.value, at)));
      }
      case 1 -> {
        return new Command(
            "PERSIST " + name,
            state -> state.computeIfPresent(key, (_, e) -> new Entry(e.value, -1)));
      }
      case 2 -> {
        int to = (database + 1) % DATABASES;
        String other = to + "/" + name;
        return new Command(
            "MOVE " + name + " " + to,
            state -> {
              if (!state.containsKey(other) && state.containsKey(key)) {
                state.put(other, state.remove(key));
              }
            });
      }
      default -> {
        int colon = name.indexOf(':') + 1;
        int number = Integer.parseInt(name.substring(colon));
        String to = name.substring(0, colon) + (number + 1 + random.nextInt(KEYS - 1)) % KEYS;
        return new Command(
            // without a source RENAME is an error: copy and delete are not
            "COPY " + name + " " + to + " REPLACE",
            state -> {
              Entry entry = state.get(key);
              if (entry != null) {
                state.put(database + "/" + to, entry);
              }
            });
      }
    }
  }

  /** Odd, while the clock is even: whether a key is gone is never a matter of a millisecond. */
  private static long expiry(long nowMs, SplittableRandom random) {
    return nowMs + random.nextInt(2_000) | 1;
  }

  private static Command hash(String text, String key, String field, String value) {
    return new Command(text, state -> with(state, key, pairs -> pairs.put(field, value)));
  }

  private static Command hash(String key, String name, String value, SplittableRandom random) {
    String field = "f" + random.nextInt(4);
    String text =
        random.nextInt(8) == 0 ? value + "x".repeat(64) : value; // no listpack from then on
    return random.nextInt(4) == 0
        ? new Command(
            "HDEL " + name + " " + field, state -> with(state, key, pairs -> pairs.remove(field)))
        : hash("HSET " + name + " " + field + " " + text, key, field, text);
  }

  private static Command string(
      String key, String name, String fresh, long nowMs, SplittableRandom random) {
    String value = fresh + "x".repeat(random.nextInt(10) == 0 ? random.nextInt(9_000) : 20);
    return switch (random.nextInt(4)) {
      case 0 -> {
        long at = expiry(nowMs, random);
        yield new Command(
            "SET " + name + " " + value + " PXAT " + at,
            state -> state.put(key, new Entry(List.of(value), at)));
      }
      case 1 ->
          new Command(
              "APPEND " + name + " " + fresh,
              state ->
                  state.merge(
                      key,
                      new Entry(List.of(fresh), -1),
                      (e, _) -> new Entry(List.of(e.value.getFirst() + fresh), e.expiresAtMs)));
      default ->
          new Command(
              "SET " + name + " " + value, state -> state.put(key, new Entry(List.of(value), -1)));
    };
  }

  private static Command number(String text, String key, int by) {
    return new Command(
        text + by,
        state -> {
          Entry entry = state.get(key);
          long before = entry == null ? 0 : Long.parseLong(entry.value.getFirst());
          long expires = entry == null ? -1 : entry.expiresAtMs;
          state.put(key, new Entry(List.of(Long.toString(before + by)), expires));
        });
  }

  private static Command list(String key, String name, String fresh, SplittableRandom random) {
    return switch (random.nextInt(5)) {
      case 0 -> new Command("LPOP " + name, state -> change(state, key, List::removeFirst));
      case 1 -> new Command("RPOP " + name, state -> change(state, key, List::removeLast));
      case 2 ->
          new Command(
              "LPUSH " + name + " " + fresh,
              state -> {
                state.putIfAbsent(key, new Entry(List.of(), -1));
                change(state, key, list -> list.addFirst(fresh));
              });
      default ->
          new Command(
              "RPUSH " + name + " " + fresh + " b",
              state -> {
                state.putIfAbsent(key, new Entry(List.of(), -1));
                change(state, key, list -> list.addAll(List.of(fresh, "b")));
              });
    };
  }

  private List<Long> ids(String key) {
    Entry entry = acknowledged.get(key);
    return entry == null ? List.of() : SimulatedStream.of(entry.value).ids();
  }

  private static Command stream(String key, SimulatedStream.Change change) {
    return new Command(
        change.command(),
        state -> {
          Entry entry = state.get(key);
          if (entry != null || change.creates()) {
            SimulatedStream stream = SimulatedStream.of(entry == null ? null : entry.value);
            change.effect().accept(stream);
            put(state, key, stream.lines(), entry == null ? -1 : entry.expiresAtMs);
          }
        });
  }

  private static Command set(String key, String name, SplittableRandom random) {
    String member = "m" + random.nextInt(8);
    return random.nextInt(3) == 0
        ? new Command(
            "SREM " + name + " " + member, state -> with(state, key, pairs -> pairs.remove(member)))
        : new Command(
            "SADD " + name + " " + member,
            state -> with(state, key, pairs -> pairs.put(member, "")));
  }

  private static Command scores(String key, String name, SplittableRandom random) {
    String member = "m" + random.nextInt(8);
    int score = random.nextInt(100);
    return switch (random.nextInt(4)) {
      case 0 ->
          new Command(
              "ZREM " + name + " " + member,
              state -> with(state, key, pairs -> pairs.remove(member)));
      case 1 ->
          new Command(
              "ZINCRBY " + name + " " + score + " " + member,
              state ->
                  with(
                      state,
                      key,
                      pairs ->
                          pairs.merge(
                              member, "" + score, (a, _) -> "" + (Integer.parseInt(a) + score))));
      default ->
          new Command(
              "ZADD " + name + " " + score + " " + member,
              state -> with(state, key, pairs -> pairs.put(member, "" + score)));
    };
  }

  private static Command place(String key, String name, SplittableRandom random) {
    String[] place = PLACES[random.nextInt(PLACES.length)];
    String member = "m" + random.nextInt(8);
    return new Command(
        "GEOADD " + name + " " + place[0] + " " + member,
        state -> with(state, key, pairs -> pairs.put(member, place[1])));
  }

  /** Changes a list that exists; an empty one is no key. */
  static void change(TreeMap<String, Entry> state, String key, Consumer<List<String>> change) {
    Entry entry = state.get(key);
    if (entry != null) {
      List<String> list = new ArrayList<>(entry.value);
      change.accept(list);
      put(state, key, list, entry.expiresAtMs);
    }
  }

  /** Changes what has members; without any it is no key. */
  static void with(
      TreeMap<String, Entry> state, String key, Consumer<TreeMap<String, String>> change) {
    Entry entry = state.get(key);
    TreeMap<String, String> pairs = new TreeMap<>();
    if (entry != null) {
      entry.value.forEach(pair ->
          pairs.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1)));
    }
    change.accept(pairs);
    List<String> value =
        pairs.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    put(state, key, value, entry == null ? -1 : entry.expiresAtMs);
  }

  static void put(TreeMap<String, Entry> state, String key, List<String> value, long expiresAtMs) {
    if (value.isEmpty()) {
      state.remove(key);
    } else {
      state.put(key, new Entry(List.copyOf(value), expiresAtMs));
    }
  }

  // Checking

  /** The node's keys are what was acknowledged last, or what the last request made of it. */
  void check(SimulatedNode node, String when) {
    TreeMap<String, Entry> found = read(node);
    found.keySet().removeIf(key -> key.startsWith("0/" + DERIVED));
    List<TreeMap<String, Entry>> states = possible.isEmpty() ? List.of(acknowledged) : possible;
    for (TreeMap<String, Entry> state : states) {
      TreeMap<String, Entry> now = new TreeMap<>(state);
      expire(now, node.wallMs());
      if (evicting ? now.entrySet().containsAll(found.entrySet()) : now.equals(found)) {
        acknowledged = found;
        evicting = false;
        possible = List.of();
        return;
      }
    }
    throw new AssertionError(when + ": keys differ: " + difference(states.getFirst(), found));
  }

  /** A node holds the same keys as another once did, but for those that ended since. */
  static void requireSame(Map<String, Entry> keys, SimulatedNode node, String when) {
    TreeMap<String, Entry> expected = new TreeMap<>(keys);
    expire(expected, node.wallMs());
    TreeMap<String, Entry> found = read(node);
    require(expected.equals(found), when + ": keys differ: " + difference(expected, found));
  }

  private static String difference(Map<String, Entry> expected, Map<String, Entry> found) {
    TreeSet<String> keys = new TreeSet<>(expected.keySet());
    keys.addAll(found.keySet());
    StringBuilder text = new StringBuilder();
    for (String key : keys) {
      Entry a = expected.get(key);
      Entry b = found.get(key);
      if (a == null || !a.equals(b)) {
        text.append(key).append(" is ").append(b).append(", not ").append(a).append("; ");
      }
    }
    return text.toString();
  }

  /** All keys with their values and expiry times. */
  static TreeMap<String, Entry> read(SimulatedNode node) {
    TreeMap<String, Entry> found = new TreeMap<>();
    for (int database = 0; database < DATABASES; database++) {
      List<String> names =
          values(replies(node.redis("SELECT " + database + "\r\nKEYS *\r\n")).get(1));
      StringBuilder request = new StringBuilder();
      for (String name : names) {
        request.append(readCommand(name)).append("\r\nPEXPIRETIME ").append(name).append("\r\n");
        request.append(SimulatedFields.timesCommand(name)).append("\r\n");
      }
      List<String> replies = replies(node.redis(request.toString()));
      for (int i = 0; i < names.size(); i++) {
        List<String> value = shown(names.get(i), replies.get(3 * i), replies.get(3 * i + 2));
        long expiresAtMs = Long.parseLong(replies.get(3 * i + 1).substring(1).strip());
        if (!value.isEmpty()) { // a hash whose fields have expired may go a little later
          found.put(database + "/" + names.get(i), new Entry(value, expiresAtMs));
        }
      }
    }
    List<String> others =
        replies(node.redis("SELECT 0\r\n" + SimulatedRarities.READ_LIBRARIES + "\r\nACL LIST\r\n"));
    SimulatedRarities.addLibraries(found, values(others.get(1)));
    SimulatedUsers.addUsers(found, values(others.get(2)));
    return found;
  }

  private static String readCommand(String name) {
    return switch (name.substring(0, name.indexOf(':'))) {
      case "s", "n", "b", "p" -> "GET " + name;
      case "l" -> "LRANGE " + name + " 0 -1";
      case "t" -> "SMEMBERS " + name;
      case "x" -> SimulatedStream.readCommand(name);
      case "z", "g" -> "ZRANGE " + name + " 0 -1 WITHSCORES";
      default -> "HGETALL " + name;
    };
  }

  private static List<String> shown(String name, String reply, String times) {
    List<String> values = values(reply);
    return switch (name.substring(0, name.indexOf(':'))) {
      case "s", "n", "l", "b" -> values;
      case "p" -> SimulatedStrings.shownSketch(values.getFirst());
      case "e" -> SimulatedFields.shown(values, times);
      case "t" -> values.stream().map(member -> member + "=").sorted().toList();
      case "x" -> SimulatedStream.shown(values);
      default -> {
        TreeMap<String, String> pairs = new TreeMap<>();
        for (int i = 0; i < values.size(); i += 2) {
          pairs.put(values.get(i), values.get(i + 1));
        }
        yield pairs.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
      }
    };
  }

  // RESP

  /** Splits what came back into replies, as they stand on the wire. */
  static List<String> replies(String received) {
    List<String> replies = new ArrayList<>();
    int[] at = {0};
    while (at[0] < received.length()) {
      int from = at[0];
      walk(received, at, null);
      replies.add(received.substring(from, at[0]));
    }
    return replies;
  }

  /** The strings of a reply. */
  static List<String> values(String reply) {
    List<String> values = new ArrayList<>();
    walk(reply, new int[] {0}, values);
    return values;
  }

  private static void walk(String text, int[] at, @Nullable Collection<String> values) {
    int end = text.indexOf("\r\n", at[0]);
    require(end > 0, "half a reply: " + text);
    String line = text.substring(at[0] + 1, end);
    char kind = text.charAt(at[0]);
    at[0] = end + 2;
    switch (kind) {
      case '+', '-', ':' -> {}
      case '$' -> {
        int length = Integer.parseInt(line);
        if (length >= 0) {
          if (values != null) {
            values.add(text.substring(at[0], at[0] + length));
          }
          at[0] += length + 2;
        }
      }
      case '*' -> {
        for (int i = Integer.parseInt(line); i > 0; i--) {
          walk(text, at, values);
        }
      }
      default -> throw new AssertionError("unexpected reply: " + text.substring(at[0]));
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
