package io.headwater.simulation;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.host.DiskFullException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that fails on command, from a seed. The faults that it can make:
 *
 * <ul>
 *   <li>{@link Death#POWER_LOSS} at any operation that changes something: the operation is half
 *       done, then every call throws {@link PowerLost}. {@link #restart} gives the disk as it would
 *       be found: of unsynced bytes and names there is what {@link Loss} leaves.
 *   <li>{@link Death#PROCESS_KILL}, as by {@code kill -9}: the operation is half done, and the page
 *       cache survives with all that is in it, still unsynced.
 *   <li>{@link #failAt}: EIO from an operation. After a failed sync the data that did not reach the
 *       medium is readable and clean: later syncs succeed, and a power loss takes it.
 *   <li>{@link #limitBytes}: ENOSPC from writes that would make files larger than the limit in sum,
 *       after a part of them was written.
 *   <li>{@link #flipBit}: a bit rots, on the medium and in the cache.
 * </ul>
 *
 * <p>What it never does: lose synced bytes by itself, tear a rename, or let bytes change that
 * nobody wrote (except by {@link #flipBit}). Folders are durable once created. Safe from any
 * thread, and deterministic if one thread uses it.
 */
public final class SimulatedDisk implements Disk {
  /** What a program's death does to the disk. */
  public enum Death {
    POWER_LOSS,
    PROCESS_KILL
  }

  /** What becomes of unsynced bytes and names when the power goes. */
  public enum Loss {
    /** Nothing of it reached the medium. */
    ALL_UNSYNCED,
    /** All of it did. */
    NOTHING,
    /** The first so many changes of each file did. */
    FIRST_CHANGES,
    /** The same, and the next write was cut at some byte. */
    TORN_BYTES,
    /** Each 512-byte sector of each write did or did not; names in any order. */
    TORN_SECTORS
  }

  private enum Kind {
    WRITE,
    SYNC,
    NAMES
  }

  /** A name that appears, changes or goes; null means that it goes. Applied as a whole. */
  private record NameChange(Map<String, Optional<SimulatedInode>> names) {
    boolean touches(String folder) {
      return names.keySet().stream().anyMatch(path -> folderOf(path).equals(folder));
    }
  }

  private final RandomGenerator random;
  private boolean allocates;
  private final Map<String, SimulatedInode> files;
  private final Map<String, SimulatedInode> stableFiles;
  private final Set<String> folders;
  private final List<NameChange> unsyncedNames = new ArrayList<>();

  private long operations;
  private long deathAt = -1;
  private Death death = Death.POWER_LOSS;
  private @Nullable Loss loss;
  private long errorAt = -1;
  private long limitBytes = 1L << 40;
  private boolean dead;

  public SimulatedDisk(long seed) {
    this(
        new SplittableRandom(seed),
        new SplittableRandom(~seed).nextBoolean(),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeSet<>());
    folders.add("");
  }

  private SimulatedDisk(
      RandomGenerator random,
      boolean allocates,
      Map<String, SimulatedInode> files,
      Map<String, SimulatedInode> stableFiles,
      Set<String> folders) {
    this.random = random;
    this.allocates = allocates;
    this.files = files;
    this.stableFiles = stableFiles;
    this.folders = folders;
  }

  /** Operations so far that changed something: what {@link #dieAt} and {@link #failAt} count. */
  public synchronized long operations() {
    return operations;
  }

  /** The process dies in the middle of the {@code operation}th change, counted from 0. */
  public synchronized void dieAt(long operation, Death how) {
    deathAt = operation;
    death = how;
  }

  /** Fixes what a power loss leaves; otherwise it is drawn. */
  public synchronized void lose(@Nullable Loss what) {
    loss = what;
  }

  /** The {@code operation}th change fails with an I/O error; those after it work. */
  public synchronized void failAt(long operation) {
    errorAt = operation;
  }

  /** The disk's size from now on. */
  public synchronized void limitBytes(long bytes) {
    limitBytes = bytes;
  }

  /** Whether files can be allocated, which is drawn otherwise. */
  public synchronized void allocates(boolean can) {
    allocates = can;
  }

  public synchronized void flipBit(String path, long position, int bit) throws IOException {
    inode(path).flipBit(position, bit);
  }

  /** The process dies now. */
  public synchronized void die(Death how) {
    death = how;
    dead = true;
  }

  public synchronized boolean isDead() {
    return dead;
  }

  /** Whether the error that {@link #failAt} asks for has come. */
  public synchronized boolean hasFailed() {
    return errorAt >= 0 && operations > errorAt;
  }

  /** The disk as the next process finds it. This one stays dead. */
  public synchronized SimulatedDisk restart() {
    if (!dead) {
      throw new IllegalStateException("nothing died");
    }
    return death == Death.PROCESS_KILL ? afterKill() : afterPowerLoss();
  }

  private SimulatedDisk afterKill() {
    Map<SimulatedInode, SimulatedInode> copies = new HashMap<>();
    SimulatedDisk next = next(copied(files, copies), copied(stableFiles, copies));
    for (NameChange change : unsyncedNames) {
      Map<String, Optional<SimulatedInode>> names = new TreeMap<>();
      change.names.forEach((path, inode) -> names.put(path, inode.map(i -> copy(i, copies))));
      next.unsyncedNames.add(new NameChange(names));
    }
    return next;
  }

  private SimulatedDisk afterPowerLoss() {
    Loss drawn = loss == null ? Loss.values()[random.nextInt(Loss.values().length)] : loss;
    Map<SimulatedInode, SimulatedInode> copies = new HashMap<>();
    Map<String, SimulatedInode> found = new TreeMap<>(stableFiles);
    for (NameChange change : survivors(drawn)) {
      apply(change, found);
    }
    Map<String, SimulatedInode> inodes = copied(found, copies);
    inodes.values().forEach(inode -> inode.losePower(drawn, random));
    return next(inodes, new TreeMap<>(inodes));
  }

  private List<NameChange> survivors(Loss drawn) {
    int size = unsyncedNames.size();
    return switch (drawn) {
      case ALL_UNSYNCED -> List.of();
      case NOTHING -> unsyncedNames;
      case FIRST_CHANGES, TORN_BYTES -> unsyncedNames.subList(0, random.nextInt(size + 1));
      case TORN_SECTORS -> unsyncedNames.stream().filter(_ -> random.nextBoolean()).toList();
    };
  }

  private SimulatedDisk next(
      Map<String, SimulatedInode> found, Map<String, SimulatedInode> foundStable) {
    SimulatedDisk next =
        new SimulatedDisk(random, allocates, found, foundStable, new TreeSet<>(folders));
    next.limitBytes = limitBytes;
    next.loss = loss;
    return next;
  }

  private static Map<String, SimulatedInode> copied(
      Map<String, SimulatedInode> from, Map<SimulatedInode, SimulatedInode> copies) {
    Map<String, SimulatedInode> to = new TreeMap<>();
    from.forEach((path, inode) -> to.put(path, copy(inode, copies)));
    return to;
  }

  private static SimulatedInode copy(
      SimulatedInode inode, Map<SimulatedInode, SimulatedInode> copies) {
    return copies.computeIfAbsent(inode, SimulatedInode::copy);
  }

  @Override
  public synchronized DiskFile open(String path, Mode mode) throws IOException {
    alive(path);
    String name = checked(path);
    SimulatedInode inode = files.get(name);
    boolean create = mode == Mode.CREATE || (mode == Mode.CREATE_OR_OPEN && inode == null);
    if (mode == Mode.CREATE && inode != null) {
      throw new FileAlreadyExistsException(path);
    }
    if (create) {
      needFolder(folderOf(name));
      if (folders.contains(name)) {
        throw new FileAlreadyExistsException(path);
      }
      inode = new SimulatedInode();
      change(name, Map.of(name, Optional.of(inode)));
    }
    if (inode == null) {
      throw new NoSuchFileException(path);
    }
    return new OpenFile(name, inode, mode != Mode.READ);
  }

  @Override
  public synchronized boolean exists(String path) throws IOException {
    alive(path);
    String name = checked(path);
    return files.containsKey(name) || folders.contains(name);
  }

  @Override
  public synchronized boolean isFolder(String path) throws IOException {
    alive(path);
    return folders.contains(checked(path));
  }

  @Override
  public synchronized List<String> list(String folder) throws IOException {
    alive(folder);
    String name = checked(folder);
    TreeSet<String> names = new TreeSet<>();
    for (String path : files.keySet()) {
      if (folderOf(path).equals(name)) {
        names.add(nameOf(path));
      }
    }
    for (String path : folders) {
      if (!path.isEmpty() && folderOf(path).equals(name)) {
        names.add(nameOf(path));
      }
    }
    return List.copyOf(names);
  }

  @Override
  public synchronized void createFolder(String folder) throws IOException {
    alive(folder);
    String name = checked(folder);
    if (folders.contains(name)) {
      return;
    }
    if (files.containsKey(name)) {
      throw new FileAlreadyExistsException(folder);
    }
    createFolder(folderOf(name));
    if (begins(Kind.NAMES, folder)) {
      folders.add(name);
    }
    ends(folder);
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    alive(from);
    String source = checked(from);
    String target = checked(to);
    SimulatedInode inode = files.get(source);
    if (inode == null) {
      renameFolder(source, target);
      return;
    }
    needFolder(folderOf(target));
    if (folders.contains(target)) {
      throw new FileAlreadyExistsException(to);
    }
    if (!source.equals(target)) {
      change(source, Map.of(source, Optional.empty(), target, Optional.of(inode)));
    }
  }

  private void renameFolder(String from, String to) throws IOException {
    if (!folders.contains(from)) {
      throw new NoSuchFileException(from);
    }
    needFolder(folderOf(to));
    if (!list(to).isEmpty()) {
      throw new DirectoryNotEmptyException(to);
    }
    Map<String, Optional<SimulatedInode>> moved = new TreeMap<>();
    files.forEach((path, inode) -> {
      if (path.startsWith(from + "/")) {
        moved.put(path, Optional.empty());
        moved.put(to + path.substring(from.length()), Optional.of(inode));
      }
    });
    for (String folder : List.copyOf(folders)) {
      if (folder.equals(from) || folder.startsWith(from + "/")) {
        folders.add(to + folder.substring(from.length()));
      }
    }
    change(from, moved);
    folders.removeIf(folder -> folder.equals(from) || folder.startsWith(from + "/"));
  }

  @Override
  public synchronized void delete(String path) throws IOException {
    alive(path);
    String name = checked(path);
    if (files.containsKey(name)) {
      change(name, Map.of(name, Optional.empty()));
    } else if (folders.contains(name)) {
      if (!list(name).isEmpty()) {
        throw new DirectoryNotEmptyException(path);
      }
      if (begins(Kind.NAMES, path)) {
        folders.remove(name);
      }
      ends(path);
    }
  }

  @Override
  public synchronized void syncFolder(String folder) throws IOException {
    alive(folder);
    String name = checked(folder);
    needFolder(name);
    if (begins(Kind.SYNC, folder)) {
      for (NameChange change : unsyncedNames) {
        if (change.touches(name)) {
          apply(change, stableFiles);
        }
      }
      unsyncedNames.removeIf(change -> change.touches(name));
    }
    ends(folder);
  }

  @Override
  public synchronized long freeBytes() throws IOException {
    alive("free bytes");
    return Math.max(0, limitBytes - usedBytes());
  }

  @Override
  public Optional<Path> realFolder() {
    return Optional.empty();
  }

  /** Bytes of all files. */
  public synchronized long usedBytes() {
    return files.values().stream().mapToLong(SimulatedInode::size).sum();
  }

  private void change(String path, Map<String, Optional<SimulatedInode>> names) throws IOException {
    if (begins(Kind.NAMES, path)) {
      NameChange change = new NameChange(names);
      apply(change, files);
      unsyncedNames.add(change);
    }
    ends(path);
  }

  private static void apply(NameChange change, Map<String, SimulatedInode> to) {
    change.names.forEach((path, inode) ->
        inode.ifPresentOrElse(present -> to.put(path, present), () -> to.remove(path)));
  }

  /**
   * Counts an operation and makes the faults that are due.
   *
   * @return whether it happens; a name may or may not when the process dies
   */
  private boolean begins(Kind kind, String path) throws IOException {
    alive(path);
    long operation = operations++;
    if (operation == errorAt) {
      throw new IOException(path + ": Input/output error (simulated)");
    }
    if (operation == deathAt) {
      dead = true;
      return kind == Kind.NAMES && random.nextBoolean();
    }
    return true;
  }

  private void ends(String path) throws IOException {
    alive(path);
  }

  private void alive(String path) throws IOException {
    if (dead) {
      throw new PowerLost(path);
    }
  }

  private void needFolder(String folder) throws IOException {
    if (!folders.contains(folder)) {
      throw new NoSuchFileException(folder);
    }
  }

  private SimulatedInode inode(String path) throws FileNotFoundException {
    SimulatedInode inode = files.get(path);
    if (inode == null) {
      throw new FileNotFoundException(path);
    }
    return inode;
  }

  private static String checked(String path) {
    if (path.startsWith("/")) {
      throw new IllegalArgumentException("absolute path: " + path);
    }
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..")) {
        throw new IllegalArgumentException("path leaves its disk: " + path);
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  private static String folderOf(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static String nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** Works on when the file is renamed or deleted, as everywhere but on Windows. */
  private final class OpenFile implements DiskFile {
    private final String path;
    private final SimulatedInode inode;
    private final boolean writable;
    private boolean closed;

    OpenFile(String path, SimulatedInode inode, boolean writable) {
      this.path = path;
      this.inode = inode;
      this.writable = writable;
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        needWritable();
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        long grows = Math.max(0, position + bytes.length - inode.size());
        long room = Math.max(0, limitBytes - usedBytes());
        if (operations == errorAt) {
          inode.writePart(position, bytes, random);
        }
        if (!begins(Kind.WRITE, path)) {
          inode.writePart(position, bytes, random);
        } else if (grows > room) {
          int fits = (int) Math.max(0, bytes.length - (grows - room));
          inode.write(position, Arrays.copyOf(bytes, fits));
          throw new DiskFullException(path);
        } else {
          inode.write(position, bytes);
        }
        ends(path);
      }
    }

    @Override
    public void writeBlocks(ByteBuffer source, long position) throws IOException {
      int unit = DiskFile.BLOCK_BYTES;
      boolean whole = position % unit == 0 && source.remaining() % unit == 0;
      if (!whole || source.alignmentOffset(source.position(), unit) != 0) {
        throw new IllegalArgumentException(source + " at " + position + " of " + path);
      }
      write(source, position);
    }

    /** Half of the disks cannot. What was taken and never written is lost and torn like zeros. */
    @Override
    public boolean allocate(long bytes) throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        needWritable();
        if (!allocates) {
          return false;
        }
        write(ByteBuffer.allocate((int) Math.max(0, bytes - inode.size())), inode.size());
        return true;
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        return target.hasRemaining() ? inode.read(target, position) : 0;
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        boolean fails = operations == errorAt;
        if (fails) {
          inode.failSync(random);
        }
        if (begins(Kind.SYNC, path)) {
          inode.sync();
        } else {
          inode.syncPart(random);
        }
        ends(path);
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        return inode.size();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (SimulatedDisk.this) {
        usable();
        needWritable();
        if (begins(Kind.WRITE, path)) {
          inode.truncate(size);
        }
        ends(path);
      }
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(count, 64 << 10));
      int n = read(bytes, position);
      return n <= 0 ? 0 : target.write(bytes.flip());
    }

    @Override
    public void close() {
      synchronized (SimulatedDisk.this) {
        closed = true;
      }
    }

    private void usable() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
      alive(path);
    }

    private void needWritable() {
      if (!writable) {
        throw new NonWritableChannelException();
      }
    }
  }
}
