package io.headwater.view.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.host.RealDisk;
import io.headwater.view.search.query.QueryNode;
import io.headwater.view.search.query.QueryNode.Operator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of query and sort against a plain look at all documents. */
@Timeout(300)
class QueriesTest {
  private static final String[] WORDS =
      "quick brown fox jumps over lazy dog while seven grey cats sleep".split(" ");
  private static final String[] TAGS = {"red", "green", "blue", "Navy Blue", "gold"};
  private static final String INDEX = "q";

  @TempDir static Path folder;

  private static SearchNode node;
  private static final List<Doc> docs = new ArrayList<>();

  record Doc(
      String id, List<String> words, List<String> tags, long n, double x, boolean on, Long when) {
    String text() {
      return String.join(" ", words);
    }

    String json() {
      return "{\"text\":\""
          + text()
          + "\",\"tag\":["
          + String.join(",", tags.stream().map(t -> "\"" + t + "\"").toList())
          + "],\"n\":"
          + n
          + ",\"o\":{\"x\":"
          + x
          + "},\"on\":"
          + on
          + (when == null ? "" : ",\"when\":\"" + Instant.ofEpochMilli(when) + "\"")
          + "}";
    }
  }

  @BeforeAll
  static void open() throws IOException {
    node = new SearchNode(RealDisk.at(folder));
    node.create(
        INDEX,
        "{}",
        "{\"properties\":{\"tag\":{\"type\":\"keyword\"},\"o\":{\"properties\":{\"x\":{\"type\":"
            + "\"double\"}}},\"raw\":{\"type\":\"keyword\",\"doc_values\":false}}}",
        null);
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 600; i++) {
      List<String> words = new ArrayList<>();
      for (int w = random.nextInt(1, 9); w > 0; w--) {
        words.add(WORDS[random.nextInt(WORDS.length)]);
      }
      List<String> tags = new ArrayList<>();
      for (int t = random.nextInt(3); t > 0; t--) {
        tags.add(TAGS[random.nextInt(TAGS.length)]);
      }
      Long when =
          random.nextInt(5) == 0 ? null : (Long) (1_700_000_000_000L + random.nextLong(90L * DAY));
      Doc doc =
          new Doc(
              "d" + i,
              words,
              tags,
              random.nextInt(-20, 20),
              random.nextInt(100) / 8.0,
              random.nextBoolean(),
              when);
      docs.add(doc);
      node.put(INDEX, doc.id, doc.json());
      if (i % 97 == 0) {
        node.search.refresh(INDEX);
      }
    }
    for (int i = 0; i < 50; i++) { // deleted documents must not show
      node.put(INDEX, "gone" + i, docs.get(i).json());
      node.delete(INDEX, "gone" + i);
    }
  }

  private static final long DAY = 86_400_000L;

  @AfterAll
  static void close() throws IOException {
    node.close();
    assertThat(node.fatal).isEmpty();
  }

  private static void check(QueryNode query, Predicate<Doc> expected) {
    List<String> ids = docs.stream().filter(expected).map(Doc::id).sorted().toList();
    assertThat(node.ids(INDEX, query)).as(query.toString()).isEqualTo(ids);
    assertThat(node.search.count(List.of(INDEX), query)).isEqualTo(ids.size());
  }

  private static QueryNode term(String field, Object value) {
    return new QueryNode.Term(field, value, false);
  }

  @Test
  void matchesFindWords() {
    check(
        new QueryNode.Match("text", "Quick, fox!"),
        d -> d.words.contains("quick") || d.words.contains("fox"));
    check(
        match("quick fox", Operator.AND, null, null),
        d -> d.words.contains("quick") && d.words.contains("fox"));
    check(
        match("quick fox dog", Operator.OR, "2", null),
        d -> List.of("quick", "fox", "dog").stream().filter(d.words::contains).count() >= 2);
    check(
        match("quick fox dog", Operator.OR, "-1", null),
        d -> List.of("quick", "fox", "dog").stream().filter(d.words::contains).count() >= 2);
    check(match("quikc", Operator.OR, null, "AUTO"), d -> d.words.contains("quick"));
    check(new QueryNode.Match("n", 7L), d -> d.n == 7);
    check(new QueryNode.Match("nowhere", "x"), d -> false);
    check(
        new QueryNode.MatchPhrase("text", "brown fox", 0, null),
        d -> d.text().contains("brown fox"));
    check(
        new QueryNode.MatchPhrasePrefix("text", "brown fo", 0, 50, null),
        d -> d.text().contains("brown fo"));
    check(
        new QueryNode.MatchPhrasePrefix("text", "qui", 0, 50, null),
        d -> d.words.contains("quick"));
  }

  private static QueryNode match(String text, Operator operator, String minimum, String fuzzy) {
    return new QueryNode.Match("text", text, operator, minimum, fuzzy, null, false, false);
  }

  @Test
  void multiMatchLooksIntoSeveralFields() {
    for (QueryNode.MultiMatchType type : QueryNode.MultiMatchType.values()) {
      check(
          new QueryNode.MultiMatch(
              List.of("text^3", "tag"), "gold", type, Operator.OR, null, null, null, 0, 0, false),
          d -> d.tags.contains("gold") || d.words.contains("gold"));
    }
    check(
        new QueryNode.MultiMatch(
            List.of(),
            "fox",
            QueryNode.MultiMatchType.BEST_FIELDS,
            Operator.OR,
            null,
            null,
            null,
            0,
            0,
            false),
        d -> d.words.contains("fox"));
  }

  @Test
  void termsAreExact() {
    check(term("tag", "Navy Blue"), d -> d.tags.contains("Navy Blue"));
    check(new QueryNode.Term("tag", "nAVY bLUE", true), d -> d.tags.contains("Navy Blue"));
    check(term("text", "quick"), d -> d.words.contains("quick"));
    check(term("text.keyword", docs.get(5).text()), d -> d.text().equals(docs.get(5).text()));
    check(term("n", "-3"), d -> d.n == -3);
    check(term("n", 1.5), d -> false);
    check(term("o.x", 2.5), d -> d.x == 2.5);
    check(term("on", true), d -> d.on);
    check(term("on", "false"), d -> !d.on);
    check(term("when", "2023-12-01"), d -> d.when != null && d.when / DAY == 19692);
    check(
        new QueryNode.Terms("tag", List.of("red", "gold")),
        d -> d.tags.contains("red") || d.tags.contains("gold"));
    check(new QueryNode.Terms("n", List.of(1L, 2L, 2.5)), d -> d.n == 1 || d.n == 2);
    check(new QueryNode.Terms("o.x", List.of(0.125, 0.25)), d -> d.x == 0.125 || d.x == 0.25);
    check(new QueryNode.Terms("on", List.of(true)), d -> d.on);
    check(
        new QueryNode.Ids(List.of("d3", "d4", "gone1")),
        d -> d.id.equals("d3") || d.id.equals("d4"));
    check(term("_id", "d9"), d -> d.id.equals("d9"));
    assertThatThrownBy(() -> node.ids(INDEX, term("n", "three")))
        .hasMessageContaining("For input string: \"three\"");
    assertThatThrownBy(() -> node.ids(INDEX, term("_index", "x")))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.NotSupported.class));
  }

  @Test
  void rangesAreOpenOrClosed() {
    check(range("n", null, -2L, 5L, null), d -> d.n >= -2 && d.n < 5);
    check(range("n", 1.5, null, null, "7"), d -> d.n > 1.5 && d.n <= 7);
    check(range("n", null, 10L, null, 9L), d -> false);
    check(range("o.x", 2.5, null, 7L, null), d -> d.x > 2.5 && d.x < 7);
    check(
        range("tag", null, "g", "h", null),
        d -> d.tags.contains("gold") || d.tags.contains("green"));
    long from = Instant.parse("2023-12-01T00:00:00Z").toEpochMilli();
    check(
        range("when", null, "2023-12-01", null, "2023-12-31"),
        d -> d.when != null && d.when >= from && d.when < from + 31 * DAY);
    check(
        range("when", "2023-12", null, null, null),
        d -> d.when != null && d.when >= from + 31 * DAY);
    check(
        range("when", null, "2023-12-01||+1M/M", null, null),
        d -> d.when != null && d.when >= from + 31 * DAY);
    check(range("when", null, null, from, null), d -> d.when != null && d.when < from);
    check(range("when", null, null, null, "now-1d/d"), d -> d.when != null);
    check(
        new QueryNode.Range("when", null, "01.12.2023", null, null, "dd.MM.yyyy", "+02:00"),
        d -> d.when != null && d.when >= from - 2 * 3_600_000);
    assertThatThrownBy(() -> node.ids(INDEX, range("when", "soon", null, null, null)))
        .hasMessageContaining("failed to parse date field [soon]");
  }

  private static QueryNode range(String field, Object gt, Object gte, Object lt, Object lte) {
    return new QueryNode.Range(field, gt, gte, lt, lte, null, null);
  }

  @Test
  void patternsMatchTerms() {
    check(
        new QueryNode.Prefix("tag", "g", false),
        d -> d.tags.stream().anyMatch(t -> t.startsWith("g")));
    check(new QueryNode.Prefix("tag", "NAVY", true), d -> d.tags.contains("Navy Blue"));
    check(
        new QueryNode.Wildcard("tag", "*l?e", false),
        d -> d.tags.stream().anyMatch(t -> t.matches(".*l.e")));
    check(new QueryNode.Wildcard("tag", "navy*E", true), d -> d.tags.contains("Navy Blue"));
    check(
        new QueryNode.Regexp("text", "qu.*|f[a-z]x", false),
        d -> d.words.contains("quick") || d.words.contains("fox"));
    check(new QueryNode.Fuzzy("tag", "gren", "1", 0, 50, true), d -> d.tags.contains("green"));
    assertThatThrownBy(() -> node.ids(INDEX, new QueryNode.Prefix("n", "1", false)))
        .hasMessageContaining("Can only use prefix queries on keyword, text");
    String bomb = "[ab]*a[ab]{200}";
    assertThatThrownBy(() -> node.ids(INDEX, new QueryNode.Regexp("text", bomb, false)))
        .isInstanceOf(FailureException.class);
  }

  @Test
  void existsAndBooleansCombine() {
    check(new QueryNode.Exists("when"), d -> d.when != null);
    check(new QueryNode.Exists("tag"), d -> !d.tags.isEmpty());
    check(new QueryNode.Exists("text"), d -> true);
    check(new QueryNode.Exists("o"), d -> true);
    check(new QueryNode.Exists("raw"), d -> false);
    check(new QueryNode.MatchAll(), d -> true);
    check(new QueryNode.MatchNone(), d -> false);
    QueryNode fox = term("text", "fox");
    QueryNode dog = term("text", "dog");
    check(
        bool(List.of(fox), List.of(dog), List.of(), List.of(), null), d -> d.words.contains("fox"));
    check(
        bool(List.of(), List.of(fox, dog), List.of(), List.of(), null),
        d -> d.words.contains("fox") || d.words.contains("dog"));
    check(
        bool(List.of(), List.of(fox, dog), List.of(), List.of(), "100%"),
        d -> d.words.contains("fox") && d.words.contains("dog"));
    check(
        bool(List.of(), List.of(), List.of(term("on", true)), List.of(fox), null),
        d -> d.on && !d.words.contains("fox"));
    check(bool(List.of(), List.of(), List.of(), List.of(fox), null), d -> !d.words.contains("fox"));
    check(new QueryNode.ConstantScore(fox), d -> d.words.contains("fox"));
    check(
        new QueryNode.DisMax(List.of(fox, dog), 0.3f),
        d -> d.words.contains("fox") || d.words.contains("dog"));
    check(new QueryNode.Boosting(fox, dog, 0.5f), d -> d.words.contains("fox"));
    check(new QueryNode.Boosted(fox, 2), d -> d.words.contains("fox"));
    QueryNode deep = fox;
    for (int i = 0; i < 60; i++) {
      deep = new QueryNode.ConstantScore(deep);
    }
    QueryNode tooDeep = deep;
    assertThatThrownBy(() -> node.ids(INDEX, tooDeep)).hasMessageContaining("nested depth");
    List<QueryNode> many = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      many.add(term("n", (long) i));
    }
    assertThatThrownBy(() -> node.ids(INDEX, bool(List.of(), many, List.of(), List.of(), null)))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.TooLarge.class));
  }

  private static QueryNode bool(
      List<QueryNode> must,
      List<QueryNode> should,
      List<QueryNode> filter,
      List<QueryNode> not,
      String minimum) {
    return new QueryNode.Bool(must, should, filter, not, minimum);
  }

  @Test
  void queryStringsAreParsedAndBadOnesRefused() {
    check(
        classic("text:(quick AND fox) OR tag:\"Navy Blue\""),
        d ->
            (d.words.contains("quick") && d.words.contains("fox")) || d.tags.contains("Navy Blue"));
    check(classic("n:[1 TO 3} AND on:true"), d -> d.n >= 1 && d.n < 3 && d.on);
    check(classic("n:>5"), d -> false);
    check(
        classic("_exists_:when AND NOT text:fox"), d -> d.when != null && !d.words.contains("fox"));
    check(classic("FOX"), d -> d.words.contains("fox"));
    check(classic("text:qui*"), d -> d.words.contains("quick"));
    check(classic("text:QUI?K"), d -> d.words.contains("quick"));
    check(classic("text:quikc~"), d -> d.words.contains("quick"));
    check(classic("text:\"brown fox\""), d -> d.text().contains("brown fox"));
    check(classic("*"), d -> true);
    assertThatThrownBy(() -> node.ids(INDEX, classic("text:(oops")))
        .hasMessageContaining("Failed to parse query [text:(oops]");
    assertThatThrownBy(() -> node.ids(INDEX, classic("(".repeat(10_000))))
        .isInstanceOf(FailureException.class);
    check(simple("quick + fox"), d -> d.words.contains("quick") && d.words.contains("fox"));
    check(
        simple("\"brown fox\" | sev*"),
        d -> d.text().contains("brown fox") || d.words.contains("seven"));
    check(simple("(fox"), d -> d.words.contains("fox"));
    SplittableRandom random = new SplittableRandom(5);
    String alphabet = "ab:()[]{}\"*?~^+-!/\\ TO AND n text";
    for (int i = 0; i < 500; i++) {
      StringBuilder query = new StringBuilder();
      for (int c = random.nextInt(12); c >= 0; c--) {
        query.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        node.ids(INDEX, i % 2 == 0 ? classic(query.toString()) : simple(query.toString()));
      } catch (FailureException e) {
        assertThat(e.failure())
            .as(query.toString())
            .isInstanceOfAny(Failure.Invalid.class, Failure.TooLarge.class);
      }
    }
  }

  private static QueryNode classic(String text) {
    return new QueryNode.QueryString(text, List.of(), Operator.OR, null, null, true, false, true);
  }

  private static QueryNode simple(String text) {
    return new QueryNode.SimpleQueryString(text, List.of("text"), Operator.OR, null, null, true);
  }

  @Test
  void sortsPagesAndGoesOnAfterAHit() {
    List<SortNode> sort =
        List.of(
            new SortNode.Field("when", true, null, null, null, null),
            new SortNode.Field("n", false, null, null, null, null),
            new SortNode.Doc(true));
    List<String> expected =
        docs.stream()
            .sorted(
                Comparator.comparing((Doc d) -> d.when == null ? Long.MAX_VALUE : d.when)
                    .thenComparing(d -> -d.n))
            .map(Doc::id)
            .toList();
    List<String> found = new ArrayList<>();
    List<Object> after = null;
    while (found.size() < docs.size()) {
      SearchResult page = page(sort, 0, 70, after);
      page.hits().forEach(hit -> found.add(hit.id()));
      after = new ArrayList<>(page.hits().getLast().sort());
    }
    assertThat(withoutTies(found)).isEqualTo(withoutTies(expected));
    assertThat(page(sort, 140, 10, null).hits())
        .extracting(Hit::id)
        .isEqualTo(found.subList(140, 150));
    List<SortNode> byTag =
        List.of(
            new SortNode.Field("tag", false, "_first", null, null, null),
            new SortNode.Score(false));
    SearchResult tags = page(byTag, 0, 600, null);
    List<String> keys = tags.hits().stream().map(h -> String.valueOf(h.sort().getFirst())).toList();
    List<String> wanted =
        docs.stream()
            .map(d -> d.tags.stream().max(Comparator.naturalOrder()).orElse("null"))
            .sorted(
                Comparator.comparing((String t) -> t.equals("null") ? 0 : 1)
                    .thenComparing(Comparator.reverseOrder()))
            .toList();
    assertThat(keys).isEqualTo(wanted);
    assertThatThrownBy(() ->
            page(List.of(new SortNode.Field("text", true, null, null, null, null)), 0, 10, null))
        .hasMessageContaining("Fielddata is disabled on [text]");
    assertThatThrownBy(() ->
            page(List.of(new SortNode.Field("zzz", true, null, null, null, null)), 0, 10, null))
        .hasMessageContaining("No mapping found for [zzz] in order to sort on");
  }

  /** Documents with the same keys may come in any order. */
  private static List<String> withoutTies(List<String> ids) {
    return ids.stream()
        .map(id -> docs.get(Integer.parseInt(id.substring(1))))
        .map(d -> d.when + "/" + (d.when == null ? d.n : d.n))
        .toList();
  }

  private static SearchResult page(List<SortNode> sort, int from, int size, List<Object> after) {
    return node.search.search(
        List.of(INDEX),
        new SearchRequest(
            new QueryNode.MatchAll(),
            null,
            from,
            size,
            sort,
            after,
            100,
            SourceFilter.NONE,
            List.of(),
            null,
            false,
            0,
            null,
            Map.of()));
  }

  @Test
  void hitsBringWhatWasAskedFor() {
    SearchRequest request =
        new SearchRequest(
            new QueryNode.Bool(
                List.of(new QueryNode.Match("text", "fox")),
                List.of(),
                List.of(new QueryNode.Exists("when")),
                List.of(),
                null),
            term("on", true),
            0,
            3,
            List.of(),
            null,
            5,
            new SourceFilter(true, List.of("o", "n*", "text"), List.of("o.y", "text")),
            List.of(
                new SearchRequest.FieldFormat("when", "yyyy"),
                new SearchRequest.FieldFormat("n", null)),
            null,
            false,
            0,
            new SearchRequest.Highlight(List.of("text"), "<b>", "</b>", 100, 3),
            Map.of());
    SearchResult result = node.search.search(List.of(INDEX), request);
    assertThat(result.total()).isEqualTo(5);
    assertThat(result.totalExact()).isFalse();
    assertThat(result.hits()).hasSize(3);
    for (Hit hit : result.hits()) {
      Doc doc = docs.get(Integer.parseInt(hit.id().substring(1)));
      assertThat(new String(hit.source(), StandardCharsets.UTF_8))
          .isEqualTo("{\"n\":" + doc.n + ",\"o\":{\"x\":" + doc.x + "}}");
      assertThat(hit.fields().get("when").getFirst()).isIn("2023", "2024");
      assertThat(hit.fields().get("n")).containsExactly(doc.n);
      assertThat(hit.highlight().get("text").getFirst()).contains("<b>fox</b>");
      assertThat(hit.score()).isPositive();
      assertThat(hit.version()).isEqualTo(1);
    }
    assertThatThrownBy(() -> page(List.of(), 9_990, 11, null))
        .isInstanceOfSatisfying(
            FailureException.class,
            e ->
                assertThat(e.failure())
                    .isEqualTo(new Failure.TooLarge("result window", 10_001, 10_000)));
  }

  @Test
  void severalIndexesAreSearchedAsOne() {
    node.create("q2");
    node.put("q2", "extra", "{\"text\":\"fox\",\"n\":1000}");
    SearchRequest request =
        new SearchRequest(
            new QueryNode.MatchAll(),
            null,
            0,
            2,
            List.of(new SortNode.Field("n", false, null, null, null, null)),
            null,
            Integer.MAX_VALUE,
            SourceFilter.NONE,
            List.of(),
            null,
            false,
            0,
            null,
            Map.of());
    SearchResult result = node.search.search(List.of(INDEX, "q2"), request);
    assertThat(result.total()).isEqualTo(docs.size() + 1);
    assertThat(result.hits().getFirst().id()).isEqualTo("extra");
    assertThat(result.hits().getFirst().index()).isEqualTo("q2");
  }
}
