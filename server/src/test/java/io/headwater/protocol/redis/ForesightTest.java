package io.headwater.protocol.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ForesightTest {
  private final RedisRig rig = new RedisRig();
  private final Foresight foresight = rig.server.foresight();

  @AfterEach
  void close() throws IOException {
    rig.close();
  }

  private int noted(byte[] buffer, int from, int to) {
    foresight.load();
    foresight.note(0, buffer, from, to);
    return foresight.count();
  }

  private int noted(String request) {
    byte[] bytes = ("xyz" + request).getBytes(US_ASCII);
    return noted(bytes, 3, bytes.length);
  }

  @Test
  void theKeyOfAUsualRequestIsNotedFromWhereItIsWhole() {
    String request = "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n";
    int whole = request.indexOf("key:1") + 5;
    for (int length = 0; length <= request.length(); length++) {
      assertThat(noted(request.substring(0, length)))
          .as("of %d", length)
          .isEqualTo(length >= whole ? 1 : 0);
    }
    assertThat(noted("*3\r\n$3\r\nSET\r\n$16\r\n0123456789abcdef\r\n$1\r\nv\r\n")).isEqualTo(1);
  }

  @Test
  void whatHasNoKeyInThatPlaceIsPassedOver() {
    assertThat(noted("*1\r\n$4\r\nPING\r\n")).isZero();
    assertThat(noted("PING\r\n")).isZero();
    assertThat(noted("*2\r\n$3\r\nGET\r\n$0\r\n\r\n")).isZero();
    assertThat(noted("*2\r\n$-1\r\n")).isZero();
  }

  @Test
  void requestsPastItsRoomAreNotNoted() {
    byte[] request = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".getBytes(US_ASCII);
    for (int i = 0; i < 10_000; i++) {
      foresight.note(i % 16, request, 0, request.length);
    }

    assertThat(foresight.count()).isBetween(1, 1000);
    foresight.load();
    assertThat(foresight.count()).isZero();
  }

  @Test
  void anyBytesDoNoHarm() {
    long seed = 20_261_123;
    Random random = new Random(seed);
    byte[] request = "*3\r\n$3\r\nSET\r\n$16\r\n0123456789abcdef\r\n$1\r\nv\r\n".getBytes(US_ASCII);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = Arrays.copyOf(request, random.nextInt(request.length + 1));
      for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      assertThat(noted(bytes, 0, bytes.length)).as("seed %d, %d", seed, i).isBetween(0, 1);
    }
  }
}
