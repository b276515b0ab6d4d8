package io.headwater.view.search.aggregation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one search collects is bounded in bytes: 256 MiB at most, less where the heap is small. */
class BudgetTest {
  private final Budget budget = new Budget(10);

  private void assertRefused(Runnable collecting) {
    assertThatThrownBy(collecting::run)
        .isInstanceOfSatisfying(
            FailureException.class,
            e ->
                assertThat(e.failure())
                    .isInstanceOfSatisfying(
                        Failure.TooLarge.class,
                        f -> assertThat(f.what()).isEqualTo("memory of the aggregations")));
  }

  @Test
  void bucketsAreRefusedBeforeTheyFillTheHeap() {
    BucketIds buckets = new BucketIds(budget);

    assertRefused(() -> {
      for (int i = 0; i < 20_000_000; i++) {
        buckets.id(0, i);
      }
    });
  }

  @Test
  void countersOfManyBucketsAreRefusedBeforeTheyFillTheHeap() {
    List<DistinctCounter> counters = new ArrayList<>();

    assertRefused(() -> {
      for (int i = 0; i < 200_000; i++) {
        DistinctCounter counter = new DistinctCounter(budget);
        counters.add(counter);
        for (int j = 1; j <= 300; j++) {
          counter.add(DistinctCounter.hash(j));
        }
      }
    });
  }
}
