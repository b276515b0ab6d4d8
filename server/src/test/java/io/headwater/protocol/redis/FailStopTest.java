package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.host.Clock;
import io.headwater.host.Listeners;
import io.headwater.host.NetworkLoop;
import io.headwater.host.OwnerFailed;
import io.headwater.host.Session;
import io.headwater.protocol.redis.access.Users;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.table.Commands;
import io.headwater.simulation.SimulatedClock;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedDisk;
import io.headwater.view.keyspace.Strings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailStopTest {
  private final RedisRig rig = new RedisRig(new SimulatedDisk(1), new SimulatedClock());

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  private RedisServer serverWithBugs() {
    Users users = Users.unshared();
    CommandTable table = Commands.all(users);
    table.add(
        Command.command("bugbefore", 1, Flags.WRITE, Group.GENERIC, "1.0.0", "Has a bug")
            .does(call -> {
              throw new IllegalStateException("before any change");
            }));
    table.add(
        Command.command("bugafter", 2, Flags.WRITE, Group.GENERIC, "1.0.0", "Has a bug")
            .does(call -> {
              call.keyspace()
                  .strings()
                  .set(call.key(1), call.array(), call.start(1), 1, Strings.NATURAL, 0);
              throw new IllegalStateException("after a change");
            }));
    return rig.serverWith(table, users);
  }

  @Test
  void aBugBeforeAnyChangeEndsTheConnectionOnly() {
    SimulatedConnection client = rig.loop.connect(serverWithBugs());
    client.send(RedisRig.request("BUGBEFORE"));
    assertThatThrownBy(rig.loop::runUntilIdle).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aBugAfterAChangeFailsTheOwner() {
    SimulatedConnection client = rig.loop.connect(serverWithBugs());
    client.send(RedisRig.request("BUGAFTER", "k"));
    assertThatThrownBy(rig.loop::runUntilIdle)
        .isInstanceOf(OwnerFailed.class)
        .hasMessageContaining("after a change");
  }

  @Test
  void aFailedOwnerEndsTheLoop() throws Exception {
    CompletableFuture<Throwable> fatal = new CompletableFuture<>();
    NetworkLoop loop = new NetworkLoop("failing", Clock.system(), fatal::complete);
    InetSocketAddress address =
        loop.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Listeners.Limits(10, 1 << 20, 1 << 20),
            _ ->
                new Session() {
                  @Override
                  public int receive(byte[] buffer, int from, int to) {
                    throw new OwnerFailed("test", new IllegalStateException("bug"));
                  }

                  @Override
                  public void closed() {}
                });
    loop.start();
    try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
      socket.getOutputStream().write(1);
      assertThat(fatal.get(60, TimeUnit.SECONDS)).isInstanceOf(OwnerFailed.class);
    } finally {
      loop.close();
    }
  }
}
