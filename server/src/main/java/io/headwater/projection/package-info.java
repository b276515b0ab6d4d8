/**
 * What follows from what? Projections: rules that derive an index, a topic, keys or memcached reads
 * from keys or a topic, inside the frame of the source's write.
 *
 * <p>Front door: {@link io.headwater.projection.Projections}. Creation and deletion are decided on
 * the catalog loop; deriving runs on the source's owner (the keyspace loop or the topics loop), as
 * does filling a new projection from what exists.
 *
 * <p>From keys: an index takes hashes and strings that hold a JSON object, memcached hashes and
 * strings, a topic keys of every type: with {@code "value": "full"} ({@code TopicJson}) each change
 * of a key gives its whole new value and each entry added to a stream a record, with {@code
 * "change"} ({@code TopicChanges}) what the change did; the end of a key is a tombstone. What a
 * target cannot take goes to the projection's dead-letter topic with the reason. See
 * docs/decisions/changes-as-topics.md.
 */
@NullMarked
package io.headwater.projection;

import org.jspecify.annotations.NullMarked;
