/**
 * What is each command, as Redis tells it? Arity, flags, categories, where its keys stand and what
 * its arguments are, read from {@code commands.txt}; as plain data that runs nothing.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.facts.CommandFacts}. Any thread. What a command
 * does here, its handler, is a {@link io.headwater.protocol.redis.Command}.
 */
@NullMarked
package io.headwater.protocol.redis.facts;

import org.jspecify.annotations.NullMarked;
