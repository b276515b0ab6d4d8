package io.headwater.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.host.Clock;
import io.headwater.host.Connection;
import io.headwater.host.Listeners.Limits;
import io.headwater.host.Session;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class SimulatedConnectionTest {
  /** Echoes whole lines. */
  private static final class Echo implements Session {
    final Connection connection;
    int closed;

    Echo(Connection connection) {
      this.connection = connection;
    }

    @Override
    public int receive(byte[] buffer, int from, int to) {
      int done = from;
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          connection.out().put(buffer, done, i + 1 - done);
          done = i + 1;
          if (buffer[i - 1] == 'h') {
            connection.hold(10);
          }
        }
      }
      return done - from;
    }

    @Override
    public void closed() {
      closed++;
    }
  }

  private final SimulatedLoop loop = new SimulatedLoop(Clock.system());

  @Test
  void linesComeBackHoweverTheyAreSplit() {
    SimulatedConnection client = loop.connect(Echo::new);
    assertThat(client.exchange("one\ntw")).isEqualTo("one\n");
    assertThat(client.exchange("")).isEmpty();
    assertThat(client.exchange("o\nthree\n")).isEqualTo("two\nthree\n");
  }

  @Test
  void heldOutputWaitsForItsPositionAndKeepsItsOrder() {
    SimulatedConnection client = loop.connect(Echo::new);
    assertThat(client.exchange("a\nh\nb\n")).isEmpty();
    loop.release(9);
    assertThat(client.exchange("c\n")).isEmpty();
    loop.release(10);
    loop.runUntilIdle();
    assertThat(client.receivedText()).isEqualTo("a\nh\nb\nc\n");
  }

  @Test
  void pausedInputWaits() {
    SimulatedConnection client = loop.connect(Echo::new);
    client.pauseReading();
    assertThat(client.exchange("a\n")).isEmpty();
    client.resumeReading();
    loop.runUntilIdle();
    assertThat(client.receivedText()).isEqualTo("a\n");
  }

  @Test
  void anEndedClientGetsItsRepliesAndTheSessionIsToldOnce() {
    Echo[] session = new Echo[1];
    SimulatedConnection client = loop.connect(connection -> session[0] = new Echo(connection));
    client.send("last\nunfinished");
    client.endInput();
    loop.runUntilIdle();
    assertThat(client.receivedText()).isEqualTo("last\n");
    assertThat(client.isClosed()).isTrue();
    client.reset();
    loop.runUntilIdle();
    assertThat(session[0].closed).isEqualTo(1);
    assertThat(loop.connections()).isEmpty();
  }

  @Test
  void limitsAreThoseOfTheListener() throws IOException {
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    InetSocketAddress address = loop.listen(any, new Limits(1, 100, 1000), Echo::new);
    SimulatedConnection client = loop.connect(address);
    assertThatThrownBy(() -> loop.connect(address)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> loop.listen(address, new Limits(1, 1, 1), Echo::new))
        .isInstanceOf(BindException.class);
    client.send("x".repeat(101));
    loop.runUntilIdle();
    assertThat(client.isClosed()).isTrue();

    SimulatedConnection slow = loop.connect(address);
    slow.stopReading();
    for (int i = 0; i < 20; i++) {
      slow.send("y".repeat(90) + "\n");
      loop.runUntilIdle();
    }
    assertThat(slow.isClosed()).isTrue();
  }
}
