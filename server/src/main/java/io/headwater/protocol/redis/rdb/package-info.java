/**
 * What do values look like in Redis's own serialised format? DUMP and RESTORE, MIGRATE, and the
 * reading of RDB files for {@code headwater import redis}.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.rdb.DumpCommands}. {@link
 * io.headwater.protocol.redis.rdb.RdbWriter} and {@link io.headwater.protocol.redis.rdb.RdbValues}
 * are the codec: pure bytes. Owner: the keyspace loop for commands, the caller's thread for the
 * rest.
 *
 * <p>Versions 1 to 12 are read, version 10 (Redis 7.0) is written. Nothing that is read is trusted:
 * each length is held against what is left and against a limit before memory is taken for it.
 */
@NullMarked
package io.headwater.protocol.redis.rdb;

import org.jspecify.annotations.NullMarked;
