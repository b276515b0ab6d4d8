package io.headwater.view.keyspace.types;

/**
 * Up to where collections count as small, in Redis's words, and the secret of the hash function.
 * Changing a limit changes only what is written from then on; as in Redis, nothing that was
 * converted comes back. Limits are no part of the log: that a change converted its value is, so a
 * replay asks no limit.
 */
public final class CollectionLimits {
  private final long hashSeed;
  private int hashEntries = 512;
  private int hashValueBytes = 64;
  private int zsetEntries = 128;
  private int zsetValueBytes = 64;
  private int setIntegers = 512;

  /** How often a value passed a limit: a quick look before asking one whether it did. */
  private int passes;

  private CollectionLimits(long hashSeed) {
    this.hashSeed = hashSeed;
  }

  /**
   * Redis 7.0's defaults.
   *
   * @param hashSeed drawn once per process, so that nobody can aim for collisions
   */
  public static CollectionLimits defaults(long hashSeed) {
    return new CollectionLimits(hashSeed);
  }

  /** {@code hash-max-listpack-entries}. */
  int hashEntries() {
    return hashEntries;
  }

  public void setHashEntries(long entries) {
    hashEntries = limit(entries);
  }

  /** {@code hash-max-listpack-value}. */
  int hashValueBytes() {
    return hashValueBytes;
  }

  public void setHashValueBytes(long bytes) {
    hashValueBytes = limit(bytes);
  }

  /** {@code zset-max-listpack-entries}. */
  int zsetEntries() {
    return zsetEntries;
  }

  public void setZsetEntries(long entries) {
    zsetEntries = limit(entries);
  }

  /** {@code zset-max-listpack-value}. */
  int zsetValueBytes() {
    return zsetValueBytes;
  }

  public void setZsetValueBytes(long bytes) {
    zsetValueBytes = limit(bytes);
  }

  /** {@code set-max-intset-entries}. */
  int setIntegers() {
    return setIntegers;
  }

  public void setSetIntegers(long integers) {
    setIntegers = limit(integers);
  }

  void passed() {
    passes++;
  }

  /** Changes whenever a value passes a limit. */
  public int passes() {
    return passes;
  }

  long hashSeed() {
    return hashSeed;
  }

  private static int limit(long value) {
    return (int) Math.min(Integer.MAX_VALUE, value);
  }
}
