package io.headwater.lua;

import io.headwater.lua.Lexer.Token;
import io.headwater.lua.Tree.Expression;
import io.headwater.lua.Tree.Operator;
import io.headwater.lua.Tree.Statement;
import io.headwater.lua.Tree.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads Lua 5.1 into a tree. Recursive descent, operators by precedence; names are resolved. */
final class Parser {
  private static final int DEPTH_MAX = 200;
  private static final int LOCALS_MAX = 200;
  private static final int UPVALUES_MAX = 60;
  private static final int UNARY_PRIORITY = 8;

  /** A function being read. */
  private static final class Scope {
    final @Nullable Scope outer;
    final int line;
    final List<Variable> visible = new ArrayList<>();
    final List<Tree.Capture> captures = new ArrayList<>();
    boolean variadic;
    boolean usesDots;
    int loops;

    Scope(@Nullable Scope outer, int line) {
      this.outer = outer;
      this.line = line;
    }
  }

  private final Lexer lexer;
  private Scope scope;
  private int depth;

  private Parser(Lexer lexer) {
    this.lexer = lexer;
    this.scope = new Scope(null, 0);
    scope.variadic = true;
  }

  /**
   * @param strings shared by all that is parsed with it, so that equal constants are identical
   */
  static Tree.Body parse(byte[] source, String chunkName, Map<LuaString, LuaString> strings) {
    Lexer lexer = new Lexer(source, chunkName, strings);
    Parser parser = new Parser(lexer);
    lexer.next();
    List<Statement> statements = parser.block();
    parser.check(Token.END_OF_FILE);
    return new Tree.Body(
        chunkName, 0, List.of(), null, true, false, List.of(), statements, lexer.line);
  }

  // Tokens.

  private boolean is(Token token) {
    return lexer.token == token;
  }

  private boolean accept(Token token) {
    if (lexer.token != token) {
      return false;
    }
    lexer.next();
    return true;
  }

  private void check(Token token) {
    if (lexer.token != token) {
      throw lexer.error("'" + token.shown + "' expected");
    }
  }

  private void expect(Token token) {
    check(token);
    lexer.next();
  }

  private void expectToClose(Token what, Token opener, int line) {
    if (accept(what)) {
      return;
    }
    if (line == lexer.line) {
      throw lexer.error("'" + what.shown + "' expected");
    }
    throw lexer.error(
        "'" + what.shown + "' expected (to close '" + opener.shown + "' at line " + line + ")");
  }

  private LuaString name() {
    check(Token.NAME);
    LuaString name = lexer.string;
    lexer.next();
    return name;
  }

  private void enter() {
    if (++depth > DEPTH_MAX) {
      throw lexer.error("chunk has too many syntax levels", null);
    }
  }

  // Names.

  private Variable declare(LuaString name) {
    return new Variable(name);
  }

  private void show(Variable variable) {
    if (scope.visible.size() >= LOCALS_MAX) {
      throw limit(LOCALS_MAX, "local variables");
    }
    scope.visible.add(variable);
  }

  private LuaError limit(int max, String what) {
    String where =
        scope.line == 0
            ? "main function has more than " + max + " " + what
            : "function at line " + scope.line + " has more than " + max + " " + what;
    return lexer.error(where, null);
  }

  private Expression resolve(LuaString name) {
    Variable local = visible(scope, name);
    if (local != null) {
      return new Tree.Local(local);
    }
    int index = capture(scope, name);
    return index < 0 ? new Tree.Global(name, lexer.lastLine) : new Tree.Outer(name, index);
  }

  private static @Nullable Variable visible(Scope scope, LuaString name) {
    for (int i = scope.visible.size() - 1; i >= 0; i--) {
      if (scope.visible.get(i).name.equals(name)) {
        return scope.visible.get(i);
      }
    }
    return null;
  }

  /** The index of the variable from outside with this name, or -1 if it is global. */
  private int capture(Scope inner, LuaString name) {
    Scope outer = inner.outer;
    if (outer == null) {
      return -1;
    }
    Variable local = visible(outer, name);
    int outerIndex = local == null ? capture(outer, name) : -1;
    if (local == null && outerIndex < 0) {
      return -1;
    }
    for (int i = 0; i < inner.captures.size(); i++) {
      Tree.Capture known = inner.captures.get(i);
      if (known.local() == local && known.outer() == outerIndex) {
        return i;
      }
    }
    if (local != null) {
      local.captured = true;
    }
    if (inner.captures.size() >= UPVALUES_MAX) {
      throw limit(UPVALUES_MAX, "upvalues");
    }
    inner.captures.add(new Tree.Capture(name, local, outerIndex));
    return inner.captures.size() - 1;
  }

  // Statements.

  private boolean ends() {
    return switch (lexer.token) {
      case ELSE, ELSEIF, END, UNTIL, END_OF_FILE -> true;
      default -> false;
    };
  }

  private List<Statement> block() {
    int visible = scope.visible.size();
    List<Statement> statements = openBlock();
    close(visible);
    return statements;
  }

  private void close(int visible) {
    while (scope.visible.size() > visible) {
      scope.visible.removeLast();
    }
  }

  /** A block whose variables stay visible. */
  private List<Statement> openBlock() {
    List<Statement> statements = new ArrayList<>();
    enter();
    boolean last = false;
    while (!last && !ends()) {
      Statement statement = statement();
      statements.add(statement);
      last = statement instanceof Tree.Return || statement instanceof Tree.Break;
      accept(Token.SEMICOLON);
    }
    depth--;
    return statements;
  }

  private Statement statement() {
    int line = lexer.line;
    return switch (lexer.token) {
      case IF -> ifStatement(line);
      case WHILE -> {
        lexer.next();
        Expression condition = expression();
        expect(Token.DO);
        List<Statement> block = loop();
        expectToClose(Token.END, Token.WHILE, line);
        yield new Tree.While(condition, block, line);
      }
      case DO -> {
        lexer.next();
        List<Statement> block = block();
        expectToClose(Token.END, Token.DO, line);
        yield new Tree.Block(block);
      }
      case FOR -> forStatement(line);
      case REPEAT -> repeat(line);
      case FUNCTION -> function(line);
      case LOCAL -> {
        lexer.next();
        yield accept(Token.FUNCTION) ? localFunction() : local(line);
      }
      case RETURN -> returnStatement(line);
      case BREAK -> {
        lexer.next();
        if (scope.loops == 0) {
          throw lexer.error("no loop to break");
        }
        yield new Tree.Break(line);
      }
      default -> expressionStatement();
    };
  }

  private List<Statement> loop() {
    scope.loops++;
    List<Statement> block = block();
    scope.loops--;
    return block;
  }

  private Statement ifStatement(int line) {
    List<Expression> conditions = new ArrayList<>();
    List<List<Statement>> blocks = new ArrayList<>();
    do {
      lexer.next();
      conditions.add(expression());
      expect(Token.THEN);
      blocks.add(block());
    } while (is(Token.ELSEIF));
    if (accept(Token.ELSE)) {
      blocks.add(block());
    }
    expectToClose(Token.END, Token.IF, line);
    return new Tree.If(conditions, blocks);
  }

  private Statement repeat(int line) {
    lexer.next();
    int visible = scope.visible.size();
    scope.loops++;
    List<Statement> block = openBlock();
    scope.loops--;
    expectToClose(Token.UNTIL, Token.REPEAT, line);
    Expression until = expression();
    close(visible);
    return new Tree.Repeat(block, until, line);
  }

  private Statement forStatement(int line) {
    lexer.next();
    LuaString first = name();
    Statement statement =
        switch (lexer.token) {
          case ASSIGN -> forNumber(first, line);
          case COMMA, IN -> forEach(first, line);
          default -> throw lexer.error("'=' or 'in' expected");
        };
    expectToClose(Token.END, Token.FOR, line);
    return statement;
  }

  private Statement forNumber(LuaString name, int line) {
    lexer.next();
    Expression from = expression();
    expect(Token.COMMA);
    Expression to = expression();
    Expression step = accept(Token.COMMA) ? expression() : null;
    expect(Token.DO);
    int visible = hide(3);
    Variable variable = declare(name);
    show(variable);
    List<Statement> block = loop();
    close(visible);
    return new Tree.ForNumber(variable, from, to, step, block, line);
  }

  private Statement forEach(LuaString first, int line) {
    List<Variable> variables = new ArrayList<>();
    variables.add(declare(first));
    while (accept(Token.COMMA)) {
      variables.add(declare(name()));
    }
    expect(Token.IN);
    List<Expression> values = expressions();
    expect(Token.DO);
    int visible = hide(3);
    variables.forEach(this::show);
    List<Statement> block = loop();
    close(visible);
    return new Tree.ForEach(variables, values, block, line);
  }

  /** Loops hold variables of their own that have no name. */
  private int hide(int count) {
    int visible = scope.visible.size();
    for (int i = 0; i < count; i++) {
      show(declare(LuaString.of("(for)")));
    }
    return visible;
  }

  private Statement function(int line) {
    lexer.next();
    Expression target = resolve(name());
    boolean method = false;
    while (is(Token.DOT) || is(Token.COLON)) {
      method = is(Token.COLON);
      lexer.next();
      target = new Tree.Index(target, new Tree.Constant(name()), lexer.lastLine);
      if (method) {
        break;
      }
    }
    Expression body = body(method, line);
    return new Tree.Assign(List.of(target), List.of(body), line);
  }

  private Statement localFunction() {
    Variable variable = declare(name());
    show(variable);
    return new Tree.DeclareFunction(variable, body(false, lexer.line));
  }

  private Statement local(int line) {
    List<Variable> variables = new ArrayList<>();
    do {
      variables.add(declare(name()));
    } while (accept(Token.COMMA));
    List<Expression> values = accept(Token.ASSIGN) ? expressions() : List.of();
    variables.forEach(this::show);
    return new Tree.Declare(variables, values, line);
  }

  private Statement returnStatement(int line) {
    lexer.next();
    List<Expression> values = ends() || is(Token.SEMICOLON) ? List.of() : expressions();
    return new Tree.Return(values, line);
  }

  private Statement expressionStatement() {
    Expression first = suffixed();
    if (first instanceof Tree.Call || first instanceof Tree.MethodCall) {
      return new Tree.Perform(first);
    }
    List<Expression> targets = new ArrayList<>();
    targets.add(first);
    checkAssignable(first);
    while (accept(Token.COMMA)) {
      Expression target = suffixed();
      checkAssignable(target);
      targets.add(target);
      if (targets.size() > DEPTH_MAX) {
        throw limit(DEPTH_MAX, "variables in assignment");
      }
    }
    expect(Token.ASSIGN);
    List<Expression> values = expressions();
    return new Tree.Assign(targets, values, lexer.lastLine);
  }

  private void checkAssignable(Expression target) {
    switch (target) {
      case Tree.Local _, Tree.Outer _, Tree.Global _, Tree.Index _ -> {}
      default -> throw lexer.error("syntax error");
    }
  }

  // Expressions.

  private List<Expression> expressions() {
    List<Expression> list = new ArrayList<>();
    do {
      list.add(expression());
    } while (accept(Token.COMMA));
    return list;
  }

  private Expression expression() {
    return subexpression(0);
  }

  private Expression subexpression(int limit) {
    enter();
    Expression left;
    int unary = unary();
    if (unary >= 0) {
      lexer.next();
      Expression operand = subexpression(UNARY_PRIORITY);
      left = unary(unary, operand);
    } else {
      left = simple();
    }
    Operator operator = binary();
    while (operator != null && operator.left > limit) {
      lexer.next();
      Expression right = subexpression(operator.right);
      left =
          switch (operator) {
            case AND -> new Tree.And(left, right);
            case OR -> new Tree.Or(left, right);
            default -> binary(operator, left, right);
          };
      operator = binary();
    }
    depth--;
    return left;
  }

  private Expression unary(int opcode, Expression operand) {
    if (opcode == Opcode.UNM && number(operand) instanceof Double number) {
      return new Tree.Constant(-number);
    }
    return new Tree.Unary(opcode, operand, lexer.lastLine);
  }

  /** Numbers are computed now, where that gives one. */
  private Expression binary(Operator operator, Expression left, Expression right) {
    if (operator.isArithmetic()
        && number(left) instanceof Double a
        && number(right) instanceof Double b) {
      double value = LuaNumbers.arithmetic(operator.opcode, a, b);
      if (Double.isFinite(value)) {
        return new Tree.Constant(value);
      }
    }
    return new Tree.Binary(operator, left, right, lexer.lastLine);
  }

  private static @Nullable Double number(Expression expression) {
    return switch (expression) {
      case Tree.Constant(Double number) -> number;
      case Tree.Single(Tree.Constant(Double number)) -> number;
      default -> null;
    };
  }

  private int unary() {
    return switch (lexer.token) {
      case NOT -> Opcode.NOT;
      case MINUS -> Opcode.UNM;
      case LENGTH -> Opcode.LEN;
      default -> -1;
    };
  }

  private @Nullable Operator binary() {
    return switch (lexer.token) {
      case PLUS -> Operator.ADD;
      case MINUS -> Operator.SUBTRACT;
      case TIMES -> Operator.MULTIPLY;
      case OVER -> Operator.DIVIDE;
      case MODULO -> Operator.MODULO;
      case POWER -> Operator.POWER;
      case CONCAT -> Operator.CONCAT;
      case EQ -> Operator.EQ;
      case NE -> Operator.NE;
      case LT -> Operator.LT;
      case LE -> Operator.LE;
      case GT -> Operator.GT;
      case GE -> Operator.GE;
      case AND -> Operator.AND;
      case OR -> Operator.OR;
      default -> null;
    };
  }

  private Expression simple() {
    Expression simple =
        switch (lexer.token) {
          case NUMBER -> new Tree.Constant(lexer.number);
          case STRING -> new Tree.Constant(lexer.string);
          case NIL -> new Tree.Constant(null);
          case TRUE -> new Tree.Constant(Boolean.TRUE);
          case FALSE -> new Tree.Constant(Boolean.FALSE);
          case DOTS -> {
            if (!scope.variadic) {
              throw lexer.error("cannot use '...' outside a vararg function");
            }
            scope.usesDots = true;
            yield new Tree.VarArguments(lexer.line);
          }
          default -> null;
        };
    if (simple != null) {
      lexer.next();
      return simple;
    }
    if (is(Token.OPEN_BRACE)) {
      return table();
    }
    if (accept(Token.FUNCTION)) {
      return body(false, lexer.line);
    }
    return suffixed();
  }

  private Expression primary() {
    if (is(Token.NAME)) {
      return resolve(name());
    }
    if (is(Token.OPEN)) {
      int line = lexer.line;
      lexer.next();
      Expression inner = expression();
      expectToClose(Token.CLOSE, Token.OPEN, line);
      return new Tree.Single(inner);
    }
    throw lexer.error("unexpected symbol");
  }

  private Expression suffixed() {
    Expression left = primary();
    while (true) {
      switch (lexer.token) {
        case DOT -> {
          lexer.next();
          left = new Tree.Index(left, new Tree.Constant(name()), lexer.lastLine);
        }
        case OPEN_BRACKET -> {
          lexer.next();
          Expression key = expression();
          expect(Token.CLOSE_BRACKET);
          left = new Tree.Index(left, key, lexer.lastLine);
        }
        case COLON -> {
          lexer.next();
          LuaString name = name();
          int line = lexer.line;
          left = new Tree.MethodCall(left, name, arguments(), line);
        }
        case OPEN, STRING, OPEN_BRACE -> {
          int line = lexer.line;
          left = new Tree.Call(left, arguments(), line);
        }
        default -> {
          return left;
        }
      }
    }
  }

  private List<Expression> arguments() {
    int line = lexer.line;
    switch (lexer.token) {
      case STRING -> {
        LuaString string = lexer.string;
        lexer.next();
        return List.of(new Tree.Constant(string));
      }
      case OPEN_BRACE -> {
        return List.of(table());
      }
      case OPEN -> {
        if (line != lexer.lastLine) {
          throw lexer.error("ambiguous syntax (function call x new statement)");
        }
        lexer.next();
        List<Expression> list = is(Token.CLOSE) ? List.of() : expressions();
        expectToClose(Token.CLOSE, Token.OPEN, line);
        return list;
      }
      default -> throw lexer.error("function arguments expected");
    }
  }

  private Expression table() {
    int line = lexer.line;
    expect(Token.OPEN_BRACE);
    List<@Nullable Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!is(Token.CLOSE_BRACE)) {
      Expression key = null;
      if (is(Token.OPEN_BRACKET)) {
        lexer.next();
        key = expression();
        expect(Token.CLOSE_BRACKET);
        expect(Token.ASSIGN);
      } else if (is(Token.NAME) && lexer.peek() == Token.ASSIGN) {
        key = new Tree.Constant(name());
        lexer.next();
      }
      keys.add(key);
      values.add(expression());
      if (!accept(Token.COMMA) && !accept(Token.SEMICOLON)) {
        break;
      }
    }
    expectToClose(Token.CLOSE_BRACE, Token.OPEN_BRACE, line);
    return new Tree.TableOf(keys, values, line, lexer.lastLine);
  }

  private Tree.Function body(boolean method, int line) {
    Scope inner = new Scope(scope, line);
    scope = inner;
    expect(Token.OPEN);
    List<Variable> parameters = new ArrayList<>();
    if (method) {
      parameters.add(declare(LuaString.of("self")));
    }
    Variable argumentTable = null;
    if (!is(Token.CLOSE)) {
      do {
        if (accept(Token.DOTS)) {
          inner.variadic = true;
          argumentTable = declare(LuaString.of("arg"));
        } else if (is(Token.NAME)) {
          parameters.add(declare(name()));
        } else {
          throw lexer.error("<name> or '...' expected");
        }
      } while (!inner.variadic && accept(Token.COMMA));
    }
    parameters.forEach(this::show);
    if (argumentTable != null) {
      show(argumentTable);
    }
    expect(Token.CLOSE);
    List<Statement> statements = block();
    int lastLine = lexer.line;
    expectToClose(Token.END, Token.FUNCTION, line);
    scope = java.util.Objects.requireNonNull(inner.outer);
    return new Tree.Function(
        new Tree.Body(
            lexer.chunkName(),
            line,
            parameters,
            argumentTable,
            inner.variadic,
            inner.variadic && !inner.usesDots,
            inner.captures,
            statements,
            lastLine),
        lexer.lastLine);
  }
}
