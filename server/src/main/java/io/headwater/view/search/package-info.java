/**
 * Which documents match? Search indexes on Lucene; the log is their translog.
 *
 * <p>Front door: {@link io.headwater.view.search.SearchIndexes}, with the records in its
 * signatures; {@link io.headwater.view.search.IndexOps} writes index records for projections. Owner
 * thread: the search loop decides, appends and applies; searches run on their callers' threads.
 */
@NullMarked
package io.headwater.view.search;

import org.jspecify.annotations.NullMarked;
