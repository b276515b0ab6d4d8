/**
 * How is one Headwater process put together and told what to do?
 *
 * <p>Front door: {@link io.headwater.Main}, the table of commands. Everything below this package is
 * built by plain constructors that are called from here; nothing below it knows this package. No
 * thread of its own: commands run on the JVM's main thread.
 */
@NullMarked
package io.headwater;

import org.jspecify.annotations.NullMarked;
