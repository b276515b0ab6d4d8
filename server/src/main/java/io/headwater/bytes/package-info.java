/**
 * What is a payload? Growable writers, bounded readers, varints and checksums over byte arrays, and
 * raw off-heap memory.
 *
 * <p>Front doors: {@link io.headwater.bytes.ByteWriter}, {@link io.headwater.bytes.ByteReader},
 * {@link io.headwater.bytes.Bytes}. No type here is thread-safe unless it is immutable.
 */
@NullMarked
package io.headwater.bytes;

import org.jspecify.annotations.NullMarked;
