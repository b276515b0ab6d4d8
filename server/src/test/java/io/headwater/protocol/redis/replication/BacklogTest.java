package io.headwater.protocol.redis.replication;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.ByteWriter;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class BacklogTest {
  private static final int BYTES = 16;
  private static final long BASE = 1_000;

  private final Semaphore full = new Semaphore(0);
  private final Backlog backlog = new Backlog(BYTES, 0, BASE, full::release);

  @Test
  void keepsTheNewestBytesForOneWhoComesBack() throws Exception {
    Backlog.Reader reader = backlog.attachAtEnd();
    for (int i = 0; i < 10; i++) {
      write("abcdefg");
      assertThat(taken(reader)).isEqualTo("abcdefg");
    }

    assertThat(backlog.end()).isEqualTo(BASE + 70);
    assertThat(backlog.start()).isEqualTo(BASE + 70 - BYTES);
    assertThat(taken(backlog.attach(BASE + 60))).isEqualTo("efgabcdefg");
    assertThatThrownBy(() -> backlog.attach(BASE + 53))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> backlog.attach(BASE + 71))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aWriterWaitsForOneThatIsAsFarBehindAsItMayBe() throws Exception {
    Backlog.Reader slow = backlog.attachAtEnd();
    Backlog.Reader quick = backlog.attachAtEnd();
    Thread writer = writing("0123456789abcdefXYZ");
    full.acquire();
    assertThat(backlog.isFull()).isTrue();
    assertThat(taken(quick)).isEqualTo("0123456789abcdef");
    assertThat(backlog.end() - slow.offset()).isEqualTo(backlog.limit());

    slow.take(new ByteWriter(), 3);

    writer.join();
    assertThat(backlog.isFull()).isFalse();
    assertThat(taken(slow)).isEqualTo("3456789abcdefXYZ");
    assertThat(taken(quick)).isEqualTo("XYZ");
  }

  @Test
  void aSlowReaderKeepsWhatItHasNotTakenAndDelaysNobody() throws Exception {
    int bytes = 3 * Backlog.BLOCK_BYTES;
    Backlog roomy = new Backlog(BYTES, 2L * bytes, BASE, full::release);
    Backlog.Reader slow = roomy.attachAtEnd();
    Backlog.Reader quick = roomy.attachAtEnd();
    byte[] noise = new byte[bytes];
    new SplittableRandom(1).nextBytes(noise);
    for (int from = 0; from < bytes; from += 1 << 16) {
      roomy.write(noise, from, 1 << 16);
      assertThat(bytes(quick)).isEqualTo(Arrays.copyOfRange(noise, from, from + (1 << 16)));
    }
    assertThat(roomy.allocatedBytes()).isGreaterThanOrEqualTo(bytes);

    assertThat(bytes(slow)).isEqualTo(noise);

    assertThat(roomy.allocatedBytes()).isEqualTo(Backlog.BLOCK_BYTES);
    roomy.close();
    assertThat(roomy.allocatedBytes()).isZero();
    assertThat(slow.take(new ByteWriter(), 5)).isZero();
  }

  @Test
  void aWriterWaitsForSomebodyToWriteFor() throws Exception {
    Thread writer = writing("hello");
    full.acquire();
    assertThat(backlog.end()).isEqualTo(BASE);

    Backlog.Reader reader = backlog.attachAtEnd();

    writer.join();
    assertThat(taken(reader)).isEqualTo("hello");
  }

  @Test
  void itIsWrittenForOneThatWillComeFurtherOn() throws Exception {
    assertThat(backlog.isWanted()).isFalse();
    Thread writer = writing("hello");
    full.acquire();

    backlog.expect();

    writer.join();
    assertThat(backlog.isWanted()).isTrue();
    Backlog.Reader reader = backlog.attachExpected();
    assertThat(reader.offset()).isEqualTo(BASE + 5);
    reader.detach();
    assertThat(backlog.isWanted()).isFalse();
  }

  @Test
  void whoTakesTooLongIsDetachedAndHoldsUpNobody() throws Exception {
    Backlog.Reader slow = backlog.attachAtEnd();
    Backlog.Reader quick = backlog.attachAtEnd();
    Thread writer = writing("0123456789abcdefXYZ");
    full.acquire();
    assertThat(taken(quick)).isEqualTo("0123456789abcdef");

    slow.detach();

    writer.join();
    assertThat(taken(quick)).isEqualTo("XYZ");
  }

  @Test
  void closingEndsTheWait() throws Exception {
    Thread writer = writing("hello");
    full.acquire();
    backlog.close();
    writer.join();
  }

  private Thread writing(String text) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            write(text);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  private void write(String text) throws InterruptedException {
    backlog.write(text.getBytes(US_ASCII), 0, text.length());
  }

  private static String taken(Backlog.Reader reader) {
    return new String(bytes(reader), US_ASCII);
  }

  private static byte[] bytes(Backlog.Reader reader) {
    ByteWriter out = new ByteWriter();
    while (reader.take(out, 5_000) > 0) {
      // all that is there
    }
    return out.toByteArray();
  }
}
