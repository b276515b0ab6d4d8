package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.view.search.aggregation.DocValueFields;
import io.headwater.view.search.mapping.DateFormat;
import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.Fields;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryValues;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.jspecify.annotations.Nullable;

/** Brings what a search asked for of each hit. */
record Fetch(
    SearchIndex index,
    IndexSearcher searcher,
    QueryContext context,
    Query query,
    SearchRequest request) {

  Hit hit(ScoreDoc doc, @Nullable Sorting sorting) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc.doc, leaves));
    LeafReader reader = leaf.reader();
    int local = doc.doc - leaf.docBase;
    SourceFilter filter = request.source();
    boolean needsSource = filter.enabled() || request.highlight() != null;
    Sources stored = new Sources(needsSource).read(searcher.storedFields(), doc.doc);
    List<@Nullable Object> sort = null;
    if (sorting != null && doc instanceof FieldDoc fieldDoc && fieldDoc.fields != null) {
      sort = sorting.shown(fieldDoc.fields);
    }
    return new Hit(
        index.name(),
        Bytes.wrap(stored.id()).utf8(),
        doc.score,
        IdLookup.number(reader, Fields.VERSION, local),
        IdLookup.number(reader, Fields.SEQ_NO, local),
        filter.enabled() ? SourceFiltering.apply(stored.source(), filter) : null,
        sort,
        request.fields().isEmpty() ? Map.of() : fields(reader, local),
        request.highlight() == null
            ? Map.of()
            : Highlights.of(context.mapping(), query, stored.source(), request.highlight()));
  }

  private Map<String, List<Object>> fields(LeafReader reader, int local) throws IOException {
    Map<String, List<Object>> fields = new LinkedHashMap<>();
    for (SearchRequest.FieldFormat asked : request.fields()) {
      boolean wild = asked.field().indexOf('*') >= 0;
      for (Field match : context.mapping().matching(asked.field())) {
        if (wild && (match.type() == FieldType.TEXT || !match.docValues())) {
          continue;
        }
        Field field = DocValueFields.find(context, match.path());
        if (field != null) {
          DateFormat format =
              asked.format() == null || field.type() != FieldType.DATE
                  ? null
                  : QueryValues.format(asked.format());
          List<Object> values = DocValueFields.read(reader, field, format, local);
          if (!values.isEmpty()) {
            fields.put(field.path(), values);
          }
        }
      }
    }
    return fields;
  }
}
