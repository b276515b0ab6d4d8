package io.headwater.protocol.redis.resp;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.observing.ErrorCounts;
import io.headwater.protocol.redis.text.Numbers;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies in RESP2 or RESP3, whichever the client chose: types that RESP2 lacks become what
 * Redis sends there. Nothing is allocated for numbers and bulks.
 */
public final class Reply {
  private static final byte[] OK = ascii("+OK\r\n");
  private static final byte[] NIL2 = ascii("$-1\r\n");
  private static final byte[] NIL_ARRAY2 = ascii("*-1\r\n");
  private static final byte[] NIL3 = ascii("_\r\n");
  private static final byte[] ZERO = ascii(":0\r\n");
  private static final byte[] ONE = ascii(":1\r\n");

  private ByteWriter out;
  private int protocol = 2;
  private @Nullable ErrorCounts errors;

  public Reply(ByteWriter out) {
    this.out = out;
  }

  /** Counts the errors that are written from here on. */
  public void countErrors(ErrorCounts counts) {
    errors = counts;
  }

  /** From here on write there. */
  @SuppressWarnings("ReferenceEquality")
  public void into(ByteWriter target) {
    if (out != target) {
      out = target;
    }
  }

  public ByteWriter out() {
    return out;
  }

  /** 2 or 3. */
  public int protocol() {
    return protocol;
  }

  public void setProtocol(int version) {
    protocol = version;
  }

  public void ok() {
    out.put(OK);
  }

  public void simple(String line) {
    out.putByte('+').putAscii(line);
    end();
  }

  /**
   * @param line begins with its code, such as {@code ERR}; line breaks become spaces
   */
  public void error(String line) {
    if (errors != null) {
      errors.add(line);
    }
    errorAgain(line);
  }

  /** An error that was counted when it was first answered, to the script that now passes it on. */
  public void errorAgain(String line) {
    out.putByte('-');
    byte[] bytes = line.getBytes(StandardCharsets.ISO_8859_1);
    for (byte b : bytes) {
      out.putByte(b == '\r' || b == '\n' ? ' ' : b);
    }
    end();
  }

  public void integer(long value) {
    if (value == 0) {
      out.put(ZERO);
    } else if (value == 1) {
      out.put(ONE);
    } else {
      head(':', value);
    }
  }

  /** An integer whose decimal text is known. */
  public void integer(byte[] text, int length) {
    out.putByte(':').put(text, 0, length);
    end();
  }

  /** The same with the text as a number, first byte lowest. */
  public void integerText(long text, int length) {
    out.putByte(':').putLow(text, length);
    end();
  }

  public void bulk(byte[] array, int from, int length) {
    head('$', length);
    out.put(array, from, length);
    end();
  }

  public void bulk(Bytes bytes) {
    bulk(bytes.array(), 0, bytes.length());
  }

  public void bulk(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    bulk(bytes, 0, bytes.length);
  }

  /** A bulk from outside the heap. */
  public void bulk(long address, int length) {
    head('$', length);
    Memory.appendTo(out, address, length);
    end();
  }

  /** A bulk holding a number's text. */
  public void bulkInteger(long value) {
    head('$', Numbers.digits(value));
    Numbers.write(out, value);
    end();
  }

  /** No value. */
  public void nil() {
    out.put(protocol == 2 ? NIL2 : NIL3);
  }

  /** No array. */
  public void nilArray() {
    out.put(protocol == 2 ? NIL_ARRAY2 : NIL3);
  }

  public void array(int count) {
    head('*', count);
  }

  /** As many pairs follow; RESP2 sees a flat array. */
  public void map(int pairs) {
    if (protocol == 2) {
      head('*', pairs * 2L);
    } else {
      head('%', pairs);
    }
  }

  public void set(int count) {
    head(protocol == 2 ? '*' : '~', count);
  }

  public void push(int count) {
    head(protocol == 2 ? '*' : '>', count);
  }

  /** RESP2 sees a bulk with the same text. */
  public void doubleValue(double value) {
    byte[] text = ascii(Numbers.format(value));
    if (protocol == 2) {
      bulk(text, 0, text.length);
    } else {
      out.putByte(',').put(text);
      end();
    }
  }

  /** RESP2 sees 1 or 0. */
  public void bool(boolean value) {
    if (protocol == 2) {
      integer(value ? 1 : 0);
    } else {
      out.putByte('#').putByte(value ? 't' : 'f');
      end();
    }
  }

  /** Text for people; RESP2 sees a bulk. */
  public void verbatim(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (protocol == 2) {
      bulk(bytes, 0, bytes.length);
    } else {
      head('=', bytes.length + 4L);
      out.putAscii("txt:").put(bytes);
      end();
    }
  }

  private void head(char type, long value) {
    out.putByte(type);
    Numbers.write(out, value);
    end();
  }

  private void end() {
    int at = out.ensure(2);
    out.array()[at] = '\r';
    out.array()[at + 1] = '\n';
    out.advance(2);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
