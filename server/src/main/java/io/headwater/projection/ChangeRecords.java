package io.headwater.projection;

import io.headwater.bytes.ByteWriter;
import io.headwater.projection.DerivedJson.Underivable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes what happened to one key as records of a topic, each {@code {"change":[step,...]}}; see
 * docs/formats/changes.md. A list of a step that is too long for one record goes on in the next, as
 * a further step. One for each owner, reused: {@link #begin}, then steps, then {@link #end}.
 *
 * <p>A step is {@link #step}, what it has, and {@link #endStep}; one with a list is {@link #list},
 * for each item {@link #item}, the item, and {@link #endItem}, then {@link #endList}.
 */
final class ChangeRecords {
  /** A record is closed before it passes this, so that consumers get pieces they can fetch. */
  static final int RECORD_BYTES = 1 << 18;

  /** Of a string at once: escaped it may take six times as much. */
  private static final int TEXT_BYTES = 1 << 15;

  private static final byte[] LIST_END = {']', '}'};
  private static final byte[] CHANGE_END = {']', '}'};

  /** Where records go. */
  interface Sink {
    /** Takes one, or says why it cannot. */
    void record(byte[] json) throws Underivable;

    /** Takes the last one, which says that what follows could not be told. */
    void lost(byte[] json, String reason);
  }

  private final ByteWriter out = new ByteWriter();
  private final ByteWriter piece = new ByteWriter();
  private final ByteWriter head = new ByteWriter();
  private @Nullable Sink sink;
  private byte[] start = {};
  private int maxBytes;
  private boolean inList;
  private boolean lost;

  /**
   * Begins the records of one key.
   *
   * @param newMaxBytes what a record may have
   * @param snapshot whether they say what is there and not what has just changed
   */
  void begin(Sink newSink, int newMaxBytes, boolean snapshot) {
    sink = newSink;
    maxBytes = newMaxBytes;
    start =
        (snapshot ? "{\"snapshot\":true,\"change\":[" : "{\"change\":[")
            .getBytes(StandardCharsets.US_ASCII);
    lost = false;
    inList = false;
    out.clear(RECORD_BYTES * 2);
  }

  /** Whether nothing more is taken, as something could not be told. */
  boolean isLost() {
    return lost;
  }

  void end() {
    close();
    sink = null;
  }

  /** Begins a step: its other members follow, each behind a comma. */
  ByteWriter step(String op) {
    piece.clear(RECORD_BYTES);
    return piece.putAscii("{\"op\":\"").putAscii(op).putByte('"');
  }

  void endStep() {
    piece.putByte('}');
    put(piece, false);
  }

  /** A step that has nothing but its name. */
  void plain(String op) {
    step(op);
    endStep();
  }

  /** Begins a step with a list of this name, which is left out if it stays empty. */
  void list(String op, String name) {
    list(op, name, "");
  }

  /** The same with more members before the list, each behind a comma. */
  void list(String op, String name, String members) {
    head.clear(RECORD_BYTES);
    head.putAscii("{\"op\":\"").putAscii(op).putByte('"').putAscii(members);
    head.putAscii(",\"").putAscii(name).putAscii("\":[");
  }

  ByteWriter item() {
    piece.clear(RECORD_BYTES);
    return piece;
  }

  void endItem() {
    put(piece, true);
  }

  void endList() {
    if (inList) {
      out.put(LIST_END);
      inList = false;
    }
  }

  /** A string from its beginning: as much as one step should have, and the rest appended. */
  void set(byte[] text, int from, int length, long expiresAtMs) {
    int done = Math.min(length, TEXT_BYTES);
    text(step("set").putAscii(",\"value\":"), text, from, done);
    if (expiresAtMs > 0) {
      piece.putAscii(",\"expires_at_ms\":").putAscii(Long.toString(expiresAtMs));
    }
    endStep();
    append(text, from + done, length - done);
  }

  void append(byte[] text, int from, int length) {
    for (int done = 0; done < length && !lost; done += TEXT_BYTES) {
      text(
          step("append").putAscii(",\"value\":"),
          text,
          from + done,
          Math.min(length - done, TEXT_BYTES));
      endStep();
    }
  }

  void overwrite(long offset, byte[] text, int from, int length) {
    for (int done = 0; done < length && !lost; done += TEXT_BYTES) {
      step("setrange").putAscii(",\"offset\":").putAscii(Long.toString(offset + done));
      text(piece.putAscii(",\"value\":"), text, from + done, Math.min(length - done, TEXT_BYTES));
      endStep();
    }
  }

  /** The expiry of the key; 0 for none. */
  void expire(long expiresAtMs) {
    time(step("expire").putAscii(",\"expires_at_ms\":"), expiresAtMs, 0);
    endStep();
  }

  /** A time, or null for what stands for never. */
  static void time(ByteWriter json, long ms, long never) {
    json.putAscii(ms == never ? "null" : Long.toString(ms));
  }

  /** Bytes as a JSON string, or as {@code {"base64":"..."}} where they are not UTF-8. */
  static void text(ByteWriter json, byte[] array, int from, int length) {
    byte[] text = Arrays.copyOfRange(array, from, from + length);
    if (DerivedJson.isUtf8(text)) {
      DerivedJson.quoted(json, text);
    } else {
      json.putAscii("{\"base64\":\"");
      json.put(Base64.getEncoder().encode(text)).putAscii("\"}");
    }
  }

  /** From here on what the key holds cannot be told: the last record says so, too. */
  void lose(String reason) {
    if (lost) {
      return;
    }
    close();
    if (lost) {
      return;
    }
    lost = true;
    out.put(start).putAscii("{\"op\":\"lost\",\"reason\":");
    DerivedJson.quoted(out, reason.getBytes(StandardCharsets.UTF_8));
    out.putByte('}').put(CHANGE_END);
    sink().lost(out.toByteArray(), reason);
    out.clear(RECORD_BYTES * 2);
  }

  private void put(ByteWriter json, boolean isItem) {
    if (lost) {
      return;
    }
    int around = start.length + CHANGE_END.length + (isItem ? head.size() + LIST_END.length : 0);
    if (json.size() + around > maxBytes) {
      lose(TopicJson.TooLarge.reason(maxBytes));
      return;
    }
    int most = Math.min(maxBytes, RECORD_BYTES);
    if (out.size() > 0 && out.size() + json.size() + around + 2 > most) {
      endList();
      close();
      if (lost) {
        return;
      }
    }
    if (out.size() == 0) {
      out.put(start);
    } else if (!inList) {
      out.putByte(',');
    }
    if (isItem) {
      if (inList) {
        out.putByte(',');
      } else {
        out.put(head.array(), 0, head.size());
      }
      inList = true;
    }
    out.put(json.array(), 0, json.size());
  }

  private void close() {
    endList();
    if (out.size() == 0 || lost) {
      return;
    }
    out.put(CHANGE_END);
    byte[] json = out.toByteArray();
    out.clear(RECORD_BYTES * 2);
    try {
      sink().record(json);
    } catch (Underivable e) {
      lose(String.valueOf(e.getMessage()));
    }
  }

  private Sink sink() {
    return Objects.requireNonNull(sink, "no records were begun");
  }
}
