package io.headwater.protocol.redis.resp;

import java.util.Arrays;

/** Where the arguments of one command stand in a buffer. Reused; grows as needed. */
public final class Arguments {
  private static final int KEEP = 1024;
  private static final int FEW = 8;
  private int[] places = new int[32];
  private int count;

  public int count() {
    return count;
  }

  public int start(int i) {
    assert i < count;
    return places[i << 1];
  }

  public int length(int i) {
    assert i < count;
    return places[(i << 1) + 1];
  }

  public void clear() {
    count = 0;
    if (places.length > KEEP) {
      places = new int[32];
    }
  }

  public void add(int start, int length) {
    if (count << 1 == places.length) {
      places = Arrays.copyOf(places, places.length * 2);
    }
    places[count << 1] = start;
    places[(count << 1) + 1] = length;
    count++;
  }

  /** Whether copying them costs less than storing a reference does with G1. */
  public boolean areFew() {
    return count <= FEW;
  }

  /** Becomes equal to another one. */
  public void copy(Arguments other) {
    int numbers = other.count << 1;
    if (places.length < numbers) {
      places = new int[other.places.length];
    }
    for (int i = 0; i < numbers; i++) {
      places[i] = other.places[i];
    }
    count = other.count;
  }

  /** Of the heap, if it is more than what is kept always. */
  long heldBytes() {
    return places.length > KEEP ? (long) Integer.BYTES * places.length : 0;
  }

  /** All places move by so much: the buffer's contents did. */
  public void shift(int by) {
    for (int i = 0; i < count; i++) {
      places[i << 1] += by;
    }
  }
}
