package io.headwater.protocol.elastic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.FailureException;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.view.search.WriteOp;
import io.headwater.view.search.WriteOp.Condition;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BulkReaderTest {
  private static final String ALL_ACTIONS =
      """
      {"index":{"_index":"a","_id":"1"}}
      {"f" : [1, {"g":2}]}
      {"create":{"_id":"2","routing":"r"}}
      {"f":2}

      {"update":{"_id":3,"retry_on_conflict":2}}
      {"doc": {"x" :1}, "doc_as_upsert":true,"upsert":{"y":"\\u00e9"}}
      {"delete":{"_id":"4","if_seq_no":7,"if_primary_term":1}}
      {"index":{}}
      {"auto":"id"}
      """;

  private static List<BulkReader.Item> read(String body) {
    return BulkReader.read(body.getBytes(UTF_8), "d");
  }

  @Test
  void actionsBecomeOperationsWithTheirBytes() {
    List<WriteOp> ops = read(ALL_ACTIONS).stream().map(BulkReader.Item::op).toList();

    assertThat(ops)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(
            new WriteOp.Put(
                "a",
                "1",
                "{\"f\" : [1, {\"g\":2}]}".getBytes(UTF_8),
                WriteOp.Mode.INDEX,
                Condition.NONE),
            new WriteOp.Put(
                "d", "2", "{\"f\":2}".getBytes(UTF_8), WriteOp.Mode.CREATE, Condition.NONE),
            new WriteOp.Update(
                "d",
                "3",
                "{\"x\" :1}".getBytes(UTF_8),
                "{\"y\":\"\\u00e9\"}".getBytes(UTF_8),
                true,
                true,
                Condition.NONE),
            new WriteOp.Delete("d", "4", new Condition.At(7, 1)),
            new WriteOp.Put(
                "d",
                null,
                "{\"auto\":\"id\"}".getBytes(UTF_8),
                WriteOp.Mode.INDEX,
                Condition.NONE));
  }

  @Test
  void linesMayEndWithCarriageReturns() {
    assertThat(read("{\"index\":{}}\r\n{\"a\":1}\r\n").getFirst().op())
        .usingRecursiveComparison()
        .isEqualTo(
            new WriteOp.Put(
                "d", null, "{\"a\":1}".getBytes(UTF_8), WriteOp.Mode.INDEX, Condition.NONE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{'index':{}}|{}~ The bulk request must be terminated by a newline [\\n]",
        "|~ Validation Failed: 1: no requests added;",
        "{'index':{}}|~ Malformed action/metadata line [1], a document must follow it",
        "{'bogus':{}}|~ Malformed action/metadata line [1], expected field [create], [delete],"
            + " [index] or [update] but found [bogus]",
        "{'delete':{},'index':{}}|~ Malformed action/metadata line [1], expected END_OBJECT but"
            + " found [FIELD_NAME]",
        "{'delete':5}|~ Malformed action/metadata line [1], expected START_OBJECT but found"
            + " [VALUE_NUMBER]",
        "7|~ Malformed action/metadata line [1], expected START_OBJECT but found another value",
        "{'delete':{'_id':'1','_type':'x'}}|~ Action/metadata line [1] contains an unknown"
            + " parameter [_type]",
        "{'delete':{'_id':{}}}|~ Malformed action/metadata line [1], expected a simple value for"
            + " field [_id] but found [START_OBJECT]",
        "{'index':{'pipeline':'p'}}|{}|~ bulk option [pipeline] is not supported"
      })
  void wrongActionsFailTheRequest(String body, String reason) {
    assertThatThrownBy(() -> read(body.replace('\'', '"').replace('|', '\n')))
        .isInstanceOf(ElasticException.class)
        .hasMessage(reason.replace("\\n]", "\\n]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{'index':{'_index':'UPPER'}}|{}|~ Invalid index name [UPPER], must be lowercase",
        "{'delete':{}}|~ Validation Failed: 1: id is missing;",
        "{'index':{'_id':''}}|{}|~ if _id is specified it must not be empty",
        "{'index':{'_id':'1','version':3}}|{}|~ Validation Failed: 1: internal versioning can not"
            + " be used for optimistic concurrency control. Please use `if_seq_no` and"
            + " `if_primary_term` instead;",
        "{'update':{'_id':'1'}}|{'script':'x'}|~ [UpdateRequest] option [script] is not supported",
        "{'update':{'_id':'1'}}|{}|~ Validation Failed: 1: script or doc is missing;",
        "{'update':{'_id':'1'}}|{'doc':|~ any"
      })
  void wrongOperationsFailAlone(String body, String reason) {
    List<BulkReader.Item> items =
        read(body.replace('\'', '"').replace('|', '\n') + "{\"delete\":{\"_id\":\"9\"}}\n");

    assertThat(items).hasSize(2);
    assertThat(items.getFirst().error()).isNotNull();
    if (!reason.equals("any")) {
      assertThat(items.getFirst().error().reason()).isEqualTo(reason);
    }
    assertThat(items.getLast().error()).isNull();
  }

  @Test
  void everyCutIsRefusedOrReadsFewerOperations() {
    byte[] whole = ALL_ACTIONS.getBytes(UTF_8);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      try {
        assertThat(BulkReader.read(cut, "d")).hasSizeLessThan(5);
      } catch (ElasticException e) {
        assertThat(e.error().status()).isEqualTo(400);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyBytesAreReadOrRefused(long seed) {
    Random random = new Random(seed);
    byte[] whole = ALL_ACTIONS.getBytes(UTF_8);
    for (int i = 0; i < 3_000; i++) {
      byte[] damaged = Arrays.copyOf(whole, whole.length);
      for (int n = random.nextInt(1, 5); n > 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        BulkReader.read(damaged, "d");
      } catch (ElasticException e) {
        assertThat(e.error().status()).as("seed %d", seed).isIn(400, 501);
      }
    }
  }

  @Test
  void operationsAreLimited() {
    String line = "{\"delete\":{\"_id\":\"1\"}}\n";
    assertThatThrownBy(() -> read(line.repeat(BulkReader.OPERATIONS_MAX + 1)))
        .isInstanceOf(FailureException.class);
  }
}
