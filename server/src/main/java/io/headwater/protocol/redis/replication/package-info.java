/**
 * How does a Redis follow Headwater? SYNC and PSYNC: the state of one position as an RDB file, then
 * what the log says from there on, as commands.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.replication.Replicas}, owned by the keyspace
 * loop. Nothing here costs the loop more than passing bytes on: the file is made of a checkpoint
 * and the commands of the log, each on a thread of its own.
 *
 * <pre>
 *   checkpoint --- Snapshot (a thread per replica) ---.
 *                                                      Replica --- its connection
 *   log --- Feed (a thread) --- Backlog ---------------'   the keyspace loop
 * </pre>
 *
 * {@code docs/decisions/being-a-master.md} says why it is so.
 */
@NullMarked
package io.headwater.protocol.redis.replication;

import org.jspecify.annotations.NullMarked;
