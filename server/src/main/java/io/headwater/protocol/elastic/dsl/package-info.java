/**
 * What does a search body ask for? Elasticsearch's query, aggregation, sort and highlight forms,
 * read strictly into the search view's own trees. Tables of forms say what is supported; what
 * Elasticsearch knows beside them is refused by name, the rest as unknown.
 *
 * <p>Front doors: {@link io.headwater.protocol.elastic.dsl.SearchBody}, {@link
 * io.headwater.protocol.elastic.dsl.QueryReader}. Why this is not elasticsearch-java's work: {@code
 * docs/decisions/elasticsearch-java.md}.
 */
@NullMarked
package io.headwater.protocol.elastic.dsl;

import org.jspecify.annotations.NullMarked;
