/**
 * How do Elasticsearch clients ask? One table of routes ({@link
 * io.headwater.protocol.elastic.RouteTable}) from which dispatch, the matrix in {@code
 * docs/protocols/elasticsearch.md} and the answers about what is not supported follow.
 *
 * <p>Front door: {@link io.headwater.protocol.elastic.Elasticsearch}, an HTTP service. Requests run
 * on virtual threads of their own and share nothing but the views.
 */
@NullMarked
package io.headwater.protocol.elastic;

import org.jspecify.annotations.NullMarked;
