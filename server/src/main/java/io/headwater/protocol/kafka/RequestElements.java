package io.headwater.protocol.kafka;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.jspecify.annotations.Nullable;

/**
 * Counts the elements of all arrays in a request, before it is decoded: an element of three bytes
 * becomes objects of hundreds, for the request and for its answer. And the library keeps some
 * arrays in hash tables that look at all earlier elements where hashes are equal, as with the same
 * name a million times: minutes for everybody.
 */
final class RequestElements {
  /** So many elements cost some tenths of a second at most, whatever their hashes are. */
  private static final int KEYED_MAX = 20_000;

  private static final int MOST = 100_000;

  /** What an element costs as objects, of the request and of its answer, roughly. */
  static final int ELEMENT_BYTES = 400;

  /** Elements of one request. */
  private static final int ELEMENTS_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / 16 / ELEMENT_BYTES, 10_000, MOST);

  /** Requests whose elements, or whose answer's, are found by their names. */
  private static final Set<ApiKeys> KEYED =
      EnumSet.of(
          ApiKeys.PRODUCE,
          ApiKeys.METADATA,
          ApiKeys.JOIN_GROUP,
          ApiKeys.CREATE_TOPICS,
          ApiKeys.DELETE_TOPICS,
          ApiKeys.DELETE_RECORDS,
          ApiKeys.OFFSET_FOR_LEADER_EPOCH,
          ApiKeys.ALTER_CONFIGS,
          ApiKeys.INCREMENTAL_ALTER_CONFIGS,
          ApiKeys.CREATE_PARTITIONS,
          ApiKeys.DELETE_GROUPS,
          ApiKeys.OFFSET_DELETE);

  private final ByteBuffer bytes;
  private final int most;
  private int count;

  private RequestElements(ByteBuffer bytes, int most) {
    this.bytes = bytes;
    this.most = most;
  }

  /** How many elements a request may have. */
  static int limit(ApiKeys key) {
    return KEYED.contains(key) ? Math.min(KEYED_MAX, ELEMENTS_MAX) : ELEMENTS_MAX;
  }

  /**
   * Counts them, up to one more than the limit; what does not decode is counted up to there.
   *
   * @param body behind the request's header; stays as it is
   */
  static int count(ApiKeys key, short version, ByteBuffer body) {
    Schema[] schemas = key.messageType.requestSchemas();
    @Nullable Schema schema = version >= 0 && version < schemas.length ? schemas[version] : null;
    if (schema == null) {
      return 0;
    }
    RequestElements elements = new RequestElements(body.duplicate(), limit(key));
    try {
      elements.skip(schema);
    } catch (BufferUnderflowException | IllegalArgumentException _) {
      // The decoder, which comes next, says what is wrong.
    }
    return elements.count;
  }

  private void skip(Type type) {
    if (type instanceof Schema schema) {
      if (!(schema instanceof NullableSchema) || bytes.get() >= 0) {
        for (BoundField field : schema.fields()) {
          skip(field.def.type);
        }
      }
    } else if (type instanceof TaggedFields) {
      skipTagged();
    } else {
      Optional<Type> element = type.arrayElementType();
      if (element.isPresent()) {
        skipArray(isCompact(type) ? unsigned() - 1 : bytes.getInt(), element.get());
      } else {
        skipBytes(length(type));
      }
    }
  }

  private void skipArray(long length, Type element) {
    for (long i = 0; i < length && count <= most; i++) {
      count++;
      skip(element);
    }
  }

  /** Each is counted as elements of sixteen bytes: it may hold an array, too. */
  private void skipTagged() {
    long fields = unsigned();
    for (long i = 0; i < fields && count <= most; i++) {
      unsigned();
      long size = unsigned();
      count += 1 + (int) Math.min(most, size / 16);
      skipBytes(size);
    }
  }

  private void skipBytes(long length) {
    if (length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    bytes.position(bytes.position() + (int) Math.max(0, length));
  }

  private static boolean isCompact(Type type) {
    return type.toString().startsWith("COMPACT_");
  }

  private long length(Type type) {
    return switch (type.toString()) {
      case "BOOLEAN", "INT8" -> 1;
      case "INT16", "UINT16" -> 2;
      case "INT32", "UINT32" -> 4;
      case "INT64", "FLOAT64" -> 8;
      case "UUID" -> 16;
      case "STRING", "NULLABLE_STRING" -> bytes.getShort();
      case "BYTES", "NULLABLE_BYTES", "RECORDS" -> bytes.getInt();
      case "COMPACT_STRING",
          "COMPACT_NULLABLE_STRING",
          "COMPACT_BYTES",
          "COMPACT_NULLABLE_BYTES",
          "COMPACT_RECORDS" ->
          unsigned() - 1;
      default -> throw new IllegalArgumentException("a field of type " + type);
    };
  }

  /** A varint of at most 32 bits. */
  private long unsigned() {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte b = bytes.get();
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a varint of more than five bytes");
  }
}
