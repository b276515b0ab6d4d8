package io.headwater.projection;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.view.OwnedBy;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.EventCursor;
import io.headwater.view.keyspace.EventKind;
import io.headwater.view.keyspace.Generic;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.StreamId;
import io.headwater.view.keyspace.types.StreamValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The keyspace's events of one command, EXEC or script as steps of a change: {@link #note} finds
 * the events of each key, {@link #write} writes those of one. A step says what the event says, in
 * words; docs/formats/changes.md has them all.
 */
@OwnedBy("keyspace")
final class ChangeEvents {
  private final Keyspace keyspace;
  private final Map<Bytes, List<Integer>> starts = new HashMap<>();
  private final Key key = new Key();
  private byte[] array = {};
  private int end;

  ChangeEvents(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** Notes where the events are of keys of database 0 that are wanted; the array must stay. */
  void note(ByteReader events, Predicate<Key> wanted) {
    starts.clear();
    array = events.array();
    end = events.index() + events.remaining();
    EventCursor event = new EventCursor(events);
    while (event.next()) {
      int db = event.key().db();
      if (event.kind() == EventKind.FLUSHED && (db == 0 || db == Generic.ALL)) {
        starts.clear(); // and the tombstones are written
      } else if (db == 0 && wanted.test(event.key())) {
        starts.computeIfAbsent(event.key().toBytes(), _ -> new ArrayList<>(1)).add(event.start());
      }
    }
  }

  /** Writes the steps of a key's events that were noted. */
  void write(Bytes name, ChangeRecords out) {
    for (int start : starts.getOrDefault(name, List.of())) {
      EventCursor event = new EventCursor(new ByteReader(array, start, end - start));
      event.next();
      step(event.kind(), name, event.body(), out);
    }
  }

  private void step(int kind, Bytes name, ByteReader in, ChangeRecords out) {
    switch (kind) {
      case EventKind.DELETED, EventKind.RENAMED -> out.plain("del");
      case EventKind.EXPIRY_SET -> out.expire(in.getLong());
      case EventKind.STRING_SET,
          EventKind.STRING_APPENDED,
          EventKind.STRING_OVERWRITTEN,
          EventKind.STRING_SPLICED ->
          string(kind, in, out);
      case EventKind.HASH_REPLACED,
          EventKind.HASH_SET,
          EventKind.HASH_CHANGED,
          EventKind.HASH_DELETED,
          EventKind.HASH_FIELDS_EXPIRY ->
          hash(kind, in, out);
      case EventKind.SET_REPLACED -> {
        out.plain("del");
        elements("sadd", "members", in, out);
      }
      case EventKind.SET_ADDED -> elements("sadd", "members", in, out);
      case EventKind.SET_REMOVED -> elements("srem", "members", in, out);
      case EventKind.ZSET_REPLACED -> {
        out.plain("del");
        scores(in, out);
      }
      case EventKind.ZSET_PUT -> scores(in, out);
      case EventKind.ZSET_REMOVED -> elements("zrem", "members", in, out);
      case EventKind.ZSET_RANGE_REMOVED -> range("zremrangebyrank", in, out);
      case EventKind.STREAM_ADDED, EventKind.STREAM_DELETED, EventKind.STREAM_TRIMMED ->
          stream(kind, name, in, out);
      case EventKind.STREAM_GROUP_PUT -> out.plain("xcreate");
      default -> {
        if (kind >= EventKind.LIST_REPLACED && kind <= EventKind.LIST_TRIMMED) {
          list(kind, in, out);
        } // others are of groups and of positions: entries stay what they are
      }
    }
  }

  private static void string(int kind, ByteReader in, ChangeRecords out) {
    switch (kind) {
      case EventKind.STRING_SET -> {
        long expiresAtMs = EventCursor.expires(in.getByte()) ? in.getLong() : 0;
        int length = in.getLength();
        out.set(in.array(), in.index(), length, expiresAtMs);
      }
      case EventKind.STRING_APPENDED -> {
        int length = in.getLength();
        out.append(in.array(), in.index(), length);
      }
      case EventKind.STRING_OVERWRITTEN -> {
        long offset = in.getVarint();
        int length = in.getLength();
        out.overwrite(offset, in.array(), in.index(), length);
      }
      default -> {
        ByteWriter step = out.step("splice");
        number(step, "offset", in.getVarint());
        number(step, "removed", in.getVarint());
        text(step.putAscii(",\"value\":"), in);
        out.endStep();
      }
    }
  }

  private static void hash(int kind, ByteReader in, ChangeRecords out) {
    switch (kind) {
      case EventKind.HASH_DELETED -> elements("hdel", "fields", in, out);
      case EventKind.HASH_FIELDS_EXPIRY -> {
        out.list("hexpire", "fields");
        for (int left = in.getCount(); left > 0; left--) {
          long expiresAtMs = in.getLong();
          ByteWriter item = out.item().putAscii("{\"field\":");
          text(item, in);
          ChangeRecords.time(item.putAscii(",\"expires_at_ms\":"), expiresAtMs, HashValue.NEVER);
          item.putByte('}');
          out.endItem();
        }
        out.endList();
      }
      default -> {
        if (kind == EventKind.HASH_REPLACED) {
          out.plain("del");
        }
        fields(kind == EventKind.HASH_CHANGED, in, out);
      }
    }
  }

  private static void fields(boolean keepExpiries, ByteReader in, ChangeRecords out) {
    out.list("hset", "fields", keepExpiries ? ",\"keepttl\":true" : "");
    for (int left = in.getCount(); left > 0; left--) {
      ByteWriter item = out.item().putAscii("{\"field\":");
      text(item, in);
      text(item.putAscii(",\"value\":"), in);
      item.putByte('}');
      out.endItem();
    }
    out.endList();
  }

  private static void list(int kind, ByteReader in, ChangeRecords out) {
    switch (kind) {
      case EventKind.LIST_REPLACED -> {
        out.plain("del");
        elements("rpush", "elements", in, out);
      }
      case EventKind.LIST_PUSHED_LEFT -> elements("lpush", "elements", in, out);
      case EventKind.LIST_PUSHED_RIGHT -> elements("rpush", "elements", in, out);
      case EventKind.LIST_POPPED -> {
        number(out.step(in.getByte() == 0 ? "lpop" : "rpop"), "count", in.getVarint());
        out.endStep();
      }
      case EventKind.LIST_ROTATED -> {
        out.step("lmove")
            .putAscii(in.getByte() == 0 ? ",\"from\":\"left\"" : ",\"from\":\"right\"")
            .putAscii(in.getByte() == 0 ? ",\"to\":\"left\"" : ",\"to\":\"right\"");
        out.endStep();
      }
      case EventKind.LIST_SET, EventKind.LIST_INSERTED -> {
        ByteWriter step = out.step(kind == EventKind.LIST_SET ? "lset" : "linsert");
        number(step, "index", in.getVarint());
        text(step.putAscii(",\"element\":"), in);
        out.endStep();
      }
      case EventKind.LIST_REMOVED -> {
        ByteWriter step = out.step("lrem");
        number(step, "count", in.getSigned());
        text(step.putAscii(",\"element\":"), in);
        out.endStep();
      }
      default -> range("ltrim", in, out);
    }
  }

  private static void scores(ByteReader in, ChangeRecords out) {
    out.list("zadd", "members");
    for (int left = in.getCount(); left > 0; left--) {
      double score = in.getDouble();
      ByteWriter item = out.item().putAscii("{\"member\":");
      text(item, in);
      item.putAscii(",\"score\":").putAscii(TopicJson.number(score)).putByte('}');
      out.endItem();
    }
    out.endList();
  }

  private void stream(int kind, Bytes name, ByteReader in, ChangeRecords out) {
    switch (kind) {
      case EventKind.STREAM_ADDED -> {
        StreamId id = new StreamId(in.getVarint(), in.getVarint());
        ByteWriter step = out.step("xadd");
        step.putAscii(",\"id\":\"").putAscii(id.toString()).putAscii("\",\"fields\":[");
        for (int left = in.getCount(); left > 0; left--) {
          text(step.putAscii("{\"field\":"), in);
          text(step.putAscii(",\"value\":"), in);
          step.putAscii(left == 1 ? "}" : "},");
        }
        step.putByte(']');
        out.endStep();
      }
      case EventKind.STREAM_DELETED -> {
        out.list("xdel", "ids");
        for (int left = in.getCount(); left > 0; left--) {
          StreamId id = new StreamId(in.getVarint(), in.getVarint());
          out.item().putByte('"').putAscii(id.toString()).putByte('"');
          out.endItem();
        }
        out.endList();
      }
      default -> {
        long entry = keyspace.peek(key.at(0, name));
        if (entry != 0 && Entry.type(entry) == Entry.STREAM) { // else it is deleted further on
          StreamValue stream = keyspace.streams().read(entry);
          out.step("xtrim")
              .putAscii(",\"minid\":")
              .putAscii(stream.size() == 0 ? "null" : '"' + stream.first().toString() + '"');
          out.endStep();
        }
      }
    }
  }

  private static void elements(String op, String name, ByteReader in, ChangeRecords out) {
    out.list(op, name);
    for (int left = in.getCount(); left > 0; left--) {
      text(out.item(), in);
      out.endItem();
    }
    out.endList();
  }

  private static void range(String op, ByteReader in, ChangeRecords out) {
    ByteWriter step = out.step(op);
    number(step, "start", in.getVarint());
    number(step, "count", in.getVarint());
    out.endStep();
  }

  private static void number(ByteWriter json, String name, long value) {
    json.putAscii(",\"").putAscii(name).putAscii("\":").putAscii(Long.toString(value));
  }

  private static void text(ByteWriter json, ByteReader in) {
    int length = in.getLength();
    ChangeRecords.text(json, in.array(), in.index(), length);
    in.skip(length);
  }
}
