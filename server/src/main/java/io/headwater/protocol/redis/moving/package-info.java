/**
 * How does data come from another Redis, and go to one? MIGRATE, and what {@code headwater import
 * redis} does.
 *
 * <p>Front doors: {@link io.headwater.protocol.redis.moving.MigrateCommand} for a server, {@link
 * io.headwater.protocol.redis.moving.RedisImport} for the command line. Everything that waits for a
 * socket runs on a thread of its own, never on the keyspace loop.
 */
@NullMarked
package io.headwater.protocol.redis.moving;

import org.jspecify.annotations.NullMarked;
