package io.headwater.view.search.aggregation;

import io.headwater.view.search.query.QueryContext;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;

/** One segment of one index, for collecting. */
record LeafScope(IndexSearcher searcher, LeafReaderContext leaf, QueryContext context) {}
