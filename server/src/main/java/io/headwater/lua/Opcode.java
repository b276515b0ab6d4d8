package io.headwater.lua;

/**
 * Instructions are 64 bits: opcode (8), A (16), B (20), C (20, signed as B is). A is a register. B
 * and C are registers, or constants where negative (~index), or numbers.
 *
 * <pre>
 *   63      44 43      24 23     8 7    0
 *  |     C    |     B    |    A   |  op  |
 * </pre>
 */
final class Opcode {
  static final int MOVE = 0; // A := B
  static final int LOADK = 1; // A := constant B
  static final int LOADBOOL = 2; // A := B != 0; if C skip
  static final int LOADNIL = 3; // A .. A+B-1 := nil
  static final int GETUPVALUE = 4; // A := upvalue B
  static final int SETUPVALUE = 5; // upvalue B := RK(C)
  static final int GETCELL = 6; // A := cell in B
  static final int SETCELL = 7; // cell in A := RK(C)
  static final int NEWCELL = 8; // A := cell of A
  static final int GETGLOBAL = 9; // A := global B
  static final int SETGLOBAL = 10; // global B := RK(C)
  static final int GETTABLE = 11; // A := B[C]
  static final int GETFIELD = 12; // A := B[string constant C]
  static final int GETELEMENT = 13; // A := B[any other constant C]
  static final int SETTABLE = 14; // A[B] := C
  static final int SETFIELD = 15; // A[constant B] := C
  static final int NEWTABLE = 16; // A := {} with room for B, C
  static final int SELF = 17; // A+1 := B; A := B[constant C]
  static final int ADD = 18; // A := B + C, all registers
  static final int SUB = 19;
  static final int MUL = 20;
  static final int DIV = 21;
  static final int MOD = 22;
  static final int POW = 23;
  static final int ADDK = 24; // A := B + number constant C
  static final int SUBK = 25;
  static final int MULK = 26;
  static final int DIVK = 27;
  static final int MODK = 28;
  static final int POWK = 29;
  static final int ADDX = 30; // A := RK(B) + RK(C)
  static final int SUBX = 31;
  static final int MULX = 32;
  static final int DIVX = 33;
  static final int MODX = 34;
  static final int POWX = 35;
  static final int UNM = 36; // A := -RK(B)
  static final int NOT = 37;
  static final int LEN = 38;
  static final int CONCAT = 39; // A := B .. ... .. C
  static final int JUMP = 40; // by B
  static final int LOOP = 41; // by B, backwards
  static final int EQ = 42; // if (B == C) != A skip, else take the jump that follows
  static final int LT = 43;
  static final int LE = 44;
  static final int EQK = 45; // the same with a constant C
  static final int LTK = 46; // with a number constant C
  static final int LEK = 47;
  static final int GTK = 48;
  static final int GEK = 49;
  static final int EQX = 50; // with RK(B) and RK(C)
  static final int LTX = 51;
  static final int LEX = 52;
  static final int TEST = 53; // if truth of A != C skip, else take the jump that follows
  static final int CALL = 54; // A .. := A(A+1 .. A+B-1), C-1 results; 0 is all up to the top
  static final int TAILCALL = 55;
  static final int RETURN = 56; // A .. A+B-2; B 0: up to the top
  static final int FORPREP = 57; // jump by B
  static final int FORLOOP = 58; // jump by B
  static final int TFORLOOP = 59; // A+3 .. A+2+C := A(A+1, A+2); if nil skip
  static final int SETLIST = 60;
  // elements C*50 on of A := the B&63 values from B>>6; 0: up to the top
  static final int CLOSURE = 61; // A := function B
  static final int VARARG = 62; // A .. A+B-2 := ...; B 0: all

  /** From an operation of registers to that with a constant on the right. */
  static final int WITH_CONSTANT = ADDK - ADD;

  /** And to that with a constant anywhere. */
  static final int WITH_ANY = ADDX - ADD;

  private static final int LIMIT = 1 << 19;

  private Opcode() {}

  static long encode(int op, int a, int b, int c) {
    if (b >= LIMIT || b < -LIMIT || c >= LIMIT || c < -LIMIT) {
      throw new LuaError("function or expression too complex");
    }
    return op | (long) a << 8 | (b & 0xfffffL) << 24 | (long) c << 44;
  }

  static int op(long i) {
    return (int) i & 0xff;
  }

  static int a(long i) {
    return (int) i >>> 8 & 0xffff;
  }

  static int b(long i) {
    return (int) (i << 20 >> 44);
  }

  static int c(long i) {
    return (int) (i >> 44);
  }

  /** The operation, wherever its operands are. */
  static int arithmetic(int op) {
    return op == UNM ? op : ADD + (op - ADD) % WITH_CONSTANT;
  }
}
