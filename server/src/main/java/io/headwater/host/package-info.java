/**
 * What does the machine give us? Clock, disk, network loop and threads: the only real I/O of the
 * server, each behind an interface whose second implementation is the simulated one in {@code
 * io.headwater.simulation}.
 *
 * <p>Front doors: {@link io.headwater.host.Clock}, {@link io.headwater.host.Disk}, {@link
 * io.headwater.host.Loop}, {@link io.headwater.host.Session} with {@link
 * io.headwater.host.Connection}.
 */
@NullMarked
package io.headwater.host;

import org.jspecify.annotations.NullMarked;
