package io.headwater.view.search.mapping;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.headwater.view.search.mapping.DocumentException.Kind;
import io.headwater.view.search.mapping.MappingNode.Dynamic;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.MappingNode.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a document's JSON that gives Lucene's fields and the mapping that the document
 * brings. A function of the mapping and the bytes alone: no clock, no dice, so the log's documents
 * give the same fields at replay.
 */
public final class DocumentParser {
  /** Values of one document, those in arrays counted singly. */
  public static final int VALUES_MAX = 500_000;

  static final Set<String> METADATA =
      Set.of(
          "_id",
          "_index",
          "_type",
          "_source",
          "_seq_no",
          "_version",
          "_routing",
          "_field_names",
          "_ignored",
          "_doc_count",
          "_nested_path",
          "_primary_term",
          "_tier",
          "_score",
          "_doc");

  private final Mapping mapping;
  private final String id;
  private final JsonParser in;
  private final FieldWriter writer;
  private @Nullable Map<String, MappingNode> added;
  private int addedCount;
  private int values;

  private DocumentParser(Mapping mapping, String id, JsonParser in, FieldWriter writer) {
    this.mapping = mapping;
    this.id = id;
    this.in = in;
    this.writer = writer;
  }

  /**
   * Parses a document.
   *
   * @param id as its UTF-8 bytes; becomes the field {@code _id}
   * @param source becomes the field {@code _source}
   */
  public static ParsedDocument parse(Mapping mapping, byte[] id, byte[] source)
      throws DocumentException {
    List<IndexableField> fields = new ArrayList<>(32);
    fields.add(Fields.id(new BytesRef(id)));
    fields.add(Fields.source(source));
    try (JsonParser in = Json.parser(source)) {
      String idText = new BytesRef(id).utf8ToString();
      DocumentParser parser = new DocumentParser(mapping, idText, in, new FieldWriter(fields));
      return new ParsedDocument(mapping, parser.document(), fields);
    } catch (JsonProcessingException e) {
      throw new DocumentException(Kind.PARSING, Json.reason(e));
    } catch (IOException e) { // not of I/O: an array does none
      throw new DocumentException(Kind.PARSING, String.valueOf(e.getMessage()));
    }
  }

  /** Whether documents can have no field of this name at the top. */
  public static boolean isMetadata(String name) {
    return name.startsWith("_") && METADATA.contains(name);
  }

  static void checkNullValue(Field field, Object value) {
    try (JsonParser in = Json.parser(Json.bytes(Map.of("v", value)))) {
      in.nextToken();
      in.nextToken();
      in.nextToken();
      new FieldWriter(new ArrayList<>()).add(field, in);
    } catch (IOException | IllegalArgumentException e) {
      throw MappingReader.invalid(
          "Failed to parse mapping: [null_value] of field [" + field.path() + "]: " + value);
    }
  }

  private Mapping document() throws IOException, DocumentException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      throw failed("Malformed content, must start with an object");
    }
    object(mapping.root(), mapping.dynamic());
    if (in.nextToken() != null) {
      throw failed("Malformed content, found extra data after parsing: " + in.currentToken());
    }
    return added == null ? mapping : mapping.with(added);
  }

  private void object(ObjectNode node, Dynamic dynamic) throws IOException, DocumentException {
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      in.nextToken();
      member(node, dynamic, name);
    }
  }

  /** The value at the current token belongs to {@code name} inside {@code parent}. */
  private void member(ObjectNode parent, Dynamic dynamic, String name)
      throws IOException, DocumentException {
    MappingNode child = parent.children().get(name);
    if (child == null) {
      if (name.indexOf('.') >= 0) {
        dotted(parent, dynamic, name);
        return;
      }
      child = brought(path(parent, name));
    }
    if (child != null) {
      value(child, dynamic);
    } else {
      unknown(parent, dynamic, name);
    }
  }

  /** {@code {"a.b": 1}} means {@code {"a": {"b": 1}}}. */
  private void dotted(ObjectNode parent, Dynamic dynamic, String name)
      throws IOException, DocumentException {
    ObjectNode node = parent;
    Dynamic inherited = dynamic;
    int from = 0;
    for (int dot; (dot = name.indexOf('.', from)) >= 0; from = dot + 1) {
      String first = name.substring(from, dot);
      MappingNode child = node.children().get(first);
      if (child == null) {
        child = brought(path(node, first));
      }
      if (child == null) {
        if (refused(inherited, node, first)) {
          return;
        }
        child = addObject(node, first);
      }
      if (!(child instanceof ObjectNode object)) {
        throw failed(
            "Could not dynamically add mapping for field ["
                + name
                + "]. Existing mapping for ["
                + child.path()
                + "] must be of type object but found ["
                + ((Field) child).type().word()
                + "].");
      }
      if (!object.enabled()) {
        in.skipChildren();
        return;
      }
      node = object;
      inherited = object.dynamic() == null ? inherited : object.dynamic();
    }
    member(node, inherited, name.substring(from));
  }

  private void value(MappingNode node, Dynamic dynamic) throws IOException, DocumentException {
    switch (node) {
      case Field field -> fieldValue(field);
      case ObjectNode object -> objectValue(object, dynamic);
    }
  }

  private void objectValue(ObjectNode object, Dynamic dynamic)
      throws IOException, DocumentException {
    if (!object.enabled()) {
      in.skipChildren();
      return;
    }
    switch (in.currentToken()) {
      case START_OBJECT -> object(object, object.dynamic() == null ? dynamic : object.dynamic());
      case START_ARRAY -> {
        while (in.nextToken() != JsonToken.END_ARRAY) {
          objectValue(object, dynamic);
        }
      }
      case VALUE_NULL -> {}
      default ->
          throw failed(
              "object mapping for ["
                  + object.path()
                  + "] tried to parse field ["
                  + lastName(object.path())
                  + "] as object, but found a concrete value");
    }
  }

  private void fieldValue(Field field) throws IOException, DocumentException {
    if (in.currentToken() == JsonToken.START_ARRAY) {
      while (in.nextToken() != JsonToken.END_ARRAY) {
        fieldValue(field);
      }
      return;
    }
    if (++values > VALUES_MAX) {
      throw new DocumentException(
          Kind.LIMIT, "The number of values in the document exceeds [" + VALUES_MAX + "]");
    }
    try {
      scalar(field);
    } catch (IllegalArgumentException e) {
      if (!field.ignoreMalformed()) {
        throw unfit(field, e.getMessage());
      }
      in.skipChildren();
    }
  }

  private void scalar(Field field) throws IOException, DocumentException {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      if (field.nullValue() == null) {
        return;
      }
      writer.addNullValue(field, field.nullValue());
    } else {
      writer.add(field, in);
    }
    if (!field.fields().isEmpty()) {
      for (Field inner : field.fields().values()) {
        if (in.currentToken() != JsonToken.VALUE_NULL) {
          fieldValue(inner);
        }
      }
    }
    for (int i = 0; i < field.copyTo().size(); i++) {
      copy(field.copyTo().get(i), field);
    }
  }

  private void copy(String target, Field source) throws IOException, DocumentException {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (mapping.field(target) != null || target.indexOf('.') < 0) {
      Field known = mapping.field(target);
      MappingNode brought = known == null ? brought(target) : known;
      if (brought instanceof Field field) {
        if (field.copyTo().isEmpty()) {
          fieldValue(field);
          return;
        }
      } else if (brought == null && mapping.dynamic() == Dynamic.TRUE) {
        unknown(mapping.root(), Dynamic.TRUE, target);
        return;
      }
    }
    throw failed("copy_to of [" + source.path() + "]: [" + target + "] is no field to copy to");
  }

  /** A name that no mapping knows. */
  private void unknown(ObjectNode parent, Dynamic dynamic, String name)
      throws IOException, DocumentException {
    JsonToken token = in.currentToken();
    if (parent.path().isEmpty() && METADATA.contains(name)) {
      throw failed(
          "Field ["
              + name
              + "] is a metadata field and cannot be added inside a document. Use the index API"
              + " request parameters.");
    }
    if (token == JsonToken.VALUE_NULL) {
      checkStrict(dynamic, parent, name);
      return;
    }
    if (token == JsonToken.START_ARRAY) {
      checkStrict(dynamic, parent, name);
      if (dynamic == Dynamic.FALSE) {
        in.skipChildren();
        return;
      }
      while (in.nextToken() != JsonToken.END_ARRAY) {
        member(parent, dynamic, name);
      }
      return;
    }
    if (refused(dynamic, parent, name)) {
      return;
    }
    if (token == JsonToken.START_OBJECT) {
      object(addObject(parent, name), dynamic);
    } else {
      Field field = inferred(path(parent, name), token);
      add(field, name);
      fieldValue(field);
    }
  }

  /** What dynamic mapping makes of the scalar at the current token. */
  private Field inferred(String path, JsonToken token) throws IOException {
    return switch (token) {
      case VALUE_TRUE, VALUE_FALSE -> Field.of(path, FieldType.BOOLEAN);
      case VALUE_NUMBER_INT -> Field.of(path, FieldType.LONG);
      case VALUE_NUMBER_FLOAT -> Field.of(path, FieldType.FLOAT);
      default -> {
        String text = in.getText();
        boolean date = mapping.detectsDates() && looksLikeDate(text) && isDate(text);
        yield date ? Field.of(path, FieldType.DATE) : Field.dynamicText(path);
      }
    };
  }

  private static boolean looksLikeDate(String text) {
    // A bare number is a year to the parser but hardly ever a date to people.
    return text.length() >= 7 && text.length() <= 40 && text.charAt(4) == '-';
  }

  private static boolean isDate(String text) {
    return DateFormat.DEFAULT.parse(text) != null;
  }

  /** Skips the value where dynamic mapping is off, throws where it is strict. */
  private boolean refused(Dynamic dynamic, ObjectNode parent, String name)
      throws IOException, DocumentException {
    checkStrict(dynamic, parent, name);
    if (dynamic == Dynamic.FALSE) {
      in.skipChildren();
      return true;
    }
    return false;
  }

  private void checkStrict(Dynamic dynamic, ObjectNode parent, String name)
      throws DocumentException {
    if (dynamic == Dynamic.STRICT) {
      throw new DocumentException(
          Kind.STRICT,
          at()
              + "mapping set to strict, dynamic introduction of ["
              + name
              + "] within ["
              + (parent.path().isEmpty() ? "_doc" : parent.path())
              + "] is not allowed");
    }
  }

  private @Nullable MappingNode brought(String path) {
    return added == null ? null : added.get(path);
  }

  private ObjectNode addObject(ObjectNode parent, String name) throws DocumentException {
    ObjectNode object = new ObjectNode(path(parent, name), null, true, Map.of());
    add(object, name);
    return object;
  }

  private void add(MappingNode node, String name) throws DocumentException {
    String path = node.path();
    if (name.isBlank()) {
      throw failed("field name cannot contain only whitespace or be empty: [" + path + "]");
    }
    if (path.length() > Mapping.PATH_CHARS_MAX) {
      throw new DocumentException(
          Kind.LIMIT, "Field name longer than [" + Mapping.PATH_CHARS_MAX + "] chars");
    }
    int depth = 1;
    for (int i = 0; i < path.length(); i++) {
      depth += path.charAt(i) == '.' ? 1 : 0;
    }
    if (depth > Mapping.DEPTH_MAX) {
      throw new DocumentException(
          Kind.LIMIT,
          "Limit of mapping depth ["
              + Mapping.DEPTH_MAX
              + "] has been exceeded due to object field ["
              + path
              + "]");
    }
    addedCount += Mapping.count(node);
    if (mapping.count() + addedCount > Mapping.FIELDS_MAX) {
      throw new DocumentException(
          Kind.LIMIT,
          "Limit of total fields ["
              + Mapping.FIELDS_MAX
              + "] has been exceeded while adding new fields ["
              + addedCount
              + "]");
    }
    if (added == null) {
      added = new LinkedHashMap<>();
    }
    added.put(path, node);
  }

  private static String path(ObjectNode parent, String name) {
    return parent.path().isEmpty() ? name : parent.path() + "." + name;
  }

  private static String lastName(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  private String at() {
    return "[" + in.currentLocation().getLineNr() + ":" + in.currentLocation().getColumnNr() + "] ";
  }

  private DocumentException failed(String reason) {
    return new DocumentException(Kind.PARSING, at() + reason);
  }

  private DocumentException unfit(Field field, @Nullable String why) throws IOException {
    boolean scalar = in.currentToken().isScalarValue();
    String preview = scalar ? in.getText() : in.currentToken() == JsonToken.START_OBJECT ? "{" : "";
    if (preview.length() > 100) {
      preview = preview.substring(0, 100) + "...";
    }
    return failed(
        "failed to parse field ["
            + field.path()
            + "] of type ["
            + field.type().word()
            + "] in document with id '"
            + id
            + "'. Preview of field's value: '"
            + preview
            + "'"
            + (why == null ? "" : ": " + why));
  }
}
