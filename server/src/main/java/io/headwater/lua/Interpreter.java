package io.headwater.lua;

import static io.headwater.lua.LuaNumbers.UNBOXED;
import static io.headwater.lua.LuaNumbers.modulo;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The loop that runs a coroutine's instructions. Most have a method of a few lines for the usual
 * case (numbers, tables without metamethods) that tells by how far to jump, or {@link #SLOW}: then
 * {@link #slow} does it in full. The usual cases allocate nothing and never move the registers.
 */
final class Interpreter {
  private Interpreter() {}

  /**
   * Runs until the frame {@code floor} has returned; its results are behind its place, up to the
   * top.
   *
   * @return true if the coroutine yielded instead
   */
  static boolean execute(LuaThread t, int floor) {
    while (t.runs(floor)) {
      Frame frame = t.frame();
      LuaClosure closure = (LuaClosure) frame.function;
      @Nullable Object[] k = closure.proto.constants;
      double[] kn = closure.proto.numbers;
      long[] code = frame.code;
      int base = frame.base;
      @Nullable Object[] s = t.stack;
      double[] n = t.numbers;
      int pc = frame.pc;
      boolean here = true;
      while (here) {
        long i = code[pc++];
        frame.pc = pc;
        int a = base + Opcode.a(i);
        int b = base + Opcode.b(i);
        int x = Opcode.c(i);
        int c = base + x;
        boolean done = true;
        switch (Opcode.op(i)) {
          case Opcode.MOVE -> set(s, n, a, s[b], n[b]);
          case Opcode.LOADK -> set(s, n, a, k[b - base], kn[b - base]);
          case Opcode.GETUPVALUE -> get(s, n, a, closure.upvalues[b - base]);
          case Opcode.GETCELL -> get(s, n, a, cell(s, b));
          case Opcode.SETUPVALUE -> done = c >= base && put(closure.upvalues[b - base], s[c], n[c]);
          case Opcode.GETGLOBAL -> done = field(s, n, a, closure.environment, k[b - base]);
          case Opcode.GETTABLE -> done = element(s, n, a, s[b], s, n, c);
          case Opcode.GETELEMENT -> done = element(s, n, a, s[b], k, kn, x);
          case Opcode.GETFIELD -> done = field(s, n, a, s[b], k[x]);
          case Opcode.SELF -> done = self(t.lua, s, n, a, s[b], k[x]);
          case Opcode.SETTABLE -> done = store(s[a], s, n, b, s, n, c);
          case Opcode.SETFIELD -> done = store(s[a], k, kn, b - base, s, n, c);
          case Opcode.ADD -> done = bothAre(s, b, c) && set(s, n, a, n[b] + n[c]);
          case Opcode.SUB -> done = bothAre(s, b, c) && set(s, n, a, n[b] - n[c]);
          case Opcode.MUL -> done = bothAre(s, b, c) && set(s, n, a, n[b] * n[c]);
          case Opcode.DIV -> done = bothAre(s, b, c) && set(s, n, a, n[b] / n[c]);
          case Opcode.MOD -> done = bothAre(s, b, c) && set(s, n, a, modulo(n[b], n[c]));
          case Opcode.ADDK -> done = isOne(s, b) && set(s, n, a, n[b] + kn[x]);
          case Opcode.SUBK -> done = isOne(s, b) && set(s, n, a, n[b] - kn[x]);
          case Opcode.MULK -> done = isOne(s, b) && set(s, n, a, n[b] * kn[x]);
          case Opcode.DIVK -> done = isOne(s, b) && set(s, n, a, n[b] / kn[x]);
          case Opcode.MODK -> done = isOne(s, b) && set(s, n, a, modulo(n[b], kn[x]));
          case Opcode.LEN -> done = length(s, n, a, b);
          case Opcode.JUMP -> pc += b - base;
          case Opcode.LOOP -> pc += t.lua.stepped(b - base);
          case Opcode.EQ ->
              pc += (done = plain(s, b, c)) ? branch(i, same(s, n, b, s, n, c), code[pc]) : 0;
          case Opcode.EQK -> pc += branch(i, same(s, n, b, k, kn, x), code[pc]);
          case Opcode.LT -> pc += (done = bothAre(s, b, c)) ? branch(i, n[b] < n[c], code[pc]) : 0;
          case Opcode.LE -> pc += (done = bothAre(s, b, c)) ? branch(i, n[b] <= n[c], code[pc]) : 0;
          case Opcode.LTK -> pc += (done = isOne(s, b)) ? branch(i, n[b] < kn[x], code[pc]) : 0;
          case Opcode.LEK -> pc += (done = isOne(s, b)) ? branch(i, n[b] <= kn[x], code[pc]) : 0;
          case Opcode.GTK -> pc += (done = isOne(s, b)) ? branch(i, n[b] > kn[x], code[pc]) : 0;
          case Opcode.GEK -> pc += (done = isOne(s, b)) ? branch(i, n[b] >= kn[x], code[pc]) : 0;
          case Opcode.TEST -> pc += LuaNumbers.isTrue(s[a]) == (c != base) ? target(code[pc]) : 1;
          case Opcode.FORLOOP -> pc += t.lua.stepped(forLoop(s, n, a, b - base));
          case Opcode.CALL, Opcode.TAILCALL -> here = t.callInstruction(frame, i, a);
          case Opcode.RETURN -> here = t.returnFrom(frame, a, b == base ? t.open(a) : b - base - 1);
          default -> done = false;
        }
        if (!done) {
          pc += slow(t, frame, closure, i);
          s = t.stack;
          n = t.numbers;
        }
      }
    }
    return t.hasYielded();
  }

  // The usual cases.

  private static boolean isOne(@Nullable Object[] s, int at) {
    return s[at] == UNBOXED;
  }

  private static boolean bothAre(@Nullable Object[] s, int x, int y) {
    return s[x] == UNBOXED && s[y] == UNBOXED;
  }

  private static boolean set(@Nullable Object[] s, double[] n, int at, double number) {
    n[at] = number;
    if (s[at] != UNBOXED) {
      s[at] = UNBOXED;
    }
    return true;
  }

  /** With the number if the value is one; it does no harm otherwise. */
  private static boolean set(
      @Nullable Object[] s, double[] n, int at, @Nullable Object value, double number) {
    n[at] = number;
    if (s[at] != value) {
      s[at] = value;
    }
    return true;
  }

  private static boolean get(@Nullable Object[] s, double[] n, int at, Cell cell) {
    return set(s, n, at, cell.value, cell.number);
  }

  private static Cell cell(@Nullable Object[] s, int at) {
    return (Cell) Objects.requireNonNull(s[at]);
  }

  private static boolean put(Cell cell, @Nullable Object value, double number) {
    cell.value = value;
    cell.number = number;
    return true;
  }

  /** A field of a table, or of what its metatable names instead while that is a table, too. */
  private static boolean field(
      @Nullable Object[] s,
      double[] n,
      int target,
      @Nullable Object object,
      @Nullable Object name) {
    if (!(object instanceof LuaTable table) || !(name instanceof LuaString key)) {
      return false;
    }
    LuaTable at = table;
    for (int i = 0; i < Lua.META_LOOP_MAX; i++) {
      LuaTable metatable = at.metatable();
      int place = at.place(key);
      Object handler = metatable == null || at.at(place) != null ? null : metatable.get(Lua.INDEX);
      if (handler == null) {
        Object value = at.at(place);
        return set(s, n, target, value, value == UNBOXED ? at.numberAt(place) : 0);
      }
      if (!(handler instanceof LuaTable next)) {
        return false;
      }
      at = next;
    }
    return false;
  }

  /** The key is at an index of registers or constants. */
  private static boolean element(
      @Nullable Object[] s,
      double[] n,
      int target,
      @Nullable Object object,
      @Nullable Object[] keys,
      double[] keyNumbers,
      int at) {
    if (!(object instanceof LuaTable table)) {
      return false;
    }
    Object key = keys[at];
    return get(
        s, n, target, table, key == UNBOXED ? table.place(keyNumbers[at]) : table.place(key));
  }

  private static boolean get(
      @Nullable Object[] s, double[] n, int target, LuaTable table, int place) {
    Object value = table.at(place);
    if (value == UNBOXED) {
      return set(s, n, target, table.numberAt(place));
    }
    if (value == null && table.metatable() != null) {
      return false;
    }
    return set(s, n, target, value, 0);
  }

  private static boolean self(
      Lua lua,
      @Nullable Object[] s,
      double[] n,
      int target,
      @Nullable Object object,
      @Nullable Object name) {
    Object methods = object instanceof LuaString ? lua.metamethod(object, Lua.INDEX) : object;
    if (!(methods instanceof LuaTable)) {
      return false;
    }
    set(s, n, target + 1, object, 0);
    return field(s, n, target, methods, name);
  }

  private static boolean store(
      @Nullable Object object,
      @Nullable Object[] keys,
      double[] keyNumbers,
      int at,
      @Nullable Object[] s,
      double[] n,
      int value) {
    if (!(object instanceof LuaTable table) || table.isReadOnly()) {
      return false;
    }
    LuaTable metatable = table.metatable();
    boolean free = metatable == null || metatable.get(Lua.NEW_INDEX) == null;
    Object key = keys[at];
    if (key == UNBOXED && free && !Double.isNaN(keyNumbers[at])) {
      table.putAt(keyNumbers[at], s[value], n[value]);
    } else if (key instanceof LuaString string && free) {
      table.put(string, s[value], n[value]);
    } else {
      return false;
    }
    return true;
  }

  private static boolean length(@Nullable Object[] s, double[] n, int target, int operand) {
    return switch (s[operand]) {
      case LuaTable table -> set(s, n, target, table.length());
      case LuaString string -> set(s, n, target, string.length());
      case null, default -> false;
    };
  }

  /** By how far to jump after a comparison, over or along the jump that follows it. */
  private static int branch(long i, boolean holds, long next) {
    return holds == (Opcode.a(i) != 0) ? target(next) : 1;
  }

  private static int target(long jump) {
    return Opcode.b(jump) + 1;
  }

  /** Whether no metamethod is asked if two values are equal. */
  private static boolean plain(@Nullable Object[] s, int x, int y) {
    return s[x] == s[y] || !(s[x] instanceof LuaTable) || !(s[y] instanceof LuaTable);
  }

  private static boolean same(
      @Nullable Object[] s,
      double[] n,
      int left,
      @Nullable Object[] rights,
      double[] rightNumbers,
      int right) {
    Object x = s[left];
    Object y = rights[right];
    if (x == UNBOXED) {
      return y == UNBOXED && n[left] == rightNumbers[right];
    }
    return x == y || x instanceof LuaString a && y instanceof LuaString b && a.sameAs(b);
  }

  private static int forLoop(@Nullable Object[] s, double[] n, int a, int back) {
    double step = n[a + 2];
    double next = n[a] + step;
    if (step > 0 ? next <= n[a + 1] : n[a + 1] <= next) {
      n[a] = next;
      set(s, n, a + 3, next);
      return back;
    }
    return 0;
  }

  // All cases.

  /** Does an instruction in full. Returns by how far to jump. */
  private static int slow(LuaThread t, Frame frame, LuaClosure closure, long i) {
    Proto proto = closure.proto;
    int base = frame.base;
    int a = base + Opcode.a(i);
    int b = Opcode.b(i);
    int c = Opcode.c(i);
    switch (Opcode.op(i)) {
      case Opcode.LOADBOOL -> {
        t.stack[a] = b != 0;
        return c;
      }
      case Opcode.LOADNIL -> Arrays.fill(t.stack, a, a + b, null);
      case Opcode.SETUPVALUE -> put(t, proto, base, c, closure.upvalues[b]);
      case Opcode.SETCELL -> put(t, proto, base, c, cell(t.stack, a));
      case Opcode.NEWCELL -> {
        t.lua.heap().charge(Cell.BYTES);
        t.stack[a] = new Cell(t.stack[a], t.numbers[a]);
      }
      case Opcode.SETGLOBAL ->
          setIndex(t, closure.environment, proto.constant(b), operand(t, proto, base, c));
      case Opcode.SETTABLE -> setIndex(t, t.get(a), t.get(base + b), t.get(base + c));
      case Opcode.SETFIELD -> setIndex(t, t.get(a), proto.constant(b), t.get(base + c));
      case Opcode.NEWTABLE -> t.stack[a] = new LuaTable(t.lua.heap(), b, c);
      case Opcode.SELF -> {
        Object object = t.get(base + b);
        t.set(a + 1, object);
        t.set(a, t.lua.index(object, proto.constant(c)));
      }
      case Opcode.FORPREP -> {
        prepare(t, a);
        return b;
      }
      case Opcode.TFORLOOP -> {
        return iterate(t, a, c);
      }
      case Opcode.SETLIST -> setList(t, a, base + (b >> 6), b & 63, c);
      case Opcode.CLOSURE -> t.stack[a] = close(t, closure, proto.inner[b], base);
      case Opcode.VARARG -> t.variadic(frame, a, b - 1);
      case Opcode.EQ, Opcode.EQK, Opcode.EQX, Opcode.LT, Opcode.LTK, Opcode.LTX -> {
        return compare(t, frame, proto, i);
      }
      case Opcode.LE, Opcode.LEK, Opcode.LEX, Opcode.GTK, Opcode.GEK -> {
        return compare(t, frame, proto, i);
      }
      default -> t.set(a, value(t, proto, base, i, closure));
    }
    return 0;
  }

  /** The value of an instruction that only makes one. */
  private static @Nullable Object value(
      LuaThread t, Proto proto, int base, long i, LuaClosure closure) {
    int b = Opcode.b(i);
    int c = Opcode.c(i);
    return switch (Opcode.op(i)) {
      case Opcode.GETGLOBAL -> t.lua.index(closure.environment, proto.constant(b));
      case Opcode.GETTABLE -> t.lua.index(t.get(base + b), t.get(base + c));
      case Opcode.GETFIELD, Opcode.GETELEMENT -> t.lua.index(t.get(base + b), proto.constant(c));
      case Opcode.NOT -> !LuaNumbers.isTrue(operand(t, proto, base, b));
      case Opcode.LEN -> t.lua.length(t.get(base + b));
      case Opcode.CONCAT -> t.lua.concat(t, base + b, base + c);
      default -> arithmetic(t, proto, base, i);
    };
  }

  private static @Nullable Object arithmetic(LuaThread t, Proto proto, int base, long i) {
    int op = Opcode.arithmetic(Opcode.op(i));
    Object left = operand(t, proto, base, Opcode.b(i));
    if (op == Opcode.UNM) {
      return t.lua.arithmetic(op, left, left);
    }
    boolean constant = Opcode.op(i) == op + Opcode.WITH_CONSTANT;
    int c = Opcode.c(i);
    return t.lua.arithmetic(op, left, operand(t, proto, base, constant ? ~c : c));
  }

  private static int compare(LuaThread t, Frame frame, Proto proto, long i) {
    int base = frame.base;
    int op = Opcode.op(i);
    int c = Opcode.c(i);
    boolean constant = op > Opcode.LE && op < Opcode.EQX;
    Object left = operand(t, proto, base, Opcode.b(i));
    Object right = operand(t, proto, base, constant ? ~c : c);
    boolean holds =
        switch (op) {
          case Opcode.EQ, Opcode.EQK, Opcode.EQX -> t.lua.equals(left, right);
          case Opcode.LT, Opcode.LTK, Opcode.LTX -> t.lua.lessThan(left, right);
          case Opcode.GTK -> t.lua.lessThan(right, left);
          case Opcode.GEK -> t.lua.lessOrEqual(right, left);
          default -> t.lua.lessOrEqual(left, right);
        };
    return branch(i, holds, frame.code[frame.pc]);
  }

  /** A register's value, or a constant's where negative. */
  private static @Nullable Object operand(LuaThread t, Proto proto, int base, int x) {
    return x >= 0 ? t.get(base + x) : proto.constant(~x);
  }

  private static void put(LuaThread t, Proto proto, int base, int x, Cell cell) {
    if (x >= 0) {
      cell.value = t.stack[base + x];
      cell.number = t.numbers[base + x];
    } else {
      cell.value = proto.constants[~x];
      cell.number = proto.numbers[~x];
    }
  }

  private static void setIndex(
      LuaThread t, @Nullable Object object, @Nullable Object key, @Nullable Object value) {
    if (object instanceof LuaTable table && table.metatable() == null) {
      t.lua.rawSet(table, key, value);
    } else {
      t.lua.setIndex(object, key, value);
    }
  }

  private static void prepare(LuaThread t, int a) {
    loopNumber(t, a, "'for' initial value must be a number");
    loopNumber(t, a + 1, "'for' limit must be a number");
    loopNumber(t, a + 2, "'for' step must be a number");
    t.numbers[a] -= t.numbers[a + 2];
  }

  private static void loopNumber(LuaThread t, int at, String otherwise) {
    Double number = LuaNumbers.toNumber(t.get(at));
    if (number == null) {
      throw t.lua.runtimeError(otherwise);
    }
    t.setNumber(at, number);
  }

  private static int iterate(LuaThread t, int a, int wanted) {
    if (!(t.stack[a] instanceof Builtin function)
        || function.iteration == Builtin.Iteration.NONE
        || !(t.stack[a + 1] instanceof LuaTable table)
        || function.iteration == Builtin.Iteration.ELEMENTS && !t.isNumber(a + 2)) {
      t.callIterator(a, wanted);
    } else {
      next(t, a, table, function.iteration);
      if (wanted > 2) {
        Arrays.fill(t.stack, a + 5, a + 3 + wanted, null);
      }
    }
    if (t.stack[a + 3] == null) {
      return 1;
    }
    set(t.stack, t.numbers, a + 2, t.stack[a + 3], t.numbers[a + 3]);
    return 0;
  }

  /** Puts behind the three what {@code next}, or the function of {@code ipairs}, would return. */
  private static void next(LuaThread t, int a, LuaTable table, Builtin.Iteration iteration) {
    int place;
    if (iteration == Builtin.Iteration.ELEMENTS) {
      double i = (int) LuaNumbers.toLong(t.numbers[a + 2]) + 1;
      t.setNumber(a + 3, i);
      place = table.place(i);
    } else {
      int after =
          t.isNumber(a + 2) ? table.placeAfter(t.numbers[a + 2]) : table.placeAfter(t.stack[a + 2]);
      if (after < 0) {
        throw new LuaError("invalid key to 'next'");
      }
      place = table.nextPlace(after);
      if (table.isElement(place)) {
        t.setNumber(a + 3, place + 1);
      } else {
        t.set(a + 3, place < 0 ? null : table.keyAt(place));
      }
    }
    Object value = table.at(place);
    set(t.stack, t.numbers, a + 4, value, value == UNBOXED ? table.numberAt(place) : 0);
    if (value == null) {
      t.stack[a + 3] = null;
    }
  }

  private static void setList(LuaThread t, int a, int from, int count, int batch) {
    LuaTable table = (LuaTable) Objects.requireNonNull(t.stack[a]);
    int values = count == 0 ? t.open(from) : count;
    int last = batch * ExpressionCompiler.ELEMENTS_AT_ONCE + values;
    table.reserve(last);
    for (int i = values; i > 0; i--) {
      table.putAt(last - values + i, t.stack[from + i - 1], t.numbers[from + i - 1]);
    }
  }

  private static LuaClosure close(LuaThread t, LuaClosure outer, Proto proto, int base) {
    int[] captures = proto.captures;
    Cell[] cells = new Cell[captures.length];
    for (int i = 0; i < cells.length; i++) {
      cells[i] =
          captures[i] >= 0 ? cell(t.stack, base + captures[i]) : outer.upvalues[~captures[i]];
    }
    t.lua.heap().charge(32 + cells.length * 4L);
    return new LuaClosure(proto, cells, outer.environment);
  }
}
