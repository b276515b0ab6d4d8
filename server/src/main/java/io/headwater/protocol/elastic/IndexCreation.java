package io.headwater.protocol.elastic;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.catalog.Catalog.Decision;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.CatalogState;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.SearchIndexes;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/** Creates indexes, on request and on first use. */
final class IndexCreation {
  /** Each index costs buffers and files; Elasticsearch's limit for one node is the same. */
  static final int INDEXES_MAX = 1_000;

  private IndexCreation() {}

  /** Makes sure that an index exists before documents are written to it. */
  static void ensure(Node node, Call call, String name) {
    if (node.search().index(name) != null) {
      return;
    }
    IndexNames.check(name);
    try {
      create(node, call, name, "{}", "{}");
    } catch (FailureException e) {
      if (!(e.failure() instanceof Failure.AlreadyExists)) { // somebody else was quicker: fine
        throw e;
      }
    }
  }

  static Index create(Node node, Call call, String name, String settings, String mappings) {
    IndexNames.check(name);
    Failure wrong = SearchIndexes.check(settings, mappings);
    if (wrong != null) {
      throw new FailureException(wrong);
    }
    String uuid = uuid();
    long nowMs = node.clock().wallMs();
    Catalog.Changed changed =
        Waiting.on(
            node.catalog()
                .change(state -> {
                  Index twin = state.index(name);
                  if (twin != null) {
                    return Decision.refuse(new Failure.AlreadyExists("index", twin.name()));
                  }
                  if (state.indexes().size() >= INDEXES_MAX) {
                    return Decision.refuse(full());
                  }
                  return Decision.accept(
                      new CatalogEvent.IndexCreated(
                          new Index(
                              name, uuid, state.nextStream(), settings, mappings, null, nowMs)));
                }));
    call.shows(changed.position());
    Index created = changed.state().index(name);
    if (created == null) {
      throw new IllegalStateException("index " + name + " was created and is not there");
    }
    return created;
  }

  private static Failure full() {
    return new Failure.Invalid(
        "this action would add [1] shards, but this cluster currently has ["
            + INDEXES_MAX
            + "]/["
            + INDEXES_MAX
            + "] maximum normal shards open");
  }

  static void delete(Node node, Call call, Index index) {
    Catalog.Changed changed =
        Waiting.on(node.catalog().change(state -> decideDelete(state, index)));
    call.shows(changed.position());
  }

  private static Decision decideDelete(CatalogState state, Index index) {
    Index now = state.index(index.name());
    if (now == null || !now.uuid().equals(index.uuid())) {
      return Decision.refuse(new Failure.NotFound("index", index.name()));
    }
    if (now.derivedBy() != null) {
      return Decision.refuse(
          new Failure.Derived(now.name(), "a projection's source", now.derivedBy()));
    }
    return Decision.accept(new CatalogEvent.IndexDeleted(now.name()));
  }

  /** Elasticsearch's words for an index that is there already. */
  static ElasticError exists(Index index) {
    String name = index.name() + "/" + index.uuid();
    return ElasticError.of(
            400, "resource_already_exists_exception", "index [" + name + "] already exists")
        .with("index_uuid", index.uuid())
        .with("index", index.name());
  }

  private static String uuid() {
    UUID random = UUID.randomUUID();
    byte[] bytes =
        ByteBuffer.allocate(16)
            .putLong(random.getMostSignificantBits())
            .putLong(random.getLeastSignificantBits())
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
