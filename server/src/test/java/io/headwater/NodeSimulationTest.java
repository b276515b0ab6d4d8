package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Disk;
import io.headwater.host.DiskFile;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.catalog.CatalogEvent;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * A whole node, crashed again and again.
 *
 * <p>{@code -Dheadwater.seed=N} repeats one run, as {@code headwater simulate --seed N} does;
 * {@code -Dheadwater.runs=N} makes more of them.
 */
class NodeSimulationTest {
  private static final int RUNS = 620;
  private static final int CRASHES_MIN = 2_000;

  /** So many runs meet every kind of event. */
  private static final int COVERING_RUNS = 300;

  private static final String EVENT_KINDS = "io.headwater.view.keyspace.EventKind";
  private static final String FIRST_SEGMENT = "journal/00000000000000000000.log";
  private static final int SEGMENT_HEADER_BYTES = 4096;

  @Test
  void nothingAcknowledgedIsLostAndNothingIsInvented() {
    Long only = Long.getLong("headwater.seed");
    long first = only == null ? 1 : only;
    long runs = only == null ? Integer.getInteger("headwater.runs", RUNS) : 1;
    int crashes = 0;
    NodeSimulation.Seen seen = new NodeSimulation.Seen();
    for (long seed = first; seed < first + runs; seed++) {
      crashes += crashes(seed, seen);
    }
    assertThat(crashes).isGreaterThanOrEqualTo((int) (runs * CRASHES_MIN / RUNS));
    if (runs >= COVERING_RUNS) {
      assertThat(missing(seen)).as("event kinds that no log of these runs held").isEmpty();
    }
  }

  @Test
  void aFlushTellsProjectionsOfKeysThatArePastTheirTime() throws Exception {
    SimulatedClock clock = new SimulatedClock();
    SimulatedModel model = new SimulatedModel();
    SimulatedDisk disk = new SimulatedDisk(1);
    try (SimulatedNode node = SimulatedNode.open(disk, clock, new SplittableRandom(1))) {
      model.prepare(node);
      node.node.keyspace.expiration().setActive(false);
      node.redis("HSET sim:1 v x\r\nPEXPIRE sim:1 100\r\n");
      node.advanceMs(200);
      assertThat(node.redis("DBSIZE\r\n")).as("not deleted yet").isEqualTo(":1\r\n");
      node.redis("FLUSHDB\r\n");
      model.check(node, "flushed");
    }
  }

  /** Names of the keyspace's event kinds, and the catalog's of users, that were in no log. */
  private static List<String> missing(NodeSimulation.Seen seen) {
    List<String> missing = new ArrayList<>();
    try {
      for (Field kind : Class.forName(EVENT_KINDS).getDeclaredFields()) {
        if (kind.getType() == int.class) {
          kind.setAccessible(true);
          if (seen.keyspace[kind.getInt(null)] == 0) {
            missing.add(kind.getName());
          }
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(EVENT_KINDS, e);
    }
    for (Class<?> kind : List.of(CatalogEvent.UserPut.class, CatalogEvent.UserDeleted.class)) {
      if (!seen.catalog.contains(kind)) {
        missing.add(kind.getSimpleName());
      }
    }
    return missing;
  }

  /** A frame that spans keys, a topic and an index is there in all of them, or in none. */
  @Test
  void theLastFrameTornAtAnyByteIsGoneFromEveryView() throws Exception {
    SimulatedClock clock = new SimulatedClock();
    SimulatedDisk dying = new SimulatedDisk(1);
    SimulatedNode node = SimulatedNode.open(dying, clock, new SplittableRandom(1));
    new SimulatedModel().prepare(node);
    node.redis("HSET sim:1 v before\r\n");
    SimulatedModel.Contents before = SimulatedModel.Contents.of(node);
    long from = node.node.log.appended();
    node.redis("HSET sim:1 v after\r\n");
    SimulatedModel.Contents after = SimulatedModel.Contents.of(node);
    long end = node.node.log.appended();
    dying.die(SimulatedDisk.Death.PROCESS_KILL);
    SimulatedDisk killed = dying.restart();
    byte[] whole = killed.readAll(FIRST_SEGMENT);
    SplittableRandom garbage = new SplittableRandom(1);

    for (long at = from; at < end; at++) {
      for (int fill = 0; fill < 3; fill++) {
        byte[] tail = new byte[(int) (end - at)];
        if (fill == 1) {
          Arrays.fill(tail, (byte) 0xff);
        } else if (fill == 2) {
          garbage.nextBytes(tail);
        }
        SimulatedDisk torn = new SimulatedDisk(1);
        NodeSimulation.copy(killed, torn, "", Set.of());
        try (DiskFile file = torn.open(FIRST_SEGMENT, Disk.Mode.WRITE)) {
          file.write(ByteBuffer.wrap(tail), SEGMENT_HEADER_BYTES + at);
        }
        int offset = SEGMENT_HEADER_BYTES + (int) at;
        boolean same = Arrays.equals(tail, Arrays.copyOfRange(whole, offset, offset + tail.length));

        try (SimulatedNode found = SimulatedNode.open(torn, clock, new SplittableRandom(2))) {
          (same ? after : before).requireSame(found, "torn at " + at + ", filled with " + fill);
        }
      }
    }
  }

  private static int crashes(long seed, NodeSimulation.Seen seen) {
    try {
      return NodeSimulation.crashes(seed, seen);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionFailedError(
          "seed " + seed + " failed; repeat it with: headwater simulate --seed " + seed, e);
    }
  }
}
