/**
 * How long did callers wait, and where? Counters, gauges and latency histograms that an owner
 * thread updates for the price of a plain store and any thread may read.
 *
 * <p>Front door: {@link io.headwater.metrics.Metrics}. Names are {@code headwater_…} with the unit
 * last, as Prometheus wants them; waiting in a queue is counted apart from being served.
 */
@NullMarked
package io.headwater.metrics;

import org.jspecify.annotations.NullMarked;
