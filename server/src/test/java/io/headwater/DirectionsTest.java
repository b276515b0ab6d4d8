package io.headwater;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may see whom, as the design draws it:
 *
 * <pre>{@code
 * host, bytes, failure, metrics, lua <- log <- view <- view.X <- projection <- protocol.X <- root
 * }</pre>
 *
 * <p>{@code simulation} stands beside it: it sees everything, and only the root sees it.
 */
class DirectionsTest {
  private static final String ROOT = "io.headwater";

  /** Each layer may see itself and those before it. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("host..", "bytes..", "failure..", "metrics..", "lua.."),
          List.of("log.."),
          List.of("view"),
          List.of("view.*.."),
          List.of("projection.."),
          List.of("protocol.."));

  private static final String BESIDE = ROOT + ".simulation..";

  private static JavaClasses server;

  @BeforeAll
  static void read() {
    // Not by the folders' names, as ArchUnit knows tests: they differ between builds.
    server =
        new ClassFileImporter()
            .importUrl(Main.class.getProtectionDomain().getCodeSource().getLocation());
  }

  static Stream<Arguments> layersAndWhatLiesAbove() {
    List<Arguments> pairs = new ArrayList<>();
    for (int i = 0; i < LAYERS.size(); i++) {
      List<String> above = new ArrayList<>(List.of(ROOT, BESIDE));
      LAYERS.stream()
          .skip(i + 1)
          .flatMap(List::stream)
          .map(DirectionsTest::full)
          .forEach(above::add);
      String[] layer = LAYERS.get(i).stream().map(DirectionsTest::full).toArray(String[]::new);
      pairs.add(Arguments.of(layer, above.toArray(String[]::new)));
    }
    return pairs.stream();
  }

  @ParameterizedTest
  @MethodSource("layersAndWhatLiesAbove")
  void aLayerNeverSeesWhatLiesAboveIt(String[] layer, String[] above) {
    noClasses()
        .that()
        .resideInAnyPackage(layer)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(above)
        .allowEmptyShould(true)
        .check(server);
  }

  @Test
  void theLowestPackagesHaveNoCycles() {
    slices()
        .matching(ROOT + ".(host|bytes|failure|metrics)..")
        .should()
        .beFreeOfCycles()
        .allowEmptyShould(true)
        .check(server);
  }

  @Test
  void aViewSeesNoOtherViewButTheCatalogAndGroupsSeeTopics() {
    slices()
        .matching(ROOT + ".view.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            resideInAPackage(ROOT + ".view.*.."), resideInAPackage(ROOT + ".view.catalog.."))
        .ignoreDependency(
            resideInAPackage(ROOT + ".view.groups.."), resideInAPackage(ROOT + ".view.topics.."))
        .allowEmptyShould(true)
        .check(server);
  }

  @Test
  void aProtocolSeesNoOtherProtocolButThoseOnHttpShareOneServer() {
    slices()
        .matching(ROOT + ".protocol.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            resideInAnyPackage(ROOT + ".protocol.elastic..", ROOT + ".protocol.admin.."),
            resideInAPackage(ROOT + ".protocol.http.."))
        .allowEmptyShould(true)
        .check(server);
  }

  @Test
  void whatServesAllCommandsOfRedisSeesNoneOfThem() {
    String redis = ROOT + ".protocol.redis";
    noClasses()
        .that()
        .resideInAnyPackage(
            redis + ".resp..", redis + ".facts..", redis + ".observing..", redis + ".text..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(redis)
        .check(server);
  }

  static Stream<Arguments> librariesAndTheirHomes() {
    return Stream.of(
        Arguments.of("org.apache.lucene..", List.of("view.search..")),
        Arguments.of(
            "org.apache.kafka..",
            List.of("protocol.kafka..", "view.groups..", "view.topics..", "demo..")),
        Arguments.of("org.eclipse.jetty..", List.of("protocol.http..")),
        Arguments.of("co.elastic..", List.of()));
  }

  @ParameterizedTest
  @MethodSource("librariesAndTheirHomes")
  void aForeignLibraryIsSeenOnlyInItsHome(String library, List<String> homes) {
    String[] allowed =
        Stream.concat(homes.stream().map(DirectionsTest::full), Stream.of(BESIDE))
            .toArray(String[]::new);

    classes()
        .that()
        .resideOutsideOfPackages(allowed)
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackage(library)
        .allowEmptyShould(true)
        .check(server);
  }

  private static String full(String inside) {
    return ROOT + "." + inside;
  }
}
