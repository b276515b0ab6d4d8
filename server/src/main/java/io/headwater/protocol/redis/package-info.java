/**
 * How do Redis clients ask? RESP2 and RESP3 in, replies out.
 *
 * <p>Front door: {@link io.headwater.protocol.redis.RedisServer}, which opens a session for each
 * connection; {@link io.headwater.protocol.redis.Dispatch} is the way of each of its requests.
 * Owner: the keyspace loop. This package holds what every command needs (dispatch, sessions,
 * transactions, what is pushed to clients); below it stand {@code resp} (the bytes of requests and
 * replies), {@code facts} (what Redis says of each command), {@code observing} and {@code text},
 * which see nothing of it. The commands stand in further sub-packages by what they are about, and
 * only {@code table} knows all of them.
 *
 * <h2>How a command is declared and written</h2>
 *
 * One {@link io.headwater.protocol.redis.CommandTable} holds every command as data: name, arity,
 * flags, key positions, group, since, summary and handler. Dispatch, {@code COMMAND} and the matrix
 * {@code docs/protocols/redis.md} follow from it. A group of commands is one class with a {@code
 * static void addTo(CommandTable table)} and a static method per command:
 *
 * <pre>{@code
 * table.add(command("strlen", 2, READONLY | FAST, Group.STRING, "2.2.0", "...").keys(1, 1, 1)
 *     .does(StringCommands::strlen));
 *
 * static void strlen(Call call) {
 *   long entry = call.find(call.key(1), Entry.STRING);   // WRONGTYPE is thrown
 *   call.reply().integer(entry == 0 ? 0 : Entry.valueLength(entry));
 * }
 * }</pre>
 *
 * Argument 0 is the name. A handler first checks everything and throws {@link
 * io.headwater.protocol.redis.CommandError} (it costs no stack trace; the dispatcher drops what was
 * replied so far and answers it), then changes the state through recording mutators, then replies
 * exactly once. After each change it tells {@code call.notify(Notifications.LIST, "lpush", key)},
 * which costs nothing while nobody listens. {@code call.key(i)} and {@code call.otherKey(i)} are
 * two reused {@link io.headwater.view.keyspace.Key}s, {@code call.keyAt(i, key)} fills one of the
 * handler's own. The dispatcher has already checked arity, that the log takes writes, and that no
 * key is derived.
 */
@NullMarked
package io.headwater.protocol.redis;

import org.jspecify.annotations.NullMarked;
