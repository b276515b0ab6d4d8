package io.headwater.lua;

import io.headwater.bytes.ByteWriter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One state: its globals, the coroutine that runs, its heap and its limits. Not safe for more than
 * one thread.
 */
public final class Lua {
  /** Looks in on a running script. */
  public interface Watch {
    /** Called every some thousand steps; ends the script by throwing {@link LuaKilled}. */
    void look();
  }

  /** Calls nested in Java: metamethods, and functions that call back. */
  static final int NESTED_MAX = 199;

  static final int META_LOOP_MAX = 100;
  private static final int NUMBER_TEXT_MAX = 24;
  private static final int JOINED_KEPT_BYTES = 1 << 12;
  private static final int STEPS_BETWEEN_LOOKS = 10_000;

  static final LuaString INDEX = LuaString.of("__index");
  static final LuaString NEW_INDEX = LuaString.of("__newindex");
  private static final LuaString EQ = LuaString.of("__eq");
  private static final LuaString LT = LuaString.of("__lt");
  private static final LuaString LE = LuaString.of("__le");
  private static final LuaString CONCAT = LuaString.of("__concat");
  private static final LuaString LEN = LuaString.of("__len");
  private static final LuaString TOSTRING = LuaString.of("__tostring");
  private static final Map<Integer, LuaString> ARITHMETIC =
      Map.of(
          Opcode.ADD, LuaString.of("__add"),
          Opcode.SUB, LuaString.of("__sub"),
          Opcode.MUL, LuaString.of("__mul"),
          Opcode.DIV, LuaString.of("__div"),
          Opcode.MOD, LuaString.of("__mod"),
          Opcode.POW, LuaString.of("__pow"),
          Opcode.UNM, LuaString.of("__unm"));

  private final Heap heap;
  private final Watch watch;
  private final LuaTable globals;
  private final ByteWriter joined = new ByteWriter();
  private final Map<LuaString, LuaString> strings = new HashMap<>();
  private @Nullable LuaTable stringMetatable;
  private LuaThread thread;

  /** What there is while nothing runs. */
  private final LuaThread idle;

  /** How deep calls are nested in Java now. */
  int nested;

  /** The number that {@link #number} was called with last. */
  double returned;

  private int stepsLeft = STEPS_BETWEEN_LOOKS;

  public Lua(Heap heap, Watch watch) {
    this.heap = heap;
    this.watch = watch;
    this.globals = new LuaTable(heap);
    this.idle = new LuaThread(this, null);
    this.thread = idle;
    heap.addRoots(walk -> {
      walk.add(globals);
      walk.add(stringMetatable);
      walk.add(thread);
    });
  }

  public Heap heap() {
    return heap;
  }

  public LuaTable globals() {
    return globals;
  }

  public LuaTable table() {
    return new LuaTable(heap);
  }

  /** What indexing a string looks at. */
  public void setStringMetatable(LuaTable table) {
    stringMetatable = table;
  }

  /** The coroutine that runs. */
  public LuaThread thread() {
    return thread;
  }

  void setThread(LuaThread running) {
    thread = running;
  }

  /**
   * Compiles a chunk.
   *
   * @throws LuaError with Lua's message if it does not parse
   */
  public LuaClosure load(byte[] source, String chunkName) {
    return closure(compile(source, chunkName));
  }

  /** The code of a chunk, which may be run many times, in any state. */
  public static Proto compile(byte[] source, String chunkName, Map<LuaString, LuaString> known) {
    try {
      return Compiler.compile(source, chunkName, known);
    } catch (StackOverflowError e) {
      throw new LuaError("function or expression too complex");
    }
  }

  private Proto compile(byte[] source, String chunkName) {
    heap.mayAllocate(source.length * 8L);
    Proto proto = compile(source, chunkName, new HashMap<>());
    heap.charge(proto.bytes());
    return proto;
  }

  public LuaClosure closure(Proto proto) {
    return new LuaClosure(proto, new Cell[0], globals);
  }

  /** Constants that several chunks share. */
  public Map<LuaString, LuaString> strings() {
    return strings;
  }

  /** Calls a value from outside of any script or from a function written in Java. */
  public @Nullable Object call(@Nullable Object function, @Nullable Object... arguments) {
    return thread.call(function, arguments);
  }

  /**
   * Runs a script from its beginning: forgets what an earlier one left on the stack.
   *
   * @throws LuaError if it fails; until the next run {@link #errorPosition} tells where
   */
  public @Nullable Object run(LuaFunction function, @Nullable Object... arguments) {
    thread = new LuaThread(this, null);
    nested = 0;
    try {
      return thread.call(function, arguments);
    } catch (StackOverflowError e) {
      throw new LuaError("stack overflow");
    }
  }

  /** Forgets the stack of the script that ran last. */
  public void rest() {
    thread = idle;
  }

  /** Counts steps of work; now and then the host looks in. */
  public void work(long steps) {
    if (steps >= stepsLeft) {
      stepsLeft = STEPS_BETWEEN_LOOKS;
      watch.look();
    } else {
      stepsLeft -= (int) steps;
    }
  }

  void step() {
    if (--stepsLeft < 0) {
      stepsLeft = STEPS_BETWEEN_LOOKS;
      watch.look();
    }
  }

  /** The same, and gives back what it is given. */
  int stepped(int jump) {
    step();
    return jump;
  }

  /** What a function written in Java returns for a number, at once. */
  public Object number(double value) {
    returned = value;
    return LuaNumbers.UNBOXED;
  }

  // Errors.

  /** An error of a function written in Java: its caller's position goes before the message. */
  public LuaError error(String message) {
    return new LuaError(heap.string(thread.where(1) + message));
  }

  /** The position of a level as {@code user_script:1: }, or nothing. */
  public String where(int level) {
    return thread.where(level);
  }

  LuaError badArgument(int number, String why) {
    Proto.Name name = thread.calledAs();
    if (name == null) {
      return error("bad argument #" + number + " to '?' (" + why + ")");
    }
    if (name.kind().equals("method")) {
      if (number == 1) {
        return error("calling '" + name.name() + "' on bad self (" + why + ")");
      }
      return error("bad argument #" + (number - 1) + " to '" + name.name() + "' (" + why + ")");
    }
    return error("bad argument #" + number + " to '" + name.name() + "' (" + why + ")");
  }

  /** An error of an instruction, or of a primitive that a function in Java uses. */
  public LuaError runtimeError(String message) {
    return new LuaError(heap.string(thread.instructionWhere() + message));
  }

  /** Where the error came from that {@link #run} has just thrown. */
  public @Nullable Position errorPosition() {
    return thread.errorPosition();
  }

  /**
   * A place in a script.
   *
   * @param source the chunk's name as given
   */
  public record Position(String source, int line) {}

  // Types and conversions.

  public static String typeName(@Nullable Object value) {
    return switch (value) {
      case null -> "nil";
      case Boolean _ -> "boolean";
      case Double _ -> "number";
      case LuaString _ -> "string";
      case LuaTable _ -> "table";
      case LuaFunction _ -> "function";
      case LuaThread _ -> "thread";
      default -> "userdata";
    };
  }

  public static boolean isTrue(@Nullable Object value) {
    return LuaNumbers.isTrue(value);
  }

  /** A string as it is, a number's text, else null. */
  public @Nullable LuaString toStringOrNull(@Nullable Object value) {
    return switch (value) {
      case LuaString string -> string;
      case Double number -> heap.string(LuaNumbers.bytes(number));
      case null, default -> null;
    };
  }

  /** As {@code tostring}. */
  public @Nullable Object show(@Nullable Object value) {
    Object method = metamethod(value, TOSTRING);
    if (method != null) {
      return Results.first(call(method, value));
    }
    return switch (value) {
      case null -> LuaString.of("nil");
      case Boolean bool -> LuaString.of(bool ? "true" : "false");
      case LuaString string -> string;
      case Double number -> heap.string(LuaNumbers.bytes(number));
      case Builtin builtin -> heap.string("builtin: " + address(builtin));
      default -> heap.string(typeName(value) + ": " + address(value));
    };
  }

  private static String address(Object value) {
    return "0x" + Integer.toHexString(System.identityHashCode(value));
  }

  // Metatables.

  public @Nullable LuaTable metatable(@Nullable Object value) {
    return switch (value) {
      case LuaTable table -> table.metatable();
      case LuaString _ -> stringMetatable;
      case null, default -> null;
    };
  }

  public @Nullable Object metamethod(@Nullable Object value, LuaString event) {
    LuaTable metatable = metatable(value);
    return metatable == null ? null : metatable.get(event);
  }

  public @Nullable Object index(@Nullable Object object, @Nullable Object key) {
    Object at = object;
    for (int i = 0; i < META_LOOP_MAX; i++) {
      Object handler;
      if (at instanceof LuaTable table) {
        Object value = table.get(key);
        LuaTable metatable = table.metatable();
        if (value != null || metatable == null) {
          return value;
        }
        handler = metatable.get(INDEX);
        if (handler == null) {
          return null;
        }
      } else {
        handler = metamethod(at, INDEX);
        if (handler == null) {
          throw thread.typeError(at, "index", at == object ? 0 : -1);
        }
      }
      if (handler instanceof LuaFunction) {
        return Results.first(call(handler, at, key));
      }
      at = handler;
    }
    throw runtimeError("loop in gettable");
  }

  public void setIndex(@Nullable Object object, @Nullable Object key, @Nullable Object value) {
    Object at = object;
    for (int i = 0; i < META_LOOP_MAX; i++) {
      Object handler;
      if (at instanceof LuaTable table) {
        LuaTable metatable = table.metatable();
        handler = metatable == null || table.get(key) != null ? null : metatable.get(NEW_INDEX);
        rawSet(table, key, handler == null ? value : null); // the key gets a place at least
        if (handler == null) {
          return;
        }
      } else {
        handler = metamethod(at, NEW_INDEX);
        if (handler == null) {
          throw thread.typeError(at, "index", at == object ? 0 : -1);
        }
      }
      if (handler instanceof LuaFunction) {
        call(handler, at, key, value);
        return;
      }
      at = handler;
    }
    throw runtimeError("loop in settable");
  }

  public void rawSet(LuaTable table, @Nullable Object key, @Nullable Object value) {
    if (table.isReadOnly()) {
      throw runtimeError("Attempt to modify a readonly table");
    }
    if (key == null) {
      throw runtimeError("table index is nil");
    }
    if (key instanceof Double number && number.isNaN()) {
      throw runtimeError("table index is NaN");
    }
    table.put(key, value);
  }

  // Operators where the quick way does not do.

  @Nullable Object arithmetic(int opcode, @Nullable Object a, @Nullable Object b) {
    Double left = LuaNumbers.toNumber(a);
    Double right = LuaNumbers.toNumber(b);
    if (left != null && right != null) {
      return LuaNumbers.arithmetic(opcode, left, right);
    }
    LuaString event = java.util.Objects.requireNonNull(ARITHMETIC.get(opcode));
    Object method = metamethod(a, event);
    if (method == null) {
      method = metamethod(b, event);
    }
    if (method == null) {
      boolean first = left == null;
      throw thread.typeError(
          first ? a : b, "perform arithmetic on", first || opcode == Opcode.UNM ? 0 : 1);
    }
    return Results.first(call(method, a, b));
  }

  @Nullable Object length(@Nullable Object value) {
    if (value instanceof LuaTable table) {
      return (double) table.length();
    }
    if (value instanceof LuaString string) {
      return (double) string.length();
    }
    Object method = metamethod(value, LEN);
    if (method == null) {
      throw thread.typeError(value, "get length of", 0);
    }
    return Results.first(call(method, value));
  }

  public static boolean rawEquals(@Nullable Object a, @Nullable Object b) {
    if (a == b) {
      return !(a instanceof Double d) || !d.isNaN();
    }
    if (a instanceof Double x) {
      return b instanceof Double y && x.doubleValue() == y.doubleValue();
    }
    return a instanceof LuaString s && b instanceof LuaString t && s.sameAs(t);
  }

  public boolean equals(@Nullable Object a, @Nullable Object b) {
    if (rawEquals(a, b)) {
      return true;
    }
    if (!(a instanceof LuaTable left) || !(b instanceof LuaTable right)) {
      return false;
    }
    Object method = sameMetamethod(left.metatable(), right.metatable(), EQ);
    return method != null && isTrue(Results.first(call(method, a, b)));
  }

  private static @Nullable Object sameMetamethod(
      @Nullable LuaTable left, @Nullable LuaTable right, LuaString event) {
    Object method = left == null ? null : left.get(event);
    if (method == null || left == right) {
      return method;
    }
    Object other = right == null ? null : right.get(event);
    return rawEquals(method, other) ? method : null;
  }

  public boolean lessThan(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x < y;
    }
    if (a instanceof LuaString s && b instanceof LuaString t) {
      return s.compareTo(t) < 0;
    }
    Boolean result = compared(a, b, LT);
    if (result == null) {
      throw cannotCompare(a, b);
    }
    return result;
  }

  boolean lessOrEqual(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Double x && b instanceof Double y) {
      return x <= y;
    }
    if (a instanceof LuaString s && b instanceof LuaString t) {
      return s.compareTo(t) <= 0;
    }
    Boolean result = compared(a, b, LE);
    if (result == null) {
      Boolean greater = compared(b, a, LT);
      if (greater == null) {
        throw cannotCompare(a, b);
      }
      return !greater;
    }
    return result;
  }

  private @Nullable Boolean compared(@Nullable Object a, @Nullable Object b, LuaString event) {
    if (!typeName(a).equals(typeName(b))) {
      return null;
    }
    Object method = metamethod(a, event);
    if (method == null || !rawEquals(method, metamethod(b, event))) {
      return null;
    }
    return isTrue(Results.first(call(method, a, b)));
  }

  private LuaError cannotCompare(@Nullable Object a, @Nullable Object b) {
    String left = typeName(a);
    String right = typeName(b);
    return runtimeError(
        left.equals(right)
            ? "attempt to compare two " + left + " values"
            : "attempt to compare " + left + " with " + right);
  }

  /** Joins registers {@code from} to {@code to}, from the right; the last one takes the result. */
  @Nullable Object concat(LuaThread t, int from, int to) {
    int at = to;
    while (at > from) {
      int first = at;
      long bytes = 0;
      if (isText(t.stack[at])) {
        bytes = textLength(t.stack[at]);
        while (first > from && isText(t.stack[first - 1])) {
          first--;
          bytes += textLength(t.stack[first]);
        }
      }
      if (first < at) {
        t.stack[first] = join(t, first, at, bytes);
        at = first;
      } else {
        t.set(at - 1, concatByMethod(t.get(at - 1), t.get(at), at - 1 - from));
        at--;
      }
    }
    return t.get(from);
  }

  private @Nullable Object concatByMethod(
      @Nullable Object left, @Nullable Object right, int operand) {
    Object method = metamethod(left, CONCAT);
    if (method == null) {
      method = metamethod(right, CONCAT);
    }
    if (method == null) {
      boolean second = isText(left);
      throw thread.typeError(second ? right : left, "concatenate", second ? operand + 1 : operand);
    }
    return Results.first(call(method, left, right));
  }

  private static boolean isText(@Nullable Object value) {
    return value instanceof LuaString || value == LuaNumbers.UNBOXED || value instanceof Double;
  }

  private static int textLength(@Nullable Object value) {
    return value instanceof LuaString string ? string.length() : NUMBER_TEXT_MAX;
  }

  private LuaString join(LuaThread t, int first, int last, long bytes) {
    heap.mayAllocate(bytes);
    if (bytes > Integer.MAX_VALUE - 64) {
      throw runtimeError("string length overflow");
    }
    work(bytes >> 6);
    ByteWriter out = bytes > JOINED_KEPT_BYTES ? new ByteWriter((int) bytes) : joined;
    out.clear();
    for (int i = first; i <= last; i++) {
      if (t.stack[i] instanceof LuaString string) {
        out.put(string.bytes());
      } else {
        LuaNumbers.put(out, t.numbers[i]);
      }
    }
    boolean whole = out != joined && out.size() == out.array().length;
    return heap.string(whole ? out.array() : out.toByteArray());
  }
}
