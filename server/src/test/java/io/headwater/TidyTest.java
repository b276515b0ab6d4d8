package io.headwater;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * STYLE.md's rules that a machine can check, over all modules, tests included.
 *
 * <p>The rules about size are a ratchet: {@code giants.txt} lists what was too long when it was
 * written down, with its length. A listed giant may not grow; when it shrinks, its line must
 * follow; nothing may be added.
 */
class TidyTest {
  private static final int METHOD_LINES_MAX = 70;
  private static final int FILE_LINES_MAX = 800;

  // Written in pieces, so that this file does not break its own rules.
  private static final Pattern OPEN_ENDS =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|X" + "XX|HA" + "CK)\\b");
  private static final Pattern MACHINE_PATHS =
      Pattern.compile("(?<![a-z0-9.}])/(wo" + "rk|ro" + "ot|ho" + "me|fa" + "rm)/");
  private static final Pattern REGISTRY_HOSTS =
      Pattern.compile("//(re" + "po|de" + "b|regi" + "stry|secu" + "rity)[a-z0-9]*\\.");

  private static final Set<String> WORDS_REFUSED_IN_TYPE_NAMES =
      Set.of("Manager", "Helper", "Helpers", "Util", "Utils", "Impl");
  private static final Set<String> PREFIXES_REFUSED_IN_TYPE_NAMES = Set.of("Abstract", "Base");

  private static final Path ROOT = root();
  private static final List<Path> texts = new ArrayList<>();
  private static JavaSources sources;

  @BeforeAll
  static void read() throws IOException {
    texts.addAll(textFiles());
    sources =
        JavaSources.parse(texts.stream().filter(f -> f.toString().endsWith(".java")).toList());
  }

  @Test
  void methodsAndFilesStayShortAndOldGiantsOnlyShrink() throws IOException {
    Map<String, Integer> tooLong = new TreeMap<>();
    for (JavaSources.Method method : sources.methods()) {
      if (method.lines() > METHOD_LINES_MAX) {
        tooLong.merge(name(method.file()) + "#" + method.name(), method.lines(), Math::max);
      }
    }
    for (Path file : sources.files()) {
      int lines = Files.readAllLines(file).size();
      if (lines > FILE_LINES_MAX) {
        tooLong.put(name(file), lines);
      }
    }

    assertThat(tooLong)
        .as(
            "methods over %d lines and files over %d, against giants.txt",
            METHOD_LINES_MAX, FILE_LINES_MAX)
        .isEqualTo(giants());
  }

  @Test
  void everyPackageSaysWhichQuestionItAnswers() {
    Set<String> silent = new TreeSet<>();
    for (Path file : sources.files()) {
      Path folder = file.getParent();
      boolean ownPackage = !folder.toString().contains("/src/test/") || !hasMainTwin(folder);
      if (ownPackage && !Files.exists(folder.resolve("package-info.java"))) {
        silent.add(name(folder));
      }
    }

    assertThat(silent).as("packages without package-info.java").isEmpty();
  }

  @Test
  void nothingIsLeftOpenInTheText() throws IOException {
    assertThat(linesWith(OPEN_ENDS)).isEmpty();
  }

  @Test
  void noFileNamesAFolderOfOneMachineOrTheHostOfARegistry() throws IOException {
    assertThat(linesWith(MACHINE_PATHS)).isEmpty();
    assertThat(linesWith(REGISTRY_HOSTS)).isEmpty();
  }

  @Test
  void typesAreNamedForWhatTheyAre() {
    Set<String> vague = new TreeSet<>();
    for (String type : sources.typeNames()) {
      List<String> words = Arrays.asList(type.split("(?<=[a-z0-9])(?=[A-Z])"));
      if (words.stream().anyMatch(WORDS_REFUSED_IN_TYPE_NAMES::contains)
          || PREFIXES_REFUSED_IN_TYPE_NAMES.contains(words.getFirst())) {
        vague.add(type);
      }
    }

    assertThat(vague).isEmpty();
  }

  @Test
  void noPackageIsADrawerForTheRest() {
    Pattern drawer = Pattern.compile("(^|\\.)(util|utils|common|misc|helpers?)(\\.|$)");

    assertThat(sources.packageNames()).noneMatch(name -> drawer.matcher(name).find());
  }

  private static List<String> linesWith(Pattern pattern) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : texts) {
      // STYLE.md has to name what it forbids.
      if (file.endsWith("STYLE.md")) {
        continue;
      }
      List<String> lines = Files.readAllLines(file, UTF_8);
      for (int i = 0; i < lines.size(); i++) {
        Matcher matcher = pattern.matcher(lines.get(i));
        if (matcher.find()) {
          found.add(name(file) + ":" + (i + 1) + ": " + matcher.group());
        }
      }
    }
    return found;
  }

  private static Map<String, Integer> giants() throws IOException {
    Path list = ROOT.resolve("server/src/test/resources/io/headwater/giants.txt");
    return Files.readAllLines(list).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" "))
        .collect(
            Collectors.toMap(
                words -> words[0], words -> Integer.valueOf(words[1]), Math::max, TreeMap::new));
  }

  /** Tests of a package share its package-info. */
  private static boolean hasMainTwin(Path testFolder) {
    Path main = Path.of(testFolder.toString().replace("/src/test/", "/src/main/"));
    return Files.exists(main.resolve("package-info.java"));
  }

  private static List<Path> textFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return Set.of("target", ".git", ".idea", "data")
                    .contains(folder.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            boolean script = name.equals("headwater") || name.equals("run");
            if (script
                || name.matches(".*\\.(java|md|xml|yml|yaml|sh|properties|config|html|js)")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  private static String name(Path path) {
    return ROOT.relativize(path).toString();
  }

  /** Maven runs tests in the module's folder, editors in the root. */
  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
