/**
 * What can be set, by redis.conf and by CONFIG? Every parameter of redis-server 7.0, as data.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.settings.Settings}, the values of one server.
 * Owner: the keyspace loop.
 *
 * <p>{@link io.headwater.protocol.redis.settings.Parameters} is the table: CONFIG, {@code
 * --redis-conf} and the page {@code docs/protocols/redis-config.md} follow from it. To give a
 * parameter a meaning:
 *
 * <ol>
 *   <li>In the table, change its row from {@code idle(...)} to {@code acts(...)} and say what it
 *       does here.
 *   <li>Where it acts, either read it when it is needed ({@code
 *       settings.number("slowlog-max-len")}, one map lookup) or, where that is too slow or
 *       something must happen, follow it: {@code settings.followNumber("slowlog-max-len", length ->
 *       log.trim(length))} is called at once and after each change. A follower that cannot do what
 *       it is told throws {@link io.headwater.protocol.redis.settings.Refused}, before it has
 *       changed anything: then CONFIG SET fails and takes all of its parameters back.
 * </ol>
 */
@NullMarked
package io.headwater.protocol.redis.settings;

import org.jspecify.annotations.NullMarked;
