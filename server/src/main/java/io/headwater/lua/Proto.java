package io.headwater.lua;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One compiled function. */
public final class Proto {
  /** How the source calls the operands of an instruction: {@code local 'x'}; for messages. */
  record Name(String kind, String name) {}

  final String source;
  final int lineDefined;
  final int parameters;
  final boolean variadic;

  /** Whether parameter {@code parameters} is the table {@code arg} of Lua 5.0. */
  final boolean argumentTable;

  final int registers;
  final long[] code;
  final int[] lines;

  /** {@link LuaNumbers#UNBOXED} for a number, which is in {@link #numbers} then. */
  final @Nullable Object[] constants;

  final double[] numbers;
  final Proto[] inner;

  /** For each variable from outside: register of the enclosing function, or ~index of its own. */
  final int[] captures;

  private final Map<Integer, @Nullable Name[]> names;

  Proto(FunctionCode from) {
    source = from.body.source();
    lineDefined = from.body.line();
    parameters = from.body.parameters().size();
    variadic = from.body.variadic();
    argumentTable = from.body.needsArgumentTable();
    registers = Math.max(2, from.registersMax());
    code = from.code();
    lines = from.lines();
    constants = from.constants();
    numbers = new double[constants.length];
    for (int i = 0; i < constants.length; i++) {
      if (constants[i] instanceof Double number) {
        constants[i] = LuaNumbers.UNBOXED;
        numbers[i] = number;
      }
    }
    inner = from.inner();
    captures = from.captures();
    names = Map.copyOf(from.names());
  }

  /** A constant, a number as an object. */
  @Nullable Object constant(int i) {
    return constants[i] == LuaNumbers.UNBOXED ? (Object) numbers[i] : constants[i];
  }

  /** How the source names an operand of the instruction at {@code pc}. */
  @Nullable Name name(int pc, int operand) {
    @Nullable Name[] operands = names.get(pc);
    return operands == null || operand >= operands.length ? null : operands[operand];
  }

  /** As {@code user_script:12}. */
  String where(int pc) {
    return ChunkName.shown(source) + ":" + lines[pc];
  }

  /** About how many bytes it takes. */
  long bytes() {
    long bytes = 200 + code.length * 12L + constants.length * 48L + names.size() * 80L;
    for (Proto proto : inner) {
      bytes += proto.bytes();
    }
    return bytes;
  }
}
