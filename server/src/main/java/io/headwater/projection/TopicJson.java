package io.headwater.projection;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.projection.DerivedJson.Underivable;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.StreamEntry;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.ZSetValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a topic says of a key, of any type, as JSON in UTF-8:
 *
 * <ul>
 *   <li>a hash: an object of strings; a string that holds a JSON object: that object;
 *   <li>any other string: a JSON string;
 *   <li>a list: an array of strings, first to last; a set: an array of strings, in the order of
 *       their bytes;
 *   <li>a sorted set: {@code [{"member":"a","score":1.5},...]} in the order of ranks, where an
 *       infinite score is the string {@code "inf"} or {@code "-inf"};
 *   <li>an entry of a stream: {@code {"id":"5-1","fields":{"a":"x"}}}, where a field that comes
 *       more than once has the array of its values.
 * </ul>
 *
 * <p>Nothing is built further than {@code maxBytes}.
 */
final class TopicJson {
  private final int maxBytes;
  private final ByteWriter out = new ByteWriter();
  private @Nullable Underivable failure;

  private TopicJson(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * The value of a key that is there and holds no stream.
   *
   * @throws Underivable if it is not UTF-8, or its JSON would be larger
   */
  static byte[] value(Keyspace keyspace, Key key, int maxBytes) throws Underivable {
    DerivedJson.requireUtf8(key.toBytes().array(), "the key");
    long entry = keyspace.peek(key);
    TopicJson json = new TopicJson(maxBytes);
    switch (Entry.type(entry)) {
      case Entry.STRING -> {
        return json.string(entry);
      }
      case Entry.HASH -> {
        int fields = keyspace.hashes().read(entry).size();
        json.requireRoomFor(fields, "{\"\":\"\"}".length() - 1);
        byte[] object = KeyJson.object(keyspace, key, maxBytes);
        json.requireRoom(object.length);
        return object;
      }
      case Entry.LIST -> json.list(keyspace.lists().read(entry));
      case Entry.SET -> json.set(keyspace.sets().read(entry));
      case Entry.ZSET -> json.sortedSet(keyspace.sortedSets().read(entry));
      default -> throw new Underivable("a value of type " + KeyJson.typeName(entry));
    }
    return json.finish();
  }

  private byte[] string(long entry) throws Underivable {
    requireRoom(Entry.valueLength(entry));
    byte[] text = Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
    try {
      DerivedJson.requireObject(text);
      return text;
    } catch (Underivable e) {
      element(text, 0, text.length, "the value");
      return finish();
    }
  }

  private void list(ListValue list) throws Underivable {
    requireRoomFor(list.size(), 3);
    out.putByte('[');
    list.forEach((array, from, length) -> next(array, from, length));
    out.putByte(']');
  }

  private void set(SetValue set) throws Underivable {
    requireRoomFor(set.size(), 3);
    List<byte[]> members = new ArrayList<>(set.size());
    long[] bytes = {0};
    set.forEach((array, from, length) -> {
      bytes[0] += length + 3L;
      if (bytes[0] <= maxBytes) {
        members.add(Arrays.copyOfRange(array, from, from + length));
      }
    });
    requireRoom(bytes[0]);
    members.sort(Arrays::compareUnsigned);
    out.putByte('[');
    members.forEach(member -> next(member, 0, member.length));
    out.putByte(']');
  }

  private void sortedSet(ZSetValue members) throws Underivable {
    requireRoomFor(members.size(), "{\"member\":\"\",\"score\":0},".length());
    out.putByte('[');
    members.forEach((array, from, length, score) -> {
      if (failure == null) {
        comma('[');
        out.putAscii("{\"member\":");
        element(array, from, length, "a member");
        out.putAscii(",\"score\":").putAscii(number(score)).putByte('}');
      }
    });
    out.putByte(']');
  }

  /** As short as it can be read back; JSON has no infinite numbers. */
  static String number(double score) {
    if (Double.isInfinite(score)) {
      return score > 0 ? "\"inf\"" : "\"-inf\"";
    }
    boolean whole = score == Math.rint(score) && Math.abs(score) < 1L << 53;
    return whole ? Long.toString((long) score) : Double.toString(score);
  }

  /**
   * An entry as an event of the log has it: {@code | n varint | n * (field sized, value sized) |}.
   */
  static byte[] entry(StreamId id, ByteReader fields, int maxBytes) throws Underivable {
    TopicJson json = new TopicJson(maxBytes);
    json.requireRoom(fields.remaining());
    List<byte[]> pieces = new ArrayList<>();
    for (int left = fields.getCount() * 2; left > 0; left--) {
      pieces.add(fields.getSizedArray());
    }
    return json.entry(id, pieces);
  }

  /** An entry as a stream shows it. */
  static byte[] entry(StreamEntry entry, int maxBytes) throws Underivable {
    TopicJson json = new TopicJson(maxBytes);
    json.requireRoomFor(entry.fields(), 3); // the same name many times needs that much for each
    List<byte[]> pieces = new ArrayList<>();
    long[] bytes = {0};
    entry.forEach((array, from, length) -> {
      bytes[0] += length;
      if (bytes[0] <= 2L * maxBytes) {
        pieces.add(Arrays.copyOfRange(array, from, from + length));
      }
    });
    json.requireRoom(bytes[0] / 2);
    return json.entry(entry.id(), pieces);
  }

  private byte[] entry(StreamId id, List<byte[]> pieces) throws Underivable {
    Map<Bytes, List<byte[]>> fields = new LinkedHashMap<>();
    for (int i = 0; i < pieces.size(); i += 2) {
      fields
          .computeIfAbsent(Bytes.wrap(pieces.get(i)), _ -> new ArrayList<>(1))
          .add(pieces.get(i + 1));
    }
    out.putAscii("{\"id\":\"").putAscii(id.toString()).putAscii("\",\"fields\":{");
    fields.forEach((name, values) -> {
      comma('{');
      element(name.array(), 0, name.length(), "a field's name");
      out.putByte(':');
      if (values.size() == 1) {
        element(values.getFirst(), 0, values.getFirst().length, "a field's value");
      } else {
        out.putByte('[');
        values.forEach(value -> next(value, 0, value.length));
        out.putByte(']');
      }
    });
    out.putAscii("}}");
    return finish();
  }

  private void next(byte[] array, int from, int length) {
    if (failure == null) {
      comma('[');
      element(array, from, length, "an element");
    }
  }

  private void comma(int opening) {
    if (out.array()[out.size() - 1] != opening) {
      out.putByte(',');
    }
  }

  private void element(byte[] array, int from, int length, String what) {
    if (failure != null) {
      return;
    }
    try {
      requireRoom((long) out.size() + length + 2);
      byte[] text = Arrays.copyOfRange(array, from, from + length);
      DerivedJson.requireUtf8(text, what);
      DerivedJson.quoted(out, text);
    } catch (Underivable e) {
      failure = e;
    }
  }

  private void requireRoomFor(long elements, int bytesEach) throws Underivable {
    requireRoom(elements * bytesEach);
  }

  private void requireRoom(long bytes) throws Underivable {
    if (bytes > maxBytes) {
      throw new TooLarge(maxBytes);
    }
  }

  private byte[] finish() throws Underivable {
    if (failure != null) {
      throw failure;
    }
    requireRoom(out.size());
    return out.toByteArray();
  }

  /** What would be more than a record of the topic may hold. */
  static final class TooLarge extends Underivable {
    private static final long serialVersionUID = 1L;

    TooLarge(int maxBytes) {
      super(reason(maxBytes));
    }

    static String reason(int maxBytes) {
      return "its JSON has more than the "
          + maxBytes
          + " bytes that a record of the topic may hold";
    }
  }
}
