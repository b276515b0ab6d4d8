package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each change of a key, of any type, as a record of a topic that a projection derives. */
class ChangesAsTopicsTest {
  private static final String TO_TOPIC =
      "{\"from\":{\"keys\":\"k:*\"},\"to\":[{\"topic\":\"changes\"}]}";

  @RegisterExtension private final ProjectionRig rig = new ProjectionRig();

  /** Records as {@code key value}; a tombstone's value is {@code null}. */
  private List<String> records(String topic) throws Exception {
    return rig.records(topic, String::valueOf);
  }

  private List<String> changes() throws Exception {
    return records("changes");
  }

  @Test
  void aListASetASortedSetAndAStringComeWholeWithEachChange() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis(
        "RPUSH k:l b \"\\\"a\"",
        "LPUSH k:l c",
        "SADD k:s b 10 9 a",
        "SREM k:s b",
        "ZADD k:z 2 two 1.5 half -inf low inf high 1e300 huge",
        "ZINCRBY k:z 0.5 two",
        "SET k:t text",
        "SET k:t '{\"a\":1}'",
        "HSET k:h f v");

    assertThat(changes())
        .containsExactly(
            "k:l [\"b\",\"\\\"a\"]",
            "k:l [\"c\",\"b\",\"\\\"a\"]",
            "k:s [\"10\",\"9\",\"a\",\"b\"]",
            "k:s [\"10\",\"9\",\"a\"]",
            "k:z " + sortedSet("2"),
            "k:z " + sortedSet("2.5"),
            "k:t \"text\"",
            "k:t {\"a\":1}",
            "k:h {\"f\":\"v\"}");
    assertThat(records("p-dead-letters")).isEmpty();
  }

  private static String sortedSet(String two) {
    return "[{\"member\":\"low\",\"score\":\"-inf\"},{\"member\":\"half\",\"score\":1.5},"
        + "{\"member\":\"two\",\"score\":"
        + two
        + "},{\"member\":\"huge\",\"score\":1.0E300},"
        + "{\"member\":\"high\",\"score\":\"inf\"}]";
  }

  @Test
  void whatIsDeletedEmptiedOrExpiredIsATombstone() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("RPUSH k:l a", "LPOP k:l", "SADD k:s a", "DEL k:s", "ZADD k:z 1 a", "PEXPIRE k:z 10");
    rig.node.advanceMs(1_000);
    rig.redis("EXISTS k:z");

    assertThat(changes())
        .containsExactly(
            "k:l [\"a\"]",
            "k:l null",
            "k:s [\"a\"]",
            "k:s null",
            "k:z [{\"member\":\"a\",\"score\":1}]",
            "k:z [{\"member\":\"a\",\"score\":1}]",
            "k:z null");
  }

  @Test
  void aFlushIsATombstoneAlsoForWhatIsPastItsTime() throws Exception {
    rig.project(TO_TOPIC);

    rig.node.redis(
        "RPUSH k:l a\r\nPEXPIREAT k:l " + (rig.node.wallMs() + 1) + "\r\nRPUSH k:m a\r\n");
    rig.clock.advanceMs(5);
    rig.redis("FLUSHALL");

    assertThat(changes()).hasSize(5).contains("k:l null", "k:m null");
  }

  @Test
  void eachEntryOfAStreamIsARecordEvenIfItIsGoneAtOnce() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis(
        "XADD k:x 1-1 a 1",
        "XADD k:x MAXLEN 0 2-1 a 1 b 2 a 3",
        "MULTI",
        "XADD k:x 3-1 a x",
        "XADD k:x 3-2 id y",
        "XDEL k:x 3-1",
        "DEL k:x",
        "XADD k:x 1-1 a z",
        "EXEC",
        "XGROUP CREATE k:x g 0",
        "XREADGROUP GROUP g c STREAMS k:x >",
        "XTRIM k:x MAXLEN 0",
        "DEL k:x");

    assertThat(changes())
        .containsExactly(
            "k:x {\"id\":\"1-1\",\"fields\":{\"a\":\"1\"}}",
            "k:x {\"id\":\"2-1\",\"fields\":{\"a\":[\"1\",\"3\"],\"b\":\"2\"}}",
            "k:x {\"id\":\"3-1\",\"fields\":{\"a\":\"x\"}}",
            "k:x {\"id\":\"3-2\",\"fields\":{\"id\":\"y\"}}",
            "k:x null",
            "k:x {\"id\":\"1-1\",\"fields\":{\"a\":\"z\"}}",
            "k:x null");
  }

  @Test
  void aStreamThatComesWholeReplacesWhatWasThere() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("XADD other 5-1 a b", "XADD other 5-2 a c", "COPY other k:y", "RENAME other k:x");
    rig.redis("MULTI", "COPY k:x k:z", "XADD k:z 6-1 a d", "EXEC");

    assertThat(changes())
        .containsExactly(
            "k:y null",
            "k:y {\"id\":\"5-1\",\"fields\":{\"a\":\"b\"}}",
            "k:y {\"id\":\"5-2\",\"fields\":{\"a\":\"c\"}}",
            "k:x null",
            "k:x {\"id\":\"5-1\",\"fields\":{\"a\":\"b\"}}",
            "k:x {\"id\":\"5-2\",\"fields\":{\"a\":\"c\"}}",
            "k:z null",
            "k:z {\"id\":\"5-1\",\"fields\":{\"a\":\"b\"}}",
            "k:z {\"id\":\"5-2\",\"fields\":{\"a\":\"c\"}}",
            "k:z {\"id\":\"6-1\",\"fields\":{\"a\":\"d\"}}");
  }

  @Test
  void whatExistsIsFilledInWithAllEntriesOfStreams() throws Exception {
    rig.redis("RPUSH k:l a", "SADD k:s a", "ZADD k:z 1 a");
    int entries = 5_000;
    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= entries; i++) {
      all.append("XADD k:x ").append(i).append("-0 field ").append("v".repeat(500)).append("\r\n");
    }
    rig.node.redis(all.toString());

    rig.project(TO_TOPIC);

    List<String> stream = changes().stream().filter(r -> r.startsWith("k:x")).toList();
    assertThat(stream).hasSize(entries);
    for (int i = 1; i <= entries; i++) {
      assertThat(stream.get(i - 1)).startsWith("k:x {\"id\":\"" + i + "-0\"");
    }
    assertThat(changes())
        .contains("k:l [\"a\"]", "k:s [\"a\"]", "k:z [{\"member\":\"a\",\"score\":1}]");
  }

  @Test
  void whatIsLargerThanARecordOfTheTopicIsADeadLetter() throws Exception {
    rig.project(TO_TOPIC);
    String half = "x".repeat(600_000);

    rig.redis("RPUSH k:l " + half, "RPUSH k:l " + half, "SADD k:s " + half, "SADD k:s y" + half);
    rig.redis("XADD k:x 1-1 a " + half + " b " + half, "HSET k:h a " + half, "HSET k:h b " + half);
    rig.redis("SET k:t '" + "\"".repeat(600_000) + "'", "LPOP k:l");

    assertThat(changes().stream().map(record -> record.substring(0, 3)))
        .containsExactly("k:l", "k:s", "k:h", "k:l");
    assertThat(records("p-dead-letters"))
        .hasSize(5)
        .allMatch(letter -> letter.contains("that a record of the topic may hold"))
        .allMatch(letter -> letter.contains("\"value_base64\":\"\""));
  }

  @Test
  void bytesThatAreNoTextAreADeadLetter() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("RPUSH k:l \"\\xff\"", "XADD k:x 1-1 a \"\\xff\"", "SET k:t \"\\xff\"");

    assertThat(changes()).isEmpty();
    assertThat(records("p-dead-letters"))
        .hasSize(3)
        .allMatch(letter -> letter.contains("UTF-8"))
        .anyMatch(letter -> letter.contains("entry 1-1"));
  }

  @Test
  void anIndexBesideTheTopicSaysWhyItHasNoDocument() throws Exception {
    rig.project("{\"from\":{\"keys\":\"k:*\"},\"to\":[{\"index\":\"i\"},{\"topic\":\"changes\"}]}");

    rig.redis("RPUSH k:l a", "XADD k:x 1-1 a b", "SET k:t text", "HSET k:h f v");

    assertThat(changes())
        .containsExactly(
            "k:l [\"a\"]",
            "k:x {\"id\":\"1-1\",\"fields\":{\"a\":\"b\"}}",
            "k:t \"text\"",
            "k:h {\"f\":\"v\"}");
    assertThat(records("p-dead-letters"))
        .hasSize(3)
        .allMatch(letter -> letter.contains("\"target\":\"index i\""))
        .anyMatch(letter -> letter.contains("only topics take a list"))
        .anyMatch(letter -> letter.contains("only topics take a stream"))
        .anyMatch(letter -> letter.contains("malformed JSON"));
  }
}
