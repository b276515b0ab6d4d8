package io.headwater.protocol.redis.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestParserTest {
  private static final int BULK_BYTES_MAX = 1 << 20;

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static List<String> arguments(RequestParser parser) {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < parser.arguments().count(); i++) {
      arguments.add(
          new String(
              parser.array(),
              parser.arguments().start(i),
              parser.arguments().length(i),
              StandardCharsets.ISO_8859_1));
    }
    return arguments;
  }

  private static List<String> parse(String request) {
    byte[] bytes = latin1(request);
    RequestParser parser = new RequestParser();
    assertThat(parser.parse(bytes, 0, bytes.length, BULK_BYTES_MAX)).isEqualTo(bytes.length);
    return arguments(parser);
  }

  @Test
  void requestsAreTheSameHoweverTheyArriveInPieces() {
    String stream =
        "*3\r\n"
            + "$3\r\n"
            + "SET\r\n"
            + "$1\r\n"
            + "k\r\n"
            + "$12\r\n"
            + "v\r\n"
            + "$9 *2 \n"
            + "!!\r\n"
            + "PING\r\n"
            + "  ECHO \"a\\x41\\n\" 'it''\r\n"
            + "*0\r\n"
            + "*-1\r\n"
            + "*1\r\n"
            + "$0\r\n\r\n"
            + "*2\r\n"
            + "$3\r\n"
            + "GET\r\n"
            + "$1\r\n"
            + "k\r\n"
            + "last one\n";
    stream = stream.replace("'it''", "'it'");
    byte[] bytes = latin1(stream);
    List<List<String>> whole = feed(bytes, bytes.length);
    assertThat(whole).hasSize(8);
    assertThat(whole.get(0)).containsExactly("SET", "k", "v\r\n$9 *2 \n!!");
    assertThat(whole.get(2)).containsExactly("ECHO", "aA\n", "it");
    assertThat(whole.get(3)).isEmpty();
    assertThat(whole.get(5)).containsExactly("");
    for (int piece = 1; piece < bytes.length; piece++) {
      assertThat(feed(bytes, piece)).as("pieces of %d", piece).isEqualTo(whole);
    }
    for (int split = 1; split < bytes.length; split++) {
      assertThat(feedSplit(bytes, split)).as("split at %d", split).isEqualTo(whole);
    }
  }

  /** Feeds pieces as a loop does: what was not consumed comes again, at another place. */
  private static List<List<String>> feed(byte[] bytes, int piece) {
    RequestParser parser = new RequestParser();
    List<List<String>> requests = new ArrayList<>();
    byte[] kept = new byte[0];
    for (int at = 0; at < bytes.length; at += piece) {
      kept = feed(parser, requests, kept, bytes, at, Math.min(bytes.length, at + piece));
    }
    assertThat(kept).isEmpty();
    return requests;
  }

  private static List<List<String>> feedSplit(byte[] bytes, int split) {
    RequestParser parser = new RequestParser();
    List<List<String>> requests = new ArrayList<>();
    byte[] kept = feed(parser, requests, new byte[0], bytes, 0, split);
    kept = feed(parser, requests, kept, bytes, split, bytes.length);
    assertThat(kept).isEmpty();
    return requests;
  }

  private static byte[] feed(
      RequestParser parser,
      List<List<String>> requests,
      byte[] kept,
      byte[] bytes,
      int from,
      int to) {
    int shift = requests.size() % 3;
    byte[] buffer = new byte[shift + kept.length + to - from];
    System.arraycopy(kept, 0, buffer, shift, kept.length);
    System.arraycopy(bytes, from, buffer, shift + kept.length, to - from);
    int at = shift;
    while (at < buffer.length) {
      int end = parser.parse(buffer, at, buffer.length, BULK_BYTES_MAX);
      if (end < 0) {
        break;
      }
      requests.add(arguments(parser));
      at = end;
    }
    return Arrays.copyOfRange(buffer, at, buffer.length);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatTheQuickPathTakesIsWhatTheWholeParserFinds(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    RequestParser quick = new RequestParser();
    int taken = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] buffer = almostARequest(random);
      int to = buffer.length - (random.nextInt(3) == 0 ? random.nextInt(buffer.length) : 0);
      Arguments found = new Arguments();

      int end = quick.parseCommon(buffer, 0, to, found);

      if (end >= 0) {
        taken++;
        RequestParser whole = new RequestParser();
        assertThat(whole.parse(buffer, 0, to, BULK_BYTES_MAX)).isEqualTo(end);
        assertThat(found.count()).isEqualTo(whole.arguments().count());
        for (int i = 0; i < found.count(); i++) {
          assertThat(found.start(i)).isEqualTo(whole.arguments().start(i));
          assertThat(found.length(i)).isEqualTo(whole.arguments().length(i));
        }
      }
    }
    assertThat(taken).isGreaterThan(2_000);
  }

  private static byte[] almostARequest(SplittableRandom random) {
    int count = random.nextInt(12);
    StringBuilder text = new StringBuilder("*" + count + "\r\n");
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(random.nextInt(10) == 0 ? 1100 : 20);
      text.append('$').append(length).append("\r\n").append("x".repeat(length)).append("\r\n");
    }
    byte[] bytes = latin1(text.append("*1\r\n$4\r\nPING\r\n").toString());
    if (random.nextInt(4) == 0) {
      String other = "\r\n$*0129 x:\0";
      bytes[random.nextInt(bytes.length)] = (byte) other.charAt(random.nextInt(other.length()));
    }
    return bytes;
  }

  @Test
  void aLargeValueInManyPiecesIsNotReadAgainAndAgain() {
    byte[] head = latin1("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n");
    byte[] buffer = Arrays.copyOf(head, head.length + 1_000_002);
    RequestParser parser = new RequestParser();
    long start = System.nanoTime();
    for (int to = head.length; to < buffer.length; to++) {
      assertThat(parser.parse(buffer, 0, to, BULK_BYTES_MAX)).isNegative();
    }
    assertThat(parser.parse(buffer, 0, buffer.length, BULK_BYTES_MAX)).isEqualTo(buffer.length);
    assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    assertThat(parser.arguments().length(2)).isEqualTo(1_000_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "*x\\r\\n|invalid multibulk length",
        "*1048577\\r\\n|invalid multibulk length",
        "*99999999999999999999\\r\\n|invalid multibulk length",
        "*1\\r\\n#\\r\\n|expected '$', got '#'",
        "*1\\r\\n$x\\r\\n|invalid bulk length",
        "*1\\r\\n$-1\\r\\n|invalid bulk length",
        "*1\\r\\n$1048577\\r\\n|invalid bulk length",
        "SET \"x\\r\\n|unbalanced quotes in request",
        "SET \"x\"y\\r\\n|unbalanced quotes in request",
      })
  void whatMakesNoSenseIsRefusedInTheWordsOfRedis(String request, String words) {
    assertThatThrownBy(() -> parse(request.replace("\\r", "\r").replace("\\n", "\n")))
        .isInstanceOf(RequestParser.ProtocolError.class)
        .hasMessage(words);
  }

  @Test
  void linesWithoutAnEndAreRefusedBeforeTheyAreBuffered() {
    for (String start : new String[] {"*", "*1\r\n$", "x"}) {
      byte[] bytes = latin1(start + "1".repeat(70_000));
      assertThatThrownBy(() -> new RequestParser().parse(bytes, 0, bytes.length, BULK_BYTES_MAX))
          .isInstanceOf(RequestParser.ProtocolError.class)
          .hasMessageStartingWith("too big");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomBytesEndInRequestsErrorsOrWaitingAndNeverOtherwise(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] alphabet = latin1("*$\r\n0123456789-\"'\\x aGETk\0\u00ff");
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(60)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = alphabet[random.nextInt(alphabet.length)];
      }
      if (random.nextBoolean()) {
        bytes[0] = '*';
      }
      RequestParser parser = new RequestParser();
      try {
        int at = 0;
        int end = 0;
        while (at < bytes.length && end >= 0) {
          end = parser.parse(bytes, at, bytes.length, BULK_BYTES_MAX);
          assertThat(end < 0 || end > at && end <= bytes.length).isTrue();
          at = Math.max(at, end);
        }
      } catch (RequestParser.ProtocolError e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }
}
