package io.headwater.view.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.RealDisk;
import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.aggregation.AggregationNode.Kind;
import io.headwater.view.search.aggregation.AggregationNode.Metric;
import io.headwater.view.search.aggregation.AggregationNode.Order;
import io.headwater.view.search.aggregation.AggregationResult;
import io.headwater.view.search.aggregation.AggregationResult.Bucket;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every aggregation against a plain look at all documents. */
@Timeout(300)
class AggregationsTest {
  private static final String INDEX = "g";

  @TempDir static Path folder;

  private static SearchNode node;
  private static final List<Doc> docs = new ArrayList<>();

  record Doc(List<String> tags, long n, double price, boolean on, long when) {}

  @BeforeAll
  static void open() throws IOException {
    node = new SearchNode(RealDisk.at(folder));
    node.create(
        INDEX,
        "{}",
        "{\"properties\":{\"tag\":{\"type\":\"keyword\"},\"price\":{\"type\":\"double\"}}}",
        null);
    SplittableRandom random = new SplittableRandom(9);
    for (int i = 0; i < 800; i++) {
      LinkedHashSet<String> tags = new LinkedHashSet<>();
      for (int t = random.nextInt(3); t > 0; t--) {
        tags.add("tag" + random.nextInt(40) * random.nextInt(2));
      }
      Doc doc =
          new Doc(
              List.copyOf(tags),
              random.nextInt(12),
              random.nextInt(1, 400) / 4.0,
              random.nextBoolean(),
              1_700_000_000_000L + random.nextLong(200L * 86_400_000));
      docs.add(doc);
      node.put(INDEX, "d" + i, json(doc));
      if (i % 111 == 0) {
        node.search.refresh(INDEX);
      }
    }
  }

  private static String json(Doc doc) {
    return "{\"tag\":["
        + String.join(",", doc.tags.stream().map(t -> "\"" + t + "\"").toList())
        + "],\"n\":"
        + doc.n
        + ",\"price\":"
        + doc.price
        + ",\"on\":"
        + doc.on
        + ",\"when\":\""
        + Instant.ofEpochMilli(doc.when)
        + "\"}";
  }

  @AfterAll
  static void close() throws IOException {
    node.close();
    assertThat(node.fatal).isEmpty();
  }

  private static AggregationResult run(AggregationNode node, QueryNode query) {
    SearchRequest request =
        new SearchRequest(
            query,
            null,
            0,
            0,
            List.of(),
            null,
            10_000,
            SourceFilter.ALL,
            List.of(),
            null,
            false,
            0,
            null,
            Map.of("a", node));
    return AggregationsTest.node.search.search(List.of(INDEX), request).aggregations().get("a");
  }

  private static AggregationResult run(AggregationNode node) {
    return run(node, new QueryNode.MatchAll());
  }

  private static AggregationNode.Terms terms(
      String field, int size, Map<String, AggregationNode> children, Order... order) {
    return new AggregationNode.Terms(field, size, 1, List.of(order), null, null, null, children);
  }

  private static Map<String, Long> counts(List<Bucket> buckets) {
    Map<String, Long> counts = new TreeMap<>();
    buckets.forEach(b -> counts.put(String.valueOf(b.key()), b.count()));
    return counts;
  }

  private static Map<String, Long> expected(Function<Doc, List<Object>> keys) {
    return docs.stream()
        .flatMap(d -> keys.apply(d).stream())
        .collect(Collectors.groupingBy(String::valueOf, TreeMap::new, Collectors.counting()));
  }

  @Test
  void termsCountEachDistinctValue() {
    var tags = (AggregationResult.Terms) run(terms("tag", 1000, Map.of()));
    assertThat(counts(tags.buckets())).isEqualTo(expected(d -> List.copyOf(d.tags)));
    assertThat(tags.others()).isZero();
    var numbers = (AggregationResult.Terms) run(terms("n", 1000, Map.of()));
    assertThat(counts(numbers.buckets())).isEqualTo(expected(d -> List.of(d.n)));
    assertThat(numbers.keyKind()).isEqualTo(AggregationResult.KeyKind.LONG);
    var prices = (AggregationResult.Terms) run(terms("price", 1000, Map.of()));
    assertThat(counts(prices.buckets())).isEqualTo(expected(d -> List.of(d.price)));
    var booleans = (AggregationResult.Terms) run(terms("on", 10, Map.of()));
    assertThat(booleans.buckets())
        .extracting(Bucket::keyAsString)
        .containsExactlyInAnyOrder("true", "false");
  }

  @Test
  void termsAreSortedCutAndTheRestCounted() {
    var top = (AggregationResult.Terms) run(terms("tag", 5, Map.of()));
    Map<String, Long> all = expected(d -> List.copyOf(d.tags));
    List<String> wanted =
        all.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue()
                    .reversed()
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(5)
            .map(Map.Entry::getKey)
            .toList();
    assertThat(top.buckets()).extracting(b -> (String) b.key()).isEqualTo(wanted);
    long listed = top.buckets().stream().mapToLong(Bucket::count).sum();
    assertThat(top.others())
        .isEqualTo(all.values().stream().mapToLong(Long::longValue).sum() - listed);
    var byPrice =
        (AggregationResult.Terms)
            run(
                terms(
                    "n",
                    100,
                    Map.of("p", new Metric(Kind.STATS, "price", null)),
                    new Order("p.max", false)));
    List<Double> maxes =
        byPrice.buckets().stream()
            .map(b -> ((AggregationResult.Stats) b.children().get("p")).max())
            .toList();
    assertThat(maxes).isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void missingAndExcludedTermsAreAsTold() {
    AggregationNode node =
        new AggregationNode.Terms(
            "tag",
            100,
            1,
            List.of(new Order("_key", true)),
            "none",
            null,
            List.of("tag0"),
            Map.of());
    var result = (AggregationResult.Terms) run(node);
    Map<String, Long> wanted =
        expected(d -> d.tags.isEmpty() ? List.of("none") : List.copyOf(d.tags));
    wanted.remove("tag0");
    assertThat(counts(result.buckets())).isEqualTo(wanted);
    assertThat(result.buckets()).extracting(b -> (String) b.key()).isSorted();
  }

  @Test
  void aggregationsNestAndFollowTheQuery() {
    AggregationNode byMonth =
        new AggregationNode.DateHistogram(
            "when",
            "month",
            null,
            null,
            null,
            null,
            1,
            List.of(),
            null,
            Map.of("avg", new Metric(Kind.AVG, "price", null)));
    var result =
        (AggregationResult.Terms)
            run(terms("n", 100, Map.of("m", byMonth)), new QueryNode.Term("on", true, false));
    for (Bucket n : result.buckets()) {
      for (Bucket month : ((AggregationResult.Histogram) n.children().get("m")).buckets()) {
        List<Doc> inside =
            docs.stream()
                .filter(d -> d.on && d.n == (Long) n.key() && month(d.when) == (Long) month.key())
                .toList();
        assertThat(month.count()).isEqualTo(inside.size());
        Double avg = ((AggregationResult.Value) month.children().get("avg")).value();
        double wanted = inside.stream().mapToDouble(Doc::price).average().orElseThrow();
        assertThat(Math.abs(avg - wanted)).isLessThan(1e-9);
      }
    }
  }

  private static long month(long ms) {
    ZonedDateTime time = Instant.ofEpochMilli(ms).atZone(ZoneOffset.UTC);
    return time.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).toInstant().toEpochMilli();
  }

  @Test
  void dateHistogramsKnowCalendarsZonesAndGaps() {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    AggregationNode node =
        new AggregationNode.DateHistogram(
            "when", "day", null, "Europe/Berlin", null, "yyyy-MM-dd", 0, List.of(), null, Map.of());
    var result = (AggregationResult.Histogram) run(node);
    Map<String, Long> wanted =
        expected(d -> List.of(Instant.ofEpochMilli(d.when).atZone(berlin).toLocalDate()));
    Map<String, Long> found = new TreeMap<>();
    String last = "";
    for (Bucket bucket : result.buckets()) {
      assertThat(bucket.keyAsString()).isGreaterThan(last);
      last = bucket.keyAsString();
      if (bucket.count() > 0) {
        found.put(bucket.keyAsString(), bucket.count());
      }
    }
    assertThat(found).isEqualTo(wanted);
    long days = (long) result.buckets().size();
    assertThat(days).isBetween(199L, 201L);
    AggregationNode fixed =
        new AggregationNode.DateHistogram(
            "when", null, "12h", null, "+6h", null, 1, List.of(), null, Map.of());
    var halves = (AggregationResult.Histogram) run(fixed);
    long half = 12 * 3_600_000L;
    long shift = 6 * 3_600_000L;
    assertThat(counts(halves.buckets()))
        .isEqualTo(expected(d -> List.of(Math.floorDiv(d.when - shift, half) * half + shift)));
  }

  @Test
  void histogramsRangesAndFiltersPartition() {
    var histogram =
        (AggregationResult.Histogram)
            run(new AggregationNode.Histogram("price", 7.5, 1, 1, List.of(), null, Map.of()));
    assertThat(counts(histogram.buckets()))
        .isEqualTo(expected(d -> List.of(Math.floor((d.price - 1) / 7.5) * 7.5 + 1)));
    var ranges =
        (AggregationResult.Ranges)
            run(
                new AggregationNode.Range(
                    "price",
                    List.of(
                        new AggregationNode.Range.Bound(null, null, 10.0),
                        new AggregationNode.Range.Bound("mid", 5.0, 50.0)),
                    Map.of("s", new Metric(Kind.SUM, "n", null))));
    assertThat(ranges.buckets().get(0).key()).isEqualTo("*-10.0");
    assertThat(ranges.buckets().get(0).count())
        .isEqualTo(docs.stream().filter(d -> d.price < 10).count());
    assertThat(ranges.buckets().get(1).count())
        .isEqualTo(docs.stream().filter(d -> d.price >= 5 && d.price < 50).count());
    var dates =
        (AggregationResult.Ranges)
            run(
                new AggregationNode.DateRange(
                    "when",
                    "yyyy-MM",
                    null,
                    List.of(new AggregationNode.DateRange.Bound(null, "2024-01", "2024-02")),
                    Map.of()));
    assertThat(dates.buckets().getFirst().key()).isEqualTo("2024-01-2024-02");
    assertThat(dates.buckets().getFirst().count())
        .isEqualTo(
            docs.stream()
                .filter(d -> Instant.ofEpochMilli(d.when).toString().startsWith("2024-01"))
                .count());
    var filters =
        (AggregationResult.Named)
            run(
                new AggregationNode.Filters(
                    Map.of("on", new QueryNode.Term("on", true, false)), "rest", Map.of()));
    assertThat(filters.buckets().get("on").count())
        .isEqualTo(docs.stream().filter(Doc::on).count());
    assertThat(filters.buckets().get("rest").count())
        .isEqualTo(docs.stream().filter(d -> !d.on).count());
    var missing = (AggregationResult.Single) run(new AggregationNode.Missing("tag", Map.of()));
    assertThat(missing.count()).isEqualTo(docs.stream().filter(d -> d.tags.isEmpty()).count());
    var global =
        (AggregationResult.Single)
            run(new AggregationNode.Global(Map.of()), new QueryNode.MatchNone());
    assertThat(global.count()).isEqualTo(docs.size());
  }

  @Test
  void metricsAddUp() {
    var stats = (AggregationResult.Stats) run(new Metric(Kind.STATS, "price", null));
    var wanted = docs.stream().mapToDouble(Doc::price).summaryStatistics();
    assertThat(stats.count()).isEqualTo(wanted.getCount());
    assertThat(stats.min()).isEqualTo(wanted.getMin());
    assertThat(stats.max()).isEqualTo(wanted.getMax());
    assertThat(stats.sum()).isEqualTo(wanted.getSum());
    var newest = (AggregationResult.Value) run(new Metric(Kind.MAX, "when", null));
    long max = docs.stream().mapToLong(Doc::when).max().orElseThrow();
    assertThat(newest.value()).isEqualTo((double) max);
    assertThat(Instant.parse(newest.valueAsString()).toEpochMilli()).isEqualTo(max);
    var tags = (AggregationResult.Count) run(new Metric(Kind.CARDINALITY, "tag", null));
    assertThat(tags.value()).isEqualTo(expected(d -> List.copyOf(d.tags)).size());
    var prices = (AggregationResult.Count) run(new Metric(Kind.CARDINALITY, "price", null));
    assertThat(prices.value()).isEqualTo(expected(d -> List.of(d.price)).size());
    var count = (AggregationResult.Count) run(new Metric(Kind.VALUE_COUNT, "tag", null));
    assertThat(count.value()).isEqualTo(docs.stream().mapToLong(d -> d.tags.size()).sum());
    var none =
        (AggregationResult.Value)
            run(new Metric(Kind.AVG, "price", null), new QueryNode.MatchNone());
    assertThat(none.value()).isNull();
    var unmapped = (AggregationResult.Value) run(new Metric(Kind.SUM, "zzz", null));
    assertThat(unmapped.value()).isZero();
  }

  @Test
  void whatCannotBeAggregatedIsRefusedByName() {
    node.put(INDEX, "text", "{\"words\":\"some text here\"}");
    assertThatThrownBy(() -> run(terms("words", 10, Map.of())))
        .hasMessageContaining("Fielddata is disabled on [words]");
    node.delete(INDEX, "text");
    assertThatThrownBy(() -> run(new Metric(Kind.AVG, "tag", null)))
        .hasMessageContaining("not supported for aggregation [avg]");
    AggregationNode everyMs =
        new AggregationNode.DateHistogram(
            "when", null, "1s", null, null, null, 0, List.of(), null, Map.of());
    assertThatThrownBy(() -> run(everyMs))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(((Failure.TooLarge) e.failure()).what()).isEqualTo("buckets"));
    AggregationNode deep = new Metric(Kind.AVG, "price", null);
    for (int i = 0; i < 12; i++) {
      deep = terms("n", 10, Map.of("x", deep));
    }
    AggregationNode tooDeep = deep;
    assertThatThrownBy(() -> run(tooDeep)).hasMessageContaining("nested deeper than [10]");
  }
}
