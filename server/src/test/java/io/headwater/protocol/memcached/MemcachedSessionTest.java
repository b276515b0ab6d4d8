package io.headwater.protocol.memcached;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.host.Listeners.Limits;
import io.headwater.simulation.SimulatedConnection;
import io.headwater.simulation.SimulatedLoop;
import io.headwater.view.cache.Cache;
import io.headwater.view.cache.ReadThrough;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MemcachedSessionTest {
  /** Keys under {@code synset:} come from a map. */
  private static final class Synsets implements ReadThrough {
    final Map<String, String> values = new HashMap<>();

    @Override
    public boolean idle() {
      return false;
    }

    @Override
    public @Nullable String source(byte[] key, int from, int length) {
      return new String(key, from, length, ISO_8859_1).startsWith("synset:") ? "synset:*" : null;
    }

    @Override
    public byte @Nullable [] read(byte[] key, int from, int length) {
      String value = values.get(new String(key, from, length, ISO_8859_1));
      return value == null ? null : value.getBytes(ISO_8859_1);
    }
  }

  private static final List<String> CONVERSATION =
      List.of(
          "set a 5 0 3\r\nabc\r\n",
          "get a b a\r\n",
          "gets a\r\n",
          "cas a 0 0 1 1\r\nx\r\n",
          "add a 0 0 1\r\nx\r\n",
          "replace a 0 0 2\r\n10\r\n",
          "append a 0 0 2\r\n\r\n\r\n",
          "prepend b 0 0 1\r\nx\r\n",
          "set a 0 0 1\r\n9\r\n",
          "incr a 5\r\n",
          "decr a 6\r\n",
          "touch a 100\r\n",
          "gat 0 a c\r\n",
          "gats 0 a\r\n",
          "set q 0 0 2 noreply\r\nhi\r\n",
          "set bad 0 0 2\r\nhiho\r\n",
          "bogus line\r\n",
          "ms m 5 T90 F7 c k Oxyz\r\nhello\r\n",
          "mg m v t f k s h l Oabc\r\n",
          "mg none v k O1\r\n",
          "mg none q\r\n",
          "mg viv N30 v\r\n",
          "mg viv v\r\n",
          "md m I T30\r\n",
          "mg m v\r\n",
          "mg m v\r\n",
          "ma a N0 J13 v\r\n",
          "ma fresh N0 J13 v\r\n",
          "ma fresh MD D3 v\r\n",
          "ms YmluIGtleQ== 1 b k\r\n1\r\n",
          "mg YmluIGtleQ== b k v\r\n",
          "me a\r\n",
          "mn\r\n",
          "delete a\r\n",
          "delete a\r\n",
          "set huge 0 0 3000000 noreply\r\n" + "h".repeat(3000000) + "\r\n",
          "version\r\n",
          "verbosity 1\r\n",
          "flush_all\r\n",
          "get m\r\n");

  private static final String ANSWERS =
      """
      STORED
      VALUE a 5 3
      abc
      VALUE a 5 3
      abc
      END
      VALUE a 5 3 1
      abc
      END
      STORED
      NOT_STORED
      STORED
      STORED
      NOT_STORED
      STORED
      14
      8
      TOUCHED
      VALUE a 0 2
      8\s
      END
      VALUE a 0 2 7
      8\s
      END
      CLIENT_ERROR bad data chunk
      ERROR
      ERROR
      HD c9 km Oxyz
      VA 5 t90 f7 km s5 h0 l0 Oabc
      hello
      EN knone O1
      VA 0 W

      VA 0 Z

      HD
      VA 5 X W
      hello
      VA 5 Z X
      hello
      VA 1
      9
      VA 2
      13
      VA 2
      10
      HD kYmluIGtleQ== b
      VA 1 kYmluIGtleQ== b
      1
      ME a exp=-1 la=0 cas=12 fetch=yes cls=1 size=32
      MN
      DELETED
      NOT_FOUND
      VERSION 1.6.31-headwater
      OK
      OK
      END
      """
          .replace("\n", "\r\n");

  @Test
  void answersAreMemcachedsToTheByte() {
    assertThat(new Sessions().answer(String.join("", CONVERSATION))).isEqualTo(ANSWERS);
  }

  @Test
  void everyCommandMayBeSplitAtEveryByte() {
    for (int cut = 0; cut < CONVERSATION.size(); cut++) {
      String command = CONVERSATION.get(cut);
      for (int split = 1; split < Math.min(command.length(), 60); split++) {
        Sessions sessions = new Sessions();
        SimulatedConnection client = sessions.connect();
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < CONVERSATION.size(); i++) {
          String text = CONVERSATION.get(i);
          if (text.length() > 1000) {
            continue;
          }
          if (i == cut) {
            answers.append(client.exchange(text.substring(0, split)));
            answers.append(client.exchange(text.substring(split)));
          } else {
            answers.append(client.exchange(text));
          }
        }
        assertThat(answers.toString()).as("%s cut at %d", command, split).isEqualTo(ANSWERS);
      }
    }
  }

  @Test
  void bytesOneByOneGiveTheSameAnswers() {
    SimulatedConnection client = new Sessions().connect();
    StringBuilder answers = new StringBuilder();
    for (String command : CONVERSATION) {
      if (command.length() < 1000) {
        for (int i = 0; i < command.length(); i++) {
          answers.append(client.exchange(command.substring(i, i + 1)));
        }
      }
    }
    assertThat(answers.toString()).isEqualTo(ANSWERS);
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 10);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void randomBytesNeverBreakASession(long seed) {
    Random random = new Random(seed);
    Sessions sessions = new Sessions();
    String[] words = {
      "get ",
      "set ",
      "mg ",
      "ms ",
      "md ",
      "ma ",
      "gat ",
      "incr ",
      " ",
      "\r\n",
      "\n",
      "k",
      "5",
      "0",
      "-1",
      " b",
      " v",
      " T5",
      " N0",
      "99999999999999999999",
      "noreply",
      "\0",
      "\u00ff",
      "stats "
    };
    SimulatedConnection client = sessions.connect();
    for (int i = 0; i < 2000; i++) {
      if (client.isClosed()) {
        client = sessions.connect();
      }
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      client.send(bytes);
      for (int j = random.nextInt(8); j > 0; j--) {
        client.send(words[random.nextInt(words.length)]);
      }
      sessions.loop.runUntilIdle();
      client.received();
    }
    assertThat(sessions.answer("set a 0 0 1\r\nx\r\nget a\r\n"))
        .isEqualTo("STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  }

  @Test
  void aKeyThatAProjectionDerivesIsReadFromTheKeyspace() {
    Synsets synsets = new Synsets();
    Sessions sessions = new Sessions(synsets);
    synsets.values.put("synset:1", "{\"gloss\":\"a dog\"}");

    assertThat(sessions.answer("get synset:1 plain synset:2\r\n"))
        .isEqualTo("VALUE synset:1 0 17\r\n{\"gloss\":\"a dog\"}\r\nEND\r\n");
    assertThat(sessions.answer("gets synset:1\r\n")).startsWith("VALUE synset:1 0 17 0\r\n");
    assertThat(sessions.answer("mg synset:1 v s t f c k O1 h l\r\n"))
        .isEqualTo("VA 17 s17 t-1 f0 c0 ksynset:1 O1 h0 l0\r\n{\"gloss\":\"a dog\"}\r\n");
    assertThat(sessions.answer("mg synset:2 v k\r\n")).isEqualTo("EN ksynset:2\r\n");
    synsets.values.put("synset:1", "changed");
    assertThat(sessions.answer("get synset:1\r\n")).contains("changed");
  }

  @Test
  void aKeyThatAProjectionDerivesTakesNoDirectWrites() {
    Sessions sessions = new Sessions(new Synsets());
    String refused = "CLIENT_ERROR key is derived from keys synset:*\r\n";
    for (String command :
        List.of(
            "set synset:1 0 0 1\r\nx\r\n",
            "add synset:1 0 0 1\r\nx\r\n",
            "append synset:1 0 0 1\r\nx\r\n",
            "cas synset:1 0 0 1 1\r\nx\r\n",
            "delete synset:1\r\n",
            "incr synset:1 1\r\n",
            "touch synset:1 1\r\n",
            "gat 1 synset:1\r\n",
            "gats 1 plain synset:1\r\n",
            "ms synset:1 1\r\nx\r\n",
            "md synset:1\r\n",
            "ma synset:1\r\n",
            "mg synset:1 N5\r\n",
            "mg synset:1 T5 v\r\n",
            "mg c3luc2V0OjE= b T5\r\n")) {
      assertThat(sessions.answer(command + "mn\r\n")).as(command).isEqualTo(refused + "MN\r\n");
    }
  }

  @Test
  void repliesThatReadTheKeyspaceWaitForItsDurability() {
    Synsets synsets = new Synsets();
    synsets.values.put("synset:1", "x");
    Sessions sessions = new Sessions(synsets);
    sessions.holdPosition = 100;
    SimulatedConnection client = sessions.connect();

    assertThat(client.exchange("get plain\r\n")).isEqualTo("END\r\n");
    assertThat(client.exchange("get synset:1\r\n")).isEmpty();
    assertThat(client.exchange("get plain\r\n")).isEmpty();
    sessions.loop.release(99);
    sessions.loop.runUntilIdle();
    assertThat(client.receivedText()).isEmpty();
    sessions.loop.release(100);
    sessions.loop.runUntilIdle();

    assertThat(client.receivedText()).isEqualTo("VALUE synset:1 0 1\r\nx\r\nEND\r\nEND\r\n");
  }

  @Test
  void otherProtocolsGetAnErrorAndAreDisconnected() {
    Sessions sessions = new Sessions();
    Map<String, String> greetings =
        Map.of(
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "this is memcached's port",
            "POST /x HTTP/1.0\r\n", "this is memcached's port",
            "\u0016\u0003\u0001\u0002\u0000", "TLS is not supported",
            "\u0080\u000b\0\0\0\0\0\0\0\0\0\0", "The binary protocol is not supported");
    greetings.forEach((greeting, answer) -> {
      SimulatedConnection client = sessions.connect();
      client.send(greeting.getBytes(ISO_8859_1));
      sessions.loop.runUntilIdle();
      assertThat(client.receivedText()).contains(answer);
      assertThat(client.isClosed()).isTrue();
    });
    SimulatedConnection garbage = sessions.connect();
    assertThat(garbage.exchange("what is this\r\n".repeat(100)))
        .isEqualTo("ERROR\r\n".repeat(64) + "CLIENT_ERROR too many errors in a row\r\n");
    assertThat(garbage.isClosed()).isTrue();
  }

  @Test
  void anEndlessLineIsCutOffButManyKeysAreNot() {
    Sessions sessions = new Sessions();
    SimulatedConnection endless = sessions.connect();
    assertThat(endless.exchange("x".repeat(2048))).isEmpty();
    assertThat(endless.exchange("x")).isEqualTo("CLIENT_ERROR line too long\r\n");
    assertThat(endless.isClosed()).isTrue();

    SimulatedConnection keys = sessions.connect();
    assertThat(keys.exchange("get" + " key".repeat(20_000))).isEmpty();
    assertThat(keys.exchange("\r\n")).isEqualTo("END\r\n");
    assertThat(keys.exchange("gets " + "k".repeat(1 << 20))).contains("line too long");
  }

  @Test
  void aTooLargeValueIsRefusedSwallowedAndForgotten() {
    SimulatedConnection client = new Sessions().connect();
    client.exchange("set a 0 0 1\r\nx\r\n");

    assertThat(client.exchange("set a 0 0 2000000000\r\n"))
        .isEqualTo("SERVER_ERROR object too large for cache\r\n");
    client.send("v".repeat(3_000_000));
    for (int i = 0; i < 19; i++) {
      client.exchange("v".repeat(100_000_000 / 1000));
    }
    assertThat(client.isClosed()).isFalse();

    SimulatedConnection other = new Sessions().connect();
    String data = "v".repeat(1_100_000);
    assertThat(other.exchange("set a 0 0 1\r\nx\r\nset a 0 0 1100000\r\n" + data + "\r\nget a\r\n"))
        .isEqualTo("STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n");
  }

  @Test
  void aClientThatDoesNotReadDoesNotFillMemory() {
    Sessions sessions = new Sessions();
    SimulatedConnection client = sessions.connect();
    client.exchange("set a 0 0 100000\r\n" + "v".repeat(100_000) + "\r\n");
    client.stopReading();
    client.send("get a\r\n".repeat(200));
    sessions.loop.runUntilIdle();
    assertThat(client.pendingBytes()).isLessThan(1_300_000);

    client.startReading();
    sessions.loop.runUntilIdle();

    assertThat(client.received()).hasSize(200 * (18 + 100_000 + 2 + 5));
  }

  @Test
  void statisticsAreTrue() {
    Sessions sessions = new Sessions();
    SimulatedConnection client = sessions.connect();
    client.exchange(
        "set a 0 0 3\r\nabc\r\nset b 0 0 3\r\nabc\r\nget a b c\r\ndelete b\r\nincr x 1\r\n");
    sessions.clock.passSeconds(5);

    assertThat(client.exchange("stats\r\n"))
        .contains("STAT cmd_get 3\r\n", "STAT cmd_set 2\r\n", "STAT get_hits 2\r\n")
        .contains("STAT get_misses 1\r\n", "STAT delete_hits 1\r\n", "STAT incr_misses 1\r\n")
        .contains("STAT curr_items 1\r\n", "STAT total_items 2\r\n", "STAT uptime 5\r\n")
        .contains("STAT curr_connections 1\r\n", "STAT limit_maxbytes 67108864\r\n")
        .endsWith("END\r\n");
    assertThat(client.exchange("stats settings\r\n")).contains("STAT item_size_max 1048576\r\n");
    assertThat(client.exchange("stats items\r\n")).contains("STAT items:1:number 1\r\n");
    assertThat(client.exchange("stats slabs\r\n")).contains("STAT 1:used_chunks 1\r\n");
    assertThat(client.exchange("stats sizes\r\n")).isEqualTo("STAT 64 1\r\nEND\r\n");
    assertThat(client.exchange("stats reset\r\n")).isEqualTo("RESET\r\n");
    assertThat(client.exchange("stats\r\n")).contains("STAT cmd_get 0\r\n");
    assertThat(client.exchange("stats bogus\r\n")).isEqualTo("ERROR\r\n");
    assertThat(client.exchange("stats conns\r\n"))
        .isEqualTo("SERVER_ERROR stats conns is not supported\r\n");
    assertThat(client.exchange("lru_crawler crawl all\r\n"))
        .isEqualTo("SERVER_ERROR lru_crawler is not supported\r\n");
    assertThat(client.exchange("shutdown\r\n")).isEqualTo("ERROR: shutdown not enabled\r\n");
  }

  @Test
  void newerFlagsSetTheCasAndDropTheValue() {
    SimulatedConnection client = new Sessions().connect();
    assertThat(client.exchange("ms a 3 E777 c\r\nabc\r\n")).isEqualTo("HD c777\r\n");
    assertThat(client.exchange("md a x E778\r\n")).isEqualTo("HD\r\n");
    assertThat(client.exchange("mg a v c\r\n")).isEqualTo("VA 0 c778\r\n\r\n");
    assertThat(client.exchange("mg a x\r\n")).isEqualTo("CLIENT_ERROR invalid flag\r\n");
  }

  @Test
  void quittingClosesAndTheLastClientIsForgotten() {
    Sessions sessions = new Sessions();
    SimulatedConnection client = sessions.connect();
    assertThat(client.exchange("get a\r\nquit\r\nget b\r\n")).isEqualTo("END\r\n");
    assertThat(client.isClosed()).isTrue();
    assertThat(sessions.answer("stats\r\n")).contains("STAT curr_connections 1\r\n");
  }

  @Test
  void limitsThatCannotHoldAnItemAreRefused() {
    Sessions sessions = new Sessions();
    Limits tooSmall = new Limits(10, 1 << 20, 1 << 20);
    assertThatThrownBy(() ->
            new MemcachedSessions(
                new SimulatedLoop(sessions.clock),
                sessions.clock,
                new Cache(Cache.Limits.DEFAULT, sessions.clock, 1),
                ReadThrough.NONE,
                () -> 0,
                tooSmall,
                "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("item limit");
  }
}
