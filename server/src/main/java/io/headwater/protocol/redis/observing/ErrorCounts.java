package io.headwater.protocol.redis.observing;

import java.util.Map;
import java.util.TreeMap;

/**
 * Error replies by their code, such as {@code ERR} or {@code WRONGTYPE}. At most {@value
 * #CODES_MAX} codes are told apart, because scripts make up their own.
 */
public final class ErrorCounts {
  private static final int CODES_MAX = 128;
  private static final String THE_REST = "OTHER";

  private final TreeMap<String, Long> byCode = new TreeMap<>();
  private long total;

  /**
   * @param line the reply behind its minus
   */
  public void add(String line) {
    total++;
    int space = line.indexOf(' ');
    String code = space < 0 ? line : line.substring(0, space);
    byCode.merge(
        byCode.size() < CODES_MAX || byCode.containsKey(code) ? code : THE_REST, 1L, Long::sum);
  }

  public long total() {
    return total;
  }

  public Map<String, Long> byCode() {
    return byCode;
  }

  public void reset() {
    byCode.clear();
    total = 0;
  }
}
