package io.headwater.protocol.redis.scripting;

import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaClosure;
import io.headwater.lua.LuaError;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.scripting.FunctionLibrary.Registered;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Strings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The libraries of functions: compiled here, kept in the keyspace's hidden database. What stands
 * there when the first command asks is compiled then.
 */
final class FunctionRegistry {
  private static final Logger LOGGER = Logger.getLogger(FunctionRegistry.class.getName());

  /** What an event takes beside name and code, at most. */
  private static final int EVENT_BYTES = 32;

  private static final long LOAD_NANOS_MAX = 500_000_000;
  private static final String BAD_NAME =
      "Library names can only contain letters, numbers, or underscores(_) and must be at least one"
          + " character long";

  private final Engine engine = new Engine();
  private final RedisApi loadApi = new RedisApi(engine);
  private Map<String, FunctionLibrary> libraries = new LinkedHashMap<>();
  private final Key key = new Key();

  /** While a library's chunk runs. */
  private @Nullable FunctionLibrary loading;

  FunctionRegistry() {
    engine.lua().heap().keeps(() -> functions().iterator());
  }

  private Stream<LuaFunction> functions() {
    return libraries.values().stream()
        .flatMap(library -> library.functions.values().stream())
        .map(registered -> registered.script().function());
  }

  Engine engine() {
    return engine;
  }

  Collection<FunctionLibrary> libraries() {
    return libraries.values();
  }

  long functionCount() {
    return libraries.values().stream().mapToLong(library -> library.functions.size()).sum();
  }

  long codeBytes() {
    return libraries.values().stream().mapToLong(library -> library.code.length()).sum();
  }

  @Nullable Registered function(String name) {
    for (FunctionLibrary library : libraries.values()) {
      Registered found = library.functions.get(name);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /** Compiles what the keyspace holds. */
  void readStored(Call call) {
    Map<String, Bytes> stored = new TreeMap<>();
    long cursor = 0;
    do {
      cursor =
          call.keyspace()
              .scan(
                  Keyspace.LIBRARIES,
                  cursor,
                  1000,
                  entry ->
                      stored.put(
                          text(Memory.toByteArray(Entry.key(entry), Entry.keyLength(entry))),
                          Bytes.wrap(
                              Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry)))));
    } while (cursor != 0);
    for (Bytes code : stored.values()) {
      try {
        FunctionLibrary library = compile(call, code);
        libraries.put(library.name, library);
      } catch (CommandError e) {
        LOGGER.log(Level.WARNING, "a stored library does not load: {0}", e.line());
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** Loads one library, replacing the one of that name if wanted. */
  String load(Call call, Bytes code, boolean replace) {
    String name = name(code);
    FunctionLibrary old = libraries.get(name);
    if (old != null && !replace) {
      throw new CommandError("ERR Library '" + name + "' already exists");
    }
    FunctionLibrary library = compile(call, code);
    checkNames(library, without(old));
    call.requireRoom(name.length()); // it is in the code, too
    libraries.put(name, library);
    store(call.keyspace(), library);
    return name;
  }

  private Map<String, FunctionLibrary> without(@Nullable FunctionLibrary old) {
    Map<String, FunctionLibrary> rest = new LinkedHashMap<>(libraries);
    if (old != null) {
      rest.remove(old.name);
    }
    return rest;
  }

  private static void checkNames(FunctionLibrary library, Map<String, FunctionLibrary> others) {
    for (String function : library.functions.keySet()) {
      for (FunctionLibrary other : others.values()) {
        if (other.functions.containsKey(function)) {
          throw new CommandError("ERR Function " + function + " already exists");
        }
      }
    }
  }

  private void store(Keyspace keyspace, FunctionLibrary library) {
    keyspace
        .strings()
        .set(at(library.name), library.code.array(), 0, library.code.length(), Strings.RAW, 0);
  }

  private Key at(String name) {
    return key.at(
        Keyspace.LIBRARIES,
        Bytes.wrap(name.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
  }

  void delete(Call call, String name) {
    if (libraries.remove(name) == null) {
      throw new CommandError("ERR Library not found");
    }
    call.keyspace().generic().delete(at(name));
  }

  void flush(Call call) {
    call.requireRoom(namesBytes());
    deleteAll(call);
  }

  private long namesBytes() {
    return libraries.keySet().stream().mapToLong(name -> name.length() + EVENT_BYTES).sum();
  }

  private void deleteAll(Call call) {
    for (String name : libraries.keySet()) {
      call.keyspace().generic().delete(at(name));
    }
    libraries.clear();
  }

  /** What FUNCTION RESTORE does with libraries that are there. */
  enum Policy {
    FLUSH,
    APPEND,
    REPLACE
  }

  /** All or none. */
  void restore(Call call, List<Bytes> codes, Policy policy) {
    Map<String, FunctionLibrary> next =
        policy == Policy.FLUSH ? new LinkedHashMap<>() : new LinkedHashMap<>(libraries);
    List<FunctionLibrary> added = new ArrayList<>();
    for (Bytes code : codes) {
      FunctionLibrary library = compile(call, code);
      if (next.containsKey(library.name)) {
        if (policy != Policy.REPLACE) {
          throw new CommandError("ERR Library " + library.name + " already exists");
        }
        next.remove(library.name);
      }
      checkNames(library, next);
      next.put(library.name, library);
      added.add(library);
    }
    long bytes = policy == Policy.FLUSH ? namesBytes() : 0;
    for (FunctionLibrary library : added) {
      bytes += library.name.length() + library.code.length() + EVENT_BYTES;
    }
    call.requireRoom(bytes); // a payload may be compressed
    if (policy == Policy.FLUSH) {
      deleteAll(call);
    }
    libraries = next;
    added.forEach(library -> store(call.keyspace(), library));
  }

  // Loading.

  private static boolean isName(String name) {
    return name.matches("[a-zA-Z0-9_]+");
  }

  /** The name that the first line gives. */
  private static String name(Bytes code) {
    List<String> words = ScriptFlags.words(code.array());
    if (words == null) {
      throw new CommandError("ERR Missing library metadata");
    }
    if (ScriptFlags.lineLength(code.array()) == code.length()) {
      throw new CommandError("ERR Invalid library metadata");
    }
    String name = null;
    for (String word : words.subList(1, words.size())) {
      if (!word.startsWith("name=")) {
        throw new CommandError("ERR Invalid metadata value given: " + word);
      }
      if (name != null) {
        throw new CommandError(
            "ERR Invalid metadata value, name argument was given multiple times");
      }
      name = word.substring("name=".length());
    }
    if (name == null) {
      throw new CommandError("ERR Library name was not given");
    }
    if (!isName(name)) {
      throw new CommandError("ERR " + BAD_NAME);
    }
    String language = words.getFirst().substring(2);
    if (!language.equalsIgnoreCase("lua")) {
      throw new CommandError("ERR Engine '" + language + "' not found");
    }
    return name;
  }

  private FunctionLibrary compile(Call call, Bytes code) {
    FunctionLibrary library = new FunctionLibrary(name(code), code);
    LuaClosure chunk;
    try {
      chunk = engine.compile(ScriptFlags.body(code.array()), "@user_function");
    } catch (LuaError e) {
      throw new CommandError("ERR Error compiling function: " + e.getMessage());
    }
    Lua lua = engine.lua();
    Object running = lua.globals().get("redis");
    LuaTable api = loadApi.whileLoading((l, a) -> register(l, a));
    engine.protect(api, new HashSet<>());
    lua.globals().put("redis", api);
    loading = library;
    try {
      engine.load(chunk, call, LOAD_NANOS_MAX);
    } finally {
      loading = null;
      lua.globals().put("redis", running);
    }
    if (library.functions.isEmpty()) {
      throw new CommandError("ERR No functions registered");
    }
    return library;
  }

  private Object register(Lua lua, Arguments a) {
    FunctionLibrary library = loading;
    if (library == null) {
      throw RedisApi.error(
          lua, "redis.register_function can only be called on FUNCTION LOAD command");
    }
    Map<String, @Nullable Object> named = arguments(lua, a);
    LuaString name = lua.toStringOrNull(named.get("function_name"));
    if (name == null) {
      throw RedisApi.error(lua, "redis.register_function must get a function name argument");
    }
    if (!(named.get("callback") instanceof LuaFunction callback)) {
      throw RedisApi.error(lua, "redis.register_function must get a callback argument");
    }
    if (!isName(name.toString())) {
      throw RedisApi.error(lua, BAD_NAME);
    }
    int flags = flags(lua, named.get("flags"));
    Object description = named.get("description");
    Script script = new Script(name.toString(), callback, flags, new byte[0], 0);
    Registered registered =
        new Registered(
            script, description == null ? null : String.valueOf(lua.toStringOrNull(description)));
    if (library.functions.putIfAbsent(name.toString(), registered) != null) {
      throw RedisApi.error(lua, "Function already exists in the library");
    }
    return Results.NONE;
  }

  private static Map<String, @Nullable Object> arguments(Lua lua, Arguments a) {
    Map<String, @Nullable Object> named = new HashMap<>();
    if (a.count() < 1 || a.count() > 2) {
      throw RedisApi.error(lua, "wrong number of arguments to redis.register_function");
    }
    if (a.count() == 2) {
      if (lua.toStringOrNull(a.get(0)) == null) {
        throw RedisApi.error(lua, "first argument to redis.register_function must be a string");
      }
      if (!(a.get(1) instanceof LuaFunction)) {
        throw RedisApi.error(lua, "second argument to redis.register_function must be a function");
      }
      named.put("function_name", lua.toStringOrNull(a.get(0)));
      named.put("callback", a.get(1));
      return named;
    }
    if (!(a.get(0) instanceof LuaTable table)) {
      throw RedisApi.error(
          lua,
          "calling redis.register_function with a single argument is only applicable to Lua table"
              + " (representing named arguments).");
    }
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      named.put(checkedName(lua, table, at), table.valueAtPlace(at));
    }
    return named;
  }

  private static String checkedName(Lua lua, LuaTable table, int at) {
    LuaString key = lua.toStringOrNull(table.keyAt(at));
    if (key == null) {
      throw RedisApi.error(
          lua, "named argument key given to redis.register_function is not a string");
    }
    Object value = table.valueAtPlace(at);
    switch (key.toString().toLowerCase(java.util.Locale.ROOT)) {
      case "function_name" -> {
        if (lua.toStringOrNull(value) == null) {
          throw RedisApi.error(
              lua, "function_name argument given to redis.register_function must be a string");
        }
      }
      case "description" -> {
        if (lua.toStringOrNull(value) == null) {
          throw RedisApi.error(
              lua, "description argument given to redis.register_function must be a string");
        }
      }
      case "callback" -> {
        if (!(value instanceof LuaFunction)) {
          throw RedisApi.error(
              lua, "callback argument given to redis.register_function must be a function");
        }
      }
      case "flags" -> {
        if (!(value instanceof LuaTable)) {
          throw RedisApi.error(
              lua,
              "flags argument to redis.register_function must be a table representing function"
                  + " flags");
        }
      }
      default -> throw RedisApi.error(lua, "unknown argument given to redis.register_function");
    }
    return key.toString().toLowerCase(java.util.Locale.ROOT);
  }

  private static int flags(Lua lua, @Nullable Object given) {
    int flags = 0;
    if (given instanceof LuaTable table) {
      for (int i = 1; table.get(i) instanceof Object word; i++) {
        int flag = word instanceof LuaString name ? ScriptFlags.of(name.toString()) : 0;
        if (flag == 0) {
          throw RedisApi.error(lua, "unknown flag given");
        }
        flags |= flag;
      }
    }
    return flags;
  }
}
