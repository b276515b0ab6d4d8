package io.headwater.benchmarks;

import io.headwater.lua.Heap;
import io.headwater.lua.Lua;
import io.headwater.lua.LuaClosure;
import io.headwater.lua.library.Libraries;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a script costs that does nothing but Lua. The same text through EVAL of a redis-server, with
 * {@code INFO commandstats} around it, is the measure to compare with.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LuaBenchmark {
  private static final long HEAP_BYTES = 256L << 20;
  private static final Map<String, String> SCRIPTS =
      Map.of(
          "calls",
          "local function f(n) if n<2 then return n end return f(n-1)+f(n-2) end return f(20)",
          "loop",
          "local s=0 for i=1,100000 do s=s+i*2 end return s",
          "sieve",
          """
          local n=10000 local t={} for i=2,n do t[i]=true end
          for i=2,n do if t[i] then for j=i*i,n,i do t[j]=false end end end return #t\
          """,
          "matrix",
          """
          local n=20 local a,b={},{} for i=1,n do a[i],b[i]={},{}
          for j=1,n do a[i][j]=i+j b[i][j]=i-j end end
          local s=0 for i=1,n do for j=1,n do for k=1,n do s=s+a[i][k]*b[k][j] end end end return s\
          """,
          "strings",
          "local n=0 for i=1,1000 do local s='key:'..i..':f' n=n+#s:sub(2,-2):upper() end return n",
          "sort",
          """
          local t={} local x=42 for i=1,2000 do x=(x*1103515245+12345)%2147483648 t[i]=x end
          table.sort(t) return t[1]\
          """,
          "json",
          """
          local t={} for i=1,50 do t[i]={id=i,name='user'..i,tags={'a','b'},score=i*1.5} end
          return #cjson.decode(cjson.encode(t))\
          """);

  @Param({"calls", "loop", "sieve", "matrix", "strings", "sort", "json"})
  String script = "calls";

  private final Lua lua = new Lua(new Heap(HEAP_BYTES), () -> {});
  private @Nullable LuaClosure chunk;

  @Setup
  public void load() {
    Libraries.addTo(lua);
    String source = Objects.requireNonNull(SCRIPTS.get(script));
    chunk = lua.load(source.getBytes(StandardCharsets.UTF_8), "@script");
  }

  @Benchmark
  public @Nullable Object run() {
    return lua.run(Objects.requireNonNull(chunk));
  }
}
