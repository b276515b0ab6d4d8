/**
 * Who reads what in common, and how far have they come? Consumer groups: Apache's group coordinator
 * behind an adapter to our log and our topics.
 *
 * <p>Front door: {@link io.headwater.view.groups.Groups}. Its state is the internal topic {@code
 * __consumer_offsets}, written by the coordinator's threads alone (docs/threads.md) and read back
 * through the topics view when the server starts.
 */
@NullMarked
package io.headwater.view.groups;

import org.jspecify.annotations.NullMarked;
