package io.headwater.view.search;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.log.Frame;
import io.headwater.view.AnyThread;
import io.headwater.view.OwnedBy;
import io.headwater.view.search.IndexOps.Op;
import io.headwater.view.search.SearchIndex.DocState;
import io.headwater.view.search.WriteOp.Condition;
import io.headwater.view.search.mapping.DocumentException;
import io.headwater.view.search.mapping.DocumentParser;
import io.headwater.view.search.mapping.Json;
import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.mapping.ParsedDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Direct writes. The submitting thread parses JSON; the owner decides each operation against the
 * index and against what the operations before it in the same frame will do, appends the frame, and
 * applies it.
 */
final class Writes {
  /** Past this the owner parses, so that one giant request does not lie in memory three times. */
  private static final long PARSED_AHEAD_BYTES_MAX = 16 << 20;

  private final OpenIndexes indexes;
  private final SearchLimits limits;
  private final Ids ids;
  private final Appender appender;
  private final Frame frame = new Frame(Frame.Origin.SEARCH);

  /** Appends a frame and brings the owner's own parts up to it. */
  interface Appender {
    /**
     * Appends, then applies what others appended to the same streams before it.
     *
     * @throws FailureException if nothing was appended
     */
    long append(Frame frame) throws IOException;
  }

  Writes(OpenIndexes indexes, SearchLimits limits, Ids ids, Appender appender) {
    this.indexes = indexes;
    this.limits = limits;
    this.ids = ids;
    this.appender = appender;
  }

  /** An operation before the owner sees it. */
  record Prepared(
      WriteOp op,
      String id,
      Bytes idBytes,
      boolean generated,
      @Nullable ParsedDocument parsed,
      WriteResult.@Nullable Failed refused) {}

  /**
   * @param waitFor what must be durable before the results may be told; 0 for nothing
   */
  record Outcome(List<WriteResult> results, long waitFor) {}

  @AnyThread
  List<Prepared> prepare(List<WriteOp> ops) {
    List<Prepared> prepared = new ArrayList<>(ops.size());
    Map<String, Mapping> mappings = new HashMap<>();
    long ahead = 0;
    for (WriteOp op : ops) {
      String given = op.id();
      String id = given == null ? ids.next() : given;
      Bytes idBytes = Bytes.utf8(id);
      WriteResult.Failed refused = refusal(op, id, idBytes);
      ParsedDocument parsed = null;
      if (refused == null && op instanceof WriteOp.Put put && ahead < PARSED_AHEAD_BYTES_MAX) {
        ahead += put.source().length;
        parsed = parseAhead(put, idBytes, mappings);
      }
      prepared.add(new Prepared(op, id, idBytes, given == null, parsed, refused));
    }
    return prepared;
  }

  private WriteResult.@Nullable Failed refusal(WriteOp op, String id, Bytes idBytes) {
    String unfit = SearchIndex.idReason(idBytes.array());
    if (unfit != null) {
      return failed(op, id, WriteResult.Cause.ILLEGAL_ARGUMENT, new Failure.Invalid(unfit));
    }
    if (op.condition() instanceof Condition.External(long version, boolean _) && version < 1) {
      return failed(
          op,
          id,
          WriteResult.Cause.ILLEGAL_ARGUMENT,
          new Failure.NotSupported("external version [" + version + "]: it must be at least 1"));
    }
    int bytes =
        switch (op) {
          case WriteOp.Put put -> put.source().length;
          case WriteOp.Update u ->
              Math.max(u.doc().length, u.upsert() == null ? 0 : u.upsert().length);
          case WriteOp.Delete _ -> 0;
        };
    return bytes <= limits.documentBytes()
        ? null
        : failed(
            op,
            id,
            WriteResult.Cause.OTHER,
            new Failure.TooLarge("document", bytes, limits.documentBytes()));
  }

  private @Nullable ParsedDocument parseAhead(
      WriteOp.Put put, Bytes id, Map<String, Mapping> mappings) {
    SearchIndex index = indexes.named(put.index());
    if (index == null) {
      return null;
    }
    try {
      Mapping mapping = mappings.getOrDefault(put.index(), index.mapping());
      ParsedDocument parsed = DocumentParser.parse(mapping, id.array(), put.source());
      mappings.put(put.index(), parsed.after());
      return parsed;
    } catch (DocumentException e) {
      return null; // the owner parses it again, with the mapping that counts
    }
  }

  /** A record in the frame whose offset is not known yet. */
  private record Pending(
      int slot,
      Scope scope,
      int ordinal,
      Op op,
      String id,
      @Nullable ParsedDocument parsed,
      boolean generated,
      WriteResult.Kind kind) {}

  /** What an index will be once the frame is applied. */
  private static final class Scope {
    final SearchIndex index;
    final Frame.Part part;
    final Map<Bytes, DocState> docs = new HashMap<>();
    final long firstOffset;
    Mapping mapping;

    Scope(SearchIndex index, Frame.Part part) {
      this.index = index;
      this.part = part;
      this.mapping = index.mapping();
      this.firstOffset = index.nextOffset();
    }

    DocState state(Bytes id) throws IOException {
      DocState known = docs.get(id);
      return known == null ? index.state(id) : known;
    }

    long nextOffset() {
      return firstOffset + part.count();
    }
  }

  @OwnedBy("search")
  Outcome write(List<Prepared> ops) throws IOException {
    @Nullable WriteResult[] results = new WriteResult[ops.size()];
    List<Pending> pending = new ArrayList<>();
    Map<String, Scope> scopes = new HashMap<>();
    long waitFor = 0;
    frame.clear();
    for (int i = 0; i < results.length; i++) {
      Prepared op = ops.get(i);
      results[i] = op.refused() != null ? op.refused() : decide(i, op, scopes, pending);
      boolean full = frame.payloadBytes() >= limits.frameBytes();
      if (full || i == results.length - 1) {
        waitFor = Math.max(waitFor, flush(results, pending, scopes));
      }
    }
    List<WriteResult> list = new ArrayList<>(results.length);
    for (@Nullable WriteResult result : results) {
      if (result == null) {
        throw new IllegalStateException("an operation without a result");
      }
      list.add(result);
    }
    return new Outcome(list, waitFor);
  }

  private @Nullable WriteResult decide(
      int slot, Prepared p, Map<String, Scope> scopes, List<Pending> pending) throws IOException {
    WriteOp op = p.op();
    SearchIndex index = indexes.named(op.index());
    if (index == null) {
      return failed(
          op, p.id(), WriteResult.Cause.INDEX_NOT_FOUND, new Failure.NotFound("index", op.index()));
    }
    String projection = index.definition().derivedBy();
    if (projection != null) {
      String source = indexes.sourceOf(projection);
      return failed(
          op,
          p.id(),
          WriteResult.Cause.OTHER,
          new Failure.Derived("index " + op.index(), source, projection));
    }
    Scope scope = scopes.get(op.index());
    if (scope == null) {
      scope = new Scope(index, frame.part(index.stream()));
      scopes.put(op.index(), scope);
    }
    Decision decision = new Decision(slot, p, scope, pending);
    try {
      return switch (op) {
        case WriteOp.Put put -> decision.put(put);
        case WriteOp.Update update -> decision.update(update);
        case WriteOp.Delete delete -> decision.delete(delete);
      };
    } catch (DocumentException e) {
      return unfit(p, e);
    }
  }

  private static WriteResult.Failed unfit(Prepared p, DocumentException e) {
    WriteResult.Cause cause =
        switch (e.kind()) {
          case PARSING -> WriteResult.Cause.DOCUMENT_PARSING;
          case STRICT -> WriteResult.Cause.STRICT_DYNAMIC_MAPPING;
          case LIMIT -> WriteResult.Cause.ILLEGAL_ARGUMENT;
        };
    return failed(p.op(), p.id(), cause, new Failure.Invalid(e.reason()));
  }

  /** One operation against one scope. Null: it stands in the frame, the result comes later. */
  private record Decision(int slot, Prepared p, Scope scope, List<Pending> pending) {

    @Nullable WriteResult put(WriteOp.Put put) throws IOException, DocumentException {
      DocState now = p.generated() ? DocState.absent(0) : scope.state(p.idBytes());
      if (put.mode() == WriteOp.Mode.CREATE && now.exists()) {
        return conflict(
            "["
                + p.id()
                + "]: version conflict, document already exists (current version ["
                + now.version()
                + "])");
      }
      WriteResult lost = lost(put.condition(), now);
      if (lost != null) {
        return lost;
      }
      store(now, put.source(), p.parsed(), version(put.condition(), now));
      return null;
    }

    @Nullable WriteResult update(WriteOp.Update update) throws IOException, DocumentException {
      DocState now = scope.state(p.idBytes());
      WriteResult lost = lost(update.condition(), now);
      if (lost != null) {
        return lost;
      }
      if (!now.exists()) {
        byte[] whole = update.docAsUpsert() ? update.doc() : update.upsert();
        if (whole == null) {
          String reason = "[" + p.id() + "]: document missing";
          return failed(
              p.op(),
              p.id(),
              WriteResult.Cause.DOCUMENT_MISSING,
              new Failure.NotFound("document", reason));
        }
        store(now, whole, null, now.version() + 1);
        return null;
      }
      byte[] source = now.source() == null ? scope.index.read(p.idBytes()).source() : now.source();
      if (source == null) {
        throw new IllegalStateException("document " + p.id() + " has no source");
      }
      byte[] merged = Merge.merge(source, update.doc());
      if (update.detectNoop() && merged == source) {
        return new WriteResult.Done(
            update.index(),
            p.id(),
            WriteResult.Kind.NOOP,
            now.version(),
            now.seqNo(),
            scope.index.appliedPosition());
      }
      store(now, merged, null, now.version() + 1);
      return null;
    }

    @Nullable WriteResult delete(WriteOp.Delete delete) throws IOException {
      DocState now = scope.state(p.idBytes());
      WriteResult lost = lost(delete.condition(), now);
      if (lost != null) {
        return lost;
      }
      if (!now.exists()) {
        return new WriteResult.Done(
            delete.index(),
            p.id(),
            WriteResult.Kind.NOT_FOUND,
            Math.max(1, now.version()),
            now.seqNo(),
            scope.index.appliedPosition());
      }
      long version = version(delete.condition(), now);
      int ordinal = scope.part.count();
      Op.Delete op = new Op.Delete(version, p.idBytes().array());
      IndexOps.delete(scope.part, version, op.id());
      scope.docs.put(p.idBytes(), DocState.absent(version));
      pending.add(
          new Pending(slot, scope, ordinal, op, p.id(), null, false, WriteResult.Kind.DELETED));
      return null;
    }

    private void store(DocState now, byte[] source, @Nullable ParsedDocument ready, long version)
        throws DocumentException {
      byte[] id = p.idBytes().array();
      ParsedDocument parsed =
          ready != null && ready.before() == scope.mapping
              ? ready
              : DocumentParser.parse(scope.mapping, id, source);
      scope.mapping = parsed.after();
      int ordinal = scope.part.count();
      if (!p.generated()) {
        scope.docs.put(p.idBytes(), new DocState(true, version, scope.nextOffset(), source));
      }
      IndexOps.put(scope.part, version, id, source);
      WriteResult.Kind kind = now.exists() ? WriteResult.Kind.UPDATED : WriteResult.Kind.CREATED;
      Op.Put op = new Op.Put(version, id, source);
      pending.add(new Pending(slot, scope, ordinal, op, p.id(), parsed, p.generated(), kind));
    }

    private static long version(Condition condition, DocState now) {
      return condition instanceof Condition.External(long version, boolean _)
          ? version
          : now.version() + 1;
    }

    private @Nullable WriteResult lost(Condition condition, DocState now) {
      return switch (condition) {
        case Condition.None _ -> null;
        case Condition.At(long seqNo, long term) ->
            now.exists() && now.seqNo() == seqNo && term == 1
                ? null
                : conflict(
                    "["
                        + p.id()
                        + "]: version conflict, required seqNo ["
                        + seqNo
                        + "], primary term ["
                        + term
                        + "]. "
                        + (now.exists()
                            ? "current document has seqNo ["
                                + now.seqNo()
                                + "] and primary term [1]"
                            : "but no document was found"));
        case Condition.External(long version, boolean orEqual) -> {
          boolean wins = orEqual ? version >= now.version() : version > now.version();
          yield wins
              ? null
              : conflict(
                  "["
                      + p.id()
                      + "]: version conflict, current version ["
                      + now.version()
                      + "] is higher "
                      + (orEqual ? "" : "or equal to ")
                      + "than the one provided ["
                      + version
                      + "]");
        }
      };
    }

    private WriteResult conflict(String reason) {
      return failed(
          p.op(), p.id(), WriteResult.Cause.VERSION_CONFLICT, new Failure.Conflict(reason));
    }
  }

  /** Appends and applies the frame built so far; answers what must become durable. */
  private long flush(
      @Nullable WriteResult[] results, List<Pending> pending, Map<String, Scope> scopes)
      throws IOException {
    long waitFor = 0;
    if (!frame.isEmpty()) {
      try {
        apply(appender.append(frame), results, pending, scopes);
      } catch (FailureException e) {
        for (Pending p : pending) {
          results[p.slot] =
              new WriteResult.Failed(
                  p.scope.index.name(), p.id, WriteResult.Cause.OTHER, e.failure());
        }
      }
    }
    for (Scope scope : scopes.values()) {
      if (scope.index.settings().synced()) { // results tell of what was there as well
        waitFor = Math.max(waitFor, scope.index.appliedPosition());
      }
    }
    pending.clear();
    scopes.clear();
    frame.clear();
    return waitFor;
  }

  private static void apply(
      long position,
      @Nullable WriteResult[] results,
      List<Pending> pending,
      Map<String, Scope> scopes)
      throws IOException {
    for (Scope scope : scopes.values()) {
      if (scope.part.count() > 0) {
        scope.index.begin(position);
      }
    }
    for (Pending p : pending) {
      SearchIndex index = p.scope.index;
      long offset = p.scope.part.baseOffset() + p.ordinal;
      results[p.slot] =
          switch (p.op) {
            case Op.Put put -> {
              String reason = index.put(offset, put, p.parsed, p.generated);
              yield reason == null
                  ? done(p, put.version(), offset, position)
                  : new WriteResult.Failed(
                      index.name(),
                      p.id,
                      WriteResult.Cause.DOCUMENT_PARSING,
                      new Failure.Invalid(reason));
            }
            case Op.Delete delete -> {
              index.delete(offset, delete);
              yield done(p, delete.version(), offset, position);
            }
            case Op.DeleteAll _, Op.MergeMapping _, Op.Parked _ ->
                throw new IllegalStateException("not a document's operation: " + p.op);
          };
    }
    for (Scope scope : scopes.values()) {
      if (scope.part.count() > 0) {
        scope.index.advance(scope.part.baseOffset() + scope.part.count());
      }
    }
  }

  private static WriteResult done(Pending p, long version, long offset, long position) {
    return new WriteResult.Done(p.scope.index.name(), p.id, p.kind, version, offset, position);
  }

  private static WriteResult.Failed failed(
      WriteOp op, String id, WriteResult.Cause cause, Failure failure) {
    return new WriteResult.Failed(op.index(), id, cause, failure);
  }

  /** Partial documents into whole ones. */
  static final class Merge {
    private Merge() {}

    /** The merged document; the very same array if nothing changes. */
    static byte[] merge(byte[] source, byte[] partial) throws DocumentException {
      try {
        Map<String, @Nullable Object> whole = Json.object(source);
        return merge(whole, Json.object(partial)) ? Json.bytes(whole) : source;
      } catch (Json.MalformedJson e) {
        throw DocumentException.malformed(String.valueOf(e.getMessage()));
      }
    }

    @SuppressWarnings("unchecked") // Json makes maps with string keys only
    private static boolean merge(
        Map<String, @Nullable Object> whole, Map<String, @Nullable Object> partial) {
      boolean changed = false;
      for (Map.Entry<String, @Nullable Object> entry : partial.entrySet()) {
        Object old = whole.get(entry.getKey());
        Object now = entry.getValue();
        if (old instanceof Map<?, ?> oldMap && now instanceof Map<?, ?> nowMap) {
          changed |=
              merge((Map<String, @Nullable Object>) oldMap, (Map<String, @Nullable Object>) nowMap);
        } else if (!whole.containsKey(entry.getKey()) || !java.util.Objects.equals(old, now)) {
          whole.put(entry.getKey(), now);
          changed = true;
        }
      }
      return changed;
    }
  }

  /** Bytes of the sources in a request, for the limit on what is queued. */
  static long bytes(List<WriteOp> ops) {
    long bytes = 0;
    for (WriteOp op : ops) {
      bytes +=
          switch (op) {
            case WriteOp.Put put -> put.source().length + 100L;
            case WriteOp.Update u -> u.doc().length + 100L;
            case WriteOp.Delete _ -> 100L;
          };
    }
    return bytes;
  }
}
