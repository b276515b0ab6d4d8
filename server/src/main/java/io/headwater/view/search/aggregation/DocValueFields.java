package io.headwater.view.search.aggregation;

import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/** Fields whose values can be read by document: for sorting and for bringing them with hits. */
public final class DocValueFields {
  private DocValueFields() {}

  /** The field; null if the index does not know it; an error if it has no doc values. */
  public static @Nullable Field find(QueryContext context, String path) {
    return Values.field(context, path);
  }

  /** One document's values: {@link String}, {@link Long}, {@link Double} or {@link Boolean}. */
  public static List<Object> read(
      LeafReader leaf,
      Field field,
      io.headwater.view.search.mapping.@Nullable DateFormat format,
      int doc)
      throws IOException {
    List<Object> found = new ArrayList<>();
    switch (field.type()) {
      case TEXT -> throw new IllegalStateException("text has no doc values");
      case KEYWORD -> {
        SortedSetDocValues values = DocValues.getSortedSet(leaf, field.path());
        if (values.advanceExact(doc)) {
          int count = values.docValueCount();
          for (int i = 0; i < count; i++) {
            found.add(values.lookupOrd(values.nextOrd()).utf8ToString());
          }
        }
      }
      case LONG, INTEGER, SHORT, BYTE, DOUBLE, FLOAT, BOOLEAN, DATE -> {
        Values values = Values.of(leaf, field);
        int count = values.load(doc);
        for (int i = 0; i < count; i++) {
          long raw = values.next();
          found.add(
              switch (field.type()) {
                case DOUBLE, FLOAT -> NumericUtils.sortableLongToDouble(raw);
                case BOOLEAN -> raw != 0;
                case DATE -> (format == null ? field.dateFormat() : format).print(raw);
                default -> (Object) raw;
              });
        }
      }
    }
    return found;
  }
}
