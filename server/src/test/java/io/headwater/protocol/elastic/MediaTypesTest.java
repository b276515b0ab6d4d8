package io.headwater.protocol.elastic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.http.HttpRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTypesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | application/json",
        "*/* | application/json",
        "text/html,application/xhtml+xml,*/*;q=0.8 | application/json",
        "application/vnd.elasticsearch+json; compatible-with=8 |"
            + " application/vnd.elasticsearch+json;compatible-with=8",
        "application/vnd.elasticsearch+json;compatible-with=9 |"
            + " application/vnd.elasticsearch+json;compatible-with=9",
        "application/json; charset=UTF-8 | application/json"
      })
  void answersComeAsAsked(String accept, String answer) {
    assertThat(MediaTypes.answer(accept)).isEqualTo(answer);
  }

  @ParameterizedTest
  @CsvSource({
    "application/vnd.elasticsearch+json;compatible-with=7, 400",
    "application/vnd.elasticsearch+json;compatible-with=10, 400",
    "application/cbor, 406",
    "application/yaml, 406"
  })
  void otherTypesAreRefused(String accept, int status) {
    assertThatThrownBy(() -> MediaTypes.answer(accept))
        .isInstanceOfSatisfying(
            ElasticException.class, e -> assertThat(e.error().status()).isEqualTo(status));
  }

  private static void check(String contentType) {
    Map<String, String> headers =
        contentType == null ? Map.of() : Map.of("content-type", contentType);
    MediaTypes.checkContentType(
        new HttpRequest("POST", "/", List.of(), Map.of(), headers, new byte[] {'{', '}'}));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/json; charset=utf-8",
        "application/x-ndjson",
        "application/vnd.elasticsearch+json; compatible-with=8",
        "application/vnd.elasticsearch+x-ndjson; compatible-with=9"
      })
  void jsonBodiesAreTaken(String contentType) {
    check(contentType);
  }

  @Test
  void otherBodiesAreRefused() {
    assertThatThrownBy(() -> check("application/x-www-form-urlencoded"))
        .hasMessage("Content-Type header [application/x-www-form-urlencoded] is not supported");
    assertThatThrownBy(() -> check(null)).hasMessage("Content-Type header is missing");
  }
}
