/** What can Redis clients ask about connections, transactions and messages? */
@NullMarked
package io.headwater.protocol.redis.clients;

import org.jspecify.annotations.NullMarked;
