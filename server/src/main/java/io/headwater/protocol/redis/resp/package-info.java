/**
 * How do requests and replies stand on the wire? RESP2 and RESP3, without sessions or commands.
 *
 * <p>Front doors: {@link io.headwater.protocol.redis.resp.RequestParser} finds the {@link
 * io.headwater.protocol.redis.resp.Arguments} of a request in what was read; {@link
 * io.headwater.protocol.redis.resp.Reply} writes what goes back. Owner: the keyspace loop.
 */
@NullMarked
package io.headwater.protocol.redis.resp;

import org.jspecify.annotations.NullMarked;
