package io.headwater.lua.library;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.Arguments;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaFunction;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.lua.Results;
import org.jspecify.annotations.Nullable;

/** The library {@code table}. */
final class TableLibrary {
  private TableLibrary() {}

  static void addTo(Lua lua) {
    LuaTable library = Libraries.library(lua, "table");
    Libraries.add(library, "concat", TableLibrary::concat);
    Libraries.add(library, "foreach", TableLibrary::forEach);
    Libraries.add(library, "foreachi", TableLibrary::forEachIndex);
    Libraries.add(library, "getn", (l, a) -> l.number(a.table(0).length()));
    Libraries.add(library, "insert", TableLibrary::insert);
    Libraries.add(library, "maxn", TableLibrary::largestKey);
    Libraries.add(library, "remove", TableLibrary::remove);
    Libraries.add(
        library,
        "setn",
        (l, a) -> {
          a.table(0);
          throw l.error("'setn' is obsolete");
        });
    Libraries.add(library, "sort", TableLibrary::sort);
  }

  private static @Nullable Object concat(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    LuaString separator = a.optionalString(1);
    byte[] between = separator == null ? new byte[0] : separator.bytes();
    int from = a.small(2, 1);
    int to = a.isNil(3) ? table.length() : a.small(3);
    ByteWriter out = new ByteWriter();
    for (long i = from; i <= to; i++) {
      LuaString text = lua.toStringOrNull(table.get((int) i));
      if (text == null) {
        throw lua.error(
            "invalid value ("
                + Lua.typeName(table.get((int) i))
                + ") at index "
                + i
                + " in table for 'concat'");
      }
      lua.work(1 + (text.length() >> 6));
      lua.heap().mayAllocate((long) out.size() + text.length() + between.length);
      out.put(text.bytes());
      if (i != to) {
        out.put(between);
      }
    }
    return lua.heap().string(out.toByteArray());
  }

  private static @Nullable Object forEach(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    LuaFunction function = a.function(1);
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      Object result = Results.first(lua.call(function, table.keyAt(at), table.valueAtPlace(at)));
      if (result != null) {
        return result;
      }
    }
    return Results.NONE;
  }

  private static @Nullable Object forEachIndex(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    LuaFunction function = a.function(1);
    int count = table.length();
    for (int i = 1; i <= count; i++) {
      Object result = Results.first(lua.call(function, (double) i, table.get(i)));
      if (result != null) {
        return result;
      }
    }
    return Results.NONE;
  }

  private static @Nullable Object insert(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    int end = table.length() + 1;
    int position;
    switch (a.count()) {
      case 2 -> position = end;
      case 3 -> {
        position = a.small(1);
        if (position > end) {
          end = position;
        }
        lua.work(Math.max(0, end - (long) position));
        for (int i = end; i > position; i--) {
          lua.rawSet(table, (double) i, table.get(i - 1));
        }
      }
      default -> throw lua.error("wrong number of arguments to 'insert'");
    }
    lua.rawSet(table, (double) position, a.get(a.count() - 1));
    return Results.NONE;
  }

  private static @Nullable Object remove(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    int end = table.length();
    int position = a.small(1, end);
    if (!(1 <= position && position <= end)) {
      return Results.NONE;
    }
    Object removed = table.get(position);
    lua.work(end - position);
    for (int i = position; i < end; i++) {
      lua.rawSet(table, (double) i, table.get(i + 1));
    }
    lua.rawSet(table, (double) end, null);
    return removed;
  }

  private static @Nullable Object largestKey(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    double largest = 0;
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      if (table.keyAt(at) instanceof Double key && key > largest) {
        largest = key;
      }
    }
    return largest;
  }

  private static @Nullable Object sort(Lua lua, Arguments a) {
    LuaTable table = a.table(0);
    int count = table.length();
    LuaFunction order = a.isNil(1) ? null : a.function(1);
    new Sorter(lua, table, order).sort(1, count);
    return Results.NONE;
  }

  /**
   * Quicksort in place with the median of three, the same steps as PUC Lua's: equal elements end up
   * where they do there, and an order that contradicts itself is found out at the same point.
   */
  private record Sorter(Lua lua, LuaTable table, @Nullable LuaFunction order) {
    private boolean less(@Nullable Object a, @Nullable Object b) {
      lua.work(1);
      return order == null ? lua.lessThan(a, b) : Lua.isTrue(Results.first(lua.call(order, a, b)));
    }

    private void put(int i, @Nullable Object value) {
      lua.rawSet(table, (double) i, value);
    }

    private void swapUnlessOrdered(int low, int high) {
      Object first = table.get(low);
      Object second = table.get(high);
      if (less(second, first)) {
        put(low, second);
        put(high, first);
      }
    }

    void sort(int from, int to) {
      int low = from;
      int high = to;
      while (low < high) {
        swapUnlessOrdered(low, high);
        if (high - low == 1) {
          return;
        }
        int middle = low + high >>> 1;
        Object atMiddle = table.get(middle);
        Object atLow = table.get(low);
        if (less(atMiddle, atLow)) {
          put(middle, atLow);
          put(low, atMiddle);
        } else {
          Object atHigh = table.get(high);
          if (less(atHigh, atMiddle)) {
            put(middle, atHigh);
            put(high, atMiddle);
          }
        }
        if (high - low == 2) {
          return;
        }
        int border = partition(low, high, middle);
        if (border - low < high - border) {
          sort(low, border - 1);
          low = border + 1;
        } else {
          sort(border + 1, high);
          high = border - 1;
        }
      }
    }

    private int partition(int low, int high, int middle) {
      Object pivot = table.get(middle);
      put(middle, table.get(high - 1));
      put(high - 1, pivot);
      int i = low;
      int j = high - 1;
      while (true) {
        Object left;
        while (less(left = table.get(++i), pivot)) {
          if (i > high) {
            throw lua.error("invalid order function for sorting");
          }
        }
        Object right;
        while (less(pivot, right = table.get(--j))) {
          if (j < low) {
            throw lua.error("invalid order function for sorting");
          }
        }
        if (j < i) {
          break;
        }
        put(i, right);
        put(j, left);
      }
      Object last = table.get(high - 1);
      put(high - 1, table.get(i));
      put(i, last);
      return i;
    }
  }
}
