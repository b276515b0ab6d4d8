package io.headwater.lua;

/** How messages show where code came from, as Lua does. */
final class ChunkName {
  private static final int LENGTH_MAX = 60;

  private ChunkName() {}

  /**
   * @param source with = in front is shown as it is, with @ it is a file, else it is the code
   */
  static String shown(String source) {
    if (source.startsWith("=")) {
      return source.substring(1, Math.min(source.length(), LENGTH_MAX));
    }
    if (source.startsWith("@")) {
      String file = source.substring(1);
      int room = LENGTH_MAX - " '...' ".length() - 1;
      return file.length() > room ? "..." + file.substring(file.length() - room) : file;
    }
    int end = 0;
    while (end < source.length() && source.charAt(end) != '\n' && source.charAt(end) != '\r') {
      end++;
    }
    int room = LENGTH_MAX - " [string \"...\"] ".length() - 1;
    int shown = Math.min(end, room);
    boolean cut = shown < source.length();
    return "[string \"" + source.substring(0, shown) + (cut ? "..." : "") + "\"]";
  }
}
