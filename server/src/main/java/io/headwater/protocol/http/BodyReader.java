package io.headwater.protocol.http;

import io.headwater.protocol.http.HttpService.Refusal;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one body within its limit and the shared budget. Memory follows what really arrived: a
 * client that declares a gigabyte and sends nothing costs nothing.
 */
final class BodyReader implements AutoCloseable {
  private static final int FIRST_BYTES = 8 << 10;

  /** The body is not taken; the refusal says why. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    final Refusal refusal;

    Refused(Refusal refusal, String message) {
      super(message, null, false, false);
      this.refusal = refusal;
    }
  }

  private final BodyBudget budget;
  private final int limitBytes;
  private long taken;

  BodyReader(BodyBudget budget, int limitBytes) {
    this.budget = budget;
    this.limitBytes = limitBytes;
  }

  /**
   * @param declared the Content-Length, or -1
   * @param encoding the Content-Encoding, or null
   */
  byte[] read(InputStream in, long declared, @Nullable String encoding)
      throws Refused, IOException {
    if (declared > limitBytes) {
      throw tooLarge(declared);
    }
    if (declared == 0) {
      return new byte[0];
    }
    if (encoding == null || encoding.equalsIgnoreCase("identity")) {
      return readAll(in, declared);
    }
    if (!encoding.equalsIgnoreCase("gzip") && !encoding.equalsIgnoreCase("x-gzip")) {
      throw new Refused(
          Refusal.UNKNOWN_ENCODING, "Content-Encoding [" + encoding + "] is not supported");
    }
    try {
      return readAll(new GZIPInputStream(in, FIRST_BYTES), -1);
    } catch (ZipException | EOFException e) {
      throw new Refused(Refusal.MALFORMED, "the body is not valid gzip");
    }
  }

  private byte[] readAll(InputStream in, long declared) throws Refused, IOException {
    int first = (int) Math.min(declared < 0 ? limitBytes : declared, FIRST_BYTES);
    take(first);
    byte[] body = new byte[first];
    int size = 0;
    while (true) {
      if (size == body.length) {
        int next = size == declared ? -1 : in.read();
        if (next < 0) {
          return body;
        }
        body = grown(body, declared);
        body[size++] = (byte) next;
        continue;
      }
      int read = in.read(body, size, body.length - size);
      if (read < 0) {
        return Arrays.copyOf(body, size);
      }
      size += read;
    }
  }

  private byte[] grown(byte[] body, long declared) throws Refused {
    long most = declared < 0 ? limitBytes : declared;
    long wanted = Math.min(2L * body.length, most);
    if (wanted <= body.length) {
      throw tooLarge(body.length + 1L);
    }
    take(wanted); // both are there while one is copied
    byte[] larger = Arrays.copyOf(body, (int) wanted);
    budget.giveBack(body.length);
    taken -= body.length;
    return larger;
  }

  private void take(long bytes) throws Refused {
    if (!budget.take(bytes)) {
      throw new Refused(
          Refusal.OVERLOADED, "request bodies take " + budget.used() + " bytes already; try later");
    }
    taken += bytes;
  }

  private Refused tooLarge(long bytes) {
    return new Refused(
        Refusal.TOO_LARGE, "entity content is too long [" + bytes + "] for [" + limitBytes + "]");
  }

  @Override
  public void close() {
    budget.giveBack(taken);
    taken = 0;
  }
}
