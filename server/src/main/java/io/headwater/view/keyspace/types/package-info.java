/**
 * What does a key hold that is more than one string? Hashes, lists, sets, sorted sets and streams
 * as pure data structures over byte ranges: no I/O, no clock, no dice.
 *
 * <p>Front doors: {@link io.headwater.view.keyspace.types.HashValue}, {@link
 * io.headwater.view.keyspace.types.ListValue}, {@link io.headwater.view.keyspace.types.SetValue},
 * {@link io.headwater.view.keyspace.types.ZSetValue} and {@link
 * io.headwater.view.keyspace.types.StreamValue}. Each but the last is <em>packed</em> while it is
 * small: one range of bytes that the keyspace stores beside the key, loads into a reused object,
 * and stores again after a change. A large one is an object of its own that grows and shrinks in
 * bounded steps. The owner of the keyspace owns them; nothing here is thread-safe.
 */
@NullMarked
package io.headwater.view.keyspace.types;

import org.jspecify.annotations.NullMarked;
