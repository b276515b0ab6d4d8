package io.headwater.view.keyspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.Connection;
import io.headwater.host.Loop;
import io.headwater.host.Session;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.simulation.SimulatedLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients whose every byte is a write of the log and gets one byte back. */
class WaitingRepliesTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedLoop loop = new SimulatedLoop(clock);
  private final WaitingReplies replies = new WaitingReplies(clock);
  private final List<SimulatedConnection> clients = new ArrayList<>();
  private Journal journal;
  private long syncs;

  @BeforeEach
  void start() throws Exception {
    journal =
        Journal.open(
            new SimulatedDisk(1),
            clock,
            Journal.Settings.simulated(new SplittableRandom(1)),
            (_, _, _) -> {},
            _ -> {});
    journal.addDurableListener(position -> {
      syncs++;
      loop.release(position);
    });
    loop.addTurnHook(
        new Loop.TurnHook() {
          @Override
          public void beforeTurn() {}

          @Override
          public void afterTurn() {
            if (replies.turnEnded(journal, journal.appended(), TurnObserver.none())) {
              loop.wake();
            }
          }
        });
    for (int i = 0; i < 10; i++) {
      clients.add(loop.connect(Writing::new));
    }
    loop.runUntilIdle();
  }

  @Test
  void oneSyncServesAllWhoseInputIsReady() {
    clients.forEach(client -> client.send(new byte[1]));

    loop.runUntilIdle();

    assertThat(answered()).isEqualTo(10);
    assertThat(syncs).isEqualTo(1);
  }

  @Test
  void whoComesWhileOthersAreGatheredIsServedByTheSameSync() {
    for (int i = 0; i < 3; i++) {
      clients.get(i).send(new byte[1]);
      loop.runOnce();
      assertThat(answered()).isZero();
    }

    loop.runUntilIdle();

    assertThat(answered()).isEqualTo(3);
    assertThat(syncs).isEqualTo(1);
  }

  @Test
  void nobodyWaitsForMoreThanFourTurnsOfOthers() {
    for (int i = 0; i < 5; i++) {
      assertThat(answered()).isZero();
      clients.get(i).send(new byte[1]);
      loop.runOnce();
    }

    assertThat(answered()).isEqualTo(5);
    assertThat(syncs).isEqualTo(1);
  }

  private long answered() {
    return clients.stream()
        .flatMap(client -> Stream.of(client.received()))
        .filter(b -> b.length > 0)
        .count();
  }

  private final class Writing implements Session {
    private final Connection connection;

    Writing(Connection connection) {
      this.connection = connection;
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      Frame frame = new Frame(Frame.Origin.KEYSPACE);
      Frame.Part part = frame.part(Log.KEYSPACE_STREAM);
      part.payload().put(buffer, from, to - from);
      part.addRecord();
      journal.append(frame);
      connection.out().put(buffer, from, to - from);
      replies.add(connection);
      return to - from;
    }

    @Override
    public void closed() {}
  }
}
