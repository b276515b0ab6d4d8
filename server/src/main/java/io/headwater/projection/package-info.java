/**
 * What follows from what? Projections: rules that derive an index, a topic, keys or memcached reads
 * from keys or a topic, inside the frame of the source's write.
 *
 * <p>Front door: {@link io.headwater.projection.Projections}. Creation and deletion are decided on
 * the catalog loop; deriving runs on the source's owner (the keyspace loop or the topics loop), as
 * does filling a new projection from what exists.
 *
 * <p>From keys: an index takes hashes and strings that hold a JSON object, memcached hashes and
 * strings, a topic keys of every type ({@code TopicJson}), where each change of a key gives its
 * whole new value, each entry added to a stream a record, and the end of a key a tombstone. What a
 * target cannot take goes to the projection's dead-letter topic with the reason. See
 * docs/decisions/changes-as-topics.md.
 */
@NullMarked
package io.headwater.projection;

import org.jspecify.annotations.NullMarked;
