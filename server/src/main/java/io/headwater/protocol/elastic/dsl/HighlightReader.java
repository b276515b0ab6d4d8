package io.headwater.protocol.elastic.dsl;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.json.Fields;
import io.headwater.protocol.elastic.json.JsonValue;
import io.headwater.view.search.SearchRequest.Highlight;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code highlight}: one way of marking for all fields. */
final class HighlightReader {
  private HighlightReader() {}

  static Highlight read(JsonValue value) {
    Fields f = new Fields("highlight", value);
    List<String> names = new ArrayList<>();
    List<JsonValue> asked = f.list("fields");
    Fields only = null;
    for (JsonValue item : asked) {
      Fields fields = new Fields("fields", item);
      for (String name : fields.rest()) {
        names.add(name);
        only = new Fields("highlight_field", fields.require(name));
        if (!only.rest().isEmpty() && JsonValue.object(item).fields().size() + asked.size() > 2) {
          throw ElasticError.notSupported("[highlight] options of one field among several")
              .exception();
        }
      }
    }
    int fragmentSize = f.count("fragment_size", 100, 0, 1 << 20);
    int fragments = f.count("number_of_fragments", 5, 0, 1_000);
    List<String> before = f.texts("pre_tags");
    List<String> after = f.texts("post_tags");
    common(f);
    f.done();
    if (only != null) {
      fragmentSize = only.count("fragment_size", fragmentSize, 0, 1 << 20);
      fragments = only.count("number_of_fragments", fragments, 0, 1_000);
      common(only);
      before = orElse(only.texts("pre_tags"), before);
      after = orElse(only.texts("post_tags"), after);
      only.done();
    }
    return new Highlight(names, tag(before, "<em>"), tag(after, "</em>"), fragmentSize, fragments);
  }

  private static void common(Fields f) {
    f.word("type", "unified", "unified");
    f.word("encoder", "default", "default");
    f.word("order", "none", "none");
    f.hints("max_analyzed_offset", "boundary_max_scan", "fragmenter");
    if (!f.flag("require_field_match", true)) {
      throw ElasticError.notSupported("[highlight] option [require_field_match] false").exception();
    }
    f.unsupported(
        "boundary_chars",
        "boundary_scanner",
        "boundary_scanner_locale",
        "force_source",
        "fragment_offset",
        "highlight_query",
        "matched_fields",
        "no_match_size",
        "options",
        "phrase_limit",
        "tags_schema",
        "max_fragment_length");
  }

  private static List<String> orElse(List<String> tags, List<String> fallback) {
    return tags.isEmpty() ? fallback : tags;
  }

  private static String tag(List<String> tags, String fallback) {
    return tags.isEmpty() ? fallback : tags.getFirst();
  }
}
