/** What can Redis clients ask of keys, whatever they hold? Expiry, scans, sorting and the like. */
@NullMarked
package io.headwater.protocol.redis.keys;

import org.jspecify.annotations.NullMarked;
