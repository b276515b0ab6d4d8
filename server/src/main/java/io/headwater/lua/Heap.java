package io.headwater.lua;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what a script can hold. Java's collector frees what is unreachable but tells nobody, so
 * each allocation is charged, and when the charges since the last look reach a step, a walk over
 * everything reachable finds what is really held. Past the limit the script gets Lua's own error,
 * {@code not enough memory}. The walk costs as much as a collector's marking, and comes once in as
 * many bytes as were found alive.
 */
public final class Heap {
  private static final long STEP_BYTES = 32L << 20;
  private static final long WALKED_BYTES_MAX = 8L << 20;
  private static final long NUMBER_BYTES = 16;
  private static final long STRING_BYTES = 48;

  /** Names what is reachable from outside of any value. */
  interface Roots {
    void visit(Walk walk);
  }

  private final long limitBytes;
  private final List<Roots> roots = new ArrayList<>();
  private long charged;
  private long liveBytes;
  private long lookAt;
  private int walks;

  /** Charges of all times before {@link #charged}. */
  private long chargedBefore;

  private long held;
  private long heldWhen = -1;

  /**
   * @param limitBytes that a script may hold
   */
  public Heap(long limitBytes) {
    this.limitBytes = limitBytes;
    this.lookAt = step();
  }

  private long step() {
    return Math.min(Math.max(liveBytes, STEP_BYTES), Math.max(1, limitBytes / 4));
  }

  void addRoots(Roots more) {
    roots.add(more);
  }

  /** Counts what the host keeps: these values, as they are at each walk, and all behind them. */
  public void keeps(Iterable<LuaFunction> values) {
    addRoots(walk -> values.forEach(walk::add));
  }

  public long limitBytes() {
    return limitBytes;
  }

  /** Bytes held, as far as known without a walk: no less than what is. */
  public long usedBytes() {
    return liveBytes + charged;
  }

  /**
   * Bytes held, counted by a walk if anything was allocated since the last such answer and the walk
   * is short; else as {@link #usedBytes}.
   */
  public long heldBytes() {
    if (liveBytes > WALKED_BYTES_MAX) {
      return usedBytes();
    }
    if (heldWhen != allocated()) {
      held = measure();
      heldWhen = allocated();
    }
    return held;
  }

  /** Grows with each allocation. */
  private long allocated() {
    return chargedBefore + charged;
  }

  /** Counts what is about to be allocated. */
  public void charge(long bytes) {
    charged += bytes;
    if (charged > lookAt) {
      look(bytes);
    }
  }

  /** A string that is charged. Takes the array over. */
  public LuaString string(byte[] bytes) {
    charge(STRING_BYTES + bytes.length);
    return new LuaString(bytes);
  }

  public LuaString string(String latin1) {
    return string(latin1.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }

  /** Refuses in time what could not be held anyway. */
  public void mayAllocate(long bytes) {
    if (bytes > limitBytes) {
      throw new LuaError("not enough memory");
    }
  }

  private void look(long wanted) {
    liveBytes = measure();
    chargedBefore += charged;
    charged = 0;
    lookAt = step();
    if (liveBytes + wanted > limitBytes) {
      throw new LuaError("not enough memory");
    }
  }

  /** Bytes reachable now. */
  public long measure() {
    Walk walk = new Walk(++walks);
    for (Roots each : roots) {
      each.visit(walk);
    }
    return walk.finish();
  }

  /** One walk. Iterative: values nest as deep as they like. */
  static final class Walk {
    private final int number;
    private final ArrayDeque<Object> open = new ArrayDeque<>();
    private long bytes;

    private Walk(int number) {
      this.number = number;
    }

    void addAll(@Nullable Object[] values, int count) {
      for (int i = 0; i < count; i++) {
        add(values[i]);
      }
    }

    void add(@Nullable Object value) {
      switch (value) {
        case null -> {}
        case Object unboxed when unboxed == LuaNumbers.UNBOXED -> {}
        case Double _ -> bytes += NUMBER_BYTES;
        case LuaString string -> {
          if (string.seen != number) {
            string.seen = number;
            bytes += STRING_BYTES + string.length();
          }
        }
        case LuaTable table -> {
          if (table.seen != number) {
            table.seen = number;
            bytes += table.bytes();
            open.add(table);
          }
        }
        case LuaClosure closure -> {
          if (closure.seen != number) {
            closure.seen = number;
            bytes += 32 + closure.upvalues.length * 4L;
            open.add(closure);
          }
        }
        case LuaThread thread -> {
          if (thread.seen != number) {
            thread.seen = number;
            bytes += thread.bytes();
            open.add(thread);
          }
        }
        case Cell cell -> {
          if (cell.seen != number) {
            cell.seen = number;
            bytes += Cell.BYTES;
            open.add(cell);
          }
        }
        case Object _ -> bytes += 16;
      }
    }

    private long finish() {
      for (Object next = open.pollLast(); next != null; next = open.pollLast()) {
        switch (next) {
          case LuaTable table -> table.visit(this);
          case LuaClosure closure -> {
            add(closure.environment);
            addAll(closure.upvalues, closure.upvalues.length);
          }
          case LuaThread thread -> thread.visit(this);
          case Cell cell -> add(cell.value);
          default -> throw new IllegalStateException("cannot visit " + next);
        }
      }
      return bytes;
    }
  }
}
