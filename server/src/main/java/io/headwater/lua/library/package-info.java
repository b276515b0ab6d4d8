/**
 * What can a script call? The libraries of Lua 5.1 that Redis lets scripts have, and Redis's own:
 * cjson, cmsgpack, struct and bit.
 *
 * <p>Front door: {@link io.headwater.lua.library.Libraries}. Everything that loops over data counts
 * its steps with {@link io.headwater.lua.Lua#work} and charges what it allocates to the heap.
 */
@NullMarked
package io.headwater.lua.library;

import org.jspecify.annotations.NullMarked;
