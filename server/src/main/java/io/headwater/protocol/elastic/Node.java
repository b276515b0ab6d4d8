package io.headwater.protocol.elastic;

import io.headwater.host.Clock;
import io.headwater.log.Log;
import io.headwater.log.Token;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.search.SearchIndexes;
import java.nio.ByteBuffer;
import java.util.Base64;

/** What handlers work on. */
record Node(SearchIndexes search, Catalog catalog, Log log, Clock clock, ElasticOptions options) {
  static final String CLUSTER_NAME = "headwater";
  static final String NAME = "headwater-0";

  /**
   * The Elasticsearch version whose behaviour is spoken. Clients and shippers compare it: 8.19
   * accepts requests compatible with 8, and its clients those of 9.
   */
  static final String VERSION = "8.19.0";

  /** 22 characters, the same until the log is restored. */
  String uuid() {
    byte[] epoch = ByteBuffer.allocate(16).putLong(log.epoch()).putLong(~log.epoch()).array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(epoch);
  }

  Token token(long position) {
    return new Token(log.epoch(), position);
  }
}
