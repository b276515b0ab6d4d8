package io.headwater.protocol.redis.scripting;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scripts by their digest, in memory only. Past its limit those that were not used for longest go:
 * a client that then gets NOSCRIPT sends the script again, as after a restart.
 */
final class ScriptCache {
  private static final long BYTES_MAX = 64L << 20;
  private final Map<String, Script> scripts = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable Script newest;
  private long bytes;

  @Nullable Script find(String digest) {
    Script found = scripts.get(digest);
    newest = found == null ? newest : found;
    return found;
  }

  /** The one that was used last, which needs no search to be used again. */
  @Nullable Script newest() {
    return newest;
  }

  boolean contains(String digest) {
    return scripts.containsKey(digest);
  }

  void add(Script script) {
    Script replaced = scripts.put(script.name(), script);
    newest = script;
    bytes += script.bytes() - (replaced == null ? 0 : replaced.bytes());
    Iterator<Script> eldest = scripts.values().iterator();
    while (bytes > BYTES_MAX && scripts.size() > 1) {
      bytes -= eldest.next().bytes();
      eldest.remove();
    }
  }

  void clear() {
    scripts.clear();
    newest = null;
    bytes = 0;
  }

  int count() {
    return scripts.size();
  }

  long bytes() {
    return bytes;
  }
}
