/**
 * What can go wrong? One sealed type, {@link io.headwater.failure.Failure}, that every protocol
 * maps to its own words in exactly one method.
 */
@NullMarked
package io.headwater.failure;

import org.jspecify.annotations.NullMarked;
