package io.headwater.view.search.mapping;

import io.headwater.view.search.mapping.MappingNode.Field;
import java.util.List;
import org.apache.lucene.document.DoubleField;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KeywordField;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedNumericDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexOptions;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.NumericUtils;

/** How each kind of value lies in Lucene. Queries, sorts and aggregations rely on it. */
public final class Fields {
  /** The document's id: one term, also stored. */
  public static final String ID = "_id";

  /** The document's JSON: stored. */
  public static final String SOURCE = "_source";

  /** Doc values: the stream offset of the record that wrote the document. */
  public static final String SEQ_NO = "_seq_no";

  /** Doc values. */
  public static final String VERSION = "_version";

  /** Terms: paths of fields in this document that leave neither doc values nor norms. */
  public static final String NAMES = "_field_names";

  private static final FieldType ID_TYPE = new FieldType(StringField.TYPE_STORED);
  private static final FieldType TEXT_TYPE = text(true);
  private static final FieldType TEXT_TYPE_NO_NORMS = text(false);

  static {
    ID_TYPE.freeze();
  }

  private Fields() {}

  private static FieldType text(boolean norms) {
    FieldType type = new FieldType();
    type.setTokenized(true);
    type.setOmitNorms(!norms);
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS_AND_POSITIONS);
    type.freeze();
    return type;
  }

  static IndexableField id(BytesRef id) {
    return new org.apache.lucene.document.Field(ID, id, ID_TYPE);
  }

  static IndexableField source(byte[] json) {
    return new StoredField(SOURCE, json);
  }

  public static IndexableField seqNo(long offset) {
    return new NumericDocValuesField(SEQ_NO, offset);
  }

  public static IndexableField version(long version) {
    return new NumericDocValuesField(VERSION, version);
  }

  static IndexableField name(String path) {
    return new StringField(NAMES, path, Store.NO);
  }

  static IndexableField text(String path, String text, boolean norms) {
    return new org.apache.lucene.document.Field(path, text, norms ? TEXT_TYPE : TEXT_TYPE_NO_NORMS);
  }

  static void keyword(List<IndexableField> out, Field field, BytesRef value) {
    if (field.index() && field.docValues()) {
      out.add(new KeywordField(field.path(), value, Store.NO));
    } else if (field.docValues()) {
      out.add(new SortedSetDocValuesField(field.path(), value));
    } else if (field.index()) {
      out.add(new StringField(field.path(), value, Store.NO));
      out.add(name(field.path()));
    }
  }

  static void whole(List<IndexableField> out, Field field, long value) {
    if (field.index() && field.docValues()) {
      out.add(new LongField(field.path(), value, Store.NO));
    } else if (field.docValues()) {
      out.add(new SortedNumericDocValuesField(field.path(), value));
    } else if (field.index()) {
      out.add(new LongPoint(field.path(), value));
      out.add(name(field.path()));
    }
  }

  static void fraction(List<IndexableField> out, Field field, double value) {
    if (field.index() && field.docValues()) {
      out.add(new DoubleField(field.path(), value, Store.NO));
    } else if (field.docValues()) {
      out.add(
          new SortedNumericDocValuesField(field.path(), NumericUtils.doubleToSortableLong(value)));
    } else if (field.index()) {
      out.add(new DoublePoint(field.path(), value));
      out.add(name(field.path()));
    }
  }
}
