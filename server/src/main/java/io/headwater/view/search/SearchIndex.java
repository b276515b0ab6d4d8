package io.headwater.view.search;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.Bytes;
import io.headwater.failure.FailureException;
import io.headwater.host.Clock;
import io.headwater.host.Disk;
import io.headwater.log.LoggedPart;
import io.headwater.view.AnyThread;
import io.headwater.view.OwnedBy;
import io.headwater.view.catalog.Index;
import io.headwater.view.search.IndexOps.Op;
import io.headwater.view.search.mapping.Analyzers;
import io.headwater.view.search.mapping.DocumentException;
import io.headwater.view.search.mapping.DocumentParser;
import io.headwater.view.search.mapping.Fields;
import io.headwater.view.search.mapping.Mapping;
import io.headwater.view.search.mapping.MappingNode.Field;
import io.headwater.view.search.mapping.ParsedDocument;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.DelegatingAnalyzerWrapper;
import org.apache.lucene.index.IndexCommit;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * One index: Lucene's writer, the mapping, and how far its stream is applied. The owner changes it;
 * searches use {@link #visibility} and the immutable {@link #mapping}.
 *
 * <p>Applying is idempotent: a record whose offset the last commit covers is skipped, and every
 * other is absolute (a whole document under an id).
 */
final class SearchIndex {
  private static final Logger LOGGER = Logger.getLogger(SearchIndex.class.getName());
  private static final int ID_BYTES_MAX = 512;
  private static final int POSITION_GAP = 100; // so that phrases do not span an array's values

  private static final String NEXT_OFFSET = "next_offset";
  private static final String MAPPING = "mapping";
  private static final String UNPARKED = "unparked";

  private final String uuid;
  private final int stream;
  private final IndexFolder folder;
  private final IndexWriter writer;
  private final VersionMap versions;
  private final Visibility visibility;
  private final SortedMap<Long, Unparked> unparked;
  private volatile Index definition;
  private volatile IndexSettings settings;
  private volatile Mapping mapping;
  private volatile long appliedPosition;
  private volatile long changes;
  private volatile long nextOffset;
  private volatile boolean open = true;
  private long committedOffset;
  private @Nullable IdLookup lookup;
  private String lastProjection;
  private boolean refreshOverdue;

  SearchIndex(
      Index definition,
      IndexSettings settings,
      Disk disk,
      Clock clock,
      long logEnd,
      double bufferMb,
      AtomicLong pendingBytes,
      SearchLimits limits)
      throws IOException {
    this.definition = definition;
    this.settings = settings;
    this.uuid = definition.uuid();
    this.stream = definition.stream();
    this.lastProjection = definition.derivedBy() == null ? "" : definition.derivedBy();
    folder = new IndexFolder(disk, uuid, logEnd);
    IndexCommit commit = folder.newest();
    if (commit == null) {
      mapping = first(definition);
      unparked = new TreeMap<>();
    } else {
      Map<String, String> data = commit.getUserData();
      mapping = Mapping.of(required(data, MAPPING));
      unparked = new TreeMap<>(Unparked.decode(required(data, UNPARKED)));
      nextOffset = Long.parseLong(required(data, NEXT_OFFSET));
      appliedPosition = RetainedCommits.position(commit);
      committedOffset = nextOffset;
    }
    writer = folder.open(new ByMapping(), bufferMb);
    versions = new VersionMap(pendingBytes, limits.pendingSourceBytes());
    visibility = new Visibility(writer, versions, clock, () -> changes, () -> appliedPosition);
  }

  /** As {@code OpenIndexes.settings}: what stands in the catalog was checked before. */
  private static Mapping first(Index definition) {
    try {
      return Mapping.of(definition.mappings());
    } catch (FailureException e) {
      LOGGER.log(Level.WARNING, "index " + definition.name() + " begins without a mapping", e);
      return Mapping.EMPTY;
    }
  }

  private static String required(Map<String, String> data, String name) throws IOException {
    String value = data.get(name);
    if (value == null) {
      throw new IOException("damaged index: its commit has no " + name);
    }
    return value;
  }

  /** Asks the current mapping at each field; fields never change their analyzer. */
  private final class ByMapping extends DelegatingAnalyzerWrapper {
    ByMapping() {
      super(PER_FIELD_REUSE_STRATEGY);
    }

    @Override
    protected Analyzer getWrappedAnalyzer(String fieldName) {
      Field field = applying == null ? null : applying.field(fieldName);
      return Analyzers.known(field == null ? Analyzers.DEFAULT : field.indexAnalyzer());
    }

    @Override
    public int getPositionIncrementGap(String fieldName) {
      return POSITION_GAP;
    }
  }

  /** The mapping of the document that is being added right now. */
  private @Nullable Mapping applying;

  @AnyThread
  Index definition() {
    return definition;
  }

  @AnyThread
  String name() {
    return definition.name();
  }

  @AnyThread
  String uuid() {
    return uuid;
  }

  @AnyThread
  int stream() {
    return stream;
  }

  @AnyThread
  IndexSettings settings() {
    return settings;
  }

  @AnyThread
  Mapping mapping() {
    return mapping;
  }

  @AnyThread
  Visibility visibility() {
    return visibility;
  }

  @AnyThread
  VersionMap versions() {
    return versions;
  }

  /** The offset that the stream's next record will have, as far as this index knows. */
  @AnyThread
  long nextOffset() {
    return nextOffset;
  }

  /** No log position after this one has touched the index. */
  @AnyThread
  long appliedPosition() {
    return appliedPosition;
  }

  @OwnedBy("search")
  void redefine(Index changed, IndexSettings changedSettings) {
    definition = changed;
    settings = changedSettings;
    if (changed.derivedBy() != null) {
      lastProjection = changed.derivedBy();
    }
  }

  /** The projection that derives documents here, or the last one that did. */
  @OwnedBy("search")
  String projection() {
    return lastProjection;
  }

  // Applying

  /** Applies a part that this owner did not build. */
  @OwnedBy("search")
  void apply(LoggedPart part) throws IOException {
    if (part.baseOffset() > nextOffset) {
      throw new IllegalStateException(
          "index " + name() + " has " + nextOffset + " records, next comes " + part.baseOffset());
    }
    ByteReader in = part.payload();
    for (int i = 0; i < part.count(); i++) {
      Op op = IndexOps.read(in);
      long offset = part.baseOffset() + i;
      if (offset >= committedOffset) {
        apply(part.position(), offset, op);
      }
    }
    advance(part.baseOffset() + part.count());
  }

  @OwnedBy("search")
  private void apply(long position, long offset, Op op) throws IOException {
    appliedPosition = Math.max(appliedPosition, position);
    switch (op) {
      case Op.Put put -> {
        String reason = put(offset, put, null, false);
        if (reason != null) {
          unparked.put(offset, new Unparked(offset, put.id(), put.json(), reason));
          // What the source held before must not be found any more: its dead letter says why.
          delete(offset, new Op.Delete(put.version(), put.id()));
        }
      }
      case Op.Delete delete -> delete(offset, delete);
      case Op.DeleteAll _ -> deleteAll();
      case Op.MergeMapping(String json) -> merge(json);
      case Op.Parked(long parked) -> unparked.remove(parked);
    }
  }

  /** Says up to which position changes may have come, before they are made. */
  @OwnedBy("search")
  void begin(long position) {
    appliedPosition = Math.max(appliedPosition, position);
  }

  /** The stream's records below this offset are applied. */
  @OwnedBy("search")
  void advance(long offset) {
    if (offset > nextOffset) {
      nextOffset = offset;
    }
  }

  /**
   * Adds or replaces a document.
   *
   * @param ready the document as parsed before; used if the mapping is still the same
   * @param isNew the id was just made up: there is nothing to replace
   * @return why the index cannot take it, or null
   */
  @OwnedBy("search")
  @Nullable String put(long offset, Op.Put put, @Nullable ParsedDocument ready, boolean isNew)
      throws IOException {
    ParsedDocument document = ready;
    if (document == null || document.before() != mapping) {
      String unfit = idReason(put.id());
      if (unfit != null) {
        return unfit;
      }
      try {
        document = DocumentParser.parse(mapping, put.id(), put.json());
      } catch (DocumentException e) {
        return e.reason();
      }
    }
    long version = put.version() == IndexOps.DERIVED ? offset + 1 : put.version();
    List<IndexableField> fields = document.fields();
    fields.add(Fields.seqNo(offset));
    fields.add(Fields.version(version));
    applying = document.after();
    try {
      if (isNew) {
        writer.addDocument(fields);
      } else {
        writer.updateDocument(new Term(Fields.ID, new BytesRef(put.id())), fields);
      }
    } catch (IllegalArgumentException e) { // something about this document alone
      return String.valueOf(e.getMessage());
    }
    mapping = document.after();
    versions.put(Bytes.wrap(put.id()), version, offset, put.json());
    changed();
    return null;
  }

  /** Why a document cannot have this id, or null. */
  static @Nullable String idReason(byte[] id) {
    if (id.length == 0) {
      return "if _id is specified it must not be empty";
    }
    if (id.length > ID_BYTES_MAX) {
      return "id is too long, must be no longer than "
          + ID_BYTES_MAX
          + " bytes but was: "
          + id.length;
    }
    String text = Bytes.wrap(id).utf8();
    return Arrays.equals(Bytes.utf8(text).array(), id) ? null : "id is not valid UTF-8";
  }

  @OwnedBy("search")
  void delete(long offset, Op.Delete delete) throws IOException {
    writer.deleteDocuments(new Term(Fields.ID, new BytesRef(delete.id())));
    long version = delete.version() == IndexOps.DERIVED ? offset + 1 : delete.version();
    versions.delete(Bytes.wrap(delete.id()), version, offset);
    changed();
  }

  private void deleteAll() throws IOException {
    writer.deleteAll();
    changed();
    visibility.refresh(); // the version map cannot say "none", so a reader has to
  }

  /** A merge that conflicts changes nothing; whoever asked for it was told before. */
  @OwnedBy("search")
  private void merge(String json) {
    try {
      mapping = mapping.merge(json);
    } catch (FailureException e) {
      LOGGER.log(Level.FINE, "index {0} keeps its mapping: {1}", new Object[] {name(), e});
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void changed() {
    changes++;
  }

  // Reading by id

  /** A document as the owner finds it. */
  @OwnedBy("search")
  DocState state(Bytes id) throws IOException {
    VersionMap.Entry entry = versions.get(id);
    if (entry != null) {
      return entry.deleted()
          ? DocState.absent(entry.version())
          : new DocState(true, entry.version(), entry.seqNo(), entry.source());
    }
    try (Snapshot snapshot = visibility.acquire()) {
      if (lookup == null || !lookup.isFor(snapshot.reader())) {
        lookup = new IdLookup(snapshot.reader());
      }
      IdLookup.Found found = lookup.find(id.array());
      return found == null
          ? DocState.absent(versions.tombstone(id))
          : new DocState(true, found.version(), found.seqNo(), null);
    }
  }

  /** A document as any thread finds it, with its source. */
  @AnyThread
  DocState read(Bytes id) throws IOException {
    VersionMap.Entry entry = versions.get(id);
    if (entry != null && (entry.deleted() || entry.source() != null)) {
      return entry.deleted()
          ? DocState.absent(entry.version())
          : new DocState(true, entry.version(), entry.seqNo(), entry.source());
    }
    try (Snapshot snapshot = entry == null ? visibility.acquire() : visibility.acquireFresh()) {
      IdLookup.Found found = new IdLookup(snapshot.reader()).find(id.array());
      if (found == null) {
        return DocState.absent(0);
      }
      byte[] source = Sources.read(snapshot.reader(), found.doc());
      return new DocState(true, found.version(), found.seqNo(), source);
    }
  }

  /** What is known of an id. {@code seqNo} is -2 where there is no document. */
  record DocState(boolean exists, long version, long seqNo, byte @Nullable [] source) {
    static DocState absent(long version) {
      return new DocState(false, version, -2, null);
    }
  }

  // Parking

  @OwnedBy("search")
  SortedMap<Long, Unparked> unparked() {
    return unparked;
  }

  @OwnedBy("search")
  void parked(long position, long offset, long parked) {
    begin(position);
    unparked.remove(parked);
    advance(offset + 1);
  }

  /** Merges a mapping that this owner decided. */
  @OwnedBy("search")
  void merged(long position, long offset, String json) {
    begin(position);
    merge(json);
    advance(offset + 1);
  }

  // Committing

  /** Whether anything happened since the last commit. */
  @OwnedBy("search")
  boolean isDirty() {
    return nextOffset != committedOffset;
  }

  /**
   * Starts a commit of exactly what is applied; {@link #finishCommit} makes it count.
   *
   * @param position everything up to here is applied, and nothing after it
   */
  @OwnedBy("search")
  void startCommit(long position) throws IOException {
    Map<String, String> data =
        Map.of(
            RetainedCommits.POSITION,
            Long.toString(position),
            NEXT_OFFSET,
            Long.toString(nextOffset),
            MAPPING,
            mapping.json(),
            UNPARKED,
            Unparked.encode(unparked.values()));
    writer.setLiveCommitData(data.entrySet());
    folder.deferSyncs();
    writer.prepareCommit();
    committedOffset = nextOffset;
  }

  /** Not on the owner: waits for the disk. */
  void finishCommit() throws IOException {
    folder.syncDeferred();
    writer.commit();
  }

  @AnyThread
  void retain(long position) throws IOException {
    folder.commits().retain(position);
    writer.deleteUnusedFiles();
  }

  // Around

  @AnyThread
  void setBuffer(double mb) {
    writer.getConfig().setRAMBufferSizeMB(mb);
  }

  /** Whether ids wait for a refresh beyond a limit; true once for each time. */
  @OwnedBy("search")
  boolean needsRefresh(int pendingIdsMax) {
    boolean over = versions.size() > pendingIdsMax;
    boolean first = over && !refreshOverdue;
    refreshOverdue = over;
    return first;
  }

  @AnyThread
  IndexStats stats() throws IOException {
    long bytes = 0;
    for (String name : folder.directory().listAll()) {
      try {
        bytes += folder.directory().fileLength(name);
      } catch (java.nio.file.NoSuchFileException | java.io.FileNotFoundException e) {
        bytes += 0; // merged away since the listing
      }
    }
    try (Snapshot snapshot = visibility.acquireFresh()) {
      return new IndexStats(
          name(),
          uuid,
          snapshot.reader().numDocs(),
          snapshot.reader().numDeletedDocs(),
          bytes,
          nextOffset - 1);
    }
  }

  @AnyThread
  boolean isOpen() {
    return open;
  }

  /** Forgets what is not committed: the log has it. */
  @OwnedBy("search")
  void close() throws IOException {
    if (!open) {
      return;
    }
    open = false;
    visibility.close();
    versions.close();
    writer.rollback();
    folder.close();
  }
}
