package io.headwater.lua;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The code of one function while it is written: instructions, constants, registers. */
final class FunctionCode {
  private static final int REGISTERS_MAX = 250;
  private static final int CONSTANTS_MAX = 1 << 18;

  /** Nil cannot be a key of the map of constants. */
  private static final Object NIL = new Object();

  /** As in PUC Lua 0 and -0 are one constant in a function: whichever comes first. */
  private static final Object ZERO = new Object();

  final Tree.Body body;
  private long[] code = new long[32];
  private int[] lines = new int[32];
  private int size;
  private final List<@Nullable Object> constants = new ArrayList<>();
  private final Map<Object, Integer> constantIndexes = new HashMap<>();
  private final List<Proto> inner = new ArrayList<>();
  private final Map<Integer, Proto.@Nullable Name[]> names = new HashMap<>();
  private int free;
  private int registersMax;

  FunctionCode(Tree.Body body) {
    this.body = body;
  }

  // Registers.

  int free() {
    return free;
  }

  void release(int toRegister) {
    free = toRegister;
  }

  int reserve(int count) {
    int first = free;
    free += count;
    if (free > REGISTERS_MAX) {
      throw new LuaError(
          ChunkName.shown(body.source())
              + ":"
              + (size == 0 ? body.line() : lines[size - 1])
              + ": function or expression too complex");
    }
    registersMax = Math.max(registersMax, free);
    return first;
  }

  // Instructions.

  int here() {
    return size;
  }

  int emit(int line, int op, int a, int b, int c) {
    if (size == code.length) {
      code = Arrays.copyOf(code, size * 2);
      lines = Arrays.copyOf(lines, size * 2);
    }
    code[size] = Opcode.encode(op, a, b, c);
    lines[size] = line;
    return size++;
  }

  /** Remembers how the source calls the operands of an instruction. */
  void name(int pc, Proto.@Nullable Name... operands) {
    for (Proto.Name operand : operands) {
      if (operand != null) {
        names.put(pc, operands);
        return;
      }
    }
  }

  /** Makes the jump at {@code pc} go to {@code target}. */
  void patch(int pc, int target) {
    long i = code[pc];
    code[pc] = Opcode.encode(Opcode.op(i), Opcode.a(i), target - pc - 1, Opcode.c(i));
  }

  void patchHere(List<Integer> jumps) {
    for (int jump : jumps) {
      patch(jump, size);
    }
  }

  /** Sets B and C of an instruction written before. */
  void complete(int pc, int b, int c) {
    code[pc] = Opcode.encode(Opcode.op(code[pc]), Opcode.a(code[pc]), b, c);
  }

  int lastLine() {
    return size == 0 ? body.line() : lines[size - 1];
  }

  int constant(@Nullable Object value) {
    Object key = value == null ? NIL : value instanceof Double d && d == 0 ? ZERO : value;
    Integer known = constantIndexes.get(key);
    if (known != null) {
      return known;
    }
    if (constants.size() >= CONSTANTS_MAX) {
      throw new LuaError(
          ChunkName.shown(body.source()) + ":" + lastLine() + ": constant table overflow");
    }
    constants.add(value);
    constantIndexes.put(key, constants.size() - 1);
    return constants.size() - 1;
  }

  boolean isNumber(int constant) {
    return constants.get(constant) instanceof Double;
  }

  int add(Proto proto) {
    inner.add(proto);
    return inner.size() - 1;
  }

  // What Proto takes.

  int registersMax() {
    return registersMax;
  }

  long[] code() {
    return Arrays.copyOf(code, size);
  }

  int[] lines() {
    return Arrays.copyOf(lines, size);
  }

  @Nullable Object[] constants() {
    return constants.toArray();
  }

  Proto[] inner() {
    return inner.toArray(new Proto[0]);
  }

  Map<Integer, Proto.@Nullable Name[]> names() {
    return names;
  }

  int[] captures() {
    int[] captures = new int[body.captures().size()];
    for (int i = 0; i < captures.length; i++) {
      Tree.Capture capture = body.captures().get(i);
      Tree.Variable local = capture.local();
      captures[i] = local == null ? ~capture.outer() : local.register;
    }
    return captures;
  }
}
