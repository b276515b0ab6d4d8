package io.headwater.view.keyspace.types;

/** What the keyspace does to a value when it stores it. */
final class Settled {
  private Settled() {}

  static <V extends CollectionValue> V settled(V value) {
    if (value.takeOverLimits()) {
      value.convert();
    }
    return value;
  }
}
