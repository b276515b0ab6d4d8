package io.headwater.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads the synsets of WordNet 3.1 from its {@code data.*} files (format: WordNet's manual page
 * wndb(5WN)): {@code offset lex_filenum ss_type w_cnt word lex_id ... | gloss}.
 */
final class WordNet {
  private static final String FOLDER = "net/sf/extjwnl/data/wordnet/wn31/";
  private static final List<String> PARTS = List.of("noun", "verb", "adj", "adv");

  private WordNet() {}

  /**
   * A set of words with one meaning.
   *
   * @param id part of speech (n, v, a, s or r) and offset, such as {@code n02086723}
   * @param words separated by comma and blank
   */
  record Synset(String id, String partOfSpeech, String words, String gloss) {
    String key() {
      return "synset:" + id;
    }
  }

  static List<Synset> read(Path jar) throws IOException {
    List<Synset> synsets = new ArrayList<>(120_000);
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (String part : PARTS) {
        ZipEntry entry = zip.getEntry(FOLDER + "data." + part);
        if (entry == null) {
          throw new IOException(jar + " holds no " + FOLDER + "data." + part);
        }
        try (BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(zip.getInputStream(entry), StandardCharsets.UTF_8))) {
          for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.startsWith("  ")) { // the licence stands at the head, indented
              synsets.add(synset(line, part));
            }
          }
        }
      }
    }
    return synsets;
  }

  private static Synset synset(String line, String part) {
    int bar = line.indexOf('|');
    String[] head = line.substring(0, bar).split(" ");
    int count = Integer.parseInt(head[3], 16);
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append(i == 0 ? "" : ", ").append(head[4 + 2 * i].replace('_', ' '));
    }
    return new Synset(head[2] + head[0], part, words.toString(), line.substring(bar + 1).strip());
  }
}
