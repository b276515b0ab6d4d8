package io.headwater.protocol.redis.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The table of all parameters: that of redis-server 7.0.15. */
public final class Parameters {
  static final Kind YES_NO = new Kind.Flag();
  static final Kind TEXT = new Kind.Text();
  static final Kind COUNT = new Kind.Whole(0, Integer.MAX_VALUE);
  static final Kind LONG_COUNT = new Kind.Whole(0, Long.MAX_VALUE);
  static final Kind PORT = new Kind.Whole(0, 65_535);

  /** The one table; after the kinds, which its rows use. */
  public static final Parameters ALL = new Parameters();

  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final List<Parameter> all = new ArrayList<>();

  private Parameters() {
    add(DataParameters.rows());
    add(ClientParameters.rows());
    add(ProcessParameters.rows());
    add(ReplicationParameters.rows());
  }

  private void add(List<Parameter> rows) {
    for (Parameter row : rows) {
      all.add(row);
      put(row.name(), row);
      if (!row.alias().isEmpty()) {
        put(row.alias(), row);
      }
    }
  }

  private void put(String name, Parameter row) {
    if (byName.put(name, row) != null) {
      throw new IllegalStateException("declared twice: " + name);
    }
  }

  static Kind choice(String... words) {
    return new Kind.Choice(List.of(words), false);
  }

  static Kind whole(long least, long most) {
    return new Kind.Whole(least, most);
  }

  /** Bytes from this on. */
  static Kind bytes(long least) {
    return new Kind.Size(least, Long.MAX_VALUE, false);
  }

  /** Bytes in 64 bits without a sign. */
  static Kind unsignedBytes() {
    return new Kind.Size(0, Kind.Size.UNSIGNED, false);
  }

  static Kind special(String words, Kind.Reader reader) {
    return new Kind.Special(words, false, reader);
  }

  public List<Parameter> all() {
    return all;
  }

  /** Names and aliases, in lower case. */
  public Collection<String> names() {
    return byName.keySet();
  }

  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /** By name or alias, which must be there. */
  public Parameter get(String name) {
    return Objects.requireNonNull(byName.get(name), name);
  }
}
