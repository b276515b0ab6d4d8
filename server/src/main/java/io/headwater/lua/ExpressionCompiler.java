package io.headwater.lua;

import io.headwater.lua.Tree.Expression;
import io.headwater.lua.Tree.Variable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes expressions as register code. */
final class ExpressionCompiler {
  /** Elements of a table constructor that are stored together. */
  static final int ELEMENTS_AT_ONCE = 50;

  private final FunctionCode code;

  ExpressionCompiler(FunctionCode code) {
    this.code = code;
  }

  /** Whether the target is written by the last instruction only, so that it may be an operand. */
  static boolean writesLast(Expression value) {
    return switch (value) {
      case Tree.Constant _, Tree.Local _, Tree.Outer _, Tree.Global _, Tree.Index _ -> true;
      case Tree.Unary _ -> true;
      case Tree.Binary(Tree.Operator operator, _, _, _) ->
          operator.isArithmetic() || operator == Tree.Operator.CONCAT;
      case Tree.Single(Expression inner) -> writesLast(inner);
      default -> false;
    };
  }

  static Proto.@Nullable Name nameOf(Expression expression) {
    return switch (expression) {
      case Tree.Local(Variable variable) -> new Proto.Name("local", variable.name.toString());
      case Tree.Outer(LuaString name, _) -> new Proto.Name("upvalue", name.toString());
      case Tree.Global(LuaString name, _) -> new Proto.Name("global", name.toString());
      case Tree.Index(_, Expression key, _) ->
          new Proto.Name(
              "field", key instanceof Tree.Constant(LuaString name) ? name.toString() : "?");
      case Tree.Single(Expression inner) -> nameOf(inner);
      case Tree.And(Tree.Constant(Object left), Expression right) when LuaNumbers.isTrue(left) ->
          nameOf(right);
      case Tree.Or(Tree.Constant(Object left), Expression right) when !LuaNumbers.isTrue(left) ->
          nameOf(right);
      default -> null;
    };
  }

  // Values in registers.

  /** A register or a constant holding the value; a local's own register where there is one. */
  int operand(Expression expression) {
    Expression inner = plain(expression);
    if (inner instanceof Tree.Constant(Object value)) {
      return ~code.constant(value);
    }
    return register(inner);
  }

  int register(Expression expression) {
    Expression inner = plain(expression);
    if (inner instanceof Tree.Local(Variable variable) && !variable.captured) {
      return variable.register;
    }
    return fresh(inner);
  }

  /** A new register holding the value. */
  int fresh(Expression expression) {
    int register = code.reserve(1);
    into(expression, register);
    return register;
  }

  /** Brackets mean nothing around what is one value anyway. */
  private static Expression plain(Expression expression) {
    Expression inner = expression;
    while (inner instanceof Tree.Single(Expression single)
        && !(single instanceof Tree.Call)
        && !(single instanceof Tree.MethodCall)
        && !(single instanceof Tree.VarArguments)) {
      inner = single;
    }
    return inner;
  }

  /** Evaluates into one register; what lies at or above {@code code.free()} may be used. */
  void into(Expression expression, int target) {
    int free = code.free();
    switch (plain(expression)) {
      case Tree.Constant(Object value) -> constant(value, target);
      case Tree.Local(Variable variable) -> {
        if (variable.captured) {
          code.emit(code.lastLine(), Opcode.GETCELL, target, variable.register, 0);
        } else if (variable.register != target) {
          code.emit(code.lastLine(), Opcode.MOVE, target, variable.register, 0);
        }
      }
      case Tree.Outer(_, int index) ->
          code.emit(code.lastLine(), Opcode.GETUPVALUE, target, index, 0);
      case Tree.Global(LuaString name, int line) ->
          code.emit(line, Opcode.GETGLOBAL, target, code.constant(name), 0);
      case Tree.Index index -> index(index, target);
      case Tree.Function(Tree.Body body, int line) ->
          code.emit(line, Opcode.CLOSURE, target, code.add(Compiler.function(body)), 0);
      case Tree.VarArguments(int line) -> code.emit(line, Opcode.VARARG, target, 2, 0);
      case Tree.Single(Expression inner) -> into(inner, target);
      case Tree.Call call -> result(call, target);
      case Tree.MethodCall call -> result(call, target);
      case Tree.And(Expression left, Expression right) -> either(left, right, false, target);
      case Tree.Or(Expression left, Expression right) -> either(left, right, true, target);
      case Tree.Binary binary -> binary(binary, target);
      case Tree.Unary(int opcode, Expression operand, int line) -> {
        int from = opcode == Opcode.LEN ? register(operand) : operand(operand);
        int pc = code.emit(line, opcode, target, from, 0);
        code.name(pc, nameOf(operand));
      }
      case Tree.TableOf table -> table(table, target);
    }
    code.release(free);
  }

  private void constant(@Nullable Object value, int target) {
    int line = code.lastLine();
    if (value == null) {
      code.emit(line, Opcode.LOADNIL, target, 1, 0);
    } else {
      code.emit(line, Opcode.LOADK, target, code.constant(value), 0);
    }
  }

  private void index(Tree.Index index, int target) {
    int object = register(index.object());
    int pc;
    if (plain(index.key()) instanceof Tree.Constant(LuaString name)) {
      pc = code.emit(index.line(), Opcode.GETFIELD, target, object, code.constant(name));
    } else {
      int key = operand(index.key());
      pc =
          key < 0
              ? code.emit(index.line(), Opcode.GETELEMENT, target, object, ~key)
              : code.emit(index.line(), Opcode.GETTABLE, target, object, key);
    }
    code.name(pc, nameOf(index.object()));
  }

  private void result(Expression call, int target) {
    int first = code.free();
    if (target == first - 1) { // nothing is in the target yet, so the call may be made in there
      code.release(target);
      call(call, 1);
      return;
    }
    call(call, 1);
    code.emit(code.lastLine(), Opcode.MOVE, target, first, 0);
  }

  private void either(Expression left, Expression right, boolean stopAt, int target) {
    into(left, target);
    code.emit(code.lastLine(), Opcode.TEST, target, 0, stopAt ? 1 : 0);
    int jump = code.emit(code.lastLine(), Opcode.JUMP, 0, 0, 0);
    into(right, target);
    code.patch(jump, code.here());
  }

  private void binary(Tree.Binary binary, int target) {
    switch (binary.operator()) {
      case CONCAT -> concat(binary, target);
      case EQ, NE, LT, LE, GT, GE -> {
        List<Integer> whenTrue = jumpWhen(binary, true);
        code.emit(binary.line(), Opcode.LOADBOOL, target, 0, 1);
        code.patchHere(whenTrue);
        code.emit(binary.line(), Opcode.LOADBOOL, target, 1, 0);
      }
      case AND, OR -> throw new IllegalStateException("not binary: " + binary);
      default -> {
        int[] operands = operands(binary.left(), binary.right());
        int pc = arithmetic(binary, target, operands[0], operands[1]);
        code.name(pc, nameOf(binary.left()), nameOf(binary.right()));
      }
    }
  }

  private int arithmetic(Tree.Binary binary, int target, int left, int right) {
    int op = binary.operator().opcode;
    if (left >= 0 && right >= 0) {
      return code.emit(binary.line(), op, target, left, right);
    }
    return left >= 0 && code.isNumber(~right)
        ? code.emit(binary.line(), op + Opcode.WITH_CONSTANT, target, left, ~right)
        : code.emit(binary.line(), op + Opcode.WITH_ANY, target, left, right);
  }

  /**
   * A captured local on the left is read after the right side has run, as if it stood in its
   * register.
   */
  private int[] operands(Expression left, Expression right) {
    if (plain(left) instanceof Tree.Local(Variable variable) && variable.captured) {
      int second = operand(right);
      return new int[] {operand(left), second};
    }
    int first = operand(left);
    return new int[] {first, operand(right)};
  }

  private void concat(Tree.Binary binary, int target) {
    int first = code.free();
    List<Proto.@Nullable Name> names = new ArrayList<>();
    Expression rest = binary;
    while (rest instanceof Tree.Binary(Tree.Operator op, Expression left, Expression right, _)
        && op == Tree.Operator.CONCAT) {
      fresh(left);
      names.add(nameOf(left));
      rest = right;
    }
    int last = fresh(rest);
    names.add(nameOf(rest));
    int pc = code.emit(binary.line(), Opcode.CONCAT, target, first, last);
    code.name(pc, names.toArray(new Proto.@Nullable Name[0]));
  }

  // Calls and lists.

  /** Calls, leaving {@code results} values from the free register on; -1: all, up to the top. */
  void call(Expression call, int results) {
    int first = code.free();
    callInstruction(call, Opcode.CALL, results);
    code.release(first);
    if (results > 0) {
      code.reserve(results);
    }
  }

  void tailCall(Expression call) {
    callInstruction(call, Opcode.TAILCALL, -1);
  }

  private void callInstruction(Expression expression, int opcode, int results) {
    int first = code.free();
    switch (expression) {
      case Tree.Call call -> {
        into(call.function(), code.reserve(1));
        int count = openValues(call.arguments());
        int pc = code.emit(call.line(), opcode, first, count + 1, results + 1);
        code.name(pc, nameOf(call.function()));
      }
      case Tree.MethodCall call -> {
        int object = register(call.object());
        code.release(first);
        code.reserve(2);
        int self = code.emit(call.line(), Opcode.SELF, first, object, code.constant(call.name()));
        code.name(self, nameOf(call.object()));
        int count = openValues(call.arguments());
        int pc = code.emit(call.line(), opcode, first, count < 0 ? 0 : count + 2, results + 1);
        code.name(pc, new Proto.Name("method", call.name().toString()));
      }
      default -> throw new IllegalStateException("not a call: " + expression);
    }
  }

  private static boolean isOpen(Expression expression) {
    return expression instanceof Tree.Call
        || expression instanceof Tree.MethodCall
        || expression instanceof Tree.VarArguments;
  }

  /**
   * Evaluates a list from the free register on.
   *
   * @return how many values, or -1 if the last one's go up to the top
   */
  int openValues(List<Expression> list) {
    for (int i = 0; i < list.size(); i++) {
      Expression expression = list.get(i);
      if (i == list.size() - 1 && isOpen(expression)) {
        open(expression, -1);
        return -1;
      }
      fresh(expression);
    }
    return list.size();
  }

  /** Evaluates a list to exactly so many values, from the free register on. */
  void values(List<Expression> list, int wanted) {
    int first = code.free();
    for (int i = 0; i < list.size(); i++) {
      Expression expression = list.get(i);
      if (i == list.size() - 1 && isOpen(expression) && wanted > i) {
        open(expression, wanted - i);
      } else {
        fresh(expression);
      }
    }
    int have = code.free() - first;
    if (have < wanted) {
      int register = code.reserve(wanted - have);
      code.emit(code.lastLine(), Opcode.LOADNIL, register, wanted - have, 0);
    }
    code.release(first + wanted);
  }

  private void open(Expression expression, int results) {
    if (expression instanceof Tree.VarArguments(int line)) {
      int first = code.free();
      if (results > 0) {
        code.reserve(results);
      }
      code.emit(line, Opcode.VARARG, first, results + 1, 0);
    } else {
      call(expression, results);
    }
  }

  private void table(Tree.TableOf table, int target) {
    int creation = code.emit(table.line(), Opcode.NEWTABLE, target, 0, 0);
    int start = code.free();
    int elements = 0;
    int others = 0;
    int pending = 0;
    int count = table.values().size();
    boolean open = false;
    for (int i = 0; i < count; i++) {
      Expression key = table.keys().get(i);
      Expression value = table.values().get(i);
      if (key != null) {
        int free = code.free();
        int k = operand(key);
        setTable(table.lastLine(), target, k, register(value));
        code.release(free);
        others++;
        continue;
      }
      if (pending == ELEMENTS_AT_ONCE) {
        store(table, target, start, elements - pending, pending);
        pending = 0;
      }
      if (i == count - 1 && isOpen(value)) {
        open = true;
        open(value, -1);
      } else {
        fresh(value);
        elements++;
        pending++;
      }
    }
    if (open || pending > 0) {
      store(table, target, start, elements - pending, open ? 0 : pending);
    }
    code.complete(creation, rounded(elements), rounded(others));
  }

  /** Sets an element by a key that may be a constant. */
  int setTable(int line, int object, int key, int value) {
    return key >= 0
        ? code.emit(line, Opcode.SETTABLE, object, key, value)
        : code.emit(line, Opcode.SETFIELD, object, ~key, value);
  }

  private void store(Tree.TableOf table, int target, int start, int stored, int count) {
    int batch = stored / ELEMENTS_AT_ONCE;
    code.emit(table.lastLine(), Opcode.SETLIST, target, start << 6 | count, batch);
    code.release(start);
  }

  /** As Lua keeps sizes: three bits behind the first, rounded up. */
  private static int rounded(int size) {
    int shift = 0;
    int x = size;
    while (x >= 16) {
      x = x + 1 >> 1;
      shift++;
    }
    return x << shift;
  }

  // Conditions.

  /** Jumps, to be patched, that are taken when the truth of the value is this; else falls on. */
  List<Integer> jumpWhen(Expression expression, boolean truth) {
    int free = code.free();
    List<Integer> jumps = new ArrayList<>();
    switch (plain(expression)) {
      case Tree.Constant(Object value) -> {
        if (LuaNumbers.isTrue(value) == truth) {
          jumps.add(code.emit(code.lastLine(), Opcode.JUMP, 0, 0, 0));
        }
      }
      case Tree.Unary(int opcode, Expression operand, _) when opcode == Opcode.NOT ->
          jumps.addAll(jumpWhen(operand, !truth));
      case Tree.And(Expression left, Expression right) ->
          jumps.addAll(both(left, right, truth, false));
      case Tree.Or(Expression left, Expression right) ->
          jumps.addAll(both(left, right, truth, true));
      case Tree.Binary binary when binary.operator().compareTo(Tree.Operator.EQ) >= 0 ->
          jumps.add(comparison(binary, truth));
      case Expression value -> {
        int register = register(value);
        code.emit(code.lastLine(), Opcode.TEST, register, 0, truth ? 1 : 0);
        jumps.add(code.emit(code.lastLine(), Opcode.JUMP, 0, 0, 0));
      }
    }
    code.release(free);
    return jumps;
  }

  /** For {@code and} {@code decides} is false: then the left side alone does. */
  private List<Integer> both(Expression left, Expression right, boolean truth, boolean decides) {
    if (truth == decides) {
      List<Integer> jumps = jumpWhen(left, truth);
      jumps.addAll(jumpWhen(right, truth));
      return jumps;
    }
    List<Integer> over = jumpWhen(left, decides);
    List<Integer> jumps = jumpWhen(right, truth);
    code.patchHere(over);
    return jumps;
  }

  private int comparison(Tree.Binary binary, boolean truth) {
    int[] operands = operands(binary.left(), binary.right());
    int wanted = (binary.operator() == Tree.Operator.NE) != truth ? 1 : 0;
    int left = operands[0];
    int right = operands[1];
    int line = binary.line();
    boolean swapped =
        binary.operator() == Tree.Operator.GT || binary.operator() == Tree.Operator.GE;
    int op = binary.operator().opcode;
    if (left >= 0 && right >= 0) {
      code.emit(line, op, wanted, swapped ? right : left, swapped ? left : right);
    } else if (left >= 0 && (op == Opcode.EQ || code.isNumber(~right))) {
      code.emit(line, withConstant(op, swapped), wanted, left, ~right);
    } else if (right >= 0 && (op == Opcode.EQ || code.isNumber(~left))) {
      code.emit(line, withConstant(op, !swapped), wanted, right, ~left);
    } else {
      code.emit(
          line,
          op + Opcode.EQX - Opcode.EQ,
          wanted,
          swapped ? right : left,
          swapped ? left : right);
    }
    return code.emit(line, Opcode.JUMP, 0, 0, 0);
  }

  /** A comparison of a register with a constant, which stands on the right. */
  private static int withConstant(int op, boolean greater) {
    return switch (op) {
      case Opcode.EQ -> Opcode.EQK;
      case Opcode.LT -> greater ? Opcode.GTK : Opcode.LTK;
      default -> greater ? Opcode.GEK : Opcode.LEK;
    };
  }
}
