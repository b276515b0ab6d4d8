/**
 * What is near? Places on the earth as members of sorted sets, whose scores are geohashes.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.geo.GeoCommands}. Owner: the keyspace loop.
 */
@NullMarked
package io.headwater.protocol.redis.geo;

import org.jspecify.annotations.NullMarked;
