package io.headwater.view.search;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.host.Disk;
import io.headwater.view.CheckpointFiles;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Index;
import io.headwater.view.catalog.Projection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The view's checkpoint: one small file that names the indexes and how far each stream was applied;
 * what the indexes hold is in their own commits. A file exists only when the commits it relies on
 * are durable.
 */
final class Checkpoints {
  private static final int FORMAT = 1;

  private final Disk disk;
  private final CheckpointFiles files;

  Checkpoints(Disk disk) {
    this.disk = disk;
    files = new CheckpointFiles(disk, IndexFolder.ROOT + "/checkpoints");
  }

  /**
   * @param nextOffset of the index's stream at the checkpoint
   */
  record Covered(Index index, long nextOffset) {}

  /** What a checkpoint says. */
  record Contents(long position, List<Covered> indexes, List<Projection> projections) {
    List<CatalogEvent> events() {
      List<CatalogEvent> events = new ArrayList<>();
      projections.forEach(p -> events.add(new CatalogEvent.ProjectionCreated(p)));
      indexes.forEach(c -> events.add(new CatalogEvent.IndexCreated(c.index())));
      return events;
    }
  }

  /** The newest that covers no more than {@code logEnd}; newer ones are deleted. */
  Contents newest(long logEnd) throws IOException {
    long position = files.newest(logEnd);
    return position == 0
        ? new Contents(0, List.of(), List.of())
        : decode(position, files.read(position));
  }

  void write(Contents contents) throws IOException {
    disk.syncFolder(IndexFolder.ROOT);
    files.write(contents.position(), encode(contents));
  }

  /** Drops old checkpoints, then the folders of indexes that none is left to speak of. */
  void retain(long position, Set<String> open) throws IOException {
    files.retain(position);
    Set<String> spoken = new HashSet<>();
    for (String name : disk.list(IndexFolder.ROOT + "/checkpoints")) {
      if (name.endsWith(".checkpoint")) {
        long at = Long.parseLong(name.substring(0, name.indexOf('.')));
        decode(at, files.read(at)).indexes().forEach(c -> spoken.add(c.index().uuid()));
      }
    }
    for (String folder : disk.list(IndexFolder.ROOT)) {
      if (!folder.equals("checkpoints") && !spoken.contains(folder) && !open.contains(folder)) {
        DiskDirectory.deleteFolder(disk, IndexFolder.ROOT + "/" + folder);
      }
    }
  }

  private static byte[] encode(Contents contents) {
    ByteWriter out = new ByteWriter();
    out.putByte(FORMAT).putVarint(contents.indexes().size());
    for (Covered covered : contents.indexes()) {
      Index i = covered.index();
      out.putString(i.name()).putString(i.uuid()).putVarint(i.stream());
      out.putString(i.settings()).putString(i.mappings());
      out.putByte(i.derivedBy() == null ? 0 : 1);
      if (i.derivedBy() != null) {
        out.putString(i.derivedBy());
      }
      out.putLong(i.createdMs()).putVarint(covered.nextOffset());
    }
    out.putVarint(contents.projections().size());
    for (Projection p : contents.projections()) {
      out.putString(p.name());
      switch (p.source()) {
        case Projection.Source.Keys(var prefix) -> out.putByte(1).putSized(prefix);
        case Projection.Source.TopicValues(String topic) -> out.putByte(2).putString(topic);
      }
    }
    return out.toByteArray();
  }

  private static Contents decode(long position, byte[] payload) throws IOException {
    ByteReader in = new ByteReader(payload);
    int format = in.getByte();
    if (format != FORMAT) {
      throw new IOException("checkpoint of format " + format + "; this version reads " + FORMAT);
    }
    List<Covered> indexes = new ArrayList<>();
    int count = in.getCount();
    for (int i = 0; i < count; i++) {
      Index index =
          new Index(
              in.getString(),
              in.getString(),
              in.getCount(),
              in.getString(),
              in.getString(),
              nullable(in),
              in.getLong());
      indexes.add(new Covered(index, in.getVarint()));
    }
    List<Projection> projections = new ArrayList<>();
    int projectionCount = in.getCount();
    for (int i = 0; i < projectionCount; i++) {
      String name = in.getString();
      Projection.Source source =
          in.getByte() == 1
              ? new Projection.Source.Keys(in.getSized())
              : new Projection.Source.TopicValues(in.getString());
      projections.add(new Projection(name, source, List.of(), true)); // all that is asked of it
    }
    return new Contents(position, indexes, projections);
  }

  private static @Nullable String nullable(ByteReader in) {
    return in.getByte() == 0 ? null : in.getString();
  }
}
