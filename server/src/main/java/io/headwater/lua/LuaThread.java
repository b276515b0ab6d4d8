package io.headwater.lua;

import static io.headwater.lua.LuaNumbers.UNBOXED;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A coroutine: its registers and its frames. The frame of each function has its registers in one
 * stack that grows; a call's arguments become the first registers of the callee. {@link
 * Interpreter} runs the instructions.
 *
 * <p>A register is two: a reference in {@link #stack} and a {@code double} beside it in {@link
 * #numbers}, which counts where the reference is {@link LuaNumbers#UNBOXED}. So arithmetic makes no
 * objects, and mostly stores no reference: where a number was, the mark is there already.
 */
public final class LuaThread {
  /** Frames in all, of any function, before {@code stack overflow}. */
  static final int FRAMES_MAX = 19_999;

  private static final int FIRST_REGISTERS = 32;
  private static final int REGISTER_BYTES = 12;
  private static final LuaString CALL = LuaString.of("__call");
  private static final LuaString N = LuaString.of("n");
  private static final @Nullable Object[] NOTHING = new @Nullable Object[0];

  /** Returned by {@code coroutine.yield}: the values are in {@link #passed}. */
  static final Results YIELD = Results.of(null, null);

  /** What can become of a coroutine. */
  enum State {
    SUSPENDED,
    RUNNING,
    NORMAL,
    DEAD
  }

  final Lua lua;
  @Nullable Object[] stack = new @Nullable Object[FIRST_REGISTERS];
  double[] numbers = new double[FIRST_REGISTERS];
  private @Nullable Frame[] frames = new @Nullable Frame[8];
  private int depth = -1;

  /** Behind the last of as many values as there are. */
  private int top;

  private State state = State.SUSPENDED;
  private @Nullable LuaFunction body;
  private @Nullable LuaThread resumer;
  private int nestedAtResume = -1;
  private boolean yielded;
  private int yieldAt;
  private int yieldWanted;

  /** What a yield hands over. */
  @Nullable Object[] passed = NOTHING;

  /** The heap's walk that saw it last. */
  int seen;

  LuaThread(Lua lua, @Nullable LuaFunction body) {
    this.lua = lua;
    this.body = body;
    lua.heap().charge(1024);
  }

  // For the heap.

  long bytes() {
    return 200 + (long) stack.length * REGISTER_BYTES + frames.length * Frame.BYTES;
  }

  void visit(Heap.Walk walk) {
    int limit = depth < 0 ? 0 : Math.max(frame(depth).limit, top);
    walk.addAll(stack, Math.min(limit, stack.length));
    for (int i = 0; i <= depth; i++) {
      walk.add(frame(i).function);
    }
    walk.add(body);
    walk.add(resumer);
    walk.addAll(passed, passed.length);
  }

  // Registers.

  boolean isNumber(int at) {
    return stack[at] == UNBOXED;
  }

  /** A register's value, a number as an object. */
  @Nullable Object get(int at) {
    Object value = stack[at];
    return value == UNBOXED ? (Object) numbers[at] : value;
  }

  void set(int at, @Nullable Object value) {
    if (value instanceof Double number) {
      setNumber(at, number);
    } else {
      stack[at] = value;
    }
  }

  void setNumber(int at, double number) {
    numbers[at] = number;
    if (stack[at] != UNBOXED) {
      stack[at] = UNBOXED;
    }
  }

  /** A copy, numbers as objects. */
  @Nullable Object[] copy(int from, int to) {
    @Nullable Object[] values = new @Nullable Object[to - from];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(from + i);
    }
    return values;
  }

  private void setAll(int at, @Nullable Object[] values, int count) {
    for (int i = 0; i < count; i++) {
      set(at + i, values[i]);
    }
  }

  private void move(int from, int to, int count) {
    System.arraycopy(stack, from, stack, to, count);
    System.arraycopy(numbers, from, numbers, to, count);
  }

  private void ensure(int size) {
    if (size > stack.length) {
      int grown = Math.max(size, stack.length * 2);
      lua.heap().charge((long) (grown - stack.length) * REGISTER_BYTES);
      stack = Arrays.copyOf(stack, grown);
      numbers = Arrays.copyOf(numbers, grown);
    }
  }

  // Calls from Java.

  /** Calls a value; nested in Java, so at most 200 deep. */
  @Nullable Object call(@Nullable Object callee, @Nullable Object[] arguments) {
    int at = freeRegister();
    ensure(at + arguments.length + 1);
    stack[at] = callee;
    setAll(at + 1, arguments, arguments.length);
    enter(at, arguments.length);
    return results(at);
  }

  /** The same with two arguments, for one value. */
  @Nullable Object call(LuaFunction callee, @Nullable Object first, @Nullable Object second) {
    int at = freeRegister();
    ensure(at + 3);
    stack[at] = callee;
    set(at + 1, first);
    set(at + 2, second);
    enter(at, 2);
    return top > at ? get(at) : null;
  }

  private int freeRegister() {
    return depth < 0 ? 0 : frame(depth).limit;
  }

  /** Calls what stands at {@code at}; the results are from there up to the top. */
  private void enter(int at, int count) {
    if (lua.nested >= Lua.NESTED_MAX) {
      throw lua.runtimeError("C stack overflow");
    }
    lua.nested++;
    try {
      int floor = depth + 1;
      if (call(at, count, -1)) {
        Interpreter.execute(this, floor);
      }
    } finally {
      lua.nested--;
    }
  }

  private @Nullable Object results(int from) {
    return top - from == 1 ? get(from) : Results.of(copy(from, top));
  }

  /** Whether there is something to run in the frames from {@code floor} on. */
  boolean runs(int floor) {
    return depth >= floor && !yielded;
  }

  boolean hasYielded() {
    return yielded;
  }

  /** Where a protected call comes back to. */
  int depth() {
    return depth;
  }

  /** Forgets the frames above; a protected call has caught an error. */
  void unwind(int toDepth) {
    depth = toDepth;
  }

  // Coroutines.

  State state() {
    return state;
  }

  void setState(State now) {
    state = now;
  }

  boolean isMain() {
    return resumer == null && body == null && nestedAtResume < 0;
  }

  /** Whether a yield here would have nothing of Java's in between. */
  boolean mayYield() {
    return nestedAtResume == lua.nested;
  }

  /**
   * Goes on with this coroutine until it yields, returns or fails.
   *
   * @return what it yielded or returned
   */
  @Nullable Object resume(@Nullable Object[] arguments) {
    LuaThread from = lua.thread();
    if (lua.nested > Lua.NESTED_MAX) {
      throw new LuaError("C stack overflow");
    }
    int nested = ++lua.nested;
    nestedAtResume = nested;
    resumer = from;
    from.state = State.NORMAL;
    state = State.RUNNING;
    lua.setThread(this);
    boolean done = false;
    try {
      Object result = go(arguments);
      boolean yielded = result == YIELD;
      done = true;
      state = yielded ? State.SUSPENDED : State.DEAD;
      return yielded ? packed(passed) : result;
    } finally {
      if (!done) {
        state = State.DEAD;
      }
      lua.setThread(from);
      resumer = null;
      from.state = State.RUNNING;
      lua.nested = nested - 1;
    }
  }

  private static @Nullable Object packed(@Nullable Object[] values) {
    return values.length == 1 ? values[0] : Results.of(values);
  }

  private @Nullable Object go(@Nullable Object[] arguments) {
    LuaFunction first = body;
    yielded = false;
    if (first != null) {
      body = null;
      ensure(arguments.length + 1);
      stack[0] = first;
      setAll(1, arguments, arguments.length);
      call(0, arguments.length, -1);
    } else if (depth < 0) {
      return packed(arguments);
    } else {
      ensure(yieldAt + arguments.length + 1);
      put(packed(arguments), yieldAt, yieldWanted);
    }
    return Interpreter.execute(this, 0) ? YIELD : results(0);
  }

  // Frames.

  /** That of the function that runs. */
  Frame frame() {
    return frame(depth);
  }

  private Frame frame(int at) {
    return Objects.requireNonNull(frames[at]);
  }

  private Frame push(LuaFunction function, int at) {
    if (depth + 1 >= FRAMES_MAX) {
      throw lua.runtimeError("stack overflow");
    }
    depth++;
    if (depth == frames.length) {
      lua.heap().charge(frames.length * Frame.BYTES);
      frames = Arrays.copyOf(frames, depth * 2);
    }
    Frame frame = frames[depth];
    if (frame == null) {
      frame = new Frame();
      frames[depth] = frame;
    }
    frame.function = function;
    frame.resultAt = at;
    frame.tailCalls = 0;
    frame.extra = 0;
    return frame;
  }

  /**
   * Calls what stands at {@code at} with the {@code count} values behind it.
   *
   * @return whether there is a frame to run now
   */
  private boolean call(int at, int count, int wanted) {
    Object callee = stack[at];
    if (callee instanceof LuaClosure closure) {
      pushLua(closure, at, count, wanted);
      return true;
    }
    if (callee instanceof Builtin builtin) {
      Object result = callBuiltin(builtin, at, count);
      if (result == YIELD) {
        yieldAt = at;
        yieldWanted = wanted;
        yielded = true;
        return false;
      }
      put(result, at, wanted);
      return false;
    }
    Object object = get(at);
    Object method = lua.metamethod(object, CALL);
    if (!(method instanceof LuaFunction)) {
      throw typeError(object, "call", 0);
    }
    ensure(at + count + 2);
    move(at, at + 1, count + 1);
    stack[at] = method;
    return call(at, count + 1, wanted);
  }

  private @Nullable Object callBuiltin(Builtin builtin, int at, int count) {
    lua.step();
    Frame frame = push(builtin, at);
    frame.limit = at + 1 + count;
    Object result = builtin.body.call(lua, frame.arguments(this, at + 1, count));
    depth--;
    return result;
  }

  /** Puts a result where a caller wants it. */
  private void put(@Nullable Object result, int at, int wanted) {
    if (result instanceof Results results) {
      @Nullable Object[] values = results.values;
      int count = wanted < 0 ? values.length : Math.min(wanted, values.length);
      ensure(at + Math.max(wanted, count) + 1);
      setAll(at, values, count);
      finish(at, count, wanted);
    } else {
      if (result == UNBOXED) {
        setNumber(at, lua.returned);
      } else {
        set(at, result);
      }
      if (wanted != 1) {
        ensure(at + wanted);
        finish(at, 1, wanted);
      }
    }
  }

  private void finish(int at, int count, int wanted) {
    if (wanted < 0) {
      top = at + count;
    } else if (wanted > count) {
      Arrays.fill(stack, at + count, at + wanted, null);
    }
  }

  private void pushLua(LuaClosure closure, int at, int count, int wanted) {
    lua.step();
    Proto proto = closure.proto;
    int parameters = proto.parameters;
    int extra = proto.variadic ? Math.max(0, count - parameters) : 0;
    int base = extra == 0 ? at + 1 : at + 1 + count;
    int limit = base + proto.registers;
    ensure(Math.max(limit, base + count) + 1);
    Frame frame = push(closure, at);
    frame.wanted = wanted;
    int given = Math.min(count, parameters);
    if (extra > 0) {
      frame.extra = extra;
      move(at + 1, base, given);
    }
    Arrays.fill(stack, base + given, Math.max(limit, at + 1 + count), null);
    frame.base = base;
    if (proto.argumentTable) {
      stack[base + parameters] = argumentTable(base, extra);
    }
    frame.code = proto.code;
    frame.pc = 0;
    frame.limit = limit;
  }

  private LuaTable argumentTable(int base, int extra) {
    LuaTable table = new LuaTable(lua.heap(), extra, 1);
    for (int i = 0; i < extra; i++) {
      table.put(i + 1, get(base - extra + i));
    }
    table.put(N, (double) extra);
    return table;
  }

  /** {@code wanted} of the values of {@code ...}, or all if that is negative. */
  void variadic(Frame frame, int at, int wanted) {
    int count = wanted < 0 ? frame.extra : Math.min(wanted, frame.extra);
    ensure(at + Math.max(wanted, count) + 1);
    move(frame.base - frame.extra, at, count);
    finish(at, count, wanted);
  }

  /** How many values there are from {@code from} up to the top. */
  int open(int from) {
    return top - from;
  }

  /** An instruction's call; a tail call takes its caller's place. Answers false. */
  boolean callInstruction(Frame frame, long i, int a) {
    int b = Opcode.b(i);
    int count = b == 0 ? open(a) - 1 : b - 1;
    if (Opcode.op(i) == Opcode.CALL || !(stack[a] instanceof LuaClosure)) {
      call(a, count, Opcode.c(i) - 1);
      return false;
    }
    int tailCalls = frame.tailCalls + 1;
    int at = frame.resultAt;
    move(a, at, count + 1);
    depth--;
    pushLua((LuaClosure) Objects.requireNonNull(stack[at]), at, count, frame.wanted);
    frame().tailCalls = tailCalls;
    return false;
  }

  /** Leaves a function with so many values; answers false. */
  boolean returnFrom(Frame frame, int from, int count) {
    int at = frame.resultAt;
    int wanted = frame.wanted;
    depth--;
    if (wanted == 1 && count > 0) {
      if (stack[from] == UNBOXED) {
        setNumber(at, numbers[from]);
      } else {
        stack[at] = stack[from];
      }
      return false;
    }
    int given = wanted < 0 ? count : Math.min(count, wanted);
    move(from, at, given);
    finish(at, given, wanted);
    return false;
  }

  /** Calls, nested, the function of a loop with its state; the results go behind the three. */
  void callIterator(int a, int wanted) {
    int at = freeRegister();
    ensure(at + 3);
    move(a, at, 3);
    enter(at, 2);
    int given = Math.min(open(at), wanted);
    move(at, a + 3, given);
    finish(a + 3, given, wanted);
  }

  // Where we are, for messages.

  private static int line(Frame frame) {
    return ((LuaClosure) frame.function).proto.lines[Math.max(0, frame.pc - 1)];
  }

  /** The frame of a level counted from this one, which is 0; null for none or a tail call's. */
  private @Nullable Frame level(int level) {
    int left = level;
    int at = depth;
    while (left > 0 && at >= 0) {
      left -= 1 + frame(at).tailCalls;
      at--;
    }
    return left == 0 && at >= 0 ? frame(at) : null;
  }

  /** A level's position with a colon and a space, or nothing if it is not Lua's. */
  String where(int level) {
    Frame frame = level(level);
    return frame != null && frame.function instanceof LuaClosure closure
        ? closure.proto.where(Math.max(0, frame.pc - 1)) + ": "
        : "";
  }

  String instructionWhere() {
    return where(0);
  }

  Lua.@Nullable Position errorPosition() {
    if (depth < 0) {
      return null;
    }
    Frame frame = frame(depth);
    if (frame.function instanceof Builtin) {
      Frame caller = level(1);
      if (caller == null) {
        return null;
      }
      frame = caller;
    }
    return frame.function instanceof LuaClosure closure
        ? new Lua.Position(closure.proto.source, line(frame))
        : new Lua.Position("=[C]", -1);
  }

  /** How the caller's source names the function in Java that runs. */
  Proto.@Nullable Name calledAs() {
    if (depth < 1
        || !(frame(depth - 1).function instanceof LuaClosure closure)
        || frame(depth).tailCalls > 0) {
      return null;
    }
    int pc = frame(depth - 1).pc - 1;
    int op = Opcode.op(closure.proto.code[pc]);
    return op == Opcode.CALL || op == Opcode.TAILCALL ? closure.proto.name(pc, 0) : null;
  }

  /** The error of an operation on a value of the wrong type; names the operand if it can. */
  LuaError typeError(@Nullable Object value, String operation, int operand) {
    Proto.Name name = null;
    if (operand >= 0 && depth >= 0 && frame(depth).function instanceof LuaClosure closure) {
      name = closure.proto.name(frame(depth).pc - 1, operand);
    }
    String type = Lua.typeName(value);
    return lua.runtimeError(
        name == null
            ? "attempt to " + operation + " a " + type + " value"
            : "attempt to "
                + operation
                + " "
                + name.kind()
                + " '"
                + name.name()
                + "' (a "
                + type
                + " value)");
  }

  /** The function at a level, 1 being the caller of the function in Java that runs. */
  @Nullable LuaFunction function(int level) {
    Frame frame = level(level);
    return frame == null ? null : frame.function;
  }
}
