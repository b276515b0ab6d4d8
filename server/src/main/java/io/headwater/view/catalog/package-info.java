/**
 * Which topics, indexes and projections are there? The catalog: a small view of stream 0, kept as
 * one immutable {@link io.headwater.view.catalog.CatalogState} that any thread may read.
 *
 * <p>Front door: {@link io.headwater.view.catalog.Catalog}; its owner is the catalog loop. Every
 * other view also follows stream 0 and learns of changes in log order.
 */
@NullMarked
package io.headwater.view.catalog;

import org.jspecify.annotations.NullMarked;
