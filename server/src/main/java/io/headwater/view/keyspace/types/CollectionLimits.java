package io.headwater.view.keyspace.types;

/**
 * Up to where collections count as small, in Redis's words, and the secret of the hash function.
 * Changing a limit changes only what is written from then on.
 *
 * @param hashEntries {@code hash-max-listpack-entries}
 * @param hashValueBytes {@code hash-max-listpack-value}
 * @param zsetEntries {@code zset-max-listpack-entries}
 * @param zsetValueBytes {@code zset-max-listpack-value}
 * @param setIntegers {@code set-max-intset-entries}
 * @param hashSeed drawn once per process, so that nobody can aim for collisions
 */
public record CollectionLimits(
    int hashEntries,
    int hashValueBytes,
    int zsetEntries,
    int zsetValueBytes,
    int setIntegers,
    long hashSeed) {

  /** Redis 7.0's defaults. */
  public static CollectionLimits defaults(long hashSeed) {
    return new CollectionLimits(512, 64, 128, 64, 512, hashSeed);
  }
}
