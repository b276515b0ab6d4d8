/**
 * Who may do what? Users with passwords and rules, ACL and AUTH.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.access.Users}, which answers the core's {@link
 * io.headwater.protocol.redis.Access}. Owner: the keyspace loop.
 *
 * <h2>How it works</h2>
 *
 * A user is a value: ACL SETUSER copies it, applies the rules to the copy and puts the copy in its
 * place, so a rule that is refused changes nothing. What it permits stands in {@code Selector}s: a
 * bit set over the numbers of the command table, patterns of keys and patterns of channels. The
 * default user may do all until somebody says otherwise; its clients are <em>free</em>, and nothing
 * here runs for their commands. For others the keys of a call are found once and held against each
 * selector.
 *
 * <p>Users are durable: each change goes to the catalog as the whole user, at once effective here,
 * and the reply waits until the catalog's frame is on disk. A change that comes from the catalog
 * (another protocol, a failed append) is learned on the loop.
 */
@NullMarked
package io.headwater.protocol.redis.access;

import org.jspecify.annotations.NullMarked;
