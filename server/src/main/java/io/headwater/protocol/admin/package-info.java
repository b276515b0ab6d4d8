/**
 * How does an operator, or the machine that runs this node, ask? Health, metrics, positions,
 * projections and checkpoints over HTTP; see {@code docs/protocols/admin.md}, which is written from
 * the table in {@link io.headwater.protocol.admin.Admin}.
 *
 * <p>Front door: {@link io.headwater.protocol.admin.Admin}, an HTTP service on virtual threads.
 */
@NullMarked
package io.headwater.protocol.admin;

import org.jspecify.annotations.NullMarked;
