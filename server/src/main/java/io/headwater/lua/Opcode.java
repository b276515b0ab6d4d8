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
  static final int MOVE = 0;
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
  static final int GETTABLE = 11; // A := B[RK(C)]
  static final int GETFIELD = 12; // A := B[string constant C]
  static final int SETTABLE = 13; // A[RK(B)] := RK(C)
  static final int NEWTABLE = 14; // A := {} with room for B, C
  static final int SELF = 15; // A+1 := B; A := B[constant C]
  static final int ADD = 16;
  static final int SUB = 17;
  static final int MUL = 18;
  static final int DIV = 19;
  static final int MOD = 20;
  static final int POW = 21;
  static final int UNM = 22; // A := -B
  static final int NOT = 23;
  static final int LEN = 24;
  static final int CONCAT = 25; // A := B .. ... .. C
  static final int JUMP = 26; // by B
  static final int LOOP = 27; // by B, backwards
  static final int EQ = 28; // if (RK(B) == RK(C)) != A skip
  static final int LT = 29;
  static final int LE = 30;
  static final int TEST = 31; // if truth of A != C skip
  static final int CALL = 32; // A .. := A(A+1 .. A+B-1), C-1 results; 0 is all up to the top
  static final int TAILCALL = 33;
  static final int RETURN = 34; // A .. A+B-2; B 0: up to the top
  static final int FORPREP = 35; // jump by B
  static final int FORLOOP = 36; // jump by B
  static final int TFORLOOP = 37; // A+3 .. A+2+C := A(A+1, A+2); if nil skip
  static final int SETLIST =
      38; // elements C*50 on of A := the B&63 values from B>>6; 0: up to the top
  static final int CLOSURE = 39; // A := function B
  static final int VARARG = 40; // A .. A+B-2 := ...; B 0: all

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
}
