package io.headwater.protocol.redis;

import java.util.List;
import java.util.Random;

/**
 * Random Lua programs that end: every block takes a turn, and turns are bounded, as strings are.
 * Types are not watched, so many statements fail; each is tried on its own, and all variables are
 * shown at the end.
 */
final class LuaPrograms {
  /** Without -0: where a function has 0 and -0, PUC Lua takes for both what it meets first. */
  private static final List<String> NUMBERS =
      List.of("0", "1", "2", "3", "-1", "7", "0.5", "-2.25", "10", "1e15", "255", "1/3");

  private static final List<String> SMALL = List.of("0", "1", "'2'", "-3", "2.5", "#t", "nil");
  private static final List<String> STRINGS =
      List.of("''", "'a'", "'b'", "'10'", "' 3 '", "'0x1f'", "'abc'", "'k1'", "'1e2'", "'-0'");
  private static final List<String> VARIABLES = List.of("a", "b", "c", "s", "t", "u", "o", "f");
  private static final List<String> ARITHMETIC = List.of("+", "-", "*", "/", "%");
  private static final List<String> COMPARISONS = List.of("<", "<=", ">", ">=", "==", "~=");

  /** Everything that is reachable, without addresses. */
  private static final String PRELUDE =
      """
      local out = {}
      local function show(v, d)
        local k = type(v)
        if k == 'number' then return v ~= v and 'nan' or string.format('%.14g', v) end
        if k ~= 'table' then return k == 'function' and k or tostring(v) end
        if d > 2 then return '{..}' end
        local parts = {#v}
        for x, y in pairs(v) do parts[#parts + 1] = show(x, d + 1) .. '=' .. show(y, d + 1) end
        return '{' .. table.concat(parts, ',') .. '}'
      end
      local function try(f, ...)
        local r = {pcall(f, ...)}
        out[#out + 1] = r[1] and 'ok' or show(r[2], 0)
        return r[2], r[3]
      end
      local meta = {__index = function(t, k) return k end, __add = function(x, y) return 'added' end,
        __lt = function(x, y) return true end, __le = function(x, y) return false end,
        __concat = function(x, y) return 'joined' end, __call = function(self, x) return x end,
        __unm = function(x) return 'minus' end, __eq = function(x, y) return true end,
        __newindex = function(t, k, v) rawset(t, k, v) end}
      local a, b, c, s, t, u = 1, 2.5, -3, 'text', {1, 2, 3, x = 4}, {}
      local o = setmetatable({}, meta)
      local turns = 0
      local function turn()
        turns = turns + 1
        if turns > 400 or #out > 300 then error('enough') end
        if type(a) == 'string' and #a > 40 then a = 'a' end
        if type(b) == 'string' and #b > 40 then b = 'b' end
        if type(c) == 'string' and #c > 40 then c = 'c' end
        if type(s) == 'string' and #s > 40 then s = 's' end
      end
      local f = function(x, ...) a = a + 1 return x, select('#', ...), ... end
      """;

  private final Random random;
  private final StringBuilder text = new StringBuilder();
  private int loops;
  private int locals;

  private LuaPrograms(long seed) {
    random = new Random(seed);
  }

  static String of(long seed) {
    LuaPrograms program = new LuaPrograms(seed);
    program.text.append(PRELUDE);
    for (int i = 0; i < 14; i++) {
      program.text.append("try(function()\n");
      program.block(0);
      program.text.append("end)\n");
    }
    program.text.append("for _, v in ipairs({a, b, c, s, t, u, o, f}) do");
    program.text.append(" out[#out + 1] = show(v, 0) end\nreturn out\n");
    return program.text.toString();
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private void block(int depth) {
    line("turn()");
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      statement(depth);
    }
  }

  private void line(String format, Object... words) {
    text.append(String.format(format, words)).append('\n');
  }

  private void statement(int depth) {
    int kind = random.nextInt(depth > 2 || loops > 2 ? 9 : 17);
    switch (kind) {
      case 0, 1 -> line("%s = %s", any(List.of("a", "b", "c")), number(2));
      case 2 -> line("s = %s", expression(2));
      case 3, 4 -> line("%s[%s] = %s", any(List.of("t", "u", "o")), key(), expression(2));
      case 5 -> line("%s, %s = %s, %s", variable(), variable(), expression(1), expression(2));
      case 6 -> line("local l%d = %s out[#out + 1] = show(l%d, 0)", locals, call(), locals++);
      case 7 -> library();
      case 8 -> line("out[#out + 1] = show(%s, 0)", expression(3));
      case 9 -> within("for i = " + any(SMALL) + ", " + random.nextInt(20) + " do", depth, "end");
      case 10 ->
          within(
              "for i = " + random.nextInt(9) + ", -3, " + any(List.of("-1", "-0.5", "-2")) + " do",
              depth,
              "end");
      case 11 -> within("for k, v in pairs(" + any(List.of("t", "u")) + ") do s = k", depth, "end");
      case 12 -> within("for i, v in ipairs(t) do c = v", depth, "if i > 9 then break end end");
      case 13 -> within("local n = 0 while n < 9 do n = n + 1", depth, "end");
      case 14 -> within("local n = 0 repeat n = n + 2", depth, "until n > 8 or " + condition());
      case 15 -> {
        line("if %s then", condition());
        block(depth + 1);
        line(chance(50) ? "else" : "elseif %s then", condition());
        block(depth + 1);
        line("end");
      }
      default -> closure(depth);
    }
  }

  private void within(String head, int depth, String end) {
    loops++;
    line("do %s", head.replace("%", "%%"));
    block(depth + 1);
    line("%s end", end.replace("%", "%%"));
    loops--;
  }

  /** Closures made in a loop have each its own variable; some tail calls and variadic ones. */
  private void closure(int depth) {
    line("local made = {} for i = 1, 4 do local kept = %s", expression(1));
    line("made[i] = function(x, y, ...)");
    line("kept = %s", chance(50) ? "kept + (x or 1)" : expression(1));
    block(depth + 1);
    line(any(List.of("return kept, i, ...", "return f(kept, ...)", "return (f(x, y))", "")));
    line("end end");
    line("for i = 1, 4 do out[#out + 1] = show({made[i](%s, i), made[1]()}, 0) end", number(1));
  }

  private void library() {
    line(
        any(
            List.of(
                "table.insert(t, %s)",
                "table.insert(t, 1, %s)",
                "u[#u + 1] = %s",
                "c = math.floor(%s)",
                "s = tostring(%s) .. #t",
                "c = table.remove(t) or %s",
                "table.sort(u, function(x, y) return tostring(x) < tostring(y) end) c = %s",
                "b = math.max(%s, 3, a)",
                "b = tonumber(%s) or 5",
                "s = string.rep(s, 2):sub(1, 20) .. tostring(%s)",
                "c = ('abc'):byte(%s)",
                "u = {f(%s), f(2, 3), 4}",
                "t = {%s, x = 1, [2] = 5, f(1, 2)}",
                "c = select(-1, f(1, %s))",
                "out[#out + 1] = show({unpack(t, 1, 4)}, 0) b = %s",
                "rawset(o, type(%s), 1)",
                "c = next(u, %s)")),
        expression(1).replace("%", "%%"));
  }

  /** Tables would stand where their addresses put them. */
  private String key() {
    return chance(60) ? number(1) : chance(50) ? any(STRINGS) : any(List.of("nil", "true", "#t"));
  }

  private String variable() {
    return any(VARIABLES.subList(0, 4));
  }

  private String condition() {
    String comparison = expression(1) + " " + any(COMPARISONS) + " " + expression(1);
    return switch (random.nextInt(5)) {
      case 0 -> "not (" + comparison + ")";
      case 1 -> "(" + comparison + " and " + expression(1) + ")";
      case 2 -> "(" + comparison + " or " + expression(0) + ")";
      case 3 -> expression(1);
      default -> comparison;
    };
  }

  /** Most likely a number. */
  private String number(int depth) {
    if (depth == 0 || chance(30)) {
      return chance(50) ? any(NUMBERS) : any(List.of("a", "b", "c", "#t", "#s", "t[1]", "t.x"));
    }
    String right = chance(40) ? any(NUMBERS) : number(depth - 1);
    return "(" + number(depth - 1) + " " + any(ARITHMETIC) + " " + right + ")";
  }

  private String call() {
    return switch (random.nextInt(5)) {
      case 0 -> "f(" + expression(1) + ")";
      case 1 -> "(f(" + expression(1) + ", " + expression(1) + "))";
      case 2 -> "o(" + expression(1) + ")";
      case 3 -> "(" + expression(0) + "):upper()";
      default -> "tostring(" + number(1) + ")";
    };
  }

  private String expression(int depth) {
    if (depth == 0) {
      return chance(40) ? any(NUMBERS) : chance(40) ? any(STRINGS) : any(VARIABLES);
    }
    return switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> number(depth);
      case 4 -> "(" + expression(depth - 1) + " .. " + expression(depth - 1) + ")";
      case 5 -> any(List.of("t", "u", "o")) + "[" + expression(depth - 1) + "]";
      case 6 -> "(" + condition() + ")";
      case 7 -> "(" + expression(depth - 1) + " and " + expression(depth - 1) + ")";
      case 8 -> "(" + expression(depth - 1) + " or " + expression(depth - 1) + ")";
      case 9 -> any(List.of("-", "not ", "#")) + any(VARIABLES);
      case 10 -> call();
      default -> any(List.of("nil", "true", "false", "t.x", "u.k1", "o.x", "{}", "s"));
    };
  }
}
