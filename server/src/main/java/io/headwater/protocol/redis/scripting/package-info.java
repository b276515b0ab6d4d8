/**
 * What can clients run on the server? EVAL and its like, functions, and the {@code redis} that
 * scripts call.
 *
 * <p>Front doors: {@link io.headwater.protocol.redis.scripting.ScriptCommands} and {@link
 * io.headwater.protocol.redis.scripting.FunctionCommands}. Owner: the keyspace loop.
 *
 * <p>An {@code Engine} is one Lua state with {@code redis} in it; scripts have one, functions
 * another. A command that a script calls goes through the command table with a session of its own
 * whose connection is a buffer ({@code ScriptSession}), and its reply is read from there. The first
 * command that writes begins a transaction of the keyspace, so that all that a script does is one
 * frame, and a script that only reads costs none. Past {@code busy-reply-threshold} the loop serves
 * other clients from inside the script, who get BUSY but for what may end it.
 *
 * <p>Libraries of functions are entries of a database that no client sees ({@code
 * Keyspace.LIBRARIES}): name and code. So they are in the log, in checkpoints and in restores, and
 * no format knows of them. {@code docs/decisions/lua.md} says why the interpreter is ours.
 */
@NullMarked
package io.headwater.protocol.redis.scripting;

import org.jspecify.annotations.NullMarked;
