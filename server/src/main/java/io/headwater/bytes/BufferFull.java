package io.headwater.bytes;

/**
 * A {@link ByteWriter} cannot grow: past 2 GiB, or the heap has no array of that size. What it held
 * stays. Who writes for one client gives up that client's reply; others are not concerned, because
 * an array that was not had takes nothing from them.
 */
public final class BufferFull extends IllegalStateException {
  private static final long serialVersionUID = 1L;
  private final transient ByteWriter writer;

  BufferFull(ByteWriter writer, long wanted) {
    super("no memory for a buffer of " + wanted + " bytes");
    this.writer = writer;
  }

  /** Which one is full. */
  public ByteWriter writer() {
    return writer;
  }
}
