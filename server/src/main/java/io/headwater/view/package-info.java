/**
 * What is true at a position? The contract of every view: apply, checkpoint, await.
 *
 * <p>Front doors: {@link io.headwater.view.View}, and {@link io.headwater.view.Inbox} that brings a
 * view the parts that others appended for it.
 */
@NullMarked
package io.headwater.view;

import org.jspecify.annotations.NullMarked;
