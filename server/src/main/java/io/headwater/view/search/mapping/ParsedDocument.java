package io.headwater.view.search.mapping;

import java.util.List;
import org.apache.lucene.index.IndexableField;

/**
 * A document as Lucene takes it.
 *
 * @param before the mapping it was parsed with; the parse holds only while that is current
 * @param after the mapping with the fields that it brings: the same object if it brings none
 * @param fields of the document; the list is the caller's to add to
 */
public record ParsedDocument(Mapping before, Mapping after, List<IndexableField> fields) {}
