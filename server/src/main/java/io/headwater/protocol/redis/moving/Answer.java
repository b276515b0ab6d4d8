package io.headwater.protocol.redis.moving;

import java.util.List;

/** What another server replied, in RESP2. */
sealed interface Answer {
  record Text(String line) implements Answer {}

  record Number(long value) implements Answer {}

  record Bulk(byte[] bytes) implements Answer {}

  /** No bulk, or no array. */
  record Missing() implements Answer {}

  record Many(List<Answer> items) implements Answer {}

  /** An error's line, its code included. */
  record Failed(String line) implements Answer {}
}
