package io.headwater.simulation;

import io.headwater.bytes.ByteWriter;
import io.headwater.host.Connection;
import io.headwater.host.DiskFile;
import io.headwater.host.Listeners;
import io.headwater.host.Loop;
import io.headwater.host.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of a connection without a socket. The client's end is {@link #send}, {@link #received},
 * {@link #endInput} and {@link #reset}; the session sees a {@link Connection}. Output reaches the
 * client at the end of a turn, as far as no {@link #hold} keeps it and the client reads ({@link
 * #stopReading}).
 */
public final class SimulatedConnection implements Connection {
  private static final int FIRST_WRITER_BYTES = 256;
  private static final int KEPT_WRITER_BYTES = 64 << 10;

  private record Hold(long start, long position) {}

  private final SimulatedLoop loop;
  private final long id;
  private final InetSocketAddress remote;
  private final InetSocketAddress local;
  private final Listeners.Limits limits;
  private final ByteWriter out;

  /** Output that left {@link #out} but not yet reached the client. */
  private final ByteWriter pending = new ByteWriter();

  private final ByteWriter delivered = new ByteWriter();
  private final ByteWriter input = new ByteWriter();
  private final ArrayDeque<Hold> holds = new ArrayDeque<>();
  private @Nullable Session session;
  private long heldUpTo;
  private long sent;
  private boolean fresh;
  private boolean inputEnded;
  private boolean paused;
  private boolean congested;
  private boolean clientReads = true;
  private boolean closing;
  private boolean closed;

  SimulatedConnection(
      SimulatedLoop loop,
      long id,
      InetAddress from,
      InetSocketAddress local,
      Listeners.Limits limits) {
    this.loop = loop;
    this.out = new ByteWriter(FIRST_WRITER_BYTES, loop.buffers());
    this.id = id;
    this.remote = new InetSocketAddress(from, 50_000 + (int) (id % 10_000));
    this.local = local;
    this.limits = limits;
  }

  void open(Session.Factory sessions) {
    session = sessions.open(this);
  }

  /** The client sends bytes; the session sees them in the loop's next turn. */
  public void send(byte[] bytes) {
    input.put(bytes);
    fresh = true;
  }

  /** As {@link #send(byte[])}, in UTF-8. */
  public void send(String text) {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What reached the client since the last call. */
  public byte[] received() {
    byte[] bytes = delivered.toByteArray();
    delivered.clear();
    return bytes;
  }

  /** As {@link #received}, as Latin-1: one character for each byte. */
  public String receivedText() {
    return new String(received(), StandardCharsets.ISO_8859_1);
  }

  /** Sends, runs the loop until it is idle, returns what arrived. */
  public String exchange(String request) {
    send(request);
    loop.runUntilIdle();
    return receivedText();
  }

  /** The client reads nothing more until {@link #startReading}. */
  public void stopReading() {
    clientReads = false;
  }

  public void startReading() {
    clientReads = true;
  }

  /** The client half-closes: it sends nothing more and still reads. */
  public void endInput() {
    inputEnded = true;
    fresh = true;
  }

  /** The client is gone. */
  public void reset() {
    close();
  }

  public boolean isReadingPaused() {
    return paused;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public InetSocketAddress remote() {
    return remote;
  }

  @Override
  public InetSocketAddress local() {
    return local;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public ByteWriter out() {
    return out;
  }

  @Override
  public void send(DiskFile file, long position, long count) {
    moveOutput();
    byte[] bytes = new byte[Math.toIntExact(count)];
    try {
      file.readFully(ByteBuffer.wrap(bytes), position);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    pending.put(bytes);
  }

  @Override
  public void hold(long position) {
    moveOutput();
    long end = sent + pending.size();
    if (end > Math.max(heldUpTo, sent)) {
      holds.add(new Hold(Math.max(heldUpTo, sent), position));
      heldUpTo = end;
    }
  }

  @Override
  public long pendingBytes() {
    return (long) out.size() + pending.size();
  }

  @Override
  public void pauseReading() {
    paused = true;
  }

  @Override
  public void resumeReading() {
    paused = false;
    fresh = true;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (session != null) {
        session.closed();
      }
    }
  }

  @Override
  public void closeAfterFlush() {
    closing = true;
  }

  @Override
  public long sentBytes() {
    return sent;
  }

  @Override
  public long inputBytes() {
    return input.size();
  }

  @Override
  public long inputBufferBytes() {
    return input.size();
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  /** Feeds the session what the client sent; whether there was anything to do. */
  boolean mayInterrupt() {
    return session != null && session.mayInterrupt();
  }

  boolean receive() {
    if (closed || closing || paused || congested || !fresh || session == null) {
      return false;
    }
    fresh = false;
    if (input.size() > 0) {
      byte[] copy = Arrays.copyOf(input.array(), input.size());
      int consumed = session.receive(copy, 0, copy.length);
      if (consumed < 0 || consumed > copy.length) {
        throw new IllegalStateException("consumed " + consumed + " of " + copy.length);
      }
      input.clear();
      input.put(copy, consumed, copy.length - consumed);
      Arrays.fill(copy, (byte) 0xEE); // the array is the loop's: a session must not keep it
    }
    congested = congested();
    if (congested) {
      fresh = true;
    }
    if (!closed && !paused && !congested && input.size() > limits.receiveBytes()) {
      close();
    } else if (inputEnded && !paused && !congested) {
      closing = true;
    }
    return true;
  }

  /** Delivers what may leave; whether anything did. */
  boolean flush(long released) {
    moveOutput();
    while (!holds.isEmpty() && holds.element().position <= released) {
      holds.remove();
    }
    long limit = holds.isEmpty() ? sent + pending.size() : holds.element().start;
    int leaving = clientReads && !closed ? (int) (limit - sent) : 0;
    if (leaving > 0) {
      delivered.put(pending.array(), 0, leaving);
      int rest = pending.size() - leaving;
      System.arraycopy(pending.array(), leaving, pending.array(), 0, rest);
      pending.truncate(rest);
      sent += leaving;
    }
    if (pending.size() > limits.sendBytes()) {
      close();
    }
    congested &= pendingBytes() > CONGESTED_BYTES / 2;
    boolean ends = closing && !closed && pending.size() == 0;
    if (ends) {
      close();
    }
    return leaving > 0 || ends;
  }

  private void moveOutput() {
    pending.put(out.array(), 0, out.size());
    out.clear(KEPT_WRITER_BYTES);
  }
}
