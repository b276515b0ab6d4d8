/**
 * How does Elasticsearch say what was found? Search results and aggregations, written by hand with
 * a JSON generator.
 *
 * <p>Front door: {@link io.headwater.protocol.elastic.answer.SearchAnswer}.
 */
@NullMarked
package io.headwater.protocol.elastic.answer;

import org.jspecify.annotations.NullMarked;
