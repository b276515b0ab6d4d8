package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topics that take what changes did and not what keys hold: docs/formats/changes.md. */
class ChangesAsStepsTest {
  private static final String TO_TOPIC =
      "{\"from\":{\"keys\":\"k:*\"},\"to\":[{\"topic\":\"changes\",\"value\":\"change\"}]}";

  @RegisterExtension private final ProjectionRig rig = new ProjectionRig();

  /** Records as {@code key steps}; a tombstone's value is {@code null}. */
  private List<String> records(String topic) throws Exception {
    return rig.records(
        topic,
        value ->
            String.valueOf(value).replaceAll("^\\{\"change\":\\[(.*)]}$", "$1").replace('"', '\''));
  }

  private ChangeFollower follower() throws Exception {
    ChangeFollower follower = new ChangeFollower();
    SimulatedModel.records(rig.node, "changes", "reading")
        .forEach(record -> follower.follow(String.valueOf(record.getKey()), record.getValue()));
    return follower;
  }

  /** Every command of a type with what its record says. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SET k:a 1|{'op':'set','value':'1'}",
        "SET k:a 1 PXAT 1999999999999|{'op':'set','value':'1','expires_at_ms':1999999999999}",
        "SET k:a \"\\xff\"|{'op':'set','value':{'base64':'/w=='}}",
        "SETRANGE k:a 2 x|{'op':'setrange','offset':2,'value':'x'}",
        "HSET k:a f 1 g 2|{'op':'hset','fields':[{'field':'f','value':'1'},"
            + "{'field':'g','value':'2'}]}",
        "RPUSH k:a x y|{'op':'rpush','elements':['x','y']}",
        "LPUSH k:a x y|{'op':'lpush','elements':['x','y']}",
        "SADD k:a x|{'op':'sadd','members':['x']}",
        "ZADD k:a 1.5 x inf y|{'op':'zadd','members':[{'member':'x','score':1.5},"
            + "{'member':'y','score':'inf'}]}",
        "XADD k:a 5-1 f v f w|{'op':'xadd','id':'5-1','fields':[{'field':'f','value':'v'},"
            + "{'field':'f','value':'w'}]}",
        "XGROUP CREATE k:a g $ MKSTREAM|{'op':'xcreate'}"
      })
  void whatCreatesAKeyIsOneStep(String command, String steps) throws Exception {
    rig.project(TO_TOPIC);

    rig.redis(command);

    assertThat(records("changes")).containsExactly("k:a " + steps);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "APPEND k:s x|{'op':'append','value':'x'}",
        "INCR k:n|{'op':'set','value':'8'}",
        "PEXPIREAT k:s 1999999999999|{'op':'expire','expires_at_ms':1999999999999}",
        "HDEL k:h f|{'op':'hdel','fields':['f']}",
        "HPEXPIREAT k:h 1999999999999 FIELDS 1 f"
            + "|{'op':'hexpire','fields':[{'field':'f','expires_at_ms':1999999999999}]}",
        "LPOP k:l|{'op':'lpop','count':1}",
        "RPOP k:l 2|{'op':'rpop','count':2}",
        "LMOVE k:l k:l LEFT RIGHT|{'op':'lmove','from':'left','to':'right'}",
        "LSET k:l -1 x|{'op':'lset','index':2,'element':'x'}",
        "LINSERT k:l BEFORE b x|{'op':'linsert','index':1,'element':'x'}",
        "LREM k:l -1 a|{'op':'lrem','count':-1,'element':'a'}",
        "LTRIM k:l 1 1|{'op':'ltrim','start':1,'count':1}",
        "SREM k:t a|{'op':'srem','members':['a']}",
        "ZREM k:z a|{'op':'zrem','members':['a']}",
        "ZREMRANGEBYRANK k:z 0 0|{'op':'zremrangebyrank','start':0,'count':1}",
        "XDEL k:x 1-1|{'op':'xdel','ids':['1-1']}",
        "XTRIM k:x MAXLEN 1|{'op':'xtrim','minid':'2-1'}",
        "XTRIM k:x MAXLEN 0|{'op':'xtrim','minid':null}",
        "SORT k:l ALPHA STORE k:o|{'op':'del'},{'op':'rpush','elements':['a','b','c']}",
        "SUNIONSTORE k:o k:t|{'op':'del'},{'op':'sadd','members':['a','b']}",
        "DEL k:l|null",
        "LPOP k:l 9|null"
      })
  void whatChangesAKeyIsOneStep(String command, String steps) throws Exception {
    rig.redis("SET k:s v", "SET k:n 7", "HSET k:h f 1 g 2", "RPUSH k:l a b c", "SADD k:t a b");
    rig.redis("ZADD k:z 1 a 2 b", "XADD k:x 1-1 f v", "XADD k:x 2-1 f v");
    rig.project(TO_TOPIC);
    int before = records("changes").size();

    rig.redis(command);

    String key = command.contains("k:o") ? "k:o" : command.replaceAll(".*?(k:.).*", "$1");
    assertThat(records("changes").subList(before, records("changes").size()))
        .containsExactly(key + " " + steps);
  }

  @Test
  void aTransactionIsOneRecordOfEachKeyWithItsStepsInOrder() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("MULTI", "RPUSH k:l a", "SET k:s x", "LPOP k:l", "RPUSH k:l b", "DEL k:s", "EXEC");

    assertThat(records("changes"))
        .containsExactly(
            "k:l {'op':'rpush','elements':['a']},{'op':'lpop','count':1},"
                + "{'op':'rpush','elements':['b']}",
            "k:s null");
  }

  @Test
  void aFlushWithinATransactionEndsWhatWasBefore() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("RPUSH k:l a", "MULTI", "RPUSH k:l b", "FLUSHDB", "RPUSH k:l c", "EXEC");

    assertThat(records("changes"))
        .containsExactly(
            "k:l {'op':'rpush','elements':['a']}",
            "k:l null",
            "k:l {'op':'rpush','elements':['c']}");
  }

  @Test
  void whatComesFromAnotherKeyComesWhole() throws Exception {
    rig.redis("HSET other f v", "HPEXPIREAT other 1999999999999 FIELDS 1 f");
    rig.redis("PEXPIREAT other 1999999999998", "XADD stream 1-1 a b");
    rig.project(TO_TOPIC);

    rig.redis("RENAME other k:h", "RENAME k:h k:i", "COPY stream k:x");

    String hash =
        "{'op':'del'},{'op':'hset','fields':[{'field':'f','value':'v'}]},"
            + "{'op':'hexpire','fields':[{'field':'f','expires_at_ms':1999999999999}]},"
            + "{'op':'expire','expires_at_ms':1999999999998}";
    assertThat(records("changes"))
        .containsExactly(
            "k:h " + hash,
            "k:h null",
            "k:i " + hash,
            "k:x {'op':'del'},{'op':'xcreate'},"
                + "{'op':'xadd','id':'1-1','fields':[{'field':'a','value':'b'}]}");
  }

  @Test
  void whatExistsIsFilledInAndMarkedAsASnapshot() throws Exception {
    rig.redis("RPUSH k:l a", "SET k:s v PXAT 1999999999999", "XADD k:x 1-1 a b");

    rig.project(TO_TOPIC);

    assertThat(SimulatedModel.records(rig.node, "changes", "reading"))
        .allMatch(record -> String.valueOf(record.getValue()).startsWith("{\"snapshot\":true,"));
    assertThat(follower().held("k:l")).containsExactly("a");
    assertThat(follower().held("k:s")).containsExactly("v");
    assertThat(follower().expiresAtMs("k:s")).isEqualTo(1999999999999L);
    assertThat(follower().held("k:x")).containsExactly("stream", "1-1 a=b");
  }

  @Test
  void whatIsLargerThanARecordIsDividedAndAllOfItIsThere() throws Exception {
    String half = "x".repeat(520_000);
    rig.redis("SET k:before " + half, "APPEND k:before " + half);
    rig.redis("RPUSH k:list " + half, "RPUSH k:list " + half);
    rig.project(TO_TOPIC);

    rig.redis("SET k:s é" + half, "APPEND k:s " + half);
    rig.redis("RENAME k:list k:l");

    assertThat(follower().held("k:before")).containsExactly(half + half);
    assertThat(follower().held("k:list")).isEmpty();
    assertThat(follower().held("k:l")).containsExactly(half, half);
    assertThat(follower().held("k:s")).containsExactly("é" + half + half);
    assertThat(records("p-dead-letters")).isEmpty();
  }

  @Test
  void aChangeOfALargeCollectionCostsWhatTheChangeCosts() throws Exception {
    StringBuilder fields = new StringBuilder("HSET k:h");
    for (int i = 0; i < 1_000; i++) {
      fields.append(" field").append(i).append(" value").append(i);
    }
    rig.project(TO_TOPIC);
    rig.redis(fields.toString());
    long before = rig.node.node.log.appended();

    rig.redis("HSET k:h field7 other");

    assertThat(rig.node.node.log.appended() - before).isLessThan(400);
  }

  @Test
  void whatCannotBeToldIsSaidToBeLostUntilTheKeyBeginsAnew() throws Exception {
    rig.project(TO_TOPIC);

    rig.redis("HSET k:h f " + "x".repeat(1_100_000), "HSET k:h g v", "DEL k:h", "HSET k:h f v");

    List<String> records = records("changes");
    assertThat(records.getFirst()).startsWith("k:h {'op':'lost','reason':'its JSON has more than");
    assertThat(records.subList(1, 4))
        .containsExactly(
            "k:h {'op':'hset','fields':[{'field':'g','value':'v'}]}",
            "k:h null",
            "k:h {'op':'hset','fields':[{'field':'f','value':'v'}]}");
    assertThat(records("p-dead-letters")).hasSize(1);
  }

  @Test
  void oneProjectionFeedsATopicOfValuesAndOneOfChanges() throws Exception {
    rig.redis("RPUSH k:l a", "XADD k:x 1-1 a b");
    rig.project(
        "{\"from\":{\"keys\":\"k:*\"},\"to\":[{\"topic\":\"changes\",\"value\":\"change\"},"
            + "{\"topic\":\"values\"},{\"topic\":\"more\",\"value\":\"change\"}]}");

    rig.redis("RPUSH k:l b", "XADD k:x 2-1 a c");

    assertThat(follower().held("k:l")).containsExactly("a", "b");
    assertThat(follower().held("k:x")).containsExactly("stream", "1-1 a=b", "2-1 a=c");
    assertThat(records("more")).isEqualTo(records("changes"));
    assertThat(records("values")).hasSize(4).contains("k:l ['a','b']");
  }

  @Test
  void aCompactedTopicTakesNoChanges() {
    Map<String, String> compacted = Map.of("cleanup.policy", "compact");
    rig.node.await(
        rig.node.node.catalog.change(state ->
            new io.headwater.view.catalog.Catalog.Decision.Accept(
                List.of(
                    new CatalogEvent.TopicCreated(
                        new Topic(
                            "changes", 1, 2, List.of(state.nextStream()), compacted, null, 0))))));

    var created = rig.node.node.projections.create("p", TO_TOPIC.getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> rig.node.await(created)).hasMessageContaining("is compacted");
  }
}
