package io.headwater.projection;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Memory;
import io.headwater.view.OwnedBy;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.StreamCursor;
import io.headwater.view.keyspace.types.StreamEntry;
import io.headwater.view.keyspace.types.StreamId;
import org.jspecify.annotations.Nullable;

/**
 * All that a key holds as steps of a change, which begin with {@code del} or {@code set}: what a
 * topic is filled with, and what RENAME, COPY, MOVE and RESTORE give.
 */
@OwnedBy("keyspace")
final class ChangeWholes {
  /** A value with more bytes of JSON is not told: it would hold up everybody. */
  static final long WHOLE_BYTES = 8 << 20;

  private static final String TOO_LARGE =
      "a value that comes whole has more than " + WHOLE_BYTES + " bytes of JSON";

  private final Keyspace keyspace;
  private ChangeRecords out = new ChangeRecords();
  private long bytes;

  ChangeWholes(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** Writes what a key that is there holds; of a stream all entries. */
  void write(Key key, ChangeRecords records) {
    long entry = keyspace.peek(key);
    out = records;
    bytes = 0;
    if (Entry.type(entry) == Entry.STRING) {
      bytes = Entry.valueLength(entry);
      if (bytes > WHOLE_BYTES) {
        out.lose(TOO_LARGE);
        return;
      }
      byte[] text = Memory.toByteArray(Entry.value(entry), Entry.valueLength(entry));
      out.set(text, 0, text.length, Entry.expiresAtMs(entry));
      return;
    }
    out.plain("del");
    switch (Entry.type(entry)) {
      case Entry.HASH -> hash(keyspace.hashes().read(entry));
      case Entry.LIST -> {
        out.list("rpush", "elements");
        keyspace.lists().read(entry).forEach(this::element);
        out.endList();
      }
      case Entry.SET -> {
        out.list("sadd", "members");
        keyspace.sets().read(entry).forEach(this::element);
        out.endList();
      }
      case Entry.ZSET -> {
        out.list("zadd", "members");
        keyspace.sortedSets().read(entry).forEach(this::scored);
        out.endList();
      }
      default -> {
        out.plain("xcreate");
        entries(entry, StreamId.ZERO, null, Long.MAX_VALUE);
      }
    }
    if (Entry.hasExpiry(entry)) {
      out.expire(Entry.expiresAtMs(entry));
    }
  }

  /** Writes that a stream is there, without its entries. */
  void empty(long entry, ChangeRecords records) {
    records.plain("del");
    records.plain("xcreate");
    if (Entry.hasExpiry(entry)) {
      records.expire(Entry.expiresAtMs(entry));
    }
  }

  /**
   * Writes the entries of a stream from an ID on, until they have so many bytes.
   *
   * @param until the first not to write, if there is one
   * @return where to go on, or null at the end
   */
  @Nullable StreamId write(
      long entry, StreamId from, @Nullable StreamId until, long bytesMax, ChangeRecords records) {
    out = records;
    bytes = 0;
    return entries(entry, from, until, bytesMax);
  }

  private @Nullable StreamId entries(
      long entry, StreamId from, @Nullable StreamId until, long bytesMax) {
    StreamCursor cursor = keyspace.streams().read(entry).cursor().seek(from.ms(), from.seq());
    while (cursor.next() && !out.isLost()) {
      StreamEntry found = cursor.entry();
      if (bytes >= bytesMax || found.id().equals(until)) {
        return found.id();
      }
      ByteWriter step = out.step("xadd");
      step.putAscii(",\"id\":\"").putAscii(found.id().toString()).putAscii("\",\"fields\":");
      boolean[] isValue = {false};
      step.putByte('[');
      found.forEach((array, at, length) -> {
        step.putAscii(
            isValue[0]
                ? ",\"value\":"
                : step.array()[step.size() - 1] == '[' ? "{\"field\":" : ",{\"field\":");
        ChangeRecords.text(step, array, at, length);
        if (isValue[0]) {
          step.putByte('}');
        }
        isValue[0] = !isValue[0];
      });
      step.putByte(']');
      if (hasRoom(step)) {
        out.endStep();
      }
    }
    return null;
  }

  private void hash(HashValue hash) {
    out.list("hset", "fields");
    hash.forEach((array, from, length, valueFrom, valueLength) -> {
      if (!out.isLost()) {
        ByteWriter item = out.item().putAscii("{\"field\":");
        ChangeRecords.text(item, array, from, length);
        ChangeRecords.text(item.putAscii(",\"value\":"), array, valueFrom, valueLength);
        end(item.putByte('}'));
      }
    });
    out.endList();
    out.list("hexpire", "fields");
    hash.forEachExpiry((array, from, length, expiresAtMs) -> {
      if (!out.isLost()) {
        ByteWriter item = out.item().putAscii("{\"field\":");
        ChangeRecords.text(item, array, from, length);
        item.putAscii(",\"expires_at_ms\":").putAscii(Long.toString((long) expiresAtMs));
        end(item.putByte('}'));
      }
    });
    out.endList();
  }

  private void element(byte[] array, int from, int length) {
    if (!out.isLost()) {
      ByteWriter item = out.item();
      ChangeRecords.text(item, array, from, length);
      end(item);
    }
  }

  private void scored(byte[] array, int from, int length, double score) {
    if (!out.isLost()) {
      ByteWriter item = out.item().putAscii("{\"member\":");
      ChangeRecords.text(item, array, from, length);
      item.putAscii(",\"score\":").putAscii(TopicJson.number(score));
      end(item.putByte('}'));
    }
  }

  private void end(ByteWriter item) {
    if (hasRoom(item)) {
      out.endItem();
    }
  }

  private boolean hasRoom(ByteWriter piece) {
    bytes += piece.size();
    if (bytes > WHOLE_BYTES) {
      out.lose(TOO_LARGE);
      return false;
    }
    return true;
  }
}
