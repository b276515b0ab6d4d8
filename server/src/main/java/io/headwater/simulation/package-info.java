/**
 * How does a whole node behave on a machine that we own? Loops that are stepped, connections
 * without sockets and a disk that forgets and tears, all from one seed.
 *
 * <p>Front doors: {@link io.headwater.simulation.SimulatedLoop}, {@link
 * io.headwater.simulation.SimulatedConnection}, {@link io.headwater.simulation.SimulatedDisk},
 * {@link io.headwater.simulation.SimulatedClock}. One thread steps everything.
 */
@NullMarked
package io.headwater.simulation;

import org.jspecify.annotations.NullMarked;
