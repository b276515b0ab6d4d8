package io.headwater.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headwater.bytes.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LinuxSocketsTest {
  private static final int NAME_BYTES = 16;

  @Test
  void aConnectionFromThisMachineGetsTheCongestionControlThatIsChosen() throws Throwable {
    assertThat(congestionOfLocal("reno")).isEqualTo("reno");
  }

  @Test
  void withoutAChoiceOrWithANameThatTheSystemDoesNotHaveItKeepsTheSystems() throws Throwable {
    String system = congestionOfLocal("");

    assertThat(system).isNotEmpty();
    assertThat(congestionOfLocal("no-such-control")).isEqualTo(system);
    assertThat(congestionOfLocal("a-name-that-is-longer-than-any-other-could-be"))
        .isEqualTo(system);
  }

  /** What the kernel says of a connection over the loopback. */
  private static String congestionOfLocal(String chosen) throws Throwable {
    assumeTrue(LinuxSockets.isSupported());
    InetAddress here = InetAddress.getLoopbackAddress();
    try (Arena arena = Arena.ofConfined()) {
      LinuxSockets sockets = new LinuxSockets(arena);
      sockets.setLocalCongestion(chosen);
      LinuxSockets.Listening port = LinuxSockets.listen(new InetSocketAddress(here, 0), 1);
      try (Socket client = new Socket(here, port.address().getPort())) {
        int number = accept(sockets, port.number());
        assertThat(sockets.accepted(number).getPort()).isEqualTo(client.getLocalPort());
        String congestion = congestion(arena, number);
        sockets.close(number);
        return congestion;
      } finally {
        sockets.close(port.number());
      }
    }
  }

  private static int accept(LinuxSockets sockets, int port) throws Exception {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(60));
    int number = sockets.accept(port);
    while (number == LinuxSockets.AGAIN && Instant.now().isBefore(deadline)) {
      Thread.onSpinWait();
      number = sockets.accept(port);
    }
    assertThat(number).isNotNegative();
    return number;
  }

  private static String congestion(Arena arena, int number) throws Throwable {
    Linker linker = Linker.nativeLinker();
    MethodHandle getsockopt =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("getsockopt"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG));
    long name = arena.allocate(NAME_BYTES + 4, 8).address();
    Memory.putInt(name + NAME_BYTES, NAME_BYTES);
    int result =
        (int)
            getsockopt.invokeExact(
                number, Linux.IPPROTO_TCP, Linux.TCP_CONGESTION, name, name + NAME_BYTES);
    assertThat(result).isZero();
    byte[] bytes = Memory.toByteArray(name, NAME_BYTES);
    int end = 0;
    while (end < NAME_BYTES && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.US_ASCII);
  }
}
