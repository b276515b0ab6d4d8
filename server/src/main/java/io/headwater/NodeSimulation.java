package io.headwater;

import io.headwater.host.Disk;
import io.headwater.log.DamagedLogException;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.log.Restore;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.catalog.CatalogCodec;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A whole node on a simulated disk and clock, from a seed: it lives, is crashed at some write, sync
 * or rename (by a power loss, a kill, an I/O error), finds its disk full now and then, comes up
 * again and must then agree with {@link SimulatedModel} about everything that it acknowledged.
 * Repeatable: one thread, one seed. Apache's group coordinator has threads of its own and is not
 * part of it.
 */
final class NodeSimulation {
  private static final int LIVES = 4;
  private static final long ROOMY = 1L << 40;
  private static final int OPERATIONS_A_LIFE = 60;
  private static final int CRASH_WITHIN_OPERATIONS = 400;

  /** Simulated trouble is reported as real trouble would be: nobody wants to read that. */
  private static final Logger REPORTS = Logger.getLogger("io.headwater");

  private final long seed;
  private final SplittableRandom random;
  private final SimulatedModel model;
  private final SimulatedClock clock = new SimulatedClock();
  private final List<Saved> saved = new ArrayList<>();
  private SimulatedDisk disk;

  /** What was there when the log ended at a position. */
  private record Saved(long position, SimulatedModel.Contents contents) {}

  /** Whether the node may find that it cannot go on. */
  private boolean mayEnd;

  /** What was in the logs of runs. */
  static final class Seen {
    /** How many events of each kind the keyspace replayed. */
    final long[] keyspace = new long[256];

    final Set<Class<?>> catalog = new HashSet<>();

    private void add(SimulatedNode node) {
      for (int kind = 0; kind < keyspace.length; kind++) {
        keyspace[kind] += node.node.keyspace.replayed(kind);
      }
    }

    private void addCatalog(Log log) throws IOException {
      try (LogCursor cursor = log.read(log.start())) {
        while (cursor.next()) {
          for (LoggedPart part : cursor.parts()) {
            if (part.stream() == Log.CATALOG_STREAM) {
              CatalogCodec.decodeAll(part.payload()).forEach(e -> catalog.add(e.getClass()));
            }
          }
        }
      }
    }
  }

  private final Seen seen;

  private NodeSimulation(long seed, Seen seen) {
    this.seed = seed;
    this.seen = seen;
    this.random = new SplittableRandom(seed);
    this.model = new SimulatedModel();
    this.disk = new SimulatedDisk(random.nextLong());
  }

  /**
   * Runs seeds {@code seed, seed + 1, ...}.
   *
   * @return whether all held; prints the first seed that did not, and how to repeat it
   */
  static boolean run(long seed, long runs, PrintStream out) {
    long crashes = 0;
    for (long s = seed; s < seed + runs; s++) {
      try {
        crashes += crashes(s, new Seen());
      } catch (IOException | RuntimeException | AssertionError e) {
        out.println("seed " + s + " failed; repeat it with: headwater simulate --seed " + s);
        e.printStackTrace(out);
        return false;
      }
    }
    out.printf("%d runs from seed %d, %d crashes: all invariants held%n", runs, seed, crashes);
    return true;
  }

  /**
   * One run.
   *
   * @param seen to which it adds
   * @return how many crashes it had
   */
  static int crashes(long seed, Seen seen) throws IOException {
    Level level = REPORTS.getLevel();
    REPORTS.setLevel(Level.OFF);
    try {
      return new NodeSimulation(seed, seen).run();
    } finally {
      REPORTS.setLevel(level);
    }
  }

  private int run() throws IOException {
    int crashes = 0;
    for (int life = 0; life < LIVES; life++) {
      disk.lose(null);
      disk.limitBytes(ROOMY);
      boolean crashed = live(life) || disk.isDead(); // as it was closed, perhaps
      crashes += crashed ? 1 : 0;
      if (crashed) {
        disk = disk.restart();
      }
    }
    disk.dieAt(-1, SimulatedDisk.Death.POWER_LOSS);
    disk.limitBytes(ROOMY);
    disk.failAt(-1);
    boolean whole;
    boolean filled;
    SimulatedModel.Contents contents;
    try (SimulatedNode last = SimulatedNode.open(disk, clock, random.split())) {
      seen.add(last);
      model.check(last, "seed " + seed + ", at the end");
      seen.addCatalog(last.node.log);
      contents = SimulatedModel.Contents.of(last);
      whole = last.node.log.start() == 0;
      filled = SimulatedModel.isFilled(last);
    }
    if (whole && filled) {
      fold(contents);
    }
    restore(whole);
    flipABit();
    return crashes;
  }

  /** What a node holds follows from its log alone. */
  private void fold(SimulatedModel.Contents contents) throws IOException {
    SimulatedDisk bare = new SimulatedDisk(seed);
    copy(disk, bare, "", Set.of("views", "checkpoints"));
    try (SimulatedNode node = SimulatedNode.open(bare, clock, random.split())) {
      seen.add(node);
      contents.requireSame(node, "seed " + seed + ", folded from the log");
    }
  }

  /** A restore gives what was there at its position. */
  private void restore(boolean whole) throws IOException {
    if (!whole) {
      saved.removeIf(s -> s.position < model.checkpointedBefore);
    }
    if (saved.isEmpty()) {
      return;
    }
    Saved target = saved.get(random.nextInt(saved.size()));
    SimulatedDisk into = new SimulatedDisk(seed);
    Restore.restore(disk, into, new Restore.Target.Position(target.position), random);
    try (SimulatedNode node = SimulatedNode.open(into, clock, random.split())) {
      target.contents.requireSame(node, "seed " + seed + ", restored to " + target.position);
    }
  }

  static void copy(SimulatedDisk from, SimulatedDisk to, String folder, Set<String> without)
      throws IOException {
    for (String name : from.list(folder)) {
      String path = folder.isEmpty() ? name : folder + "/" + name;
      if (without.contains(path)) {
        continue;
      }
      if (from.isFolder(path)) {
        to.createFolder(path);
        copy(from, to, path, without);
      } else {
        to.replace(path, from.readAll(path));
      }
    }
  }

  /** Whether the life ended by a crash. */
  private boolean live(int life) throws IOException {
    String when = "seed " + seed + ", life " + life;
    mayEnd = false;
    plan();
    try (SimulatedNode node = SimulatedNode.open(disk, clock, random.split())) {
      seen.add(node);
      model.check(node, when);
      model.prepare(node);
      for (int i = 0; i < OPERATIONS_A_LIFE; i++) {
        model.operate(node, random);
        if (random.nextInt(40) == 0) {
          fillTheDisk(node);
        }
        node.failed().ifPresent(NodeSimulation::died);
        if (random.nextInt(50) == 0 && SimulatedModel.isFilled(node)) {
          SimulatedModel.Contents contents = SimulatedModel.Contents.of(node);
          saved.add(new Saved(node.node.log.durable(), contents));
        }
      }
      model.check(node, when + ", before its end");
      return false;
    } catch (IOException | RuntimeException e) {
      if (!disk.isDead() && !((mayEnd || disk.hasFailed()) && isDeath(e))) {
        throw e;
      }
    } catch (AssertionError e) {
      if (!disk.isDead()) {
        throw e;
      } // the disk died while it was being looked at
    }
    if (!disk.isDead()) {
      disk.die(
          random.nextBoolean() ? SimulatedDisk.Death.POWER_LOSS : SimulatedDisk.Death.PROCESS_KILL);
    }
    return true;
  }

  private void plan() {
    long at = disk.operations() + random.nextInt(CRASH_WITHIN_OPERATIONS);
    switch (random.nextInt(8)) {
      case 0 -> disk.failAt(at);
      case 1, 2 -> disk.dieAt(at, SimulatedDisk.Death.PROCESS_KILL);
      default -> disk.dieAt(at, SimulatedDisk.Death.POWER_LOSS);
    }
  }

  /**
   * Somebody else fills the disk: the node sees it and accepts nothing more, and has enough for
   * what it accepted. Sometimes all is gone before it looks; it may end then, and loses nothing.
   */
  private void fillTheDisk(SimulatedNode node) throws IOException {
    boolean atOnce = random.nextInt(4) == 0;
    long left = atOnce ? random.nextInt(100_000) : SimulatedNode.RESERVE_BYTES * 7 / 8;
    disk.limitBytes(disk.usedBytes() + left);
    if (!atOnce) {
      node.advanceMs(1_100); // the log looks each second
    }
    mayEnd = atOnce;
    for (int i = 0; i < 10; i++) {
      model.operate(node, random);
      node.failed().ifPresent(NodeSimulation::died);
    }
    mayEnd = false;
    disk.limitBytes(ROOMY);
    node.advanceMs(2_000); // the log and the segments look again after a second
  }

  /** An operation told the node that its disk failed: the process ends. */
  private static final class Died extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Died(Throwable cause) {
      super(cause);
    }
  }

  private static void died(Throwable cause) {
    throw new Died(cause);
  }

  private static boolean isDeath(Exception e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof DamagedLogException) {
        return false; // whatever failed, the log must stay whole
      }
      if (t instanceof Died || t instanceof IOException) {
        return true;
      }
      if (t instanceof io.headwater.failure.FailureException f
          && (f.failure() instanceof io.headwater.failure.Failure.LogDead
              || f.failure() instanceof io.headwater.failure.Failure.ShuttingDown)) {
        return true;
      }
    }
    return false;
  }

  /** A bit rots in the journal of a node at rest: it is noticed by name, or it did not matter. */
  private void flipABit() throws IOException {
    List<String> names = disk.list("journal");
    String path = "journal/" + names.get(random.nextInt(names.size()));
    long size;
    try (var file = disk.open(path, Disk.Mode.READ)) {
      size = file.size();
    }
    if (size == 0) {
      return;
    }
    disk.flipBit(path, random.nextLong(size), random.nextInt(8));
    try (SimulatedNode node = SimulatedNode.open(disk, clock, random.split())) {
      model.check(node, "seed " + seed + ", after a bit of " + path + " flipped");
    } catch (DamagedLogException expected) {
      if (!String.valueOf(expected.getMessage()).contains("journal/")) {
        throw expected;
      }
    }
  }
}
