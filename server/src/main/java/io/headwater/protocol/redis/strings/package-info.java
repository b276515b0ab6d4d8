/** What can Redis clients ask of strings and bitmaps? */
@NullMarked
package io.headwater.protocol.redis.strings;

import org.jspecify.annotations.NullMarked;
