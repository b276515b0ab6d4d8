package io.headwater.lua;

import io.headwater.lua.Tree.Expression;
import io.headwater.lua.Tree.Statement;
import io.headwater.lua.Tree.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a parsed function's statements as register code. A local has a register of its own; one
 * that an inner function captures holds a cell there, made where it is declared, so that each turn
 * of a loop has its own.
 */
final class Compiler {
  private static final int NESTED_MAX = 200;
  private final FunctionCode code;
  private final ExpressionCompiler expressions;
  private final List<List<Integer>> breaks = new ArrayList<>();

  private Compiler(Tree.Body body) {
    code = new FunctionCode(body);
    expressions = new ExpressionCompiler(code);
  }

  /** Parses and compiles a chunk. */
  static Proto compile(byte[] source, String chunkName, Map<LuaString, LuaString> strings) {
    return function(Parser.parse(source, chunkName, strings));
  }

  static Proto function(Tree.Body body) {
    return new Compiler(body).run();
  }

  private Proto run() {
    Tree.Body body = code.body;
    for (Variable parameter : body.parameters()) {
      parameter.register = code.reserve(1);
    }
    Variable argumentTable = body.argumentTable();
    if (argumentTable != null) {
      argumentTable.register = code.reserve(1);
    }
    body.parameters().forEach(this::makeCell);
    if (argumentTable != null) {
      makeCell(argumentTable);
    }
    block(body.statements());
    code.emit(body.lastLine(), Opcode.RETURN, 0, 1, 0);
    return new Proto(code);
  }

  private void makeCell(Variable variable) {
    if (variable.captured) {
      code.emit(code.lastLine(), Opcode.NEWCELL, variable.register, 0, 0);
    }
  }

  private void block(List<Statement> statements) {
    int free = code.free();
    for (Statement statement : statements) {
      statement(statement);
    }
    code.release(free);
  }

  private void statement(Statement statement) {
    switch (statement) {
      case Tree.Declare declare -> declare(declare);
      case Tree.DeclareFunction(Variable variable, Tree.Function function) -> {
        variable.register = code.reserve(1);
        if (variable.captured) {
          code.emit(function.line(), Opcode.LOADNIL, variable.register, 1, 0);
          makeCell(variable);
          int free = code.free();
          int value = expressions.operand(function);
          code.emit(function.line(), Opcode.SETCELL, variable.register, 0, value);
          code.release(free);
        } else {
          expressions.into(function, variable.register);
        }
      }
      case Tree.Assign assign -> assign(assign);
      case Tree.Perform(Expression call) -> {
        int free = code.free();
        expressions.call(call, 0);
        code.release(free);
      }
      case Tree.Block(List<Statement> statements) -> block(statements);
      case Tree.While loop -> whileLoop(loop);
      case Tree.Repeat loop -> repeat(loop);
      case Tree.If choice -> choice(choice);
      case Tree.ForNumber loop -> forNumber(loop);
      case Tree.ForEach loop -> forEach(loop);
      case Tree.Return result -> result(result);
      case Tree.Break(int line) -> breaks.getLast().add(code.emit(line, Opcode.JUMP, 0, 0, 0));
    }
  }

  private void declare(Tree.Declare declare) {
    int first = code.free();
    List<Variable> variables = declare.variables();
    expressions.values(declare.values(), variables.size());
    for (int i = 0; i < variables.size(); i++) {
      variables.get(i).register = first + i;
      makeCell(variables.get(i));
    }
  }

  // Assignment.

  private void assign(Tree.Assign assign) {
    int free = code.free();
    if (assign.targets().size() == 1 && assign.values().size() == 1) {
      assignOne(assign.targets().getFirst(), assign.values().getFirst(), assign.line());
    } else {
      assignMany(assign);
    }
    code.release(free);
  }

  private void assignOne(Expression target, Expression value, int line) {
    if (target instanceof Tree.Local(Variable variable) && !variable.captured) {
      if (ExpressionCompiler.writesLast(value)) {
        expressions.into(value, variable.register);
      } else {
        int temporary = expressions.operand(value);
        store(target, 0, 0, temporary, line);
      }
      return;
    }
    int object = 0;
    int key = 0;
    if (target instanceof Tree.Index index) {
      object = expressions.register(index.object());
      key = expressions.operand(index.key());
    }
    int operand =
        target instanceof Tree.Index ? expressions.register(value) : expressions.operand(value);
    store(target, object, key, operand, line);
  }

  private void assignMany(Tree.Assign assign) {
    int count = assign.targets().size();
    int[] objects = new int[count];
    int[] keys = new int[count];
    for (int i = 0; i < count; i++) {
      if (assign.targets().get(i) instanceof Tree.Index index) {
        objects[i] = expressions.fresh(index.object());
        keys[i] =
            index.key() instanceof Tree.Constant
                ? expressions.operand(index.key())
                : expressions.fresh(index.key());
      }
    }
    int first = code.free();
    expressions.values(assign.values(), count);
    for (int i = count - 1; i >= 0; i--) {
      store(assign.targets().get(i), objects[i], keys[i], first + i, assign.line());
    }
  }

  private void store(Expression target, int object, int key, int value, int line) {
    switch (target) {
      case Tree.Local(Variable variable) -> {
        if (variable.captured) {
          code.emit(line, Opcode.SETCELL, variable.register, 0, value);
        } else if (value < 0) {
          code.emit(line, Opcode.LOADK, variable.register, ~value, 0);
        } else {
          code.emit(line, Opcode.MOVE, variable.register, value, 0);
        }
      }
      case Tree.Outer outer -> code.emit(line, Opcode.SETUPVALUE, 0, outer.index(), value);
      case Tree.Global global ->
          code.emit(line, Opcode.SETGLOBAL, 0, code.constant(global.name()), value);
      case Tree.Index index -> {
        int pc = expressions.setTable(line, object, key, value);
        code.name(pc, ExpressionCompiler.nameOf(index.object()));
      }
      default -> throw new IllegalStateException("assigned to " + target);
    }
  }

  // Control.

  private void enterLoop() {
    if (breaks.size() >= NESTED_MAX) {
      throw new LuaError("chunk has too many syntax levels");
    }
    breaks.add(new ArrayList<>());
  }

  private void leaveLoop() {
    code.patchHere(breaks.removeLast());
  }

  private void loopTo(int start, int line) {
    int jump = code.emit(line, Opcode.LOOP, 0, 0, 0);
    code.patch(jump, start);
  }

  private void whileLoop(Tree.While loop) {
    int start = code.here();
    List<Integer> exits = expressions.jumpWhen(loop.condition(), false);
    enterLoop();
    block(loop.block());
    loopTo(start, loop.line());
    code.patchHere(exits);
    leaveLoop();
  }

  private void repeat(Tree.Repeat loop) {
    int start = code.here();
    int free = code.free();
    enterLoop();
    for (Statement statement : loop.block()) {
      statement(statement);
    }
    List<Integer> exits = expressions.jumpWhen(loop.until(), true);
    loopTo(start, loop.line());
    code.patchHere(exits);
    leaveLoop();
    code.release(free);
  }

  private void choice(Tree.If choice) {
    List<Integer> ends = new ArrayList<>();
    int blocks = choice.blocks().size();
    for (int i = 0; i < blocks; i++) {
      List<Integer> next =
          i < choice.conditions().size()
              ? expressions.jumpWhen(choice.conditions().get(i), false)
              : List.of();
      block(choice.blocks().get(i));
      if (i < blocks - 1) {
        ends.add(code.emit(code.lastLine(), Opcode.JUMP, 0, 0, 0));
      }
      code.patchHere(next);
    }
    code.patchHere(ends);
  }

  private void forNumber(Tree.ForNumber loop) {
    int base = code.reserve(3);
    expressions.into(loop.from(), base);
    expressions.into(loop.to(), base + 1);
    Expression step = loop.step();
    expressions.into(step == null ? new Tree.Constant(1.0) : step, base + 2);
    int prepare = code.emit(loop.line(), Opcode.FORPREP, base, 0, 0);
    loop.variable().register = code.reserve(1);
    enterLoop();
    makeCell(loop.variable());
    block(loop.block());
    code.patch(prepare, code.here());
    int end = code.emit(loop.line(), Opcode.FORLOOP, base, 0, 0);
    code.patch(end, prepare + 1);
    leaveLoop();
    code.release(base);
  }

  private void forEach(Tree.ForEach loop) {
    int base = code.free();
    expressions.values(loop.values(), 3);
    int start = code.emit(loop.line(), Opcode.JUMP, 0, 0, 0);
    int body = code.here();
    for (Variable variable : loop.variables()) {
      variable.register = code.reserve(1);
    }
    enterLoop();
    loop.variables().forEach(this::makeCell);
    block(loop.block());
    code.patch(start, code.here());
    code.emit(loop.line(), Opcode.TFORLOOP, base, 0, loop.variables().size());
    loopTo(body, loop.line());
    leaveLoop();
    code.release(base);
  }

  private void result(Tree.Return result) {
    int free = code.free();
    List<Expression> values = result.values();
    if (values.size() == 1) {
      returnOne(values.getFirst(), result.line());
    } else {
      int count = expressions.openValues(values);
      code.emit(Math.max(result.line(), code.lastLine()), Opcode.RETURN, free, count + 1, 0);
    }
    code.release(free);
  }

  private void returnOne(Expression value, int line) {
    int free = code.free();
    if (value instanceof Tree.Call || value instanceof Tree.MethodCall) {
      expressions.tailCall(value);
      code.emit(code.lastLine(), Opcode.RETURN, free, 0, 0);
    } else if (value instanceof Tree.VarArguments) {
      expressions.openValues(List.of(value));
      code.emit(line, Opcode.RETURN, free, 0, 0);
    } else {
      int register = expressions.register(value);
      code.emit(Math.max(line, code.lastLine()), Opcode.RETURN, register, 2, 0);
    }
  }
}
