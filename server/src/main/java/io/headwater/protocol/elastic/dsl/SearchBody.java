package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.SearchRequest;
import io.headwater.view.search.SearchRequest.FieldFormat;
import io.headwater.view.search.SortNode;
import io.headwater.view.search.SourceFilter;
import io.headwater.view.search.aggregation.AggregationNode;
import io.headwater.view.search.query.QueryNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A search as its body asks for it, before parameters of the address are laid over it. Mutable
 * while it is read; {@link #request} makes the view's request.
 */
public final class SearchBody {
  public @Nullable QueryNode query;
  public @Nullable Integer from;
  public @Nullable Integer size;
  public @Nullable Integer trackTotalHits;
  public @Nullable SourceFilter source;
  public List<SortNode> sort = List.of();
  public List<FieldFormat> docvalueFields = List.of();
  public boolean version;
  public boolean seqNoPrimaryTerm;
  public boolean trackScores;
  public long timeoutMs;
  private @Nullable QueryNode postFilter;
  private @Nullable List<Object> searchAfter;
  private @Nullable Float minScore;
  private SearchRequest.@Nullable Highlight highlight;
  private Map<String, AggregationNode> aggregations = Map.of();

  /**
   * @param body null asks for everything
   */
  public static SearchBody read(JsonValue.@Nullable Obj body) {
    SearchBody search = new SearchBody();
    if (body != null) {
      search.readFields(new Fields("search", body));
    }
    return search;
  }

  private void readFields(Fields f) {
    JsonValue asked = f.take("query");
    query = asked == null ? null : QueryReader.read(asked);
    JsonValue narrowed = f.take("post_filter");
    postFilter = narrowed == null ? null : QueryReader.read(narrowed);
    from = optional(f, "from");
    size = optional(f, "size");
    if (f.take("sort") != null) {
      sort = SortReader.read(f.list("sort"));
    }
    JsonValue after = f.take("search_after");
    searchAfter = after == null ? null : f.scalars("search_after", after);
    trackTotalHits = trackTotalHits(f);
    JsonValue sourceValue = f.take("_source");
    source = sourceValue == null ? null : SourceReader.read(sourceValue);
    docvalueFields = fieldFormats(f);
    Double least = f.decimal("min_score");
    minScore = least == null ? null : least.floatValue();
    trackScores = f.flag("track_scores", false);
    version = f.flag("version", false);
    seqNoPrimaryTerm = f.flag("seq_no_primary_term", false);
    String timeout = f.text("timeout");
    timeoutMs = timeout == null ? 0 : TimeValue.parseMs("timeout", timeout);
    JsonValue marks = f.take("highlight");
    highlight = marks == null ? null : HighlightReader.read(marks);
    aggregations = aggregations(f);
    refuseTheRest(f);
  }

  private static @Nullable Integer optional(Fields f, String name) {
    return f.take(name) == null ? null : f.count(name, 0, 0, Integer.MAX_VALUE);
  }

  private static @Nullable Integer trackTotalHits(Fields f) {
    JsonValue value = f.take("track_total_hits");
    return switch (value) {
      case null -> null;
      case JsonValue.Bool b -> b.value() ? Integer.MAX_VALUE : 0;
      default -> trackTotalHits(f.text("track_total_hits", ""));
    };
  }

  /** {@code true}, {@code false} or a number, as the view counts. */
  public static int trackTotalHits(String text) {
    return switch (text) {
      case "true", "" -> Integer.MAX_VALUE;
      case "false" -> 0;
      default -> {
        try {
          int limit = Integer.parseInt(text);
          if (limit >= -1) {
            yield limit == -1 ? Integer.MAX_VALUE : limit;
          }
        } catch (NumberFormatException e) {
          // falls through to the refusal
        }
        throw ElasticError.illegalArgument(
                "[track_total_hits] parameter must be positive or equals to -1, got " + text)
            .exception();
      }
    };
  }

  private static List<FieldFormat> fieldFormats(Fields f) {
    List<FieldFormat> formats = new ArrayList<>();
    for (JsonValue item : f.list("docvalue_fields")) {
      if (item instanceof JsonValue.Text(String field, _)) {
        formats.add(new FieldFormat(field, null));
      } else {
        Fields field = new Fields("docvalue_fields", item);
        formats.add(new FieldFormat(field.requireText("field"), field.text("format")));
        field.done();
      }
    }
    return formats;
  }

  private static Map<String, AggregationNode> aggregations(Fields f) {
    JsonValue asked = f.take("aggs");
    JsonValue askedLong = f.take("aggregations");
    JsonValue either = asked != null ? asked : askedLong;
    return either == null ? Map.of() : AggregationReader.read(either);
  }

  private static void refuseTheRest(Fields f) {
    // Statistics groups name a search for dashboards that do not exist here.
    f.hints("stats");
    f.unsupported(
        "collapse",
        "fields",
        "indices_boost",
        "knn",
        "min_compatible_shard_node",
        "pit",
        "rank",
        "rescore",
        "retriever",
        "runtime_mappings",
        "script_fields",
        "slice",
        "stored_fields",
        "suggest",
        "terminate_after",
        "ext");
    for (String name : List.of("explain", "profile")) {
      if (f.flag(name, false)) {
        throw ElasticError.notSupported("[search] option [" + name + "]").exception();
      }
    }
    f.done();
  }

  /** The view's request. */
  public SearchRequest request() {
    return new SearchRequest(
        query == null ? new QueryNode.MatchAll() : query,
        postFilter,
        from == null ? 0 : from,
        size == null ? 10 : size,
        sort,
        searchAfter,
        trackTotalHits == null ? SearchRequest.DEFAULT_TRACK_TOTAL_HITS : trackTotalHits,
        source == null ? SourceFilter.ALL : source,
        docvalueFields,
        minScore,
        trackScores,
        timeoutMs,
        highlight,
        aggregations);
  }
}
