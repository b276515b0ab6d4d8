/**
 * How does Elasticsearch say no? Its error types and shapes, and the one place where a {@link
 * io.headwater.failure.Failure} becomes one: {@link
 * io.headwater.protocol.elastic.error.ElasticError#of}.
 */
@NullMarked
package io.headwater.protocol.elastic.error;

import org.jspecify.annotations.NullMarked;
