package io.headwater.projection;

/**
 * Which partition a key goes to: murmur2 as Kafka's default partitioner uses it, so that a derived
 * topic is partitioned alike with topics that Kafka's own clients write. (Austin Appleby's
 * MurmurHash2, 32 bits, seed 0x9747b28c.)
 */
final class KeyPartition {
  private static final int M = 0x5bd1e995;
  private static final int SEED = 0x9747b28c;

  private KeyPartition() {}

  static int of(byte[] key, int partitions) {
    return partitions == 1 ? 0 : (murmur2(key) & 0x7fffffff) % partitions;
  }

  static int murmur2(byte[] data) {
    int h = SEED ^ data.length;
    int whole = data.length & ~3;
    for (int i = 0; i < whole; i += 4) {
      int k =
          (data[i] & 0xff)
              | (data[i + 1] & 0xff) << 8
              | (data[i + 2] & 0xff) << 16
              | data[i + 3] << 24;
      k *= M;
      k ^= k >>> 24;
      k *= M;
      h = h * M ^ k;
    }
    int left = data.length - whole;
    if (left > 2) {
      h ^= (data[whole + 2] & 0xff) << 16;
    }
    if (left > 1) {
      h ^= (data[whole + 1] & 0xff) << 8;
    }
    if (left > 0) {
      h ^= data[whole] & 0xff;
      h *= M;
    }
    h ^= h >>> 13;
    h *= M;
    return h ^ h >>> 15;
  }
}
