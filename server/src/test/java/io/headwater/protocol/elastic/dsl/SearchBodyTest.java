package io.headwater.protocol.elastic.dsl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.elasticsearch._types.aggregations.Aggregation;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.SearchRequest;
import io.headwater.view.search.SortNode;
import io.headwater.view.search.SourceFilter;
import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.query.QueryNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchBodyTest {
  private static SearchRequest read(String json) {
    return SearchBody.read(JsonValue.object(json.replace('\'', '"').getBytes(UTF_8))).request();
  }

  private static AggregationNode aggregation(String json) {
    return read("{'aggs':{'a':" + json + "}}").aggregations().get("a");
  }

  @Test
  void nothingAskedIsEverything() {
    assertThat(read("")).isEqualTo(SearchRequest.of(new QueryNode.MatchAll()));
    assertThat(read("{}")).isEqualTo(SearchRequest.of(new QueryNode.MatchAll()));
  }

  @Test
  void wholeBodiesAreRead() {
    SearchRequest request =
        read(
            "{'query':{'match':{'t':'x'}},'post_filter':{'term':{'k':'v'}},'from':5,'size':20,"
                + "'sort':['_score',{'created':'desc'},{'n':{'order':'asc','missing':'_first'}},"
                + "'name'],'search_after':[1.5,'x',3],'track_total_hits':true,"
                + "'_source':{'includes':['a*'],'excludes':'b'},'docvalue_fields':['d',"
                + "{'field':'e','format':'yyyy'}],'min_score':0.5,'timeout':'2s',"
                + "'highlight':{'fields':{'t':{}}}}");

    assertThat(request.query()).isEqualTo(new QueryNode.Match("t", "x"));
    assertThat(request.from()).isEqualTo(5);
    assertThat(request.size()).isEqualTo(20);
    assertThat(request.sort())
        .containsExactly(
            new SortNode.Score(false),
            new SortNode.Field("created", false, null, null, null, null),
            new SortNode.Field("n", true, "_first", null, null, null),
            new SortNode.Field("name", true, null, null, null, null));
    assertThat(request.searchAfter()).containsExactly(1.5, "x", 3L);
    assertThat(request.trackTotalHits()).isEqualTo(Integer.MAX_VALUE);
    assertThat(request.source()).isEqualTo(new SourceFilter(true, List.of("a*"), List.of("b")));
    assertThat(request.fields())
        .containsExactly(
            new SearchRequest.FieldFormat("d", null), new SearchRequest.FieldFormat("e", "yyyy"));
    assertThat(request.minScore()).isEqualTo(0.5f);
    assertThat(request.timeoutMs()).isEqualTo(2_000);
    assertThat(request.highlight())
        .isEqualTo(new SearchRequest.Highlight(List.of("t"), "<em>", "</em>", 100, 5));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {"true; true; ``", "false; false; ``", "'a'; true; a", "['a','b']; true; a|b"})
  void sourceHasManyForms(String form, boolean enabled, String includes) {
    assertThat(read("{'_source':" + form + "}").source())
        .isEqualTo(
            new SourceFilter(
                enabled,
                includes.isEmpty() ? List.of() : List.of(includes.split("\\|")),
                List.of()));
  }

  @Test
  void aggregationsNest() {
    assertThat(
            aggregation(
                "{'terms':{'field':'k','size':3,'order':[{'m.avg':'desc'},{'_key':'asc'}],"
                    + "'include':['x'],'execution_hint':'map'},"
                    + "'aggs':{'m':{'stats':{'field':'n','missing':0}}}}"))
        .isEqualTo(
            new AggregationNode.Terms(
                "k",
                3,
                1,
                List.of(
                    new AggregationNode.Order("m.avg", false),
                    new AggregationNode.Order("_key", true)),
                null,
                List.of("x"),
                null,
                Map.of("m", new AggregationNode.Metric(AggregationNode.Kind.STATS, "n", 0L))));
  }

  @Test
  void theOtherAggregationsAreRead() {
    assertThat(
            aggregation(
                "{'date_histogram':{'field':'d','calendar_interval':'month','time_zone':'+01:00',"
                    + "'format':'yyyy-MM','min_doc_count':1}}"))
        .isEqualTo(
            new AggregationNode.DateHistogram(
                "d", "month", null, "+01:00", null, "yyyy-MM", 1, List.of(), null, Map.of()));
    assertThat(aggregation("{'histogram':{'field':'n','interval':5}}"))
        .isEqualTo(new AggregationNode.Histogram("n", 5, 0, 0, List.of(), null, Map.of()));
    assertThat(aggregation("{'range':{'field':'n','ranges':[{'to':5},{'from':5,'key':'big'}]}}"))
        .isEqualTo(
            new AggregationNode.Range(
                "n",
                List.of(
                    new AggregationNode.Range.Bound(null, null, 5.0),
                    new AggregationNode.Range.Bound("big", 5.0, null)),
                Map.of()));
    assertThat(aggregation("{'date_range':{'field':'d','ranges':[{'from':'now-1M'}]}}"))
        .isInstanceOf(AggregationNode.DateRange.class);
    assertThat(aggregation("{'filter':{'term':{'k':'v'}}}"))
        .isEqualTo(new AggregationNode.Filter(new QueryNode.Term("k", "v", false), Map.of()));
    assertThat(aggregation("{'filters':{'filters':{'x':{'match_all':{}}},'other_bucket':true}}"))
        .isEqualTo(
            new AggregationNode.Filters(
                Map.of("x", new QueryNode.MatchAll()), "_other_", Map.of()));
    assertThat(aggregation("{'missing':{'field':'f'}}"))
        .isEqualTo(new AggregationNode.Missing("f", Map.of()));
    assertThat(aggregation("{'global':{}}")).isEqualTo(new AggregationNode.Global(Map.of()));
    assertThat(aggregation("{'cardinality':{'field':'f','precision_threshold':100}}"))
        .isEqualTo(new AggregationNode.Metric(AggregationNode.Kind.CARDINALITY, "f", null));
  }

  @Test
  void noAggregationIsForgotten() {
    Set<String> known = new TreeSet<>(AggregationReader.supported());
    known.addAll(AggregationReader.unsupported());

    Set<String> official = new TreeSet<>();
    for (Aggregation.Kind kind : Aggregation.Kind.values()) {
      if (kind != Aggregation.Kind._Custom) {
        official.add(kind.jsonValue());
      }
    }
    official.remove("moving_avg"); // went with Elasticsearch 8

    assertThat(known).containsAll(official);
    assertThat(AggregationReader.supported())
        .doesNotContainAnyElementsOf(AggregationReader.unsupported());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "{'bogus':1}; 400; [1:10] [search] unknown field [bogus]",
        "{'knn':{}}; 501; [search] option [knn] is not supported",
        "{'explain':true}; 501; [search] option [explain] is not supported",
        "{'from':-1}; 400; [from] parameter of [search] must be between 0 and 2147483647, found -1",
        "{'aggs':{'a':{'bogus':{}}}}; 400; Unknown aggregation type [bogus]",
        "{'aggs':{'a':{'top_hits':{}}}}; 501; aggregation [top_hits] is not supported",
        "{'aggs':{'a':{}}}; 400; Missing definition for aggregation [a]",
        "{'aggs':{'a[0]':{'global':{}}}}; 400; Invalid aggregation name [a[0]]. Aggregation names"
            + " can contain any character except '[', ']', and '>'",
        "{'aggs':{'a':{'avg':{'field':'n'},'aggs':{'b':{'avg':{'field':'n'}}}}}}; 400;"
            + " Aggregator [a] of type [avg] cannot accept sub-aggregations",
        "{'aggs':{'a':{'terms':{'field':'k','bogus':1}}}}; 400; [1:44] [terms] unknown field"
            + " [bogus]",
        "{'aggs':{'a':{'date_histogram':{'field':'d'}}}}; 400; Invalid interval specified, must be"
            + " non-null and non-empty",
        "{'timeout':'2'}; 400; failed to parse setting [timeout] with value [2] as a time value:"
            + " unit is missing or unrecognized",
        "{'sort':{'_geo_distance':{}}}; 501; sort [_geo_distance] is not supported",
        "{'highlight':{'fields':{'a':{}},'type':'fvh'}}; 400; [highlight] [type] must be one of"
            + " [unified], found [fvh]"
      })
  void whatIsNotTakenIsRefusedByName(String body, int status, String reason) {
    assertThatThrownBy(() -> read(body))
        .isInstanceOfSatisfying(
            ElasticException.class,
            e -> {
              assertThat(e.error().reason()).isEqualTo(reason);
              assertThat(e.error().status()).isEqualTo(status);
            });
  }
}
