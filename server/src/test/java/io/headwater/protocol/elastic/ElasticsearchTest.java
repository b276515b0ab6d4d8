package io.headwater.protocol.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.headwater.log.Token;
import io.headwater.protocol.elastic.SearchNode.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class ElasticsearchTest {
  @TempDir Path folder;
  private SearchNode node;

  @BeforeEach
  void open() throws IOException {
    node = new SearchNode(folder);
  }

  @AfterEach
  void close() throws IOException {
    node.close();
  }

  private void books() {
    Answer answer =
        node.post(
            "/books/_bulk",
            """
            {'index':{'_id':'1'}}
            {'title':'The Left Hand of Darkness','author':'Le Guin','year':1969,'pages':286}
            {'index':{'_id':'2'}}
            {'title':'The Dispossessed','author':'Le Guin','year':1974,'pages':341}
            {'index':{'_id':'3'}}
            {'title':'Solaris','author':'Lem','year':1961,'pages':204}
            """);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("/errors").asBoolean()).as(answer.text()).isFalse();
  }

  private static List<String> ids(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    List<String> ids = new ArrayList<>();
    answer.at("/hits/hits").forEach(hit -> ids.add(hit.get("_id").asText()));
    return ids;
  }

  private static void assertError(Answer answer, int status, String type, String reason) {
    assertThat(answer.at("/error/type").asText()).as(answer.text()).isEqualTo(type);
    assertThat(answer.at("/error/reason").asText()).contains(reason);
    assertThat(answer.at("/error/root_cause/0/type").isTextual()).as(answer.text()).isTrue();
    assertThat(answer.at("/status").asInt()).isEqualTo(status);
    assertThat(answer.status()).isEqualTo(status);
  }

  @Test
  void theRootSaysWhatClientsCheck() {
    Answer answer = node.get("/");

    assertThat(answer.at("/version/number").asText()).startsWith("8.");
    assertThat(answer.at("/version/build_flavor").asText()).isEqualTo("default");
    assertThat(answer.at("/tagline").asText()).isEqualTo("You Know, for Search");
    assertThat(answer.at("/cluster_uuid").asText()).hasSize(22);
    assertThat(answer.headers()).containsEntry("X-Elastic-Product", "Elasticsearch");
  }

  @Test
  void mediaTypesComeBackAsAsked() {
    String type = "application/vnd.elasticsearch+json; compatible-with=9";
    Answer answer = node.call("GET", "/", "", "Accept", type, "X-Opaque-Id", "me");

    assertThat(answer.headers())
        .containsEntry("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
        .containsEntry("X-Opaque-Id", "me");
  }

  @Test
  void documentsAreWrittenReadChangedAndDeleted() {
    Answer created = node.put("/books/_doc/1?refresh=true", "{'title':'Solaris'}");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    assertThat(created.at("/result").asText()).isEqualTo("created");
    assertThat(created.at("/_version").asInt()).isEqualTo(1);
    assertThat(created.at("/_primary_term").asInt()).isEqualTo(1);
    assertThat(created.at("/forced_refresh").asBoolean()).isTrue();
    assertThat(created.headers()).containsEntry("Location", "/books/_doc/1");

    Answer updated = node.put("/books/_doc/1", "{'title':'Solaris', 'year':1961}");
    assertThat(updated.status()).isEqualTo(200);
    assertThat(updated.at("/result").asText()).isEqualTo("updated");
    assertThat(updated.at("/_version").asInt()).isEqualTo(2);

    Answer got = node.get("/books/_doc/1");
    assertThat(got.status()).isEqualTo(200);
    assertThat(got.text()).contains("\"_source\":{\"title\":\"Solaris\", \"year\":1961}");
    assertThat(node.get("/books/_doc/1?_source=year").at("/_source").toString())
        .isEqualTo("{\"year\":1961}");
    assertThat(node.get("/books/_source/1").text())
        .isEqualTo("{\"title\":\"Solaris\", \"year\":1961}");
    assertThat(node.call("HEAD", "/books/_doc/1", "").status()).isEqualTo(200);

    Answer deleted = node.call("DELETE", "/books/_doc/1", "");
    assertThat(deleted.at("/result").asText()).isEqualTo("deleted");
    Answer again = node.call("DELETE", "/books/_doc/1", "");
    assertThat(again.status()).isEqualTo(404);
    assertThat(again.at("/result").asText()).isEqualTo("not_found");
    Answer gone = node.get("/books/_doc/1");
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.text()).isEqualTo("{\"_index\":\"books\",\"_id\":\"1\",\"found\":false}");
    assertThat(node.call("HEAD", "/books/_doc/1", "").status()).isEqualTo(404);
    assertError(
        node.get("/books/_source/1"),
        404,
        "resource_not_found_exception",
        "Document not found [books]/[1]");
  }

  @Test
  void idsAreMadeUpWhereNoneIsGiven() {
    Answer first = node.post("/books/_doc", "{}");
    Answer second = node.post("/books/_doc", "{}");

    assertThat(first.status()).isEqualTo(201);
    assertThat(first.at("/_id").asText()).hasSize(20).isNotEqualTo(second.at("/_id").asText());
  }

  @Test
  void createRefusesWhatIsThere() {
    node.put("/books/_create/1", "{}");

    assertError(
        node.put("/books/_create/1", "{}"),
        409,
        "version_conflict_engine_exception",
        "document already exists");
    assertThat(node.put("/books/_doc/1?op_type=create", "{}").status()).isEqualTo(409);
  }

  @Test
  void optimisticConcurrencyLetsOneWriterWin() {
    Answer first = node.put("/books/_doc/1", "{'n':1}");
    String seen = "?if_primary_term=1&if_seq_no=" + first.at("/_seq_no").asLong();

    assertThat(node.put("/books/_doc/1" + seen, "{'n':2}").status()).isEqualTo(200);
    assertError(
        node.put("/books/_doc/1" + seen, "{'n':3}"),
        409,
        "version_conflict_engine_exception",
        "required seqNo");
    assertThat(node.get("/books/_source/1").text()).isEqualTo("{\"n\":2}");
    assertError(
        node.put("/books/_doc/1?if_seq_no=1", "{}"),
        400,
        "action_request_validation_exception",
        "ifSeqNo is set, but primary term is [0]");
  }

  @Test
  void updatesMerge() {
    node.put("/books/_doc/1", "{'a':{'x':1},'b':2}");

    Answer updated = node.post("/books/_update/1", "{'doc':{'a':{'y':3}}}");
    assertThat(updated.at("/result").asText()).as(updated.text()).isEqualTo("updated");
    assertThat(node.get("/books/_doc/1").at("/_source").toString())
        .isEqualTo("{\"a\":{\"x\":1,\"y\":3},\"b\":2}");
    assertThat(node.post("/books/_update/1", "{'doc':{'b':2}}").at("/result").asText())
        .isEqualTo("noop");
    assertError(
        node.post("/books/_update/2", "{'doc':{}}"), 404, "document_missing_exception", "[2]");
    assertThat(
            node.post("/books/_update/2", "{'doc':{'n':1},'doc_as_upsert':true}")
                .at("/result")
                .asText())
        .isEqualTo("created");
    assertError(
        node.post("/books/_update/1", "{'script':'x'}"),
        501,
        "not_supported_exception",
        "[script]");
  }

  @Test
  void bulkItemsFailAlone() {
    Answer answer =
        node.post(
            "/_bulk",
            """
            {'create':{'_index':'books','_id':'1'}}
            {'n':1}
            {'create':{'_index':'books','_id':'1'}}
            {'n':2}
            {'index':{'_index':'BOOKS','_id':'2'}}
            {'n':3}
            {'index':{'_index':'books','_id':'3'}}
            {'n':
            {'update':{'_index':'books','_id':'1'}}
            {'doc':{'m':4}}
            {'delete':{'_index':'books','_id':'9'}}
            {'delete':{'_index':'nowhere','_id':'9'}}
            """);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("/errors").asBoolean()).isTrue();
    List<Integer> statuses = new ArrayList<>();
    answer.at("/items").forEach(item -> statuses.add(item.elements().next().get("status").asInt()));
    assertThat(statuses).containsExactly(201, 409, 400, 400, 200, 404, 404);
    assertThat(answer.at("/items/1/create/error/type").asText())
        .isEqualTo("version_conflict_engine_exception");
    assertThat(answer.at("/items/2/index/error/type").asText())
        .isEqualTo("invalid_index_name_exception");
    assertThat(answer.at("/items/3/index/error/type").asText())
        .isEqualTo("document_parsing_exception");
    assertThat(answer.at("/items/5/delete/result").asText()).isEqualTo("not_found");
    assertThat(answer.at("/items/6/delete/error/type").asText())
        .isEqualTo("index_not_found_exception");
    assertThat(node.get("/books/_source/1").text()).isEqualTo("{\"n\":1,\"m\":4}");
  }

  @Test
  void searchesSeeEveryAcknowledgedWrite() {
    for (int i = 0; i < 20; i++) {
      node.put("/fresh/_doc/" + i, "{'n':" + i + "}");
      Answer found = node.post("/fresh/_search", "{'query':{'term':{'n':" + i + "}}}");
      assertThat(ids(found)).containsExactly("" + i);
    }
  }

  @Test
  void hitsCarryWhatWasAskedFor() {
    books();

    Answer answer =
        node.post(
            "/books/_search",
            "{'query':{'match':{'title':'darkness'}},'version':true,'seq_no_primary_term':true,"
                + "'highlight':{'fields':{'title':{}}}}");

    assertThat(ids(answer)).containsExactly("1");
    assertThat(answer.at("/hits/total").toString()).isEqualTo("{\"value\":1,\"relation\":\"eq\"}");
    assertThat(answer.at("/_shards").toString())
        .isEqualTo("{\"total\":1,\"successful\":1,\"skipped\":0,\"failed\":0}");
    JsonNode hit = answer.at("/hits/hits/0");
    assertThat(hit.get("_index").asText()).isEqualTo("books");
    assertThat(hit.get("_score").asDouble())
        .isPositive()
        .isEqualTo(answer.at("/hits/max_score").asDouble());
    assertThat(hit.get("_version").asInt()).isEqualTo(1);
    assertThat(hit.get("_seq_no").isNumber()).isTrue();
    assertThat(hit.at("/_source/author").asText()).isEqualTo("Le Guin");
    assertThat(hit.at("/highlight/title/0").asText()).contains("<em>Darkness</em>");
  }

  @Test
  void hitsAreSortedPagedAndFiltered() {
    books();

    Answer answer =
        node.post(
            "/books/_search",
            "{'sort':[{'year':'desc'}],'from':1,'size':1,'_source':['year'],"
                + "'docvalue_fields':['pages']}");

    assertThat(ids(answer)).containsExactly("1");
    JsonNode hit = answer.at("/hits/hits/0");
    assertThat(hit.get("_score").isNull()).isTrue();
    assertThat(hit.get("sort").toString()).isEqualTo("[1969]");
    assertThat(hit.get("_source").toString()).isEqualTo("{\"year\":1969}");
    assertThat(hit.get("fields").toString()).isEqualTo("{\"pages\":[286]}");
    assertThat(ids(node.get("/books/_search?q=author:lem"))).containsExactly("3");
    assertThat(ids(node.get("/books/_search?sort=pages:asc&size=2&track_total_hits=false")))
        .containsExactly("3", "1");
    assertThat(node.get("/books/_search?rest_total_hits_as_int=true").at("/hits/total").asInt())
        .isEqualTo(3);
    assertThat(ids(node.post("/books/_search", "{'sort':['year'],'search_after':[1969]}")))
        .containsExactly("2");
  }

  @Test
  void aggregationsAreCountedUnderTheirNames() {
    books();
    String body =
        "{'size':0,'aggs':{'by_author':{'terms':{'field':'author.keyword'},'aggs':{"
            + "'p':{'stats':{'field':'pages'}}}},'decades':{'histogram':{'field':'year',"
            + "'interval':10}},'mean':{'avg':{'field':'pages'}},'old':{'filter':{'range':{"
            + "'year':{'lt':1970}}}},'sizes':{'range':{'field':'pages','ranges':[{'to':250},"
            + "{'from':250}]}},'authors':{'cardinality':{'field':'author.keyword'}}}}";

    Answer answer = node.post("/books/_search", body);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("/aggregations/by_author/buckets/0/key").asText()).isEqualTo("Le Guin");
    assertThat(answer.at("/aggregations/by_author/buckets/0/doc_count").asInt()).isEqualTo(2);
    assertThat(answer.at("/aggregations/by_author/buckets/0/p/max").asDouble()).isEqualTo(341.0);
    assertThat(answer.at("/aggregations/decades/buckets/0").toString())
        .isEqualTo("{\"key\":1960.0,\"doc_count\":2}");
    assertThat(answer.at("/aggregations/mean/value").asDouble()).isEqualTo(277.0);
    assertThat(answer.at("/aggregations/old/doc_count").asInt()).isEqualTo(2);
    assertThat(answer.at("/aggregations/sizes/buckets/0/key").asText()).isEqualTo("*-250.0");
    assertThat(answer.at("/aggregations/authors/value").asInt()).isEqualTo(2);

    List<String> names = new ArrayList<>();
    node.post("/books/_search?typed_keys", body)
        .at("/aggregations")
        .fieldNames()
        .forEachRemaining(names::add);
    assertThat(names)
        .containsExactlyInAnyOrder(
            "sterms#by_author",
            "histogram#decades",
            "avg#mean",
            "filter#old",
            "range#sizes",
            "cardinality#authors");
  }

  @Test
  void severalIndexesAreSearchedTogether() {
    node.put("/logs-1/_doc/a", "{'m':'x'}");
    node.put("/logs-2/_doc/b", "{'m':'x'}");
    node.put("/other/_doc/c", "{'m':'x'}");

    assertThat(ids(node.get("/logs-*/_search"))).containsExactlyInAnyOrder("a", "b");
    assertThat(ids(node.get("/logs-1,other/_search"))).containsExactlyInAnyOrder("a", "c");
    assertThat(ids(node.get("/*,-other/_search"))).containsExactlyInAnyOrder("a", "b");
    assertThat(ids(node.get("/_search"))).hasSize(3);
    assertThat(ids(node.get("/none*/_search"))).isEmpty();
    assertThat(ids(node.get("/nowhere,other/_search?ignore_unavailable=true")))
        .containsExactly("c");
    assertError(
        node.get("/nowhere/_search"), 404, "index_not_found_exception", "no such index [nowhere]");
    assertError(
        node.get("/none*/_search?allow_no_indices=false"),
        404,
        "index_not_found_exception",
        "no such index [none*]");
    assertThat(node.get("/logs-*/_count").at("/count").asInt()).isEqualTo(2);
  }

  @Test
  void multiSearchAnswersEachForItself() {
    books();

    Answer answer =
        node.post(
            "/_msearch",
            "{'index':'books'}\n{'query':{'term':{'year':1961}}}\n{'index':'nowhere'}\n{}\n"
                + "{}\n{'query':{'bogus':{}}}\n");

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.at("/responses/0/hits/hits/0/_id").asText()).isEqualTo("3");
    assertThat(answer.at("/responses/0/status").asInt()).isEqualTo(200);
    assertThat(answer.at("/responses/1/status").asInt()).isEqualTo(404);
    assertThat(answer.at("/responses/2/error/reason").asText()).contains("unknown query [bogus]");
  }

  @Test
  void multiGetAnswersEachForItself() {
    books();

    Answer answer =
        node.post(
            "/_mget",
            "{'docs':[{'_index':'books','_id':'1','_source':['year']},"
                + "{'_index':'books','_id':'9'},{'_index':'nowhere','_id':'1'}]}");

    assertThat(answer.at("/docs/0/_source").toString()).isEqualTo("{\"year\":1969}");
    assertThat(answer.at("/docs/1/found").asBoolean()).isFalse();
    assertThat(answer.at("/docs/2/error/type").asText()).isEqualTo("index_not_found_exception");
    assertThat(node.post("/books/_mget", "{'ids':['2','3']}").at("/docs/1/_id").asText())
        .isEqualTo("3");
  }

  @Test
  void indexesAreCreatedShownChangedAndDeleted() {
    Answer created =
        node.put(
            "/books",
            "{'settings':{'number_of_shards':1,'index':{'translog.durability':'async'}},"
                + "'mappings':{'properties':{'k':{'type':'keyword'}}}}");
    assertThat(created.text())
        .isEqualTo("{\"acknowledged\":true,\"shards_acknowledged\":true,\"index\":\"books\"}");
    assertError(node.put("/books", ""), 400, "resource_already_exists_exception", "already exists");
    assertThat(node.call("HEAD", "/books", "").status()).isEqualTo(200);
    assertThat(node.call("HEAD", "/nowhere", "").status()).isEqualTo(404);

    Answer got = node.get("/books");
    assertThat(got.at("/books/mappings/properties/k/type").asText()).isEqualTo("keyword");
    assertThat(got.at("/books/settings/index/translog/durability").asText()).isEqualTo("async");
    assertThat(got.at("/books/settings/index/uuid").asText()).hasSize(22);
    assertThat(node.get("/books/_settings?flat_settings").json().at("/books/settings").toString())
        .contains("\"index.translog.durability\":\"async\"");

    assertThat(
            node.put("/books/_mapping", "{'properties':{'t':{'type':'text'}}}")
                .at("/acknowledged")
                .asBoolean())
        .isTrue();
    assertThat(node.get("/books/_mapping").at("/books/mappings/properties/t/type").asText())
        .isEqualTo("text");
    assertThat(node.put("/books/_mapping", "{'properties':{'k':{'type':'long'}}}").status())
        .isEqualTo(400);
    assertThat(node.put("/books/_settings", "{'index':{'translog.durability':'request'}}").status())
        .isEqualTo(200);
    assertThat(
            node.get("/books/_settings").at("/books/settings/index/translog/durability").asText())
        .isEqualTo("request");
    assertError(
        node.put("/books/_settings", "{'number_of_shards':2}"),
        400,
        "illegal_argument_exception",
        "Can't update non dynamic settings [[index.number_of_shards]]");

    assertError(
        node.call("DELETE", "/b*", ""), 400, "illegal_argument_exception", "Wildcard expressions");
    assertThat(node.call("DELETE", "/books", "").at("/acknowledged").asBoolean()).isTrue();
    assertError(
        node.call("DELETE", "/books", ""), 404, "index_not_found_exception", "no such index");
    assertThat(node.get("/_mapping").text()).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "UPPER | must be lowercase",
        "_x | must not start with '_', '-', or '+'",
        "a#b | must not contain '#'",
        "a:b | must not contain ':'",
        "a b | must not contain the following characters",
        ".. | must not be '.' or '..'"
      })
  void wrongIndexNamesAreRefused(String name, String reason) {
    assertError(node.put("/" + name, ""), 400, "invalid_index_name_exception", reason);
    assertError(
        node.put("/" + name + "/_doc/1", "{}"), 400, "invalid_index_name_exception", reason);
  }

  @Test
  void whatIsNotSupportedIsNamed() {
    assertError(node.post("/_reindex", "{}"), 501, "not_supported_exception", "POST /_reindex");
    assertError(node.get("/_alias"), 501, "not_supported_exception", "GET /_alias");
    books();
    assertError(node.get("/books/_search?scroll=1m"), 501, "not_supported_exception", "[scroll]");
    assertError(node.post("/books/_search", "{'knn':{}}"), 501, "not_supported_exception", "[knn]");
    assertError(
        node.put("/books/_doc/1?pipeline=p", "{}"), 501, "not_supported_exception", "[pipeline]");
  }

  @Test
  void whatIsUnknownIsRefused() {
    assertError(
        node.get("/_search?bogus=1"),
        400,
        "illegal_argument_exception",
        "request [/_search] contains unrecognized parameter: [bogus]");
    assertThat(node.get("/a/b/c/d").text())
        .isEqualTo(
            "{\"error\":\"no handler found for uri [/a/b/c/d] and method [GET]\",\"status\":400}");
    Answer method = node.call("DELETE", "/_search", "");
    assertThat(method.status()).isEqualTo(400); // an index of that name cannot be
    Answer patch = node.call("PATCH", "/books", "");
    assertThat(patch.status()).isEqualTo(405);
    assertThat(patch.headers()).containsEntry("Allow", "DELETE, GET, HEAD, PUT");
  }

  @Test
  void errorsOfTheQueryCameFromEveryShard() {
    books();

    Answer answer = node.post("/books/_search", "{'from':9999,'size':10}");

    assertError(answer, 400, "search_phase_execution_exception", "all shards failed");
    assertThat(answer.at("/error/phase").asText()).isEqualTo("query");
    assertThat(answer.at("/error/failed_shards/0/index").asText()).isEqualTo("books");
    assertThat(answer.at("/error/root_cause/0/reason").asText())
        .startsWith("Result window is too large");
  }

  @Test
  void answersAreFilteredAndIndented() {
    books();

    assertThat(node.get("/books/_search?filter_path=hits.total.value").text())
        .isEqualTo("{\"hits\":{\"total\":{\"value\":3}}}");
    assertThat(node.get("/books/_count?pretty&filter_path=count").text())
        .isEqualTo("{\n  \"count\" : 3\n}\n");
  }

  @Test
  void tokensMakeAReadWaitForAWrite() {
    Answer written = node.put("/books/_doc/1", "{}");
    String token = written.headers().get("X-Headwater-Position");
    assertThat(Token.parse(token)).isPresent();

    Answer read = node.call("GET", "/books/_count", "", "X-Headwater-Read-After", token);
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.headers().get("X-Headwater-Position")).isEqualTo(token);

    Token future = new Token(node.log.epoch(), node.log.appended() + 1_000);
    assertError(
        node.call(
            "GET",
            "/books/_count",
            "",
            "X-Headwater-Read-After",
            future.toString(),
            "X-Headwater-Timeout",
            "20"),
        504,
        "timeout_exception",
        "20 ms");
    Token foreign = new Token(~node.log.epoch(), 1);
    assertError(
        node.call("GET", "/books/_count", "", "X-Headwater-Read-After", foreign.toString()),
        409,
        "foreign_epoch_exception",
        "another log");
    assertError(
        node.call("GET", "/", "", "X-Headwater-Read-After", "nonsense"),
        400,
        "illegal_argument_exception",
        "not epoch:position");
  }

  @Test
  void tablesAreTextOrJson() {
    books();

    Answer text = node.get("/_cat/indices?v&h=index,docs.count");
    assertThat(text.headers()).containsEntry("Content-Type", "text/plain; charset=UTF-8");
    assertThat(text.text()).isEqualTo("index docs.count\nbooks          3\n");
    assertThat(node.get("/_cat/indices/b*?format=json").at("/0/index").asText()).isEqualTo("books");
    assertThat(node.get("/_cat/count/books?h=count").text()).isEqualTo("3\n");
    assertThat(node.get("/_cat/health?h=status,node.total").text()).isEqualTo("green 1\n");
    assertThat(node.get("/_cat/nodes?h=name").text()).isEqualTo("headwater-0\n");
  }

  @Test
  void theClusterIsOneHealthyNode() {
    assertThat(node.get("/_cluster/health").at("/status").asText()).isEqualTo("green");
    assertThat(node.get("/_cluster/health?wait_for_status=yellow&timeout=5s").status())
        .isEqualTo(200);
    assertThat(node.get("/_license").at("/license/status").asText()).isEqualTo("active");
    JsonNode info = node.get("/_nodes/http").at("/nodes").elements().next();
    assertThat(info.at("/http/publish_address").asText()).isEqualTo("127.0.0.1:9200");
    assertThat(node.get("/_cluster/stats").at("/indices/count").asInt()).isZero();
  }

  @Test
  void refreshAndFlushChangeNothing() {
    books();

    for (String action : List.of("_refresh", "_flush", "_forcemerge")) {
      assertThat(node.post("/books/" + action, "").at("/_shards/failed").asInt(-1)).isZero();
    }
    assertThat(
            node.post("/_analyze", "{'analyzer':'standard','text':'Left Hand'}")
                .at("/tokens/1/token")
                .asText())
        .isEqualTo("hand");
  }

  @Test
  void everythingIsThereAfterARestart() throws IOException {
    books();
    node.call("DELETE", "/books/_doc/2", "");
    node.close();
    node = new SearchNode(folder);

    assertThat(ids(node.get("/books/_search?sort=year"))).containsExactly("3", "1");
    assertThat(node.get("/books/_doc/2").status()).isEqualTo(404);
  }
}
