/**
 * What happened, in what order, how durably? The one append-only sequence of frames.
 *
 * <p>Front doors: {@link io.headwater.log.Log} to append and wait, {@link io.headwater.log.Frame}
 * to build what is written atomically, {@link io.headwater.log.LoggedPart} to read it back. The
 * journal on the local disk is the first implementation.
 */
@NullMarked
package io.headwater.log;

import org.jspecify.annotations.NullMarked;
