package io.headwater.protocol.elastic.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.bytes.ByteWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterPathTest {
  private static final String ANSWER =
      "{\"took\":1,\"hits\":{\"total\":2,\"hits\":[{\"_id\":\"1\",\"_source\":{\"a\":1.0,\"b\":{}}},"
          + "{\"_id\":\"2\",\"_source\":{\"a\":2}}]}}";

  private static String rewrite(String patterns, FilterPath.Layout layout) {
    byte[] bytes = ANSWER.getBytes(UTF_8);
    ByteWriter out = new FilterPath(patterns).rewrite(bytes, bytes.length, layout);
    return new String(out.array(), 0, out.size(), UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = ';',
      value = {
        "took; {'took':1}",
        "hits.total,took; {'took':1,'hits':{'total':2}}",
        "hits.hits._id; {'hits':{'hits':[{'_id':'1'},{'_id':'2'}]}}",
        "hits.hits._source.a; {'hits':{'hits':[{'_source':{'a':1.0}},{'_source':{'a':2}}]}}",
        "**._id; {'hits':{'hits':[{'_id':'1'},{'_id':'2'}]}}",
        "hits.**; {'hits':{'total':2,'hits':[{'_id':'1','_source':{'a':1.0,'b':{}}},"
            + "{'_id':'2','_source':{'a':2}}]}}",
        "t*k; {'took':1}",
        "h*.t*; {'hits':{'total':2}}",
        "-hits; {'took':1}",
        "-hits.hits._source,-took; {'hits':{'total':2,'hits':[{'_id':'1'},{'_id':'2'}]}}",
        "hits.hits,-**._source;{'hits':{'hits':[{'_id':'1'},{'_id':'2'}]}}",
        "nothing; {}",
        "took.below; {}"
      })
  void patternsChooseWhatIsLeft(String patterns, String left) {
    assertThat(rewrite(patterns, FilterPath.Layout.COMPACT)).isEqualTo(left.replace('\'', '"'));
  }

  @Test
  void prettyAnswersAreIndented() {
    assertThat(rewrite("took,hits.hits._id", FilterPath.Layout.PRETTY))
        .isEqualTo(
            """
            {
              "took" : 1,
              "hits" : {
                "hits" : [
                  {
                    "_id" : "1"
                  },
                  {
                    "_id" : "2"
                  }
                ]
              }
            }
            """);
  }
}
