/** What can Redis clients ask about the server itself? */
@NullMarked
package io.headwater.protocol.redis.administration;

import org.jspecify.annotations.NullMarked;
