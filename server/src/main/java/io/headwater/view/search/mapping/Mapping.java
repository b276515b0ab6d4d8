package io.headwater.view.search.mapping;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.view.search.mapping.MappingNode.Dynamic;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.MappingNode.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An index's mapping at one moment: immutable. It only ever grows: a field keeps its type and the
 * settings that its Lucene form depends on, so documents that were parsed by an older mapping stay
 * right. Equal sequences of documents and merges give equal mappings.
 */
public final class Mapping {
  public static final int FIELDS_MAX = 1_000;
  public static final int DEPTH_MAX = 20;
  public static final int PATH_CHARS_MAX = 2_000;

  public static final Mapping EMPTY =
      new Mapping(new ObjectNode("", null, true, Map.of()), null, null, 0);

  private final ObjectNode root;
  private final @Nullable Boolean dateDetection;
  private final @Nullable Object meta;
  private final int count;
  private volatile @Nullable Paths paths;

  private record Paths(Map<String, Field> fields, Collection<String> objects) {}

  Mapping(ObjectNode root, @Nullable Boolean dateDetection, @Nullable Object meta, int count) {
    this.root = root;
    this.dateDetection = dateDetection;
    this.meta = meta;
    this.count = count;
  }

  /**
   * Reads a mapping.
   *
   * @param json an object as Elasticsearch takes it under {@code mappings}
   * @throws FailureException with {@link Failure.Invalid} or {@link Failure.NotSupported}
   */
  public static Mapping of(String json) {
    return EMPTY.merge(json);
  }

  /**
   * This mapping with another one merged in.
   *
   * @throws FailureException as {@link #of}; {@link Failure.Invalid} in Elasticsearch's words where
   *     the two conflict
   */
  public Mapping merge(String json) {
    Mapping merged = MappingMerge.merge(this, MappingReader.read(json));
    if (merged.count > FIELDS_MAX) {
      throw new FailureException(
          new Failure.Invalid("Limit of total fields [" + FIELDS_MAX + "] has been exceeded"));
    }
    return merged;
  }

  /** Counterpart of {@link #of}: everything that differs from the defaults, names sorted. */
  public String json() {
    return Json.text(MappingWriter.tree(this));
  }

  /** The field with this full path, among them the ones inside others ({@code a.keyword}). */
  public @Nullable Field field(String path) {
    return paths().fields.get(path);
  }

  /** All fields, sorted by path. */
  public Collection<Field> fields() {
    return paths().fields.values();
  }

  public boolean isObject(String path) {
    return paths().objects.contains(path);
  }

  /** The fields whose path fits a pattern with {@code *}. */
  public List<Field> matching(String pattern) {
    if (pattern.indexOf('*') < 0) {
      Field field = field(pattern);
      return field == null ? List.of() : List.of(field);
    }
    List<Field> found = new ArrayList<>();
    for (Field field : fields()) {
      if (Wildcards.matches(pattern, field.path())) {
        found.add(field);
      }
    }
    return found;
  }

  ObjectNode root() {
    return root;
  }

  Dynamic dynamic() {
    return root.dynamic() == null ? Dynamic.TRUE : root.dynamic();
  }

  boolean detectsDates() {
    return dateDetection == null || dateDetection;
  }

  @Nullable Boolean dateDetection() {
    return dateDetection;
  }

  @Nullable Object meta() {
    return meta;
  }

  /** Objects, fields and fields inside fields. */
  int count() {
    return count;
  }

  /** With nodes that a document brought, by full path, parents before children. */
  Mapping with(Map<String, MappingNode> added) {
    ObjectNode grown = root;
    int more = 0;
    for (Map.Entry<String, MappingNode> entry : added.entrySet()) {
      grown = insert(grown, entry.getKey().split("\\."), 0, entry.getValue());
      more += count(entry.getValue());
    }
    return new Mapping(grown, dateDetection, meta, count + more);
  }

  private static ObjectNode insert(ObjectNode node, String[] names, int at, MappingNode leaf) {
    String name = names[at];
    if (at == names.length - 1) {
      return node.with(name, leaf);
    }
    if (node.children().get(name) instanceof ObjectNode child) {
      return node.with(name, insert(child, names, at + 1, leaf));
    }
    throw new IllegalStateException(leaf.path() + " has no object around it");
  }

  static int count(MappingNode node) {
    return switch (node) {
      case Field field -> 1 + field.fields().size();
      case ObjectNode object -> {
        int count = object.path().isEmpty() ? 0 : 1;
        for (MappingNode child : object.children().values()) {
          count += count(child);
        }
        yield count;
      }
    };
  }

  private Paths paths() {
    Paths known = paths;
    if (known == null) {
      Map<String, Field> fields = new TreeMap<>();
      Collection<String> objects = new TreeSet<>();
      collect(root, fields, objects);
      known = new Paths(Collections.unmodifiableMap(fields), objects);
      paths = known;
    }
    return known;
  }

  private static void collect(
      MappingNode node, Map<String, Field> fields, Collection<String> objects) {
    switch (node) {
      case Field field -> {
        fields.put(field.path(), field);
        for (Field inner : field.fields().values()) {
          fields.put(inner.path(), inner);
        }
      }
      case ObjectNode object -> {
        objects.add(object.path());
        for (MappingNode child : object.children().values()) {
          collect(child, fields, objects);
        }
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mapping m && m.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  @Override
  public String toString() {
    return json();
  }
}
