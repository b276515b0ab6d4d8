package io.headwater.protocol.elastic;

import com.fasterxml.jackson.core.JsonGenerator;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.answer.SearchAnswer;
import io.headwater.protocol.elastic.dsl.MultiSearchReader;
import io.headwater.protocol.elastic.dsl.QueryReader;
import io.headwater.protocol.elastic.dsl.SearchBody;
import io.headwater.protocol.elastic.dsl.SortReader;
import io.headwater.protocol.elastic.dsl.SourceReader;
import io.headwater.protocol.elastic.dsl.TimeValue;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.Json;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.protocol.http.HttpResponse;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.SearchRequest;
import io.headwater.view.search.SearchResult;
import io.headwater.view.search.SourceFilter;
import io.headwater.view.search.query.QueryNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Searches and counts. */
final class SearchCalls {
  /** Parameters that make a query of the address. */
  static final String[] URI_QUERY = {
    "q", "df", "default_operator", "analyzer", "analyze_wildcard", "lenient"
  };

  private SearchCalls() {}

  static HttpResponse search(Node node, Call call) {
    SearchBody body = SearchBody.read(call.body());
    overlay(call, body);
    List<Index> indexes = IndexNames.resolve(node, call, call.value("index"));
    SearchRequest request = body.request();
    SearchResult result = run(indexes, () -> node.search().search(names(indexes), request));
    return call.json(
        200,
        out ->
            new SearchAnswer(out, body, request, totalAs(call), names(call))
                .write(result, call.tookMs(), indexes.size()));
  }

  private static List<String> names(List<Index> indexes) {
    return indexes.stream().map(Index::name).toList();
  }

  private static SearchAnswer.Total totalAs(Call call) {
    return call.flag("rest_total_hits_as_int", false)
        ? SearchAnswer.Total.NUMBER
        : SearchAnswer.Total.OBJECT;
  }

  private static SearchAnswer.Names names(Call call) {
    return call.flag("typed_keys", false) ? SearchAnswer.Names.TYPED : SearchAnswer.Names.PLAIN;
  }

  /** Lays the address's parameters over the body: they win, as in Elasticsearch. */
  private static void overlay(Call call, SearchBody body) {
    QueryNode uriQuery = uriQuery(call);
    if (uriQuery != null) {
      body.query = uriQuery;
    }
    if (call.param("from") != null) {
      body.from = count(call, "from");
    }
    if (call.param("size") != null) {
      body.size = count(call, "size");
    }
    String sort = call.param("sort");
    if (sort != null) {
      body.sort = SortReader.parameter(sort);
    }
    SourceFilter source =
        SourceReader.parameters(
            call.param("_source"), call.param("_source_includes"), call.param("_source_excludes"));
    if (source != null) {
      body.source = source;
    }
    String timeout = call.param("timeout");
    if (timeout != null) {
      body.timeoutMs = TimeValue.parseMs("timeout", timeout);
    }
    String fields = call.param("docvalue_fields");
    if (fields != null) {
      body.docvalueFields =
          List.of(fields.split(",")).stream()
              .map(field -> new SearchRequest.FieldFormat(field, null))
              .toList();
    }
    body.version = call.flag("version", body.version);
    body.seqNoPrimaryTerm = call.flag("seq_no_primary_term", body.seqNoPrimaryTerm);
    body.trackScores = call.flag("track_scores", body.trackScores);
    String totals = call.param("track_total_hits");
    if (totals != null) {
      body.trackTotalHits = SearchBody.trackTotalHits(totals);
    }
    if (totalAs(call) == SearchAnswer.Total.NUMBER) {
      countAll(body);
    }
    checkSearchType(call);
  }

  /** A bare number cannot say "at least". */
  private static void countAll(SearchBody body) {
    Integer limit = body.trackTotalHits;
    if (limit == null) {
      body.trackTotalHits = Integer.MAX_VALUE;
    } else if (limit != Integer.MAX_VALUE && limit != 0) {
      throw ElasticError.illegalArgument(
              "[rest_total_hits_as_int] cannot be used if the tracking of total hits is not"
                  + " accurate, got "
                  + limit)
          .exception();
    }
  }

  private static int count(Call call, String name) {
    long value = call.number(name, 0);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw ElasticError.illegalArgument(
              "[" + name + "] parameter cannot be negative, found [" + value + "]")
          .exception();
    }
    return (int) value;
  }

  private static void checkSearchType(Call call) {
    String type = call.param("search_type", "query_then_fetch");
    if (!type.equals("query_then_fetch") && !type.equals("dfs_query_then_fetch")) {
      throw ElasticError.illegalArgument("No search type for [" + type + "]").exception();
    }
  }

  /** {@code q=…} is a query_string query. */
  private static @Nullable QueryNode uriQuery(Call call) {
    String text = call.param("q");
    if (text == null) {
      return null;
    }
    String field = call.param("df");
    QueryNode.Operator operator =
        switch (call.param("default_operator", "or").toLowerCase(Locale.ROOT)) {
          case "or" -> QueryNode.Operator.OR;
          case "and" -> QueryNode.Operator.AND;
          case String other ->
              throw ElasticError.illegalArgument(
                      "Unsupported defaultOperator [" + other + "], can either be [OR] or [AND]")
                  .exception();
        };
    return new QueryNode.QueryString(
        text,
        field == null ? List.of() : List.of(field),
        operator,
        call.param("analyzer"),
        null,
        call.flag("lenient", false),
        call.flag("analyze_wildcard", false),
        true);
  }

  /** What goes wrong inside is what went wrong in every shard. */
  private static <T> T run(List<Index> indexes, Supplier<T> search) {
    try {
      return search.get();
    } catch (FailureException e) {
      ElasticError cause = ElasticError.of(e.failure());
      boolean ofTheQuery =
          e.failure() instanceof Failure.Invalid || e.failure() instanceof Failure.TooLarge;
      throw (ofTheQuery ? ElasticError.searchFailed(cause, names(indexes)) : cause).exception();
    }
  }

  static HttpResponse count(Node node, Call call) {
    QueryNode query = uriQuery(call);
    JsonValue.Obj body = call.body();
    if (body != null && query == null) {
      Fields f = new Fields("count", body);
      JsonValue asked = f.take("query");
      f.done();
      query = asked == null ? null : QueryReader.read(asked);
    }
    QueryNode counted = query == null ? new QueryNode.MatchAll() : query;
    List<Index> indexes = IndexNames.resolve(node, call, call.value("index"));
    long count = run(indexes, () -> node.search().count(names(indexes), counted));
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeNumberField("count", count);
          SearchAnswer.writeShards(out, indexes.size());
          out.writeEndObject();
        });
  }

  /** Several searches, one after the other, each with a line of its own before it. */
  static HttpResponse multiSearch(Node node, Call call) {
    List<MultiSearchReader.Line> lines =
        MultiSearchReader.read(call.requireBody(), call.value("index"));
    return call.json(
        200,
        out -> {
          out.writeStartObject();
          long startNs = System.nanoTime();
          out.writeArrayFieldStart("responses");
          for (MultiSearchReader.Line line : lines) {
            one(node, call, line, out);
          }
          out.writeEndArray();
          out.writeNumberField("took", (System.nanoTime() - startNs) / 1_000_000);
          out.writeEndObject();
        });
  }

  private static void one(Node node, Call call, MultiSearchReader.Line line, JsonGenerator out)
      throws IOException {
    byte[] answer;
    long startNs = System.nanoTime();
    try {
      SearchBody body = SearchBody.read(line.body());
      SearchAnswer.Total total = totalAs(call);
      if (total == SearchAnswer.Total.NUMBER) {
        countAll(body);
      }
      List<Index> indexes = IndexNames.resolve(node, call, line.index());
      SearchRequest request = body.request();
      SearchResult result = run(indexes, () -> node.search().search(names(indexes), request));
      long tookMs = (System.nanoTime() - startNs) / 1_000_000;
      answer =
          Json.write(json ->
                  new SearchAnswer(json, body, request, total, names(call))
                      .withStatus()
                      .write(result, tookMs, indexes.size()))
              .toByteArray();
    } catch (ElasticException e) {
      answer = Json.write(e.error()::writeWhole).toByteArray();
    } catch (FailureException e) {
      answer = Json.write(ElasticError.of(e.failure())::writeWhole).toByteArray();
    }
    Json.raw(out, answer);
  }
}
