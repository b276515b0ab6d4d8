package io.headwater.view.search.query;

/** How many edits a word may be away: {@code 0, 1, 2, AUTO, AUTO:low,high}. */
final class Fuzziness {
  private Fuzziness() {}

  static int edits(String fuzziness, String word) {
    int low = 3;
    int high = 6;
    String text = fuzziness.strip().toUpperCase(java.util.Locale.ROOT);
    switch (text) {
      case "0", "0.0" -> {
        return 0;
      }
      case "1", "1.0" -> {
        return 1;
      }
      case "2", "2.0" -> {
        return 2;
      }
      case "AUTO" -> {}
      default -> {
        if (!text.matches("AUTO:\\d{1,4},\\d{1,4}")) {
          throw FieldQueries.invalid("fuzziness [" + fuzziness + "] is not valid");
        }
        String[] bounds = text.substring(5).split(",");
        low = Integer.parseInt(bounds[0]);
        high = Integer.parseInt(bounds[1]);
      }
    }
    int length = word.codePointCount(0, word.length());
    return length < low ? 0 : length < high ? 1 : 2;
  }
}
