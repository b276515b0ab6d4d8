package io.headwater.protocol.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** Compresses responses for clients that ask for it. */
final class Gzip {
  /** Below one network packet there is nothing to win. */
  private static final int LEAST_BYTES = 1400;

  private Gzip() {}

  static boolean pays(int bytes) {
    return bytes >= LEAST_BYTES;
  }

  /** Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3). */
  static boolean accepted(@Nullable String acceptEncoding) {
    if (acceptEncoding == null) {
      return false;
    }
    for (String choice : acceptEncoding.split(",")) {
      String[] parts = choice.split(";");
      String coding = parts[0].strip();
      if (coding.equalsIgnoreCase("gzip") || coding.equals("*")) {
        return parts.length < 2 || !parts[1].strip().matches("[qQ]=0(\\.0*)?");
      }
    }
    return false;
  }

  static ByteBuffer compress(byte[] body, int length) {
    Buffer out = new Buffer(length / 4 + 64);
    try (GZIPOutputStream gzip = new Fast(out)) {
      gzip.write(body, 0, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return out.filled();
  }

  /** Speed counts more than the last percent: answers are read once. */
  private static final class Fast extends GZIPOutputStream {
    Fast(Buffer out) throws IOException {
      super(out, 8 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  private static final class Buffer extends ByteArrayOutputStream {
    Buffer(int bytes) {
      super(bytes);
    }

    ByteBuffer filled() {
      return ByteBuffer.wrap(buf, 0, count);
    }
  }
}
