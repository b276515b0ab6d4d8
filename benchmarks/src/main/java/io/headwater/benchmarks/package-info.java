/**
 * What does each hot path cost?
 *
 * <p>One JMH class per path; {@code java -jar benchmarks/target/headwater-benchmarks.jar NAME} runs
 * it properly, and the build runs each for a second so that none rots.
 */
@NullMarked
package io.headwater.benchmarks;

import org.jspecify.annotations.NullMarked;
