/**
 * What do the keys hold? Redis's sixteen databases as a view of stream 1 of the log.
 *
 * <p>Front door: {@link io.headwater.view.keyspace.Keyspace}. Owner: the keyspace loop, which also
 * holds the Redis and memcached connections; nothing here is safe from another thread unless it
 * says so.
 *
 * <h2>How a value changes</h2>
 *
 * A <em>recording mutator</em> changes the state and records the event in one call; replay decodes
 * the event and calls the same mutator while {@link
 * io.headwater.view.keyspace.Keyspace#recording()} is false, so replay equals live. A mutator is a
 * method of one class per type ({@link io.headwater.view.keyspace.Strings}, {@link
 * io.headwater.view.keyspace.Generic}, and so on) and follows five steps:
 *
 * <ol>
 *   <li>{@code long entry = keyspace.findForWrite(key)}: the entry's address or 0. It deletes an
 *       expired entry (recording that) and, while a checkpoint runs, saves the table's segment
 *       before its first change. In replay it does not look at the clock. Commands call the plain
 *       {@link io.headwater.view.keyspace.Keyspace#find} for reads: to it expired is missing.
 *   <li>Read the old value: {@code Entry.type(entry)}, {@code Entry.value(entry)} and {@code
 *       Entry.valueLength(entry)} for a packed one, {@code keyspace.large(entry)} for a large one.
 *   <li>Put the new one: {@code keyspace.putPacked(...)}, {@code keyspace.putLarge(...)} or {@code
 *       keyspace.remove(...)}; these change state only and record nothing. A large value may be
 *       changed in place after {@code findForWrite}; call {@code keyspace.largeChanged(entry)} when
 *       its {@code bytes} may have moved.
 *   <li>An address is stale after any put or remove, of whichever key.
 *   <li>{@code if (keyspace.recording()) { ByteWriter out = keyspace.record(EventKind.X, key);
 *       out.putSized(...); }}: the event in absolute terms (results, never "add one" or "pop any").
 *       Recording also wakes watchers and notes the key for projections. Record nothing when
 *       nothing changed.
 * </ol>
 *
 * <p>A mutator makes no check of its own beyond what it needs (types, limits and options are the
 * command's part, before the first change) and never throws after its first change. Whoever calls
 * it has asked for room for its events, {@link io.headwater.view.keyspace.Keyspace#refusal}. Times
 * and random choices are arguments. An aggregate that became empty is removed by the mutator that
 * emptied it, without an event of its own: replay does the same.
 *
 * <h2>Kinds of value</h2>
 *
 * Each entry is one block outside the heap with header, expiry, key and value ({@link
 * io.headwater.view.keyspace.Entry} draws it). Strings and small collections are <em>packed</em>
 * there, the blob's layout being the type's own business; larger collections are {@link
 * io.headwater.view.keyspace.LargeValue}s on the heap and the entry holds a handle. Inner nodes of
 * long lists lie outside the heap, too ({@link io.headwater.view.keyspace.types.ListMemory} tells
 * who frees them). Formats of the events are drawn in {@code docs/formats/keyspace-events.md}.
 */
@NullMarked
package io.headwater.view.keyspace;

import org.jspecify.annotations.NullMarked;
