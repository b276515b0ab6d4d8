package io.headwater.view.search;

import io.headwater.view.search.mapping.Fields;
import java.io.IOException;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.StoredFieldVisitor;
import org.apache.lucene.index.StoredFields;
import org.jspecify.annotations.Nullable;

/** Reads what Lucene stores of a document: its id and its JSON, bytes as they came. */
final class Sources extends StoredFieldVisitor {
  private final boolean wantsSource;
  private byte @Nullable [] id;
  private byte @Nullable [] source;

  Sources(boolean wantsSource) {
    this.wantsSource = wantsSource;
  }

  static byte[] read(IndexReader reader, int doc) throws IOException {
    Sources stored = new Sources(true);
    reader.storedFields().document(doc, stored);
    return stored.source();
  }

  /** Reads one document; use the object once. */
  Sources read(StoredFields fields, int doc) throws IOException {
    fields.document(doc, this);
    return this;
  }

  byte[] id() {
    if (id == null) {
      throw new IllegalStateException("document without id");
    }
    return id;
  }

  byte[] source() {
    if (source == null) {
      throw new IllegalStateException("document without source");
    }
    return source;
  }

  @Override
  public Status needsField(FieldInfo field) {
    return switch (field.name) {
      case Fields.ID -> Status.YES;
      case Fields.SOURCE -> wantsSource ? Status.YES : Status.STOP;
      default -> Status.NO;
    };
  }

  @Override
  public void binaryField(FieldInfo field, byte[] value) {
    if (field.name.equals(Fields.ID)) {
      id = value;
    } else {
      source = value;
    }
  }
}
