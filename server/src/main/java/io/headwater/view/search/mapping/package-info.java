/**
 * How does a JSON document become fields? Immutable mappings, explicit and dynamic, and the parser
 * that turns a document into Lucene's fields by one.
 *
 * <p>Front door: {@link io.headwater.view.search.mapping.Mapping}. Immutable values; any thread.
 */
@NullMarked
package io.headwater.view.search.mapping;

import org.jspecify.annotations.NullMarked;
