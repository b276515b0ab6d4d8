package io.headwater.protocol.redis;

import io.headwater.protocol.redis.facts.ArgumentTree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Draws commands that may record more than they bring: any of the command table, after the argument
 * syntax that COMMAND DOCS shows, over keys of all types that have many elements, or long ones, or
 * long names, or are past their time.
 */
public final class GrownCommands {
  /**
   * They end or mute the connection or the server, wait for others, change what all clients see, or
   * begin and end what the test itself begins and ends.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(
          ("acl,auth,bgrewriteaof,bgsave,client,cluster,command,config,debug,discard,evalsha,"
                  + "evalsha_ro,exec,failover,hello,latency,lolwut,memory,migrate,module,monitor,"
                  + "multi,object,pfselftest,psubscribe,psync,punsubscribe,quit,replconf,replicaof,"
                  + "reset,role,save,script,select,shutdown,slaveof,slowlog,ssubscribe,subscribe,"
                  + "sunsubscribe,sync,unsubscribe,unwatch,wait,watch,xinfo,headwater,fcall,"
                  + "fcall_ro,eval,eval_ro,pubsub")
              .split(","));

  /** What Redis 7.0 does not have, and what the syntax says too little about, several times. */
  private static final List<String> OWN =
      List.of(
          "HPEXPIRE $hash 1000 FIELDS 2 f1 $f",
          "HPEXPIRE $hash 0 FIELDS 3 f1 f7 $f",
          "HPERSIST $hash FIELDS 2 f1 due1",
          "HEXPIREAT $hash 99999999999 FIELDS 1 $f",
          "HTTL $hash FIELDS 1 f1",
          "HGETALL $hash",
          "HSET $hash $f $v due2 $v",
          "XREADGROUP GROUP $g $c COUNT 1000 STREAMS $stream $stream > 0",
          "XREADGROUP GROUP $g $c STREAMS $stream $stream $stream 0 0 >",
          "XREADGROUP GROUP $g $c NOACK STREAMS $stream >",
          "XCLAIM $stream $g $c 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 FORCE",
          "XCLAIM $stream $g $c 0 1 2 3 4 5 6 7 8 9 RETRYCOUNT 9223372036854775807 JUSTID",
          "XAUTOCLAIM $stream $g $c 0 0 COUNT 100000",
          "XAUTOCLAIM $stream $g $c 0 0 COUNT 3 JUSTID",
          "XADD $stream MAXLEN 3 * $f $v",
          "XADD $stream * $f $v $f $v",
          "XGROUP CREATE $stream $new $ MKSTREAM",
          "XGROUP CREATECONSUMER $stream $g $new",
          "XGROUP DELCONSUMER $stream $g $c",
          "XACK $stream $g 1 2 3 4 5 6",
          "PFADD $hll a b c d e f g h i j k l m n o p q r s t u v w x y z",
          "PFMERGE $hll $hll $hll",
          "PFMERGE new $hll",
          "PFCOUNT $hll",
          "PFDEBUG TODENSE $hll",
          "BITFIELD $str SET u8 0 255 SET u8 100 3 INCRBY i64 1000 7 SET i5 7 1 SET u1 3 1",
          "INCRBYFLOAT big 1e4900",
          "HINCRBYFLOAT $hash $new 1e4900",
          "SMOVE $set $set $v",
          "SMOVE set $set long",
          "SPOP $set",
          "LMOVE $list $list LEFT RIGHT",
          "MOVE $any 3",
          "COPY $any $any REPLACE",
          "RENAME $any $any",
          "SORT $zset BY nosort STORE d",
          "SORT $list ALPHA STORE d",
          "FUNCTION FLUSH",
          "MSET $any $v $any $v due $v due:long $v",
          "EVAL return{redis.pcall('set',KEYS[1],ARGV[1]),redis.pcall('spop','set',900)} 1 $any $v",
          "DEL $any $any $any");

  private static final String[] TYPES = {"str", "list", "set", "zset", "hash", "stream", "hll"};

  /** Of each type: some elements, many of them, long ones, and a key with a long name. */
  private static final String[] FORMS = {"", "many", "wide", "named", "due"};

  private static final String LONG_NAME = "n".repeat(3_000);
  private static final String[] COUNTS = {"1", "2", "10", "100000", "-1", "-3", "0"};
  private static final String[] IDS = {"1-1", "3", "0", "$", ">", "-", "+", "*", "9-0", "2000"};
  private static final String[] TEXTS = {
    "f1", "f2", "m1", "m2", "long", "", "1", "u8", "i64", "3.5", "g", "c", "due1", "-", "+", "[m"
  };

  private record Known(Command command, String[] name, List<ArgumentTree> arguments) {}

  private final SplittableRandom random;
  private final List<Known> commands = new ArrayList<>();
  private final List<String> payloads = new ArrayList<>();
  private int many;

  /** Of all commands there are. */
  public static GrownCommands of(SplittableRandom random) throws IOException {
    try (RedisRig rig = new RedisRig()) {
      return new GrownCommands(random, rig.server.table());
    }
  }

  GrownCommands(SplittableRandom random, CommandTable table) {
    this.random = random;
    table.numbered().forEach(this::addAll);
  }

  private void addAll(Command command) {
    String[] name = command.name().split("\\|");
    boolean left = LEFT_OUT.contains(name[0]) || name[name.length - 1].equals("help");
    if (!left && command.handler() != null && command.facts().isRedis()) {
      commands.add(new Known(command, name, ArgumentTree.parse(command.facts().arguments())));
    }
  }

  /** What DUMP and FUNCTION DUMP answered, for RESTORE. */
  public void payload(String dumped) {
    payloads.add(dumped);
  }

  static String key(String type, String form) {
    return switch (form) {
      case "" -> type;
      case "named" -> type + ":" + LONG_NAME;
      default -> type + ":" + form;
    };
  }

  /** What the keys hold; those that are {@code due} are so after a millisecond. */
  public static List<String[]> fixture() {
    List<String[]> lines = new ArrayList<>();
    lines.add(words("FLUSHALL"));
    String library = "#!lua name=@\nredis.register_function('@', function() return 1 end)";
    for (String name : List.of("lib", "lib" + "x".repeat(3_000))) {
      String code = library.replace("@", name) + "-- ".repeat(3_000);
      lines.add(new String[] {"FUNCTION", "LOAD", "REPLACE", code});
    }
    for (String form : FORMS) {
      int count = form.equals("many") ? 1_500 : 6;
      String element = form.equals("wide") ? "w".repeat(8_000) : "of some length ";
      lines.add(words("SET", key("str", form), element.repeat(count / 6)));
      lines.add(words("SETRANGE", key("hll", form), "0", ""));
      List<String> sketch = new ArrayList<>(List.of("PFADD", key("hll", form)));
      List<String> list = new ArrayList<>(List.of("RPUSH", key("list", form), "long"));
      List<String> set = new ArrayList<>(List.of("SADD", key("set", form), "m1", "long"));
      List<String> zset = new ArrayList<>(List.of("GEOADD", key("zset", form)));
      List<String> hash = new ArrayList<>(List.of("HSET", key("hash", form), "f1", "1"));
      String stream = key("stream", form);
      String group = form.equals("wide") ? "g".repeat(3_000) : "g";
      for (int i = 0; i < count; i++) {
        sketch.add("e" + i);
        list.add(element + i);
        set.add(element + i);
        zset.addAll(List.of("0.0" + i, "0.1", element + i));
        hash.addAll(List.of("f" + i, element, "due" + i + element, "1"));
        lines.add(words("XADD", stream, "" + (i + 1), "f", element));
      }
      for (List<String> command : List.of(sketch, list, set, zset, hash)) {
        lines.add(command.toArray(new String[0]));
      }
      lines.add(words("XGROUP", "CREATE", stream, group, "0"));
      lines.add(words("XGROUP", "CREATE", stream, "late", "3"));
      String most = "" + count * 2 / 3;
      lines.add(words("XREADGROUP", "GROUP", group, "c", "COUNT", most, "STREAMS", stream, ">"));
      lines.add(words("XDEL", stream, "2", "4"));
      for (int i = 0; i < count; i += 3) {
        lines.add(
            words("HPEXPIRE", key("hash", form), "1", "FIELDS", "2", "due" + i + element, "f" + i));
      }
    }
    for (String type : TYPES) {
      lines.add(words("PEXPIRE", key(type, "due"), "1"));
    }
    lines.add(words("SET", "due", "1", "PX", "1"));
    lines.add(words("SET", "due:long" + LONG_NAME, "1", "PX", "1"));
    lines.add(words("SADD", "iset", "1", "2", "3"));
    return lines;
  }

  private static String[] words(String... words) {
    return words;
  }

  /** Keys whose payloads RESTORE puts back. */
  public static List<String> dumped() {
    List<String> keys = new ArrayList<>();
    for (String type : TYPES) {
      for (String form : List.of("", "many", "wide")) {
        keys.add(key(type, form));
      }
    }
    return keys;
  }

  /** One command. */
  public String[] next() {
    if (random.nextInt(3) == 0) {
      return own();
    }
    Known known = commands.get(random.nextInt(commands.size()));
    boolean rare = known.name[0].startsWith("flush") || known.name[0].equals("swapdb");
    if (rare && random.nextInt(10) > 0) {
      return next();
    }
    List<String> out = new ArrayList<>(List.of(known.name));
    many = 0;
    for (ArgumentTree argument : known.arguments) {
      draw(out, known, argument, argument.flags().contains("optional"));
    }
    if (out.contains("BLOCK") || out.contains("block")) {
      return next();
    }
    return out.toArray(new String[0]);
  }

  private String[] own() {
    String[] words = one(OWN.toArray(new String[0])).split(" ");
    for (int i = 0; i < words.length; i++) {
      words[i] =
          switch (words[i]) {
            case "$any" -> anyKey();
            case "$f" -> one("f1", "f2", "f3", text());
            case "$g" -> one("g", "g".repeat(3_000), "late");
            case "$c" -> one("c", "c2", "c".repeat(3_000));
            case "$v" -> text();
            case "$new" -> "new" + random.nextInt(100);
            case "due:long" -> "due:long" + LONG_NAME;
            default ->
                words[i].length() > 2 && words[i].startsWith("$")
                    ? key(words[i].substring(1), one(FORMS))
                    : words[i];
          };
    }
    return words;
  }

  private void draw(List<String> out, Known known, ArgumentTree argument, boolean optional) {
    if (optional && random.nextInt(100) < 60) {
      return;
    }
    boolean multiple = argument.flags().contains("multiple");
    int times = multiple ? times(argument) : 1;
    String token = argument.token();
    for (int i = 0; i < times; i++) {
      boolean again = argument.flags().contains("multiple_token");
      if (token != null && (i == 0 || again)) {
        out.add(token);
      }
      switch (argument.type()) {
        case "pure-token" -> {}
        case "oneof" -> {
          ArgumentTree chosen = argument.children().get(random.nextInt(argument.children().size()));
          draw(out, known, chosen, false);
        }
        case "block" ->
            argument
                .children()
                .forEach(child -> draw(out, known, child, child.flags().contains("optional")));
        default -> out.add(value(known, argument));
      }
    }
  }

  /** As many keys as were said, as many IDs as keys. */
  private int times(ArgumentTree argument) {
    boolean key = argument.type().equals("key");
    boolean counted = key || argument.name().equals("id") || argument.name().equals("weight");
    if (counted && many > 0) {
      return many;
    }
    int times =
        switch (random.nextInt(12)) {
          case 0 -> 300;
          case 1 -> 20;
          default -> 1 + random.nextInt(3);
        };
    if (key) {
      many = times;
    }
    return times;
  }

  private String value(Known known, ArgumentTree argument) {
    String group = known.command.facts().group();
    return switch (argument.name()) {
      case "numkeys" -> {
        many = 1 + random.nextInt(3);
        yield "" + many;
      }
      case "group", "groupname" -> one("g", "g", "late", "g".repeat(3_000));
      case "consumer", "consumername" -> one("c", "c2", "c".repeat(3_000));
      case "count" -> one(COUNTS);
      case "id", "lastid", "last-id", "start", "end" ->
          group.equals("stream") ? one(IDS) : number();
      case "timeout" -> "0.01";
      case "index", "destination-db", "db" -> one("0", "1", "3");
      case "serialized-value" ->
          payloads.isEmpty() ? "" : payloads.get(random.nextInt(payloads.size()));
      case "function-code" -> "#!lua name=lib\nredis.register_function('f', function() end)";
      case "offset" -> one("0", "7", "100", "5000");
      default -> byType(known, argument);
    };
  }

  private String byType(Known known, ArgumentTree argument) {
    return switch (argument.type()) {
      case "key" -> key(known);
      case "integer" -> number();
      case "double" -> one("0", "0.1", "1", "1000", "inf", "1e300");
      case "pattern" -> one("*", "f*", "nosort", "w*->f1");
      case "unix-time" -> one("1", "99999999999", "9999999999999");
      default -> random.nextInt(8) == 0 ? number() : text();
    };
  }

  private String number() {
    return one("0", "1", "2", "3", "-1", "-2", "100", "2000", "123456789012");
  }

  private String text() {
    return switch (random.nextInt(10)) {
      case 0 -> "t".repeat(random.nextInt(3_000));
      case 1 -> "of some length " + random.nextInt(1_500);
      case 2 -> "w".repeat(8_000) + random.nextInt(6);
      case 3 -> "x" + random.nextInt(10_000);
      default -> one(TEXTS);
    };
  }

  private String key(Known known) {
    String type =
        switch (known.command.facts().group()) {
          case "string", "bitmap" -> "str";
          case "list" -> "list";
          case "set" -> "set";
          case "sorted-set", "geo" -> "zset";
          case "hash" -> "hash";
          case "stream" -> "stream";
          case "hyperloglog" -> "hll";
          default -> "";
        };
    return type.isEmpty() || random.nextInt(8) == 0 ? anyKey() : key(type, one(FORMS));
  }

  private String anyKey() {
    return random.nextInt(8) == 0
        ? one("due", "due:long" + LONG_NAME, "none", "none:" + LONG_NAME, "d")
        : key(one(TYPES), one(FORMS));
  }

  @SafeVarargs
  private <T> T one(T... from) {
    return from[random.nextInt(from.length)];
  }
}
