package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._helpers.bulk.BulkIngester;
import co.elastic.clients.elasticsearch._types.ElasticsearchException;
import co.elastic.clients.elasticsearch._types.HealthStatus;
import co.elastic.clients.elasticsearch._types.Refresh;
import co.elastic.clients.elasticsearch._types.Result;
import co.elastic.clients.elasticsearch._types.SortOrder;
import co.elastic.clients.elasticsearch._types.aggregations.CalendarInterval;
import co.elastic.clients.elasticsearch.core.search.HighlightField;
import co.elastic.clients.util.NamedValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.HttpHost;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.client.opensearch.OpenSearchClient;
import org.opensearch.client.opensearch._types.OpenSearchException;
import org.opensearch.client.opensearch.core.SearchResponse;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** The official clients of Elasticsearch and OpenSearch against the Elasticsearch port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SearchClientsTest {
  @AutoClose private RunningServer server;

  /** A document as clients map it. */
  record Book(String title, String author, int pages, String published) {}

  private static final List<Book> BOOKS =
      List.of(
          new Book("The Left Hand of Darkness", "Le Guin", 286, "1969-03-01"),
          new Book("The Dispossessed", "Le Guin", 341, "1974-05-01"),
          new Book("Solaris", "Lem", 204, "1961-06-01"));

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
  }

  private ElasticsearchClient elastic() {
    return ElasticsearchClient.of(c -> c.host("http://127.0.0.1:" + server.elastic));
  }

  private void books(ElasticsearchClient client, String index) throws Exception {
    client
        .indices()
        .create(c ->
            c.index(index)
                .settings(s -> s.numberOfShards("1").numberOfReplicas("0"))
                .mappings(m ->
                    m.properties("title", p -> p.text(t -> t))
                        .properties("author", p -> p.keyword(k -> k))
                        .properties("pages", p -> p.integer(i -> i))
                        .properties("published", p -> p.date(d -> d))));
    try (BulkIngester<Void> bulk = BulkIngester.of(b -> b.client(client).maxOperations(2))) {
      for (int i = 0; i < BOOKS.size(); i++) {
        String id = "" + i;
        Book book = BOOKS.get(i);
        bulk.add(o -> o.index(x -> x.index(index).id(id).document(book)));
      }
    }
  }

  @Test
  void elasticsearchJavaSearchesSortsAndAggregates() throws Exception {
    try (ElasticsearchClient client = elastic()) {
      books(client, "books");

      var found =
          client.search(
              s ->
                  s.index("books")
                      .query(q ->
                          q.bool(b ->
                              b.should(x -> x.match(m -> m.field("title").query("hand")))
                                  .should(x -> x.term(t -> t.field("author").value("Lem")))))
                      .sort(o -> o.field(f -> f.field("pages").order(SortOrder.Desc)))
                      .highlight(h -> h.fields(NamedValue.of("title", HighlightField.of(f -> f))))
                      .source(f -> f.filter(x -> x.includes("title"))),
              Book.class);
      assertThat(found.hits().hits().stream().map(h -> h.id())).containsExactly("0", "2");
      assertThat(found.hits().hits().getFirst().sort().getFirst().longValue()).isEqualTo(286);
      assertThat(found.hits().hits().getFirst().highlight().get("title").getFirst())
          .contains("<em>Hand</em>");
      assertThat(found.hits().hits().getFirst().source().author()).isNull();

      var sums =
          client.search(
              s ->
                  s.index("book*")
                      .size(0)
                      .aggregations(
                          "authors",
                          a ->
                              a.terms(t -> t.field("author"))
                                  .aggregations("p", x -> x.stats(m -> m.field("pages"))))
                      .aggregations(
                          "years",
                          a ->
                              a.dateHistogram(d ->
                                  d.field("published")
                                      .calendarInterval(CalendarInterval.Year)
                                      .minDocCount(1)))
                      .aggregations("n", a -> a.cardinality(c -> c.field("author")))
                      .aggregations(
                          "long",
                          a ->
                              a.filter(
                                  f -> f.range(r -> r.number(n -> n.field("pages").gte(280.0))))),
              Void.class);
      var authors = sums.aggregations().get("authors").sterms().buckets().array();
      assertThat(authors.getFirst().key().stringValue()).isEqualTo("Le Guin");
      assertThat(authors.getFirst().docCount()).isEqualTo(2);
      assertThat(authors.getFirst().aggregations().get("p").stats().max()).isEqualTo(341.0);
      assertThat(sums.aggregations().get("years").dateHistogram().buckets().array()).hasSize(3);
      assertThat(sums.aggregations().get("n").cardinality().value()).isEqualTo(2);
      assertThat(sums.aggregations().get("long").filter().docCount()).isEqualTo(2);
    }
  }

  @Test
  void elasticsearchJavaWritesReadsAndLosesRaces() throws Exception {
    try (ElasticsearchClient client = elastic()) {
      var created =
          client.index(
              i -> i.index("shelf").id("1").document(BOOKS.get(0)).refresh(Refresh.WaitFor));
      assertThat(created.result()).isEqualTo(Result.Created);
      var updated =
          client.update(u -> u.index("shelf").id("1").doc(Map.of("pages", 1)), Book.class);
      assertThat(updated.result()).isEqualTo(Result.Updated);
      assertThatThrownBy(() ->
              client.index(i ->
                  i.index("shelf")
                      .id("1")
                      .ifSeqNo(created.seqNo())
                      .ifPrimaryTerm(created.primaryTerm())
                      .document(BOOKS.get(1))))
          .isInstanceOfSatisfying(
              ElasticsearchException.class,
              e -> {
                assertThat(e.status()).isEqualTo(409);
                assertThat(e.error().type()).isEqualTo("version_conflict_engine_exception");
              });
      assertThat(client.get(g -> g.index("shelf").id("1"), Book.class).source().pages())
          .isEqualTo(1);
      assertThat(client.exists(e -> e.index("shelf").id("2")).value()).isFalse();
      assertThat(
              client
                  .mget(m -> m.index("shelf").ids("1", "2"), Book.class)
                  .docs()
                  .get(1)
                  .result()
                  .found())
          .isFalse();
      assertThat(client.delete(d -> d.index("shelf").id("1")).result()).isEqualTo(Result.Deleted);
      assertThat(client.count(c -> c.index("shelf")).count()).isZero();
    }
  }

  @Test
  void elasticsearchJavaAdministersIndexes() throws Exception {
    try (ElasticsearchClient client = elastic()) {
      books(client, "managed");

      assertThat(client.ping().value()).isTrue();
      assertThat(client.cluster().health().status()).isEqualTo(HealthStatus.Green);
      assertThat(client.indices().exists(e -> e.index("managed")).value()).isTrue();
      assertThat(client.indices().exists(e -> e.index("nowhere")).value()).isFalse();
      var index = client.indices().get(g -> g.index("managed")).indices().get("managed");
      assertThat(index.mappings().properties().get("author").isKeyword()).isTrue();
      assertThat(index.settings().index().numberOfShards()).isEqualTo("1");
      assertThat(
              client
                  .indices()
                  .putMapping(p -> p.index("managed").properties("isbn", x -> x.keyword(k -> k)))
                  .acknowledged())
          .isTrue();
      assertThat(client.indices().refresh(r -> r.index("managed")).shards().failed().intValue())
          .isZero();
      assertThat(client.cat().indices(c -> c.index("managed")).indices().getFirst().docsCount())
          .isEqualTo("3");
      assertThat(client.indices().analyze(a -> a.analyzer("standard").text("A B")).tokens())
          .hasSize(2);
      assertThat(client.indices().delete(d -> d.index("managed")).acknowledged()).isTrue();
      assertThatThrownBy(() -> client.search(s -> s.index("managed"), Void.class))
          .isInstanceOfSatisfying(
              ElasticsearchException.class,
              e -> assertThat(e.error().type()).isEqualTo("index_not_found_exception"));
    }
  }

  @Test
  void opensearchJavaIndexesAndSearches() throws Exception {
    try (OpenSearchTransport transport =
        ApacheHttpClient5TransportBuilder.builder(new HttpHost("http", "127.0.0.1", server.elastic))
            .build()) {
      OpenSearchClient client = new OpenSearchClient(transport);
      assertThat(client.info().version().number()).isNotEmpty();
      client
          .indices()
          .create(c ->
              c.index("os-books").mappings(m -> m.properties("author", p -> p.keyword(k -> k))));
      var bulk =
          client.bulk(b -> {
            for (int i = 0; i < BOOKS.size(); i++) {
              String id = "" + i;
              Book book = BOOKS.get(i);
              b.operations(o -> o.index(x -> x.index("os-books").id(id).document(book)));
            }
            return b;
          });
      assertThat(bulk.errors()).isFalse();
      SearchResponse<Book> found =
          client.search(
              s ->
                  s.index("os-books")
                      .query(q ->
                          q.match(m -> m.field("title").query(v -> v.stringValue("dispossessed"))))
                      .aggregations("a", a -> a.terms(t -> t.field("author"))),
              Book.class);
      assertThat(found.hits().total().value()).isEqualTo(1);
      assertThat(found.hits().hits().getFirst().source()).isEqualTo(BOOKS.get(1));
      assertThat(found.aggregations().get("a").sterms().buckets().array()).hasSize(1);
      var got = client.get(g -> g.index("os-books").id("2"), Book.class);
      assertThat(got.source()).isEqualTo(BOOKS.get(2));
      assertThatThrownBy(() ->
              client.index(i ->
                  i.index("os-books")
                      .id("2")
                      .ifSeqNo(got.seqNo() + 1)
                      .ifPrimaryTerm(1L)
                      .document(BOOKS.get(0))))
          // This transport reads errors of only some statuses, also from OpenSearch.
          .hasMessageContaining("409 Conflict");
      assertThatThrownBy(() -> client.search(s -> s.index("os-nowhere"), Book.class))
          .isInstanceOfSatisfying(
              OpenSearchException.class,
              e -> assertThat(e.error().type()).isEqualTo("index_not_found_exception"));
      assertThat(client.count(c -> c.index("os-books")).count()).isEqualTo(3);
      assertThat(client.delete(d -> d.index("os-books").id("0")).result().jsonValue())
          .isEqualTo("deleted");
      assertThat(client.cluster().health().status().jsonValue()).isEqualTo("green");
      assertThat(client.cat().indices(c -> c.index("os-books")).valueBody().getFirst().docsCount())
          .isEqualTo("2");
      assertThat(client.indices().delete(d -> d.index("os-books")).acknowledged()).isTrue();
    }
  }
}
