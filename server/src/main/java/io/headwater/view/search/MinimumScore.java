package io.headwater.view.search;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Collector;
import org.apache.lucene.search.LeafCollector;
import org.apache.lucene.search.Scorable;
import org.apache.lucene.search.ScoreMode;

/** Passes on documents that score at least so much. */
final class MinimumScore implements Collector {
  private final Collector next;
  private final float minimum;

  MinimumScore(Collector next, float minimum) {
    this.next = next;
    this.minimum = minimum;
  }

  @Override
  public ScoreMode scoreMode() {
    return ScoreMode.COMPLETE;
  }

  @Override
  public LeafCollector getLeafCollector(LeafReaderContext leaf) throws IOException {
    LeafCollector inner = next.getLeafCollector(leaf);
    return new LeafCollector() {
      private Scorable scorer =
          new Scorable() {
            @Override
            public float score() {
              return 0;
            }
          };

      @Override
      public void setScorer(Scorable now) throws IOException {
        scorer = now;
        // The inner one must not tell the scorer to skip: it does not see every document.
        inner.setScorer(
            new Scorable() {
              @Override
              public float score() throws IOException {
                return now.score();
              }
            });
      }

      @Override
      public void collect(int doc) throws IOException {
        if (scorer.score() >= minimum) {
          inner.collect(doc);
        }
      }

      @Override
      public void finish() throws IOException {
        inner.finish();
      }
    };
  }
}
