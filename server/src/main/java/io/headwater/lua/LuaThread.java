package io.headwater.lua;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A coroutine: its registers, its frames, and the loop that runs their instructions. The frame of
 * each function has its registers in one stack that grows; a call's arguments become the first
 * registers of the callee.
 */
public final class LuaThread {
  /** Frames in all, of any function, before {@code stack overflow}. */
  static final int FRAMES_MAX = 19_999;

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

  /** One function that runs. Reused. */
  private static final class Frame {
    LuaFunction function = NOBODY;
    long[] code = NO_CODE;
    int base;
    int pc;

    /** The first register that is free above this function. */
    int limit;

    int resultAt;

    /** Results that the caller takes, -1 for all. */
    int wanted;

    int tailCalls;
    @Nullable Object[] extra = NOTHING;
  }

  private static final Builtin NOBODY = new Builtin("", (_, _) -> null);
  private static final long[] NO_CODE = new long[0];

  private final Lua lua;
  private @Nullable Object[] stack = new @Nullable Object[64];
  private Frame[] frames = new Frame[8];
  private int depth = -1;
  private int top;
  private State state = State.SUSPENDED;
  private @Nullable LuaFunction body;
  private @Nullable LuaThread resumer;
  private int nestedAtResume = -1;
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
    return 200 + stack.length * 4L + frames.length * 64L;
  }

  void visit(Heap.Walk walk) {
    int limit = depth < 0 ? 0 : Math.max(frames[depth].limit, top);
    walk.addAll(stack, Math.min(limit, stack.length));
    for (int i = 0; i <= depth; i++) {
      walk.add(frames[i].function);
      walk.addAll(frames[i].extra, frames[i].extra.length);
    }
    walk.add(body);
    walk.add(resumer);
    walk.addAll(passed, passed.length);
  }

  // Calls from Java.

  /** Calls a value; nested in Java, so at most 200 deep. */
  @Nullable Object call(@Nullable Object callee, @Nullable Object[] arguments) {
    if (lua.nested >= Lua.NESTED_MAX) {
      throw lua.runtimeError("C stack overflow");
    }
    lua.nested++;
    int at = depth < 0 ? 0 : frames[depth].limit;
    try {
      ensure(at + arguments.length + 1);
      stack[at] = callee;
      System.arraycopy(arguments, 0, stack, at + 1, arguments.length);
      return enter(at, arguments.length);
    } finally {
      lua.nested--;
    }
  }

  private @Nullable Object enter(int at, int count) {
    if (stack[at] instanceof Builtin builtin) {
      return callBuiltin(builtin, at, count, -1);
    }
    int floor = depth + 1;
    int kind = call(at, count, -1);
    if (kind == PUSHED) {
      execute(floor);
    }
    return results(at);
  }

  private @Nullable Object results(int from) {
    int count = top - from;
    return count == 1 ? stack[from] : Results.of(Arrays.copyOfRange(stack, from, top));
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
    if (first != null) {
      body = null;
      ensure(arguments.length + 1);
      stack[0] = first;
      System.arraycopy(arguments, 0, stack, 1, arguments.length);
      if (first instanceof Builtin builtin) {
        return callBuiltin(builtin, 0, arguments.length, -1);
      }
      call(0, arguments.length, -1);
    } else if (depth < 0) {
      return packed(arguments);
    } else {
      ensure(yieldAt + arguments.length + 1);
      put(packed(arguments), yieldAt, yieldWanted);
    }
    return execute(0) ? YIELD : results(0);
  }

  // Frames.

  private void ensure(int size) {
    if (size > stack.length) {
      int grown = Math.max(size, stack.length * 2);
      lua.heap().charge((grown - stack.length) * 4L);
      stack = Arrays.copyOf(stack, grown);
    }
  }

  private Frame push(LuaFunction function, int at) {
    if (depth + 1 >= FRAMES_MAX) {
      throw lua.runtimeError("stack overflow");
    }
    depth++;
    if (depth == frames.length) {
      lua.heap().charge(frames.length * 64L);
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
    frame.extra = NOTHING;
    return frame;
  }

  private static final int DONE = 0;
  private static final int PUSHED = 1;
  private static final int YIELDED = 2;

  /** Calls what stands at {@code at} with the {@code count} values behind it. */
  private int call(int at, int count, int wanted) {
    Object callee = stack[at];
    if (callee instanceof LuaClosure closure) {
      pushLua(closure, at, count, wanted);
      return PUSHED;
    }
    if (callee instanceof Builtin builtin) {
      Object result = callBuiltin(builtin, at, count, wanted);
      if (result == YIELD) {
        yieldAt = at;
        yieldWanted = wanted;
        return YIELDED;
      }
      put(result, at, wanted);
      return DONE;
    }
    Object method = lua.metamethod(callee, CALL);
    if (!(method instanceof LuaFunction)) {
      throw typeError(callee, "call", 0);
    }
    ensure(at + count + 2);
    System.arraycopy(stack, at, stack, at + 1, count + 1);
    stack[at] = method;
    return call(at, count + 1, wanted);
  }

  private @Nullable Object callBuiltin(Builtin builtin, int at, int count, int wanted) {
    lua.step();
    @Nullable Object[] values =
        count == 0 ? NOTHING : Arrays.copyOfRange(stack, at + 1, at + 1 + count);
    Frame frame = push(builtin, at);
    frame.limit = at + 1 + count;
    frame.wanted = wanted;
    Object result = builtin.body.call(lua, new Arguments(lua, values));
    depth--;
    return result;
  }

  /** Puts a result where a caller wants it. */
  private void put(@Nullable Object result, int at, int wanted) {
    if (result instanceof Results results) {
      @Nullable Object[] values = results.values;
      int count = wanted < 0 ? values.length : Math.min(wanted, values.length);
      ensure(at + Math.max(wanted, count) + 1);
      System.arraycopy(values, 0, stack, at, count);
      if (wanted < 0) {
        top = at + count;
      } else if (wanted > count) {
        Arrays.fill(stack, at + count, at + wanted, null);
      }
    } else if (wanted == 1) {
      stack[at] = result;
    } else if (wanted < 0) {
      stack[at] = result;
      top = at + 1;
    } else if (wanted > 1) {
      ensure(at + wanted);
      stack[at] = result;
      Arrays.fill(stack, at + 1, at + wanted, null);
    }
  }

  private void pushLua(LuaClosure closure, int at, int count, int wanted) {
    lua.step();
    Proto proto = closure.proto;
    int base = at + 1;
    int limit = base + proto.registers;
    ensure(Math.max(limit, base + count) + 1);
    Frame frame = push(closure, at);
    frame.wanted = wanted;
    int given = count;
    if (proto.variadic && count > proto.parameters) {
      frame.extra = Arrays.copyOfRange(stack, base + proto.parameters, base + count);
      given = proto.parameters;
    } else if (count > proto.parameters) {
      given = proto.parameters;
    }
    Arrays.fill(stack, base + given, Math.max(limit, base + count), null);
    if (proto.argumentTable) {
      stack[base + proto.parameters] = argumentTable(frame.extra);
    }
    frame.code = proto.code;
    frame.base = base;
    frame.pc = 0;
    frame.limit = limit;
  }

  private LuaTable argumentTable(@Nullable Object[] extra) {
    LuaTable table = new LuaTable(lua.heap(), extra.length, 1);
    for (int i = 0; i < extra.length; i++) {
      table.put(i + 1, extra[i]);
    }
    table.put(N, (double) extra.length);
    return table;
  }

  // The loop.

  /**
   * Runs until the frame {@code floor} has returned; its results are behind its place, up to the
   * top.
   *
   * @return true if the coroutine yielded instead
   */
  private boolean execute(int floor) {
    frames:
    while (true) {
      Frame frame = frames[depth];
      LuaClosure closure = (LuaClosure) frame.function;
      @Nullable Object[] k = closure.proto.constants;
      long[] code = frame.code;
      int base = frame.base;
      @Nullable Object[] s = stack;
      int pc = frame.pc;
      while (true) {
        long i = code[pc++];
        frame.pc = pc;
        int a = base + Opcode.a(i);
        int b = Opcode.b(i);
        switch (Opcode.op(i)) {
          case Opcode.MOVE -> s[a] = s[base + b];
          case Opcode.LOADK -> s[a] = k[b];
          case Opcode.LOADNIL -> Arrays.fill(s, a, a + b, null);
          case Opcode.GETUPVALUE -> s[a] = closure.upvalues[b].value;
          case Opcode.GETCELL -> s[a] = cell(s, base + b).value;
          case Opcode.GETGLOBAL -> s = field(closure.environment, a, k[b]);
          case Opcode.GETFIELD -> s = field(s[base + b], a, k[Opcode.c(i)]);
          case Opcode.GETTABLE -> s = get(s[base + b], a, rk(s, k, base, Opcode.c(i)));
          case Opcode.SETTABLE -> s = set(s[a], rk(s, k, base, b), rk(s, k, base, Opcode.c(i)));
          case Opcode.ADD, Opcode.SUB, Opcode.MUL, Opcode.DIV, Opcode.MOD, Opcode.POW ->
              s = compute(i, a, rk(s, k, base, b), rk(s, k, base, Opcode.c(i)));
          case Opcode.CONCAT -> s = concat(s, a, base + b, base + Opcode.c(i));
          case Opcode.JUMP -> pc += b;
          case Opcode.LOOP -> {
            lua.step();
            pc += b;
          }
          case Opcode.TEST -> pc += LuaNumbers.isTrue(s[a]) == (Opcode.c(i) != 0) ? 0 : 1;
          case Opcode.EQ, Opcode.LT, Opcode.LE -> {
            pc += compare(i, rk(s, k, base, b), rk(s, k, base, Opcode.c(i)));
            s = stack;
          }
          case Opcode.FORLOOP -> pc += forLoop(s, a) ? b : 0;
          case Opcode.CALL, Opcode.TAILCALL -> {
            int kind = callInstruction(frame, i, a);
            if (kind == YIELDED) {
              return true;
            }
            if (kind == PUSHED) {
              continue frames;
            }
            s = stack;
          }
          case Opcode.RETURN -> {
            returnFrom(frame, a, b == 0 ? top - a : b - 1);
            if (depth < floor) {
              return false;
            }
            continue frames;
          }
          default -> {
            pc += rare(i, frame, closure, a);
            s = stack;
          }
        }
      }
    }
  }

  private static @Nullable Object rk(@Nullable Object[] s, @Nullable Object[] k, int base, int x) {
    return x >= 0 ? s[base + x] : k[~x];
  }

  private static Cell cell(@Nullable Object[] s, int at) {
    return (Cell) java.util.Objects.requireNonNull(s[at]);
  }

  /** Returns the stack, which may have grown meanwhile. */
  private @Nullable Object[] field(@Nullable Object object, int target, @Nullable Object name) {
    if (object instanceof LuaTable table) {
      Object value = table.get((LuaString) java.util.Objects.requireNonNull(name));
      if (value != null || table.metatable() == null) {
        stack[target] = value;
        return stack;
      }
    }
    Object value = lua.index(object, name);
    stack[target] = value;
    return stack;
  }

  private @Nullable Object[] get(@Nullable Object object, int target, @Nullable Object key) {
    if (object instanceof LuaTable table) {
      Object value = table.get(key);
      if (value != null || table.metatable() == null) {
        stack[target] = value;
        return stack;
      }
    }
    Object value = lua.index(object, key);
    stack[target] = value;
    return stack;
  }

  private @Nullable Object[] set(
      @Nullable Object object, @Nullable Object key, @Nullable Object value) {
    if (object instanceof LuaTable table && table.metatable() == null) {
      lua.rawSet(table, key, value);
    } else {
      lua.setIndex(object, key, value);
    }
    return stack;
  }

  private @Nullable Object[] compute(
      long i, int target, @Nullable Object left, @Nullable Object right) {
    int op = Opcode.op(i);
    if (left instanceof Double x && right instanceof Double y) {
      double a = x;
      double b = y;
      stack[target] =
          switch (op) {
            case Opcode.ADD -> a + b;
            case Opcode.SUB -> a - b;
            case Opcode.MUL -> a * b;
            default -> LuaNumbers.arithmetic(op, a, b);
          };
    } else {
      Object value = lua.arithmetic(op, left, right);
      stack[target] = value;
    }
    return stack;
  }

  private @Nullable Object[] concat(@Nullable Object[] s, int target, int from, int to) {
    Object value = lua.concat(s, from, to);
    stack[target] = value;
    return stack;
  }

  /** Instructions to skip. */
  private int compare(long i, @Nullable Object left, @Nullable Object right) {
    boolean holds =
        switch (Opcode.op(i)) {
          case Opcode.EQ -> lua.equals(left, right);
          case Opcode.LT -> lua.lessThan(left, right);
          default -> lua.lessOrEqual(left, right);
        };
    return holds == (Opcode.a(i) != 0) ? 0 : 1;
  }

  private boolean forLoop(@Nullable Object[] s, int a) {
    lua.step();
    double step = (Double) java.util.Objects.requireNonNull(s[a + 2]);
    double next = (Double) java.util.Objects.requireNonNull(s[a]) + step;
    double limit = (Double) java.util.Objects.requireNonNull(s[a + 1]);
    if (step > 0 ? next <= limit : limit <= next) {
      Double boxed = next;
      s[a] = boxed;
      s[a + 3] = boxed;
      return true;
    }
    return false;
  }

  private int callInstruction(Frame frame, long i, int a) {
    int b = Opcode.b(i);
    int count = b == 0 ? top - a - 1 : b - 1;
    if (Opcode.op(i) == Opcode.CALL || !(stack[a] instanceof LuaClosure)) {
      return call(a, count, Opcode.c(i) - 1);
    }
    int tailCalls = frame.tailCalls + 1;
    int at = frame.resultAt;
    System.arraycopy(stack, a, stack, at, count + 1);
    depth--;
    pushLua((LuaClosure) java.util.Objects.requireNonNull(stack[at]), at, count, frame.wanted);
    frames[depth].tailCalls = tailCalls;
    return PUSHED;
  }

  private void returnFrom(Frame frame, int from, int count) {
    int at = frame.resultAt;
    int wanted = frame.wanted;
    depth--;
    if (wanted < 0) {
      System.arraycopy(stack, from, stack, at, count);
      top = at + count;
    } else if (wanted == 1) {
      stack[at] = count > 0 ? stack[from] : null;
    } else {
      int given = Math.min(count, wanted);
      System.arraycopy(stack, from, stack, at, given);
      Arrays.fill(stack, at + given, at + wanted, null);
    }
  }

  /** Instructions that are not worth a place in the loop. Returns by how much to jump. */
  private int rare(long i, Frame frame, LuaClosure closure, int a) {
    @Nullable Object[] s = stack;
    @Nullable Object[] k = closure.proto.constants;
    int base = frame.base;
    int b = Opcode.b(i);
    int c = Opcode.c(i);
    switch (Opcode.op(i)) {
      case Opcode.LOADBOOL -> {
        s[a] = b != 0;
        return c;
      }
      case Opcode.SETUPVALUE -> closure.upvalues[b].value = rk(s, k, base, c);
      case Opcode.SETCELL -> cell(s, a).value = rk(s, k, base, c);
      case Opcode.NEWCELL -> {
        lua.heap().charge(24);
        s[a] = new Cell(s[a]);
      }
      case Opcode.SETGLOBAL -> set(closure.environment, k[b], rk(s, k, base, c));
      case Opcode.NEWTABLE -> s[a] = new LuaTable(lua.heap(), b, c);
      case Opcode.SELF -> {
        Object object = s[base + b];
        s[a + 1] = object;
        field(object, a, k[c]);
      }
      case Opcode.UNM -> {
        Object operand = rk(s, k, base, b);
        Object value =
            operand instanceof Double d
                ? (Object) (-d)
                : lua.arithmetic(Opcode.UNM, operand, operand);
        stack[a] = value;
      }
      case Opcode.NOT -> s[a] = !LuaNumbers.isTrue(rk(s, k, base, b));
      case Opcode.LEN -> {
        Object value = lua.length(rk(s, k, base, b));
        stack[a] = value;
      }
      case Opcode.FORPREP -> {
        prepare(s, a);
        return b;
      }
      case Opcode.TFORLOOP -> {
        return iterate(a, c);
      }
      case Opcode.SETLIST -> setList(a, base + (b >> 6), b & 63, c);
      case Opcode.CLOSURE -> s[a] = close(closure, closure.proto.inner[b], base);
      case Opcode.VARARG -> put(variadic(frame), a, b - 1);
      default -> throw new IllegalStateException("opcode " + Opcode.op(i));
    }
    return 0;
  }

  private void prepare(@Nullable Object[] s, int a) {
    s[a] = loopNumber(s[a], "'for' initial value must be a number");
    s[a + 1] = loopNumber(s[a + 1], "'for' limit must be a number");
    Double step = loopNumber(s[a + 2], "'for' step must be a number");
    s[a + 2] = step;
    s[a] = (Double) java.util.Objects.requireNonNull(s[a]) - step;
  }

  private Double loopNumber(@Nullable Object value, String otherwise) {
    Double number = LuaNumbers.toNumber(value);
    if (number == null) {
      throw lua.runtimeError(otherwise);
    }
    return number;
  }

  private int iterate(int a, int wanted) {
    Object result = call(stack[a], new @Nullable Object[] {stack[a + 1], stack[a + 2]});
    put(result, a + 3, wanted);
    if (stack[a + 3] == null) {
      return 1;
    }
    stack[a + 2] = stack[a + 3];
    return 0;
  }

  private void setList(int a, int from, int count, int batch) {
    LuaTable table = (LuaTable) java.util.Objects.requireNonNull(stack[a]);
    int values = count == 0 ? top - from : count;
    int last = batch * ExpressionCompiler.ELEMENTS_AT_ONCE + values;
    table.reserve(last);
    for (int i = values; i > 0; i--) {
      table.put(last - values + i, stack[from + i - 1]);
    }
  }

  private LuaClosure close(LuaClosure outer, Proto proto, int base) {
    int[] captures = proto.captures;
    Cell[] cells = new Cell[captures.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = captures[i] >= 0 ? cell(stack, base + captures[i]) : outer.upvalues[~captures[i]];
    }
    lua.heap().charge(32 + cells.length * 4L);
    return new LuaClosure(proto, cells, outer.environment);
  }

  private static Object variadic(Frame frame) {
    return Results.of(frame.extra);
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
      left -= 1 + frames[at].tailCalls;
      at--;
    }
    return left == 0 && at >= 0 ? frames[at] : null;
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
    Frame frame = frames[depth];
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
        || !(frames[depth - 1].function instanceof LuaClosure closure)
        || frames[depth].tailCalls > 0) {
      return null;
    }
    int pc = frames[depth - 1].pc - 1;
    int op = Opcode.op(closure.proto.code[pc]);
    return op == Opcode.CALL || op == Opcode.TAILCALL ? closure.proto.name(pc, 0) : null;
  }

  /** The error of an operation on a value of the wrong type; names the operand if it can. */
  LuaError typeError(@Nullable Object value, String operation, int operand) {
    Proto.Name name = null;
    if (operand >= 0 && depth >= 0 && frames[depth].function instanceof LuaClosure closure) {
      name = closure.proto.name(frames[depth].pc - 1, operand);
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
