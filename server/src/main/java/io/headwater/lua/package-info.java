/**
 * What does a script do? Lua 5.1: a compiler to register code and an interpreter for it.
 *
 * <p>Front door: {@link io.headwater.lua.Lua}, one state with its globals, limits and heap. Owner:
 * the thread that calls it; nothing here starts another. The libraries stand in {@code library}.
 *
 * <h2>How it works</h2>
 *
 * {@code Parser} makes a tree with every name resolved, {@code Compiler} makes one {@link
 * io.headwater.lua.Proto} a function from it, and {@link io.headwater.lua.Interpreter} runs them on
 * the registers of a {@link io.headwater.lua.LuaThread}. A call from Lua to Lua pushes a frame and
 * goes on in the same Java loop, so a coroutine is a stack of frames that is left and entered
 * again, and a script's depth does not touch Java's stack; only metamethods and functions that call
 * back nest, 200 deep as in Lua.
 *
 * <p>Numbers need no objects: registers, tables, constants and captured variables have a {@code
 * double} beside the reference, and {@link io.headwater.lua.LuaNumbers#UNBOXED} in its place. At
 * the border to functions written in Java, values are Java objects: {@code null} is nil, {@link
 * java.lang.Boolean}, {@link java.lang.Double}, {@link io.headwater.lua.LuaString} (bytes), {@link
 * io.headwater.lua.LuaTable}, {@link io.headwater.lua.LuaFunction}, {@link
 * io.headwater.lua.LuaThread}, and {@link io.headwater.lua.LightValue} for what a host hands in.
 * Tables order their keys as PUC Lua 5.1 does, because {@code pairs} shows it and scripts have come
 * to see it.
 *
 * <p>Nothing that a script does may harm the process: {@link io.headwater.lua.Heap} bounds its
 * memory, {@link io.headwater.lua.Lua#work} counts its steps and lets the host look in, and depths
 * have limits.
 */
@NullMarked
package io.headwater.lua;

import org.jspecify.annotations.NullMarked;
