package io.headwater.conformance;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Draws commands with arguments at the edge of what they take: huge, negative, overflowing, empty,
 * of the wrong type, doubled, swapped or missing. Which arguments a command has is read from a real
 * server's {@code COMMAND DOCS}, so each of its commands is drawn, but for {@link #LEFT_OUT}.
 */
final class EdgeCommands {
  /** An argument as the documents draw it. */
  private record Argument(
      String name,
      String type,
      String token,
      boolean optional,
      boolean multiple,
      boolean manyTokens,
      List<Argument> children) {}

  private record Known(String name, String group, List<Argument> arguments) {}

  /** A drawn command and how its replies are compared. */
  record Drawn(String name, List<String> words, Likeness likeness) {}

  /** In what two replies must be alike. */
  enum Likeness {
    BYTES,
    /** Lines, in any order. */
    LINES,
    /** All but numbers, which are times or how something lies in memory. */
    NO_NUMBERS,
    /** Payloads of DUMP: what a real server makes of them. */
    RESTORED,
    /** The first line: lots were drawn, or what follows depends on a hash table's order. */
    FIRST_LINE
  }

  /**
   * They end, stop or mute the connection or the server, follow another one, change what all
   * clients see, or answer what is each server's own: times, lots, memory, its list of commands.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(
          ("acl deluser,acl dryrun,acl genpass,acl getuser,acl list,acl load,acl log,acl save,"
                  + "acl setuser,acl users,acl cat,auth,bgrewriteaof,bgsave,client caching,"
                  + "client getname,client getredir,client id,client info,client kill,client list,"
                  + "client pause,client reply,client setname,client tracking,"
                  + "client trackinginfo,client unpause,command,command count,command docs,"
                  + "command info,command list,config get,config rewrite,config set,debug,discard,"
                  + "exec,failover,flushall,function dump,function load,function restore,"
                  + "function kill,function stats,hello,info,lastsave,latency doctor,latency graph,"
                  + "latency histogram,latency history,latency latest,lolwut,memory doctor,"
                  + "memory malloc-stats,memory purge,memory stats,memory usage,migrate,monitor,"
                  + "multi,pfdebug,pfselftest,psubscribe,psync,punsubscribe,quit,randomkey,"
                  + "replconf,replicaof,reset,restore-asking,role,save,script debug,script kill,"
                  + "select,shutdown,slaveof,slowlog get,slowlog len,ssubscribe,subscribe,"
                  + "sunsubscribe,swapdb,sync,time,unsubscribe,wait")
              .split(","));

  private static final Set<String> UNORDERED =
      Set.of(
          ("geosearch,georadius,georadiusbymember,georadius_ro,georadiusbymember_ro,hgetall,hkeys,"
                  + "hvals,keys,pubsub channels,sdiff,sinter,smembers,sunion")
              .split(","));
  private static final Set<String> BY_LOT =
      Set.of("hrandfield,hscan,scan,spop,srandmember,sscan,zrandmember,zscan".split(","));
  private static final Set<String> OF_TIMES =
      Set.of(
          ("expiretime,object freq,object idletime,pexpiretime,pttl,ttl,xinfo consumers,"
                  + "xinfo groups,xinfo stream,xpending")
              .split(","));

  /** They wait as long or take as much memory as a number says: only with fitting numbers. */
  private static final Set<String> CAREFUL =
      Set.of(
          ("bitfield,blmove,blmpop,blpop,brpop,brpoplpush,bzmpop,bzpopmax,bzpopmin,hrandfield,"
                  + "setbit,setrange,srandmember,xread,xreadgroup,zrandmember")
              .split(","));

  private static final String[] INTEGERS = {
    "0",
    "1",
    "-1",
    "2",
    "3",
    "10",
    "100",
    "-2",
    "-100",
    "-0",
    "+1",
    "01",
    " 1",
    "1 ",
    "",
    "abc",
    "1.5",
    "1e3",
    "0x10",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967296",
    "9223372036854775",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775807",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "99999999999999999999"
  };
  private static final String[] DOUBLES = {
    "0",
    "1",
    "-1",
    "1.5",
    "-0",
    "-0.0",
    "inf",
    "-inf",
    "+inf",
    "Infinity",
    "nan",
    "-nan",
    "1e308",
    "1e309",
    "-1e309",
    "1e-320",
    "1e-400",
    "abc",
    "",
    "1 ",
    " 1",
    "1.0.",
    "0x10",
    "3.0e3",
    "1e",
    "17.000000000000001",
    "0.1",
    "1e17",
    "1.7976931348623157e308",
    "(1",
    "(inf",
    "((1",
    "+5",
    ".5",
    "5.",
    "180",
    "85.05",
    "-180",
    "86",
    "4.9e-324"
  };
  private static final String[] TEXTS = {
    "a",
    "b",
    "c",
    "1",
    "10",
    "",
    "\0",
    "\u00ff\u00fe",
    "m5",
    "f1",
    "hello",
    "3.5",
    "-5",
    "Palermo",
    "a b",
    "\r\n",
    "12345678901234567890",
    "*",
    "(a",
    "[a",
    "+",
    "-",
    "[",
    "(",
    "v".repeat(44),
    "v".repeat(45),
    "v".repeat(70)
  };
  private static final String[] IDS = {
    "1-1",
    "2-0",
    "3-3",
    "0",
    "0-0",
    "$",
    ">",
    "-",
    "+",
    "5-*",
    "(1-1",
    "(1",
    "1",
    "abc",
    "1-",
    "-1",
    "1-1-1",
    "18446744073709551615-18446744073709551615",
    "18446744073709551616",
    "(18446744073709551615-18446744073709551615",
    "(0-0",
    "",
    "1- 1",
    "4-0"
  };
  private static final String[] PATTERNS = {
    "*", "*a*", "[a-c]*", "?", "s[te]?", "\\*", "[^a]*", "", "h*", "[", "[a", "\\", "[z-a]*", "**"
  };
  private static final String[] LEXES = {
    "-", "+", "[a", "(a", "[", "(", "[c", "a", "", "(d", "[zz", "-x", "+ "
  };
  private static final String[] ENCODINGS = {
    "u8", "i8", "u63", "i64", "u64", "i65", "u0", "i1", "u1", "x8", "u", "", "U8", "i", "i064"
  };
  private static final String[] BIT_OFFSETS = {
    "0", "1", "7", "8", "#0", "#1", "#-1", "#", "-1", "abc", "100", "4294967295000", "1.5"
  };
  private static final String[] KEY_COUNTS = {"1", "2", "1", "2", "3", "0", "-1", "abc"};
  private static final String[] WAITS = {"0.01", "0.001", "-1", "abc", "nan", "inf", "", "-0.1"};

  private static final String[] STRINGS = {"str", "num", "flt", "bin", "big"};
  private static final String[] LISTS = {"list", "list2", "blist"};
  private static final String[] SETS = {"set", "iset", "bset"};
  private static final String[] SORTED_SETS = {"zset", "zset2", "zlex", "bzset", "set"};
  private static final Set<String> UNEQUAL_SCORES = Set.of("zset", "zset2", "bzset", "geo");
  private static final Set<String> RESCORES =
      Set.of(
          "copy",
          "geoadd",
          "georadius",
          "georadiusbymember",
          "geosearchstore",
          "rename",
          "renamenx",
          "zadd",
          "zdiffstore",
          "zincrby",
          "zinterstore",
          "zrangestore",
          "zunionstore");
  private static final String[] HASHES = {"hash", "bhash"};
  private static final String[] STREAMS = {"stream", "stream2"};
  private static final String[] SKETCHES = {"hll", "hll2"};
  private static final String[] PLACES = {"geo", "zset"};
  private static final String[] KEYS = {
    "str", "num", "flt", "bin", "big", "list", "list2", "blist", "set", "iset", "bset", "zset",
    "zset2", "zlex", "bzset", "hash", "bhash", "stream", "stream2", "hll", "hll2", "geo", "none",
    "none2", "", "\0k\r\n"
  };

  private final SplittableRandom random;
  private final List<Known> commands;

  private EdgeCommands(SplittableRandom random, List<Known> commands) {
    this.random = random;
    this.commands = commands;
  }

  /** From what {@code COMMAND DOCS} answered in RESP2. */
  static EdgeCommands of(SplittableRandom random, String documents, String only) {
    List<Known> commands = new ArrayList<>();
    List<?> all = (List<?>) new RespText(documents).value();
    for (int i = 0; i < all.size(); i += 2) {
      addTo(commands, (String) all.get(i), (List<?>) all.get(i + 1), only);
    }
    return new EdgeCommands(random, commands);
  }

  private static void addTo(List<Known> commands, String name, List<?> document, String only) {
    List<?> subcommands = (List<?>) entry(document, "subcommands", List.of());
    for (int i = 0; i < subcommands.size(); i += 2) {
      addTo(commands, (String) subcommands.get(i), (List<?>) subcommands.get(i + 1), only);
    }
    String words = name.replace('|', ' ');
    boolean helps = words.endsWith(" help") || words.startsWith("cluster ");
    boolean loads = words.startsWith("module ");
    if (subcommands.isEmpty()
        && !helps
        && !loads
        && !LEFT_OUT.contains(words)
        && words.matches(only)) {
      String group = (String) entry(document, "group", "");
      commands.add(new Known(words, group, arguments(document)));
    }
  }

  private static List<Argument> arguments(List<?> document) {
    List<Argument> arguments = new ArrayList<>();
    for (Object item : (List<?>) entry(document, "arguments", List.of())) {
      List<?> described = (List<?>) item;
      Set<?> flags = new HashSet<>((List<?>) entry(described, "flags", List.of()));
      arguments.add(
          new Argument(
              (String) entry(described, "name", ""),
              (String) entry(described, "type", ""),
              (String) entry(described, "token", "\0"),
              flags.contains("optional"),
              flags.contains("multiple"),
              flags.contains("multiple_token"),
              arguments(described)));
    }
    return arguments;
  }

  private static Object entry(List<?> map, String key, Object otherwise) {
    for (int i = 0; i + 1 < map.size(); i += 2) {
      if (key.equals(map.get(i))) {
        return map.get(i + 1);
      }
    }
    return otherwise;
  }

  /** What the keys hold before a round of commands. */
  static List<List<String>> fixture() {
    List<List<String>> lines = new ArrayList<>();
    for (String line :
        List.of(
            "FLUSHALL",
            "FUNCTION FLUSH",
            "SCRIPT FLUSH",
            "SET str hello",
            "SET num 10",
            "SET flt 3.25",
            "SET bin \0\u00ff\r\n\u0080abc",
            "SET big " + "x".repeat(300),
            "RPUSH list a b c 1 2 a",
            "RPUSH list2 3 1 2",
            "RPUSH blist" + many("v# "),
            "SADD set a b c 1",
            "SADD iset 1 2 3 -5",
            "SADD bset" + many("m#"),
            "ZADD zset 1 a 2 b 3 c -inf ni inf pi",
            "ZADD zset2 1.5 a 2.5 x",
            "ZADD zlex 0 a 0 b 0 c 0 d",
            "ZADD bzset" + many("#.5 m#"),
            "HSET hash f1 v1 f2 10 f3 3.5",
            "HSET bhash" + many("f# v#"),
            "XADD stream 1-1 f v",
            "XADD stream 2-0 f v g w",
            "XADD stream 3-3 a b",
            "XADD stream2 5-0 a b",
            "XGROUP CREATE stream grp 0",
            "XREADGROUP GROUP grp alice COUNT 2 STREAMS stream >",
            "XGROUP CREATE stream2 grp $",
            "PFADD hll a b c",
            "PFADD hll2" + many("e#"),
            "GEOADD geo 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
            "EXPIREAT zset2 9999999999")) {
      lines.add(List.of(line.split(" +")));
    }
    return lines;
  }

  /** More than any small encoding takes. */
  private static String many(String item) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 150; i++) {
      text.append(' ').append(item.replace("#", "" + i));
    }
    return text.toString();
  }

  static List<String> keys() {
    return List.of(KEYS);
  }

  /** Whether a key may be gone a moment after this command. */
  static boolean mayExpire(Drawn drawn) {
    Set<String> options = Set.of("EX", "PX", "EXAT", "PXAT");
    return drawn.name.contains("expire")
        || drawn.name.equals("setex")
        || drawn.name.equals("psetex")
        || drawn.name.equals("restore")
        || drawn.words.stream().anyMatch(word -> options.contains(word.toUpperCase(Locale.ROOT)));
  }

  Drawn next() {
    Known known = commands.get(random.nextInt(commands.size()));
    List<List<String>> parts = new ArrayList<>();
    for (Argument argument : known.arguments) {
      List<String> part = new ArrayList<>();
      draw(part, known, argument, argument.optional);
      parts.add(part);
    }
    boolean careful = CAREFUL.contains(known.name);
    if (!careful && !parts.isEmpty() && random.nextInt(16) == 0) {
      List<String> moved = parts.remove(random.nextInt(parts.size()));
      parts.add(random.nextInt(parts.size() + 1), moved);
    }
    if (!careful && !parts.isEmpty() && random.nextInt(20) == 0) {
      parts.add(parts.get(random.nextInt(parts.size())));
    }
    List<String> words = new ArrayList<>(List.of(known.name.toUpperCase(Locale.ROOT).split(" ")));
    parts.forEach(words::addAll);
    switch (careful ? -1 : random.nextInt(60)) {
      case 0 -> words.removeLast();
      case 1 -> words.add(one(TEXTS));
      case 2 -> words.add(one(INTEGERS));
      case 3 -> words.remove(random.nextInt(words.size()));
      default -> {}
    }
    String[] name = known.name.split(" ");
    boolean named = words.size() >= name.length;
    for (int i = 0; named && i < name.length; i++) {
      named = words.get(i).equalsIgnoreCase(name[i]);
    }
    boolean byClock = known.name.equals("xadd") && words.contains("*");
    boolean by = known.name.startsWith("sort") && has(words, "BY"); // equal ones stand anyhow
    if (!named || byClock || by && has(words, "STORE") || isUnspecified(known.name, words)) {
      return next();
    }
    return new Drawn(known.name, words, by ? Likeness.FIRST_LINE : likeness(known.name));
  }

  /** Ranges by name mean something only where all scores are equal, which is so in {@code zlex}. */
  private static boolean isUnspecified(String name, List<String> words) {
    boolean byName = name.contains("lex") || has(words, "BYLEX");
    return byName
        ? words.stream().anyMatch(UNEQUAL_SCORES::contains)
        : words.contains("zlex") && RESCORES.contains(name);
  }

  private static boolean has(List<String> words, String wanted) {
    return words.stream().anyMatch(wanted::equalsIgnoreCase);
  }

  private static Likeness likeness(String name) {
    return UNORDERED.contains(name)
        ? Likeness.LINES
        : BY_LOT.contains(name)
            ? Likeness.FIRST_LINE
            : OF_TIMES.contains(name)
                ? Likeness.NO_NUMBERS
                : name.equals("dump") ? Likeness.RESTORED : Likeness.BYTES;
  }

  private void draw(List<String> out, Known command, Argument argument, boolean optional) {
    if (optional && random.nextInt(100) < 55) {
      return;
    }
    int times = argument.multiple ? 1 + random.nextInt(5) / 2 : 1;
    for (int i = 0; i < times; i++) {
      boolean named = !argument.token.equals("\0");
      if (named && (i == 0 || argument.manyTokens || argument.type.equals("pure-token"))) {
        out.add(random.nextInt(10) == 0 ? argument.token.toLowerCase(Locale.ROOT) : argument.token);
      }
      switch (argument.type) {
        case "pure-token" -> {}
        case "oneof" -> {
          Argument chosen = argument.children.get(random.nextInt(argument.children.size()));
          draw(out, command, chosen, false);
        }
        case "block" ->
            argument.children.forEach(child -> draw(out, command, child, child.optional));
        default -> out.add(value(command, argument));
      }
    }
  }

  private String value(Known command, Argument argument) {
    boolean careful = CAREFUL.contains(command.name);
    if (!careful && random.nextInt(33) == 0) {
      return one(one(INTEGERS, DOUBLES, TEXTS, IDS, KEYS));
    }
    String name = command.name;
    boolean ofStream = command.group.equals("stream");
    return switch (argument.name) {
      case "numkeys" -> one(KEY_COUNTS);
      case "group", "groupname" -> one("grp", "grp", "none", "");
      case "consumer", "consumername" -> one("alice", "bob", "");
      case "timeout" -> one(WAITS);
      case "milliseconds" -> ofStream ? one("1", "-1", "abc", "1.5", "") : one(INTEGERS);
      case "encoding" -> one(ENCODINGS);
      case "offset" -> name.startsWith("bit") ? one(BIT_OFFSETS) : offset(name);
      case "index", "destination-db", "db" -> one("0", "1", "15", "16", "-1", "abc", "");
      case "script" -> one("return 1", "return KEYS", "return ARGV[1]", "x", "", "return {1,{2}}");
      case "count" -> one("0", "1", "-1", "3", "-3", "100", "abc", "9223372036854775807", "");
      case "id", "start", "end", "lastid", "last-id", "min-idle-time" ->
          ofStream ? one(IDS) : argument.type.equals("integer") ? one(INTEGERS) : bound(name);
      case "min", "max", "stop" -> bound(name);
      default -> byType(command, argument);
    };
  }

  /** Large ones would only take long. */
  private String offset(String name) {
    return name.equals("setrange") || name.equals("setbit")
        ? one("0", "1", "7", "20", "100", "-1", "4294967296", "9223372036854775807", "abc", "")
        : one(INTEGERS);
  }

  private String bound(String name) {
    return name.contains("lex") || random.nextInt(5) == 0
        ? one(LEXES)
        : random.nextBoolean() ? one(INTEGERS) : one(DOUBLES);
  }

  private String byType(Known command, Argument argument) {
    return switch (argument.type) {
      case "key" -> key(command);
      case "integer" -> one(INTEGERS);
      case "double" -> one(DOUBLES);
      case "pattern" -> one(PATTERNS);
      case "unix-time" ->
          one(
              "0",
              "1",
              "-1",
              "9999999999",
              "9999999999999",
              "9223372036854775807",
              "abc",
              "1.5",
              "");
      default -> random.nextInt(5) == 0 ? one(INTEGERS) : one(TEXTS);
    };
  }

  private String key(Known command) {
    if (random.nextInt(4) == 0) {
      return one(KEYS);
    }
    return switch (command.group) {
      case "string" -> one(STRINGS);
      case "bitmap" -> one(STRINGS);
      case "list" -> one(LISTS);
      case "set" -> one(SETS);
      case "sorted-set" -> one(SORTED_SETS);
      case "hash" -> one(HASHES);
      case "stream" -> one(STREAMS);
      case "hyperloglog" -> one(SKETCHES);
      case "geo" -> one(PLACES);
      default -> one(KEYS);
    };
  }

  @SafeVarargs
  private <T> T one(T... from) {
    return from[random.nextInt(from.length)];
  }
}
