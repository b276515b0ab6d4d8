/**
 * How much work does a server do per second of its CPU, beside the server that it stands for? A
 * load driver: starts both servers on core 0, drives one at a time from core 1, in alternation, and
 * prints medians and ratios.
 *
 * <p>Front door: {@link io.headwater.benchmarks.load.Load}; {@code benchmarks/README.md} has the
 * commands.
 */
@NullMarked
package io.headwater.benchmarks.load;

import org.jspecify.annotations.NullMarked;
