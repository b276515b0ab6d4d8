package io.headwater.view.cache;

import io.headwater.view.OwnedBy;
import org.jspecify.annotations.Nullable;

/**
 * Keys that memcached's clients read from the keyspace, because a projection with the target {@code
 * memcached} matches them. They can never be stale, and only the projection's source writes them.
 */
@OwnedBy("keyspace")
public interface ReadThrough {
  /** Nothing matches any key. */
  ReadThrough NONE =
      new ReadThrough() {
        @Override
        public boolean idle() {
          return true;
        }

        @Override
        public @Nullable String source(byte[] key, int from, int length) {
          return null;
        }

        @Override
        public byte @Nullable [] read(byte[] key, int from, int length) {
          return null;
        }
      };

  /** Whether no projection has this target, so that no key need be asked about. */
  boolean idle();

  /** What a key is derived from, as a projection writes it ({@code synset:*}); null if nothing. */
  @Nullable String source(byte[] key, int from, int length);

  /** The value as the keyspace has it now; null if it has none. */
  byte @Nullable [] read(byte[] key, int from, int length);
}
