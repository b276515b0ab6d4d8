/**
 * What follows from what? Projections: rules that derive an index, a topic, keys or memcached reads
 * from keys or a topic, inside the frame of the source's write.
 *
 * <p>Front door: {@link io.headwater.projection.Projections}. Creation and deletion are decided on
 * the catalog loop; deriving runs on the source's owner (the keyspace loop or the topics loop), as
 * does filling a new projection from what exists.
 */
@NullMarked
package io.headwater.projection;

import org.jspecify.annotations.NullMarked;
