/**
 * Which Redis commands are there? The one package that sees all the groups and puts the table
 * together.
 */
@NullMarked
package io.headwater.protocol.redis.table;

import org.jspecify.annotations.NullMarked;
