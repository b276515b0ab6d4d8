package io.headwater.protocol.elastic.dsl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.elasticsearch._types.query_dsl.Query;
import co.elastic.clients.json.DelegatingJsonpMapper;
import co.elastic.clients.json.JsonpMapper;
import co.elastic.clients.json.JsonpMapperFeatures;
import co.elastic.clients.json.jackson.JacksonJsonpMapper;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.query.QueryNode;
import java.io.StringReader;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class QueryReaderTest {
  private static JsonValue parse(String json) {
    byte[] bytes = json.replace('\'', '"').getBytes(UTF_8);
    return JsonValue.parse(bytes, 0, bytes.length);
  }

  private static QueryNode read(String json) {
    return QueryReader.read(parse(json));
  }

  /** Every form that is taken, short and long. */
  static List<String> forms() {
    return List.of(
        "{'match_all':{}}",
        "{'match_all':{'boost':2}}",
        "{'match_none':{}}",
        "{'match':{'f':'some text'}}",
        "{'match':{'f':5}}",
        "{'match':{'f':{'query':'x','operator':'AND','minimum_should_match':'75%',"
            + "'fuzziness':'AUTO','analyzer':'standard','lenient':true,'zero_terms_query':'all',"
            + "'boost':1.5,'auto_generate_synonyms_phrase_query':false}}}",
        "{'match':{'f':{'query':'x','minimum_should_match':2,'fuzziness':1}}}",
        "{'match_phrase':{'f':'a b'}}",
        "{'match_phrase':{'f':{'query':'a b','slop':2,'analyzer':'english'}}}",
        "{'match_phrase_prefix':{'f':{'query':'a b','max_expansions':10}}}",
        "{'multi_match':{'query':'x','fields':['a^2','b*'],'type':'most_fields'}}",
        "{'multi_match':{'query':'x','fields':['a'],'type':'phrase','slop':1}}",
        "{'multi_match':{'query':'x'}}",
        "{'term':{'f':'v'}}",
        "{'term':{'f':{'value':true}}}",
        "{'term':{'f':{'value':1.5,'case_insensitive':true,'boost':3}}}",
        "{'terms':{'f':['a','b'],'boost':2}}",
        "{'terms':{'f':[1,2]}}",
        "{'range':{'f':{'gte':1,'lt':'5'}}}",
        "{'range':{'f':{'gt':'now-1d/d','lte':'2024-01-01','format':'yyyy-MM-dd',"
            + "'time_zone':'+01:00'}}}",
        "{'prefix':{'f':'pre'}}",
        "{'prefix':{'f':{'value':'pre','case_insensitive':true}}}",
        "{'wildcard':{'f':'a*b?'}}",
        "{'wildcard':{'f':{'wildcard':'a*'}}}",
        "{'wildcard':{'f':{'value':'a*'}}}",
        "{'regexp':{'f':'a.*'}}",
        "{'regexp':{'f':{'value':'a.*','flags':'ALL','case_insensitive':true}}}",
        "{'fuzzy':{'f':'word'}}",
        "{'fuzzy':{'f':{'value':'word','fuzziness':'2','prefix_length':1,'transpositions':false}}}",
        "{'exists':{'field':'f'}}",
        "{'ids':{'values':['1','2']}}",
        "{'ids':{'values':'1'}}",
        "{'query_string':{'query':'a AND b','default_field':'f','default_operator':'and'}}",
        "{'query_string':{'query':'a','fields':['f','g^3'],'lenient':true}}",
        "{'simple_query_string':{'query':'a + b','fields':['f']}}",
        "{'bool':{}}",
        "{'bool':{'must':{'match_all':{}},'filter':[{'term':{'a':1}}],'must_not':[],"
            + "'should':[{'exists':{'field':'f'}}],'minimum_should_match':1}}",
        "{'constant_score':{'filter':{'term':{'a':1}},'boost':2}}",
        "{'boosting':{'positive':{'match_all':{}},'negative':{'term':{'a':1}},"
            + "'negative_boost':0.5}}",
        "{'dis_max':{'queries':[{'match_all':{}},{'term':{'a':1}}],'tie_breaker':0.3}}");
  }

  @ParameterizedTest
  @MethodSource("forms")
  void whatIsTakenElasticsearchTakesToo(String form) {
    read(form);

    JsonpMapper strict = new Strict(new JacksonJsonpMapper());
    Query._DESERIALIZER.deserialize(
        strict.jsonProvider().createParser(new StringReader(form.replace('\'', '"'))), strict);
  }

  @Test
  void everySupportedQueryHasAForm() {
    for (String name : QueryReader.supported()) {
      assertThat(forms()).anyMatch(form -> form.startsWith("{'" + name + "'"));
    }
  }

  @Test
  void noQueryIsForgotten() {
    Set<String> known = new TreeSet<>(QueryReader.supported());
    known.addAll(QueryReader.unsupported());

    Set<String> official = new TreeSet<>();
    for (Query.Kind kind : Query.Kind.values()) {
      if (kind != Query.Kind._Custom) {
        official.add(kind.jsonValue());
      }
    }
    // These went with Elasticsearch 7 and 8; the model still lists them.
    official.removeAll(Set.of("type", "common"));

    assertThat(known).containsAll(official);
    assertThat(QueryReader.supported()).doesNotContainAnyElementsOf(QueryReader.unsupported());
  }

  @Test
  void nodesSayWhatTheFormSaid() {
    assertThat(read("{'match':{'f':'x'}}")).isEqualTo(new QueryNode.Match("f", "x"));
    assertThat(read("{'term':{'f':{'value':7,'boost':2}}}"))
        .isEqualTo(new QueryNode.Boosted(new QueryNode.Term("f", 7L, false), 2));
    assertThat(read("{'range':{'f':{'from':1,'to':2,'include_upper':false}}}"))
        .isEqualTo(new QueryNode.Range("f", null, 1L, 2L, null, null, null));
    assertThat(read("{'bool':{'must':null,'filter':{'exists':{'field':'f'}}}}"))
        .isEqualTo(
            new QueryNode.Bool(
                List.of(), List.of(), List.of(new QueryNode.Exists("f")), List.of(), null));
    assertThat(read("{'query_string':{'query':'a','default_field':'*'}}"))
        .isEqualTo(
            new QueryNode.QueryString(
                "a", List.of(), QueryNode.Operator.OR, null, null, false, false, true));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "{'bogus':{}}; 400; parsing_exception; unknown query [bogus]",
        "{'geo_distance':{}}; 501; not_supported_exception; query [geo_distance] is not supported",
        "{}; 400; illegal_argument_exception; query malformed, empty clause found",
        "[]; 400; parsing_exception; [_na] query malformed, must start with start_object",
        "{'match':{'f':{'query':'x','bogus':1}}}; 400; x_content_parse_exception;"
            + " [1:36] [match] unknown field [bogus]",
        "{'match':{'f':{'query':'x','prefix_length':1}}}; 501; not_supported_exception;"
            + " [match] option [prefix_length] is not supported",
        "{'match':{'f':'x','g':'y'}}; 400; parsing_exception;"
            + " [match] query doesn't support multiple fields, found [f] and [g]",
        "{'match':{'f':{}}}; 400; parsing_exception; [match] requires [query]",
        "{'match':{'f':['x']}}; 400; parsing_exception;"
            + " [match] [query] does not support a value of type START_ARRAY",
        "{'match_all':{},'match_none':{}}; 400; parsing_exception;"
            + " [match_all] malformed query, expected [END_OBJECT] but found [FIELD_NAME]",
        "{'term':{'f':{'value':1,'boost':-1}}}; 400; illegal_argument_exception;"
            + " negative [boost] are not allowed in [term]",
        "{'terms':{'f':{'index':'i','id':'1','path':'p'}}}; 501; not_supported_exception;"
            + " [terms] lookup is not supported",
        "{'bool':{'must':[{'span_term':{'f':'x'}}]}}; 501; not_supported_exception;"
            + " query [span_term] is not supported",
        "{'match':{'f':{'query':'x','_name':'n'}}}; 501; not_supported_exception;"
            + " [match] option [_name] is not supported"
      })
  void whatIsNotTakenIsRefusedByName(String form, int status, String type, String reason) {
    assertThatThrownBy(() -> read(form))
        .isInstanceOfSatisfying(
            ElasticException.class,
            e -> {
              assertThat(e.error().reason()).isEqualTo(reason);
              assertThat(e.error().type()).isEqualTo(type);
              assertThat(e.error().status()).isEqualTo(status);
            });
  }

  /** Refuses what the official model does not know, instead of dropping it. */
  private static final class Strict extends DelegatingJsonpMapper {
    private static final Set<String> FORBID = Set.of(JsonpMapperFeatures.FORBID_CUSTOM_VARIANTS);

    Strict(JsonpMapper mapper) {
      super(mapper);
    }

    @Override
    public boolean ignoreUnknownFields() {
      return false;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T attribute(String name) {
      return FORBID.contains(name) ? (T) Boolean.TRUE : mapper.attribute(name);
    }

    @Override
    public <T> JsonpMapper withAttribute(String name, T value) {
      return new Strict(mapper.withAttribute(name, value));
    }
  }
}
