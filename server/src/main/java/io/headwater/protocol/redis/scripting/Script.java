package io.headwater.protocol.redis.scripting;

import io.headwater.lua.LuaFunction;

/**
 * What is to be run, with what its author declared.
 *
 * @param name its digest, or a function's name
 * @param flags of {@link ScriptFlags}
 * @param bytes about what it takes
 */
record Script(String name, LuaFunction function, int flags, byte[] source, long bytes) {
  boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
