package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.host.NetworkLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  /** Long enough for a flush, also where nothing is compiled yet. */
  private static final long FOR_MS = 3_000;

  @Test
  void theScratchServerAnswersEveryRoundWithoutTrouble() {
    List<String> said = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger(WarmUp.class.getName());
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            said.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      WarmUp.run(NetworkLoop.Sockets.AUTO, FOR_MS);
    } finally {
      logger.removeHandler(handler);
    }

    assertThat(said).isEmpty();
  }
}
