package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.headwater.protocol.redis.facts.CommandFacts;
import io.headwater.simulation.SimulatedConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we say of commands against what a real redis-server says of them. */
class CommandFactsTest {
  private static final String[] FIELDS = {
    "name",
    "arity",
    "flags",
    "first key",
    "last key",
    "step",
    "categories",
    "tips",
    "key specifications",
    "subcommands"
  };

  @TempDir static Path folder;

  @BeforeAll
  static void needsRedis() {
    Assumptions.assumeTrue(
        RealRedis.program().isPresent(), "no redis-server on the PATH: nothing to compare with");
  }

  @Test
  void infoOfEveryCommandIsTheOneOfARealServer() throws Exception {
    List<String> differences = new ArrayList<>();
    try (Two two = new Two()) {
      Map<String, List<?>> real = byName(two.real("COMMAND", "INFO"));
      Map<String, List<?>> ours = byName(two.ours("COMMAND", "INFO"));
      assertThat(ours).hasSizeGreaterThan(200);
      ours.forEach((name, info) -> {
        List<?> wanted = real.get(name);
        for (int i = 0; wanted != null && i < FIELDS.length - 1; i++) {
          String field = i == 8 ? sorted(wanted.get(i)) : String.valueOf(wanted.get(i));
          String found = i == 8 ? sorted(info.get(i)) : String.valueOf(info.get(i));
          if (!found.equals(field)) {
            differences.add(name + " " + FIELDS[i] + ": " + found + " for " + field);
          }
        }
      });
    }
    assertThat(differences).isEmpty();
  }

  @Test
  void theFactsHoldEveryCommandOfARealServer() throws Exception {
    try (Two two = new Two()) {
      List<String> names = CommandFacts.all().stream().map(CommandFacts::name).sorted().toList();
      assertThat(names).isEqualTo(byName(two.real("COMMAND", "INFO")).keySet().stream().toList());
    }
  }

  @Test
  void documentationIsTheOneOfARealServerButForItsProse() throws Exception {
    List<String> differences = new ArrayList<>();
    try (Two two = new Two()) {
      Map<?, ?> real = (Map<?, ?>) Objects.requireNonNull(two.real("COMMAND", "DOCS"));
      Map<?, ?> ours = (Map<?, ?>) Objects.requireNonNull(two.ours("COMMAND", "DOCS"));
      ours.forEach((name, docs) -> {
        if (real.containsKey(name)) {
          compareDocs(
              String.valueOf(name), (Map<?, ?>) docs, (Map<?, ?>) real.get(name), differences);
        }
      });
    }
    assertThat(differences).isEmpty();
  }

  private static void compareDocs(
      String name, Map<?, ?> ours, Map<?, ?> real, List<String> differences) {
    for (Object key : real.keySet()) {
      switch (String.valueOf(key)) {
        case "summary", "history" -> {}
        case "complexity" -> {
          String text = String.valueOf(real.get(key)).replaceAll("\\s", "");
          Object formula = ours.get(key);
          if (formula == null ? text.startsWith("O(") : !text.startsWith(formula.toString())) {
            differences.add(name + " complexity: " + formula + " for " + text);
          }
        }
        case "subcommands" ->
            ((Map<?, ?>) Objects.requireNonNull(ours.get(key)))
                .forEach((sub, docs) -> {
                  Object wanted = ((Map<?, ?>) Objects.requireNonNull(real.get(key))).get(sub);
                  if (wanted != null) {
                    compareDocs(
                        String.valueOf(sub), (Map<?, ?>) docs, (Map<?, ?>) wanted, differences);
                  }
                });
        default -> {
          if (!Objects.equals(ours.get(key), real.get(key))) {
            differences.add(name + " " + key + ": " + ours.get(key) + " for " + real.get(key));
          }
        }
      }
    }
  }

  /** Random arguments behind every command with keys. */
  @Test
  void theSameKeysAreFoundAsByARealServer() throws Exception {
    long seed = Long.getLong("facts.seed", 1);
    SplittableRandom random = new SplittableRandom(seed);
    List<CommandFacts> withKeys =
        CommandFacts.all().stream().filter(CommandFacts::hasKeys).toList();
    String[] words =
        ("a b c 0 1 2 3 -1 x 100 GET SET INCRBY OVERFLOW STORE STOREDIST BY LIMIT KEYS STREAMS AUTH"
                + " AUTH2 COUNT BLOCK GROUP u8 MATCH  LEFT RIGHT")
            .split(" ", -1);
    List<String> differences = new ArrayList<>();
    try (Two two = new Two()) {
      for (int i = 0; i < 20_000; i++) {
        CommandFacts facts = withKeys.get(random.nextInt(withKeys.size()));
        List<String> call = new ArrayList<>(List.of("COMMAND", "GETKEYSANDFLAGS"));
        call.addAll(List.of(facts.name().split("\\|", -1)));
        int least = Math.abs(facts.arity());
        while (call.size() - 2 < least || random.nextInt(3) > 0) {
          call.add(words[random.nextInt(words.length)]);
        }
        String[] request = call.toArray(new String[0]);
        Object ours = two.ours(request);
        Object real = two.real(request);
        if (!Objects.equals(ours, real)) {
          differences.add(call + ": " + ours + " for " + real);
        }
      }
    }
    assertThat(differences.stream().limit(20)).as("seed %d", seed).isEmpty();
  }

  @Test
  void aListOfCommandsIsFiltered() throws Exception {
    try (Two two = new Two()) {
      Map<String, List<?>> real = byName(two.real("COMMAND", "INFO"));
      for (String category : new String[] {"hash", "fast", "nonsense"}) {
        List<String> wanted = names(two.real("COMMAND", "LIST", "FILTERBY", "ACLCAT", category));
        List<String> ours = names(two.ours("COMMAND", "LIST", "FILTERBY", "ACLCAT", category));
        ours.removeIf(name -> !real.containsKey(name));
        assertThat(ours).containsExactlyInAnyOrderElementsOf(wanted);
      }
      assertThat(names(two.ours("COMMAND", "LIST", "FILTERBY", "PATTERN", "config|g*")))
          .containsExactly("config|get");
      for (String[] wrong :
          new String[][] {
            {"COMMAND", "LIST", "X"},
            {"COMMAND", "LIST", "FILTERBY", "X", "y"},
            {"COMMAND", "COUNT", "1"},
            {"COMMAND", "GETKEYS", "nonsense", "x"},
            {"COMMAND", "GETKEYS", "PING", "x"},
            {"COMMAND", "GETKEYS", "GET", "x", "y"},
            {"COMMAND", "GETKEYS", "config", "x", "y"},
            {"COMMAND", "NONSENSE"}
          }) {
        assertThat(two.ours(wrong)).isEqualTo(two.real(wrong));
      }
    }
  }

  private static List<String> names(@Nullable Object reply) {
    List<String> names = new ArrayList<>();
    ((Iterable<?>) Objects.requireNonNull(reply)).forEach(name -> names.add(String.valueOf(name)));
    return names;
  }

  private static Map<String, List<?>> byName(@Nullable Object reply) {
    Map<String, List<?>> all = new TreeMap<>();
    for (Object entry : (List<?>) Objects.requireNonNull(reply)) {
      List<?> info = (List<?>) Objects.requireNonNull(entry);
      all.put(String.valueOf(info.get(0)), info);
      all.putAll(byName(info.get(9)));
    }
    return all;
  }

  /** Key specifications without their notes, which are prose. */
  private static String sorted(@Nullable Object specs) {
    List<String> texts = new ArrayList<>();
    for (Object spec : (Iterable<?>) Objects.requireNonNull(specs)) {
      Map<?, ?> map = (Map<?, ?>) spec;
      map.remove("notes");
      texts.add(map.toString());
    }
    texts.sort(null);
    return texts.toString();
  }

  /** A real server and ours, both in RESP3. */
  private static final class Two implements AutoCloseable {
    private final RealRedis redis = RealRedis.start(RealRedis.program().orElseThrow(), folder);
    private final RealRedis.Client real = redis.connect();
    private final RedisRig rig = new RedisRig();
    private final SimulatedConnection ours = rig.connect();

    Two() throws Exception {
      real("HELLO", "3");
      ours("HELLO", "3");
    }

    @Nullable Object real(String... request) throws Exception {
      real.send(RedisRig.request(request));
      return RespTree.of(real.reply());
    }

    @Nullable Object ours(String... request) {
      return RespTree.of(rig.call(ours, request));
    }

    @Override
    public void close() throws Exception {
      rig.close();
      real.close();
      redis.close();
    }
  }
}
