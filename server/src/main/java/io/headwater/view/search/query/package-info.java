/**
 * What does a search ask for? The query tree, independent of any protocol, and its translation to
 * Lucene.
 *
 * <p>Front doors: {@link io.headwater.view.search.query.QueryNode} and {@link
 * io.headwater.view.search.query.QueryCompiler}. Immutable values; any thread.
 */
@NullMarked
package io.headwater.view.search.query;

import org.jspecify.annotations.NullMarked;
