/** What can Redis clients ask of hashes, lists, sets and sorted sets? */
@NullMarked
package io.headwater.protocol.redis.collections;

import org.jspecify.annotations.NullMarked;
