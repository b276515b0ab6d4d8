package io.headwater.view.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.catalog.Projection.Source;
import io.headwater.view.catalog.Projection.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CatalogStateTest {
  private static CatalogEvent random(Random r, int next) {
    String name = "n" + r.nextInt(6);
    String by = r.nextBoolean() ? "p" + r.nextInt(3) : null;
    return switch (r.nextInt(16)) {
      case 0 ->
          new CatalogEvent.TopicCreated(
              new Topic(name, 1, 2, List.of(next, next + 1), Map.of("a", "b"), by, 5));
      case 1 -> new CatalogEvent.TopicDeleted(name);
      case 2 -> new CatalogEvent.PartitionsAdded(name, List.of(next));
      case 3 -> new CatalogEvent.TopicConfigured(name, Map.of("k", "v" + next));
      case 4 ->
          new CatalogEvent.IndexCreated(new Index(name, "uuid", next, "{}", "{\"a\":1}", by, 6));
      case 5 -> new CatalogEvent.IndexDeleted(name);
      case 6 -> new CatalogEvent.IndexConfigured(name, "{\"x\":" + next + "}");
      case 7 ->
          new CatalogEvent.ProjectionCreated(
              new Projection(
                  "p" + r.nextInt(3),
                  r.nextBoolean() ? new Source.Keys(Bytes.utf8("a:")) : new Source.TopicValues("t"),
                  List.of(
                      new Target.ToIndex("i"),
                      new Target.ToTopic("t", Projection.Form.CHANGE),
                      new Target.ToKeys(Bytes.utf8("k:")),
                      new Target.ToMemcached()),
                  r.nextBoolean()));
      case 8 -> new CatalogEvent.ProjectionFilled("p" + r.nextInt(3));
      case 9 -> new CatalogEvent.ProjectionDeleted("p" + r.nextInt(3));
      case 10 -> new CatalogEvent.DocumentPut("kind", name, "{}");
      case 11 -> new CatalogEvent.DocumentDeleted("kind", name);
      case 12 -> new CatalogEvent.TopicDerived(name, by);
      case 13 ->
          new CatalogEvent.UserPut(
              new User(
                  name,
                  r.nextBoolean(),
                  r.nextBoolean(),
                  List.of("0a".repeat(32)),
                  Map.of("redis", "~caf\u00e9\n+@all")));
      case 14 -> new CatalogEvent.UserDeleted(name);
      default -> new CatalogEvent.IndexDerived(name, by);
    };
  }

  @Test
  void foldingDecodedEventsGivesTheSameStateAndStreamsAreNeverReused() {
    for (int seed = 0; seed < 50; seed++) {
      Random r = new Random(seed);
      CatalogState live = CatalogState.EMPTY;
      ByteWriter out = new ByteWriter();
      for (int i = 0; i < 200; i++) {
        int before = live.nextStream();
        CatalogEvent event = random(r, before);
        CatalogCodec.encode(out, event);
        live = live.with(event);
        assertThat(live.nextStream()).isGreaterThanOrEqualTo(before);
      }
      CatalogState replayed = CatalogState.EMPTY;
      for (CatalogEvent event : CatalogCodec.decodeAll(new ByteReader(out.toByteArray()))) {
        replayed = replayed.with(event);
      }

      assertThat(replayed).as("seed " + seed).isEqualTo(live);
    }
  }

  @Test
  void aDeletedProjectionSetsItsTargetsFree() {
    List<CatalogEvent> events = new ArrayList<>();
    events.add(new CatalogEvent.TopicCreated(new Topic("t", 1, 2, List.of(16), Map.of(), "p", 0)));
    events.add(new CatalogEvent.IndexCreated(new Index("i", "u", 17, "{}", "{}", "p", 0)));
    events.add(new CatalogEvent.ProjectionDeleted("p"));
    CatalogState state = CatalogState.EMPTY;
    for (CatalogEvent event : events) {
      state = state.with(event);
    }

    assertThat(state.topics().get("t").derivedBy()).isNull();
    assertThat(state.indexes().get("i").derivedBy()).isNull();
  }

  @Test
  void randomBytesAreMalformedOrEventsAndNothingElse() {
    Random r = new Random(9);
    for (int i = 0; i < 5_000; i++) {
      byte[] garbage = new byte[r.nextInt(60)];
      r.nextBytes(garbage);
      try {
        CatalogCodec.decodeAll(new ByteReader(garbage));
      } catch (MalformedBytes expected) {
        continue;
      }
    }
    assertThatThrownBy(() -> CatalogCodec.decodeAll(new ByteReader(new byte[] {99})))
        .isInstanceOf(MalformedBytes.class);
  }
}
