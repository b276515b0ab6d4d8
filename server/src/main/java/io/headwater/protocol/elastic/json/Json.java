package io.headwater.protocol.elastic.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.headwater.bytes.ByteWriter;
import io.headwater.failure.Failure;
import io.headwater.protocol.elastic.error.ElasticError;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The JSON library, set up once: limits for reading, no thread locals for virtual threads. */
public final class Json {
  /** How deep request bodies may nest: every reader of them is a recursion. */
  static final int DEPTH_MAX = 100;

  /** Answers are written whole before the first byte leaves, so that an error can replace them. */
  static final int ANSWER_BYTES_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / 32, 4 << 20, 256 << 20);

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNumberLength(400)
                  .maxNameLength(32 << 10)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(StreamWriteFeature.AUTO_CLOSE_CONTENT)
          .build();

  /** For documents and answers with documents in them: the index limits these. */
  static final JsonFactory ANSWERS =
      JsonFactory.builder()
          .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(2_000)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private Json() {}

  /** Reads documents token by token: deeper than requests, since no recursion follows them. */
  public static JsonParser documents(byte[] json, int from, int length) throws IOException {
    return ANSWERS.createParser(json, from, length);
  }

  /** Writes a piece of JSON. */
  @FunctionalInterface
  public interface Writing {
    void to(JsonGenerator out) throws IOException;
  }

  /** Of JSON that becomes a tree, which takes ten times its size: all but documents. */
  static final int TREE_BYTES_MAX =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / 128, 1 << 20, 100 << 20);

  /**
   * Writes into memory.
   *
   * @throws io.headwater.protocol.elastic.error.ElasticException for more than {@link
   *     #ANSWER_BYTES_MAX}
   */
  public static ByteWriter write(Writing writing) {
    ByteWriter bytes = new ByteWriter(1 << 10);
    try (JsonGenerator out = FACTORY.createGenerator(new Sink(bytes))) {
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  public static String text(Writing writing) {
    ByteWriter bytes = write(writing);
    return new String(bytes.array(), 0, bytes.size(), StandardCharsets.UTF_8);
  }

  /** Puts JSON that is already bytes where a value belongs, without looking at it. */
  public static void raw(JsonGenerator out, byte[] json) throws IOException {
    out.writeRawValue(new Raw(json));
  }

  private static final class Sink extends OutputStream {
    private final ByteWriter bytes;

    Sink(ByteWriter bytes) {
      this.bytes = bytes;
    }

    @Override
    public void write(int b) {
      bytes.putByte(b);
    }

    @Override
    public void write(byte[] array, int from, int length) {
      long size = (long) bytes.size() + length;
      if (size > ANSWER_BYTES_MAX) {
        throw ElasticError.of(
                new Failure.TooLarge("the answer, ask for less at once", size, ANSWER_BYTES_MAX))
            .exception();
      }
      bytes.put(array, from, length);
    }
  }

  /** The generator copies {@link #asUnquotedUTF8} as it is; it never asks for the rest. */
  private record Raw(byte[] json) implements SerializableString {
    @Override
    public String getValue() {
      return new String(json, StandardCharsets.UTF_8);
    }

    @Override
    public int charLength() {
      return getValue().length();
    }

    @Override
    public char[] asQuotedChars() {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte[] asUnquotedUTF8() {
      return json;
    }

    @Override
    public byte[] asQuotedUTF8() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int appendQuotedUTF8(byte[] buffer, int offset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int appendQuoted(char[] buffer, int offset) {
      throw new UnsupportedOperationException();
    }

    /** -1 where it does not fit: then the generator writes {@link #asUnquotedUTF8} past it. */
    @Override
    public int appendUnquotedUTF8(byte[] buffer, int offset) {
      if (json.length > buffer.length - offset) {
        return -1;
      }
      System.arraycopy(json, 0, buffer, offset, json.length);
      return json.length;
    }

    @Override
    public int appendUnquoted(char[] buffer, int offset) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int writeQuotedUTF8(OutputStream out) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int writeUnquotedUTF8(OutputStream out) throws IOException {
      out.write(json);
      return json.length;
    }

    @Override
    public int putQuotedUTF8(ByteBuffer buffer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int putUnquotedUTF8(ByteBuffer buffer) {
      throw new UnsupportedOperationException();
    }
  }
}
