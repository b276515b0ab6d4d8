package io.headwater.protocol.redis.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.ByteWriter;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BacklogTest {
  private static final int BYTES = 16;
  private static final long BASE = 1_000;

  private final Semaphore full = new Semaphore(0);
  private final Backlog backlog = new Backlog(BYTES, BASE, full::release);

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
  void nothingIsOverwrittenThatAReaderHasNotTaken() throws Exception {
    Backlog.Reader slow = backlog.attachAtEnd();
    Backlog.Reader quick = backlog.attachAtEnd();
    Thread writer = writing("0123456789abcdefXYZ");
    full.acquire();
    assertThat(taken(quick)).isEqualTo("0123456789abcdef");
    assertThat(taken(slow)).isEqualTo("0123456789abcdef");
    writer.join();
    assertThat(taken(slow)).isEqualTo("XYZ");
    assertThat(taken(quick)).isEqualTo("XYZ");
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
    backlog.write(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, text.length());
  }

  private static String taken(Backlog.Reader reader) {
    ByteWriter out = new ByteWriter();
    while (reader.take(out, 5) > 0) {
      // all that is there
    }
    return new String(out.toByteArray(), java.nio.charset.StandardCharsets.US_ASCII);
  }
}
