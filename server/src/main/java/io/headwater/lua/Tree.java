package io.headwater.lua;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A parsed function: every name is resolved already. */
final class Tree {
  private Tree() {}

  /** A local variable; its register is known once it is compiled. */
  static final class Variable {
    final LuaString name;
    boolean captured;
    int register = -1;

    Variable(LuaString name) {
      this.name = name;
    }
  }

  /** Where a function takes a variable of its surroundings from: local or again from outside. */
  record Capture(LuaString name, @Nullable Variable local, int outer) {}

  /** A function; statements are filled in when it is parsed. */
  record Body(
      String source,
      int line,
      List<Variable> parameters,
      @Nullable Variable argumentTable,
      boolean variadic,
      boolean needsArgumentTable,
      List<Capture> captures,
      List<Statement> statements,
      int lastLine) {}

  sealed interface Expression {}

  record Constant(@Nullable Object value) implements Expression {}

  record VarArguments(int line) implements Expression {}

  record Function(Body body, int line) implements Expression {}

  record Local(Variable variable) implements Expression {}

  record Outer(LuaString name, int index) implements Expression {}

  record Global(LuaString name, int line) implements Expression {}

  record Index(Expression object, Expression key, int line) implements Expression {}

  record Call(Expression function, List<Expression> arguments, int line) implements Expression {}

  record MethodCall(Expression object, LuaString name, List<Expression> arguments, int line)
      implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Binary(Operator operator, Expression left, Expression right, int line)
      implements Expression {}

  record Unary(int opcode, Expression operand, int line) implements Expression {}

  /** In brackets: one value of several. */
  record Single(Expression inner) implements Expression {}

  /** Keys are null for elements. */
  record TableOf(List<@Nullable Expression> keys, List<Expression> values, int line, int lastLine)
      implements Expression {}

  enum Operator {
    ADD(Opcode.ADD, 6, 6),
    SUBTRACT(Opcode.SUB, 6, 6),
    MULTIPLY(Opcode.MUL, 7, 7),
    DIVIDE(Opcode.DIV, 7, 7),
    MODULO(Opcode.MOD, 7, 7),
    POWER(Opcode.POW, 10, 9),
    CONCAT(Opcode.CONCAT, 5, 4),
    EQ(Opcode.EQ, 3, 3),
    NE(Opcode.EQ, 3, 3),
    LT(Opcode.LT, 3, 3),
    LE(Opcode.LE, 3, 3),
    GT(Opcode.LT, 3, 3),
    GE(Opcode.LE, 3, 3),
    AND(-1, 2, 2),
    OR(-1, 1, 1);

    final int opcode;
    final int left;
    final int right;

    Operator(int opcode, int left, int right) {
      this.opcode = opcode;
      this.left = left;
      this.right = right;
    }

    boolean isArithmetic() {
      return ordinal() <= POWER.ordinal();
    }
  }

  sealed interface Statement {}

  record Declare(List<Variable> variables, List<Expression> values, int line)
      implements Statement {}

  record DeclareFunction(Variable variable, Function function) implements Statement {}

  record Assign(List<Expression> targets, List<Expression> values, int line) implements Statement {}

  record Perform(Expression call) implements Statement {}

  record Block(List<Statement> statements) implements Statement {}

  record While(Expression condition, List<Statement> block, int line) implements Statement {}

  record Repeat(List<Statement> block, Expression until, int line) implements Statement {}

  /** One condition and block each; a last block without a condition is the else. */
  record If(List<Expression> conditions, List<List<Statement>> blocks) implements Statement {}

  record ForNumber(
      Variable variable,
      Expression from,
      Expression to,
      @Nullable Expression step,
      List<Statement> block,
      int line)
      implements Statement {}

  record ForEach(List<Variable> variables, List<Expression> values, List<Statement> block, int line)
      implements Statement {}

  record Return(List<Expression> values, int line) implements Statement {}

  record Break(int line) implements Statement {}
}
