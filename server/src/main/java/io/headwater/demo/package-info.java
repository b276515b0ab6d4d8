/**
 * What does the main job look like? {@code headwater demo}: real data through the real protocols of
 * a server in a process of its own, step by step, with a kill and a restore.
 *
 * <p>Front door: {@link io.headwater.demo.Demo}. It talks to the server only through its ports.
 */
@NullMarked
package io.headwater.demo;

import org.jspecify.annotations.NullMarked;
