package io.headwater.protocol.redis.scripting;

import io.headwater.bytes.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One library of functions that was loaded. */
final class FunctionLibrary {
  /**
   * A function as it was registered.
   *
   * @param script what runs; its name is the function's
   */
  record Registered(Script script, @Nullable String description) {}

  final String name;
  final Bytes code;
  final Map<String, Registered> functions = new LinkedHashMap<>();

  FunctionLibrary(String name, Bytes code) {
    this.name = name;
    this.code = code;
  }
}
