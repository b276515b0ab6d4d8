package io.headwater.view.search.aggregation;

import io.headwater.view.search.mapping.FieldType;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.query.QueryContext;
import io.headwater.view.search.query.QueryValues;
import java.io.IOException;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.SortedNumericDocValues;
import org.apache.lucene.util.NumericUtils;
import org.jspecify.annotations.Nullable;

/**
 * A field's numbers in one segment. They are longs in Lucene's order: for fractions {@link
 * NumericUtils#sortableLongToDouble} gives the value.
 */
abstract class Values {
  /** Moves to a document; returns how many values it has. */
  abstract int load(int doc) throws IOException;

  /** The next value of the document, ascending. */
  abstract long next() throws IOException;

  static final Values NONE =
      new Values() {
        @Override
        int load(int doc) {
          return 0;
        }

        @Override
        long next() {
          throw new IllegalStateException("no value");
        }
      };

  /** The field, checked to have doc values; null where the index does not know it. */
  static @Nullable Field field(QueryContext context, String path) {
    if (io.headwater.view.search.mapping.DocumentParser.isMetadata(path)) {
      throw new io.headwater.failure.FailureException(
          new io.headwater.failure.Failure.NotSupported(
              "sorting or aggregating on the field [" + path + "]"));
    }
    Field field = context.mapping().field(path);
    if (field == null) {
      return null;
    }
    if (field.type() == FieldType.TEXT) {
      throw Aggregations.invalid(
          "Fielddata is disabled on ["
              + path
              + "]. Text fields are not optimised for operations"
              + " that require per-document field data like aggregations and sorting, so these"
              + " operations are disabled by default. Please use a keyword field instead.");
    }
    if (!field.docValues()) {
      throw Aggregations.invalid(
          "Can't load fielddata on ["
              + path
              + "] because fielddata is unsupported on fields of"
              + " type ["
              + field.type().word()
              + "]. Use doc values instead.");
    }
    return field;
  }

  /** As {@link #field}, of a type that an aggregation of this name can count with. */
  static @Nullable Field numeric(QueryContext context, String path, String aggregation) {
    Field field = field(context, path);
    if (field != null && field.type().isString()) {
      throw Aggregations.invalid(
          "Field ["
              + path
              + "] of type ["
              + field.type().word()
              + "] is not supported for aggregation ["
              + aggregation
              + "]");
    }
    return field;
  }

  /** Numbers of a field that is there; see {@link #missing} for documents without. */
  static Values of(LeafReader reader, Field field) throws IOException {
    SortedNumericDocValues many = DocValues.getSortedNumeric(reader, field.path());
    NumericDocValues single = DocValues.unwrapSingleton(many);
    return single == null ? many(many) : single(single);
  }

  private static Values single(NumericDocValues values) {
    return new Values() {
      @Override
      int load(int doc) throws IOException {
        return values.advanceExact(doc) ? 1 : 0;
      }

      @Override
      long next() throws IOException {
        return values.longValue();
      }
    };
  }

  private static Values many(SortedNumericDocValues values) {
    return new Values() {
      @Override
      int load(int doc) throws IOException {
        return values.advanceExact(doc) ? values.docValueCount() : 0;
      }

      @Override
      long next() throws IOException {
        return values.nextValue();
      }
    };
  }

  /** As {@code values}, with one value for documents that have none. */
  static Values missing(Values values, long missing) {
    return new Values() {
      private boolean absent;

      @Override
      int load(int doc) throws IOException {
        int count = values.load(doc);
        absent = count == 0;
        return absent ? 1 : count;
      }

      @Override
      long next() throws IOException {
        return absent ? missing : values.next();
      }
    };
  }

  /** A value from a request as it would lie in the field. */
  static long encoded(Field field, Object value, QueryContext context) {
    return QueryValues.encoded(field, value, context);
  }
}
