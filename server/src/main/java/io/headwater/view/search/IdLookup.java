package io.headwater.view.search;

import io.headwater.view.search.mapping.Fields;
import java.io.IOException;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/** Finds documents by id in one reader. Not thread-safe: it keeps enumerations between calls. */
final class IdLookup {
  private final IndexReader reader;
  private final @Nullable TermsEnum[] terms;
  private final @Nullable PostingsEnum[] postings;

  IdLookup(IndexReader reader) throws IOException {
    this.reader = reader;
    int leaves = reader.leaves().size();
    terms = new TermsEnum[leaves];
    postings = new PostingsEnum[leaves];
    for (int i = 0; i < leaves; i++) {
      Terms ids = reader.leaves().get(i).reader().terms(Fields.ID);
      terms[i] = ids == null ? null : ids.iterator();
    }
  }

  boolean isFor(IndexReader other) {
    return reader == other;
  }

  record Found(long version, long seqNo, int doc) {}

  @Nullable Found find(byte[] id) throws IOException {
    BytesRef term = new BytesRef(id);
    for (int i = terms.length - 1; i >= 0; i--) { // newer segments first
      TermsEnum leafTerms = terms[i];
      if (leafTerms != null && leafTerms.seekExact(term)) {
        LeafReaderContext leaf = reader.leaves().get(i);
        PostingsEnum docs = leafTerms.postings(postings[i], PostingsEnum.NONE);
        postings[i] = docs;
        int doc = live(docs, leaf.reader().getLiveDocs());
        if (doc != DocIdSetIterator.NO_MORE_DOCS) {
          return new Found(
              number(leaf.reader(), Fields.VERSION, doc),
              number(leaf.reader(), Fields.SEQ_NO, doc),
              leaf.docBase + doc);
        }
      }
    }
    return null;
  }

  private static int live(PostingsEnum docs, @Nullable Bits live) throws IOException {
    int doc = docs.nextDoc();
    while (doc != DocIdSetIterator.NO_MORE_DOCS && live != null && !live.get(doc)) {
      doc = docs.nextDoc();
    }
    return doc;
  }

  static long number(LeafReader leaf, String field, int doc) throws IOException {
    NumericDocValues values = leaf.getNumericDocValues(field);
    if (values == null || !values.advanceExact(doc)) {
      throw new IllegalStateException("document " + doc + " has no " + field);
    }
    return values.longValue();
  }
}
