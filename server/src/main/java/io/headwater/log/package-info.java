/**
 * What happened, in what order, how durably? The one append-only sequence of frames.
 *
 * <p>Front doors: {@link io.headwater.log.Log} to append and wait, {@link io.headwater.log.Frame}
 * to build what is written atomically, {@link io.headwater.log.LoggedPart} to read it back. The
 * journal on the local disk, {@link io.headwater.log.Journal}, is the first implementation; {@link
 * io.headwater.log.Restore} and {@link io.headwater.log.Inspect} work on its files while no server
 * does.
 */
@NullMarked
package io.headwater.log;

import org.jspecify.annotations.NullMarked;
