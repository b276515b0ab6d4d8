package io.headwater.view.search.mapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MappingTest {
  private static Mapping after(Mapping mapping, String json) throws DocumentException {
    return DocumentParser.parse(mapping, utf8("id"), utf8(json)).after();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void dynamicMappingInfersEachTypeAndKeepsIt() throws DocumentException {
    Mapping mapping =
        after(
            Mapping.EMPTY,
            "{\"s\":\"x\",\"l\":1,\"f\":1.5,\"b\":true,\"d\":\"2024-05-06\",\"o\":{\"i\":[[2],3]},"
                + "\"year\":\"2024\",\"n\":null,\"e\":[],\"p.q\":1}");
    String types =
        mapping.fields().stream()
            .map(f -> f.path() + ":" + f.type().word())
            .collect(Collectors.joining(" "));
    assertThat(types)
        .isEqualTo(
            "b:boolean d:date f:float l:long o.i:long p.q:long s:text s.keyword:keyword"
                + " year:text year.keyword:keyword");
    assertThat(after(mapping, "{\"l\":\"7\",\"o\":{\"i\":9}}")).isSameAs(mapping);
    assertThat(Mapping.of(mapping.json()).json()).isEqualTo(mapping.json());
    assertThatThrownBy(() -> after(mapping, "{\"o\":1}"))
        .hasMessageContaining("tried to parse field [o] as object, but found a concrete value");
    assertThatThrownBy(() -> after(mapping, "{\"l\":{\"x\":1}}"))
        .hasMessageContaining("failed to parse field [l] of type [long]");
    assertThatThrownBy(() -> after(mapping, "{\"d\":\"tomorrow\"}"))
        .hasMessageContaining("failed to parse field [d] of type [date]");
  }

  @Test
  void dynamicCanBeOffOrStrict() throws DocumentException {
    Mapping off = Mapping.of("{\"dynamic\":false,\"properties\":{\"a\":{\"type\":\"long\"}}}");
    assertThat(after(off, "{\"a\":1,\"b\":2,\"c\":{\"d\":[1]},\"e.f\":3}")).isSameAs(off);
    Mapping strict =
        Mapping.of("{\"properties\":{\"o\":{\"dynamic\":\"strict\",\"properties\":{}}}}");
    assertThatThrownBy(() -> after(strict, "{\"o\":{\"b\":2}}"))
        .hasMessageContaining(
            "mapping set to strict, dynamic introduction of [b] within [o] is not allowed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'n':{'type':'text'}}|mapper [n] cannot be changed from type [long] to [text]",
        "{'t':{'type':'text','analyzer':'english'}}|Cannot update parameter [analyzer] from"
            + " [standard] to [english]",
        "{'n':{'properties':{}}}|can't merge a non object mapping [n] with an object mapping",
        "{'o':{'type':'long'}}|can't merge a non object mapping [o] with an object mapping",
        "{'x':{'type':'texxt'}}|The mapper type [texxt] declared on field [x] does not exist",
        "{'x':{'type':'long','fnord':1}}|unknown parameter [fnord] on mapper [x] of type [long]",
        "{'x':{'type':'text','analyzer':'none'}}|analyzer [none] has not been configured",
        "{'x':{'type':'date','format':'no_such'}}|Invalid format: [no_such]",
        "{'x':{}, '':{'type':'long'}}|field name cannot be an empty string",
      })
  void conflictsAndMistakesAreNamed(String properties, String reason) {
    Mapping mapping =
        Mapping.of(
            "{\"properties\":{\"n\":{\"type\":\"long\"},\"t\":{\"type\":\"text\"},\"o\":{"
                + "\"properties\":{\"i\":{\"type\":\"keyword\"}}}}}");
    String json = "{\"properties\":" + properties.replace('\'', '"') + "}";
    assertThatThrownBy(() -> mapping.merge(json))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(((Failure.Invalid) e.failure()).reason()).contains(reason));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'properties':{'g':{'type':'geo_point'}}}",
        "{'properties':{'n':{'type':'nested'}}}",
        "{'properties':{'k':{'type':'keyword','normalizer':'lowercase'}}}",
        "{'dynamic':'runtime'}",
        "{'dynamic_templates':[{'x':{}}]}",
        "{'_source':{'enabled':false}}",
      })
  void whatIsNotSupportedIsRefusedByName(String mapping) {
    assertThatThrownBy(() -> Mapping.of(mapping.replace('\'', '"')))
        .isInstanceOfSatisfying(
            FailureException.class,
            e -> assertThat(e.failure()).isInstanceOf(Failure.NotSupported.class));
  }

  @Test
  void isoDatesAreReadAsTheJdkReadsThem() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      long ms = random.nextLong(-62_100_000_000_000L, 253_300_000_000_000L);
      String text = Instant.ofEpochMilli(ms).toString();
      assertThat(DateFormat.DEFAULT.parse(text)).as(text).isEqualTo(ms);
      assertThat(DateFormat.DEFAULT.parse(DateFormat.DEFAULT.print(ms))).isEqualTo(ms);
    }
    assertThat(DateFormat.DEFAULT.parse("2024-02-29T10:00+02:00"))
        .isEqualTo(Instant.parse("2024-02-29T08:00:00Z").toEpochMilli());
    for (String wrong :
        List.of("2023-02-29", "2024-13-01", "2024-1-1", "2024-01-01T25", "2024-01-01X", "-")) {
      assertThat(DateFormat.DEFAULT.parse(wrong)).as(wrong).isNull();
    }
    assertThat(DateFormat.DEFAULT.parse("2024-02", ZoneOffset.UTC, DateFormat.Fill.END))
        .isEqualTo(Instant.parse("2024-02-29T23:59:59.999Z").toEpochMilli());
  }

  @ParameterizedTest
  @CsvSource({
    "now-1d/d, 2024-03-14T00:00:00Z",
    "now/M, 2024-03-01T00:00:00Z",
    "now/w, 2024-03-11T00:00:00Z",
    "2024-01-31||+1M, 2024-02-29T00:00:00Z",
    "now+1h-30m, 2024-03-15T13:04:05Z",
    "2024-01-01||-1y/y, 2023-01-01T00:00:00Z",
  })
  void dateMathCountsFromNowOrADate(String text, String expected) {
    long now = Instant.parse("2024-03-15T12:34:05Z").toEpochMilli();
    long ms = DateMath.parse(text, DateFormat.DEFAULT, ZoneOffset.UTC, DateFormat.Fill.START, now);
    assertThat(Instant.ofEpochMilli(ms)).isEqualTo(Instant.parse(expected));
  }

  @ParameterizedTest
  @ValueSource(strings = {"now-", "now*1d", "now-1x", "nowhere", "now/2d", "2024-01-01||d"})
  void brokenDateMathIsAnError(String text) {
    assertThatThrownBy(() ->
            DateMath.parse(text, DateFormat.DEFAULT, ZoneId.of("UTC"), DateFormat.Fill.START, 0))
        .isInstanceOf(FailureException.class);
  }

  @Test
  void patternsReadAndPrint() {
    DateFormat format = DateFormat.of("dd/MM/yyyy||epoch_second");
    long day = LocalDate.of(2024, 5, 6).toEpochDay() * 86_400_000L;
    assertThat(format.parse("06/05/2024")).isEqualTo(day);
    assertThat(format.parse(1_700_000_000L)).isEqualTo(1_700_000_000_000L);
    assertThat(format.print(day)).isEqualTo("06/05/2024");
  }
}
