/**
 * Do real clients find in Headwater what they know from the servers that it stands for?
 *
 * <p>Front door: {@link io.headwater.conformance.HeadwaterProcess}, the packaged server as its own
 * process. Nothing here sees the server's classes: only its jar, its ports and its files.
 */
@NullMarked
package io.headwater.conformance;

import org.jspecify.annotations.NullMarked;
